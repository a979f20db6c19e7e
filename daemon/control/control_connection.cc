#include "daemon/control/control_connection.h"

#include <errno.h>
#include <sys/socket.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/json/serialize.hpp"

namespace understudy::control {
namespace {

// Tells the client when a handler let go of its reply without using it.
struct Unanswered {
  std::function<void()> tell;
  bool answered = false;
  ~Unanswered() {
    if (!answered) tell();
  }
};

}  // namespace

ControlConnection::ControlConnection(net::IoLoop* loop, net::OwnedFd fd, const ControlLimits& limits,
                                     ControlCounters* counters)
    : loop_(loop),
      limits_(limits),
      counters_(counters),
      fd_(std::move(fd)),
      watch_(loop, fd_.get()),
      alarm_(loop, [this] { TimeOut(); }) {}

void ControlConnection::Start(OnLine on_line, std::function<void()> closed) {
  on_line_ = std::move(on_line);
  closed_ = std::move(closed);
  alarm_.SetAfter(limits_.request);
  watch_.WatchReadable([this] { Read(); });
}

void ControlConnection::TurnAway(boost::json::object answer) {
  Send(answer);
}

void ControlConnection::Read() {
  const std::shared_ptr<ControlConnection> self = shared_from_this();
  char bytes[4096];
  while (in_.size() <= limits_.request_bytes) {
    const ssize_t n = recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0) {
      in_.append(bytes, static_cast<size_t>(n));
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (n < 0) return Close();
    ended_ = true;
    break;
  }
  Proceed();
}

bool ControlConnection::TakeLine(std::string* line) {
  const size_t end = in_.find('\n');
  if (end == std::string::npos || end > limits_.request_bytes) return false;
  *line = in_.substr(0, end);
  in_.erase(0, end + 1);
  return true;
}

void ControlConnection::Proceed() {
  const std::shared_ptr<ControlConnection> self = shared_from_this();
  std::string line;
  while (!gone_ && !working_ && out_.empty() && TakeLine(&line)) {
    if (!line.empty()) Hand(line);
  }
  if (gone_ || working_ || !out_.empty()) return watch_.PauseReadable();
  if (in_.size() > limits_.request_bytes) {
    ++counters_->bad_requests;
    return RefuseAndEnd(absl::StrCat("the request is longer than ", limits_.request_bytes, " bytes"),
                        "send one JSON object a line");
  }
  if (ended_) return Close();
  watch_.ResumeReadable();
}

void ControlConnection::Hand(const std::string& line) {
  working_ = true;
  alarm_.SetAfter(limits_.answer);
  on_line_(line, MakeReply());
}

ControlServer::Reply ControlConnection::MakeReply() {
  const std::weak_ptr<ControlConnection> weak = weak_from_this();
  const uint64_t number = number_;
  auto unanswered = std::make_shared<Unanswered>();
  unanswered->tell = [weak, number, loop = loop_] {
    if (weak.expired()) return;
    loop->Post([weak, number] {
      if (auto self = weak.lock()) self->Answer(number, Refusal("nobody answered this command", "ask for status"));
    });
  };
  return [weak, number, unanswered](boost::json::object answer) {
    unanswered->answered = true;
    if (auto self = weak.lock()) self->Answer(number, std::move(answer));
  };
}

void ControlConnection::Answer(uint64_t number, boost::json::object answer) {
  if (gone_ || !working_ || number != number_) return;
  ++number_;
  working_ = false;
  Send(answer);
  if (gone_) return;
  loop_->Post([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->Proceed();
  });
}

void ControlConnection::Send(const boost::json::object& answer) {
  boost::json::object whole = {{"ok", true}};
  for (const auto& member : answer) whole[member.key()] = member.value();
  absl::StrAppend(&out_, boost::json::serialize(whole), "\n");
  alarm_.SetAfter(limits_.request);
  Flush();
}

void ControlConnection::Flush() {
  size_t sent = 0;
  while (sent < out_.size()) {
    const ssize_t n = send(fd_.get(), out_.data() + sent, out_.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) {
      sent += static_cast<size_t>(n);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return Close();
    break;
  }
  out_.erase(0, sent);
  if (out_.empty()) return;
  watch_.AwaitWritable([this] {
    const std::shared_ptr<ControlConnection> self = shared_from_this();
    Flush();
    if (!gone_ && out_.empty()) Proceed();
  });
}

void ControlConnection::TimeOut() {
  const std::shared_ptr<ControlConnection> self = shared_from_this();
  const bool idle = !working_ && out_.empty() && in_.empty();
  if (!idle) ++counters_->timeouts;
  if (idle || !out_.empty()) return Close();
  if (working_) {
    ++number_;
    working_ = false;
    return RefuseAndEnd(absl::StrCat("no answer within ", limits_.answer.seconds(), " s"), "ask for status");
  }
  RefuseAndEnd(absl::StrCat("the request was not complete after ", limits_.request.milliseconds(), " ms"),
               "send one JSON object and a line end");
}

void ControlConnection::RefuseAndEnd(absl::string_view why, absl::string_view what_to_do) {
  ended_ = true;
  in_.clear();
  watch_.PauseReadable();
  Send(Refusal(why, what_to_do));
  if (!gone_ && out_.empty()) Close();
}

void ControlConnection::Close() {
  if (gone_) return;
  gone_ = true;
  alarm_.Clear();
  watch_.PauseReadable();
  if (closed_) closed_();
}

}  // namespace understudy::control
