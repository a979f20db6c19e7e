#include "daemon/net/tcp_flow.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <utility>

namespace understudy::net {
namespace {

constexpr size_t kVectorSize = 64;
constexpr int kMaxDiscards = 4;

TcpFlow::ReadOutcome ReadOutcomeOf(TlsStream::Outcome outcome) {
  switch (outcome) {
    case TlsStream::Outcome::kDone:
      return TcpFlow::ReadOutcome::kData;
    case TlsStream::Outcome::kBlocked:
      return TcpFlow::ReadOutcome::kNothing;
    case TlsStream::Outcome::kEnded:
      return TcpFlow::ReadOutcome::kPeerClosed;
    case TlsStream::Outcome::kBroken:
      return TcpFlow::ReadOutcome::kPeerReset;
    case TlsStream::Outcome::kRefused:
      return TcpFlow::ReadOutcome::kTlsFailed;
  }
  return TcpFlow::ReadOutcome::kPeerReset;
}

TcpFlow::WriteOutcome WriteOutcomeOf(TlsStream::Outcome outcome) {
  switch (outcome) {
    case TlsStream::Outcome::kDone:
      return TcpFlow::WriteOutcome::kDrained;
    case TlsStream::Outcome::kBlocked:
      return TcpFlow::WriteOutcome::kBlocked;
    case TlsStream::Outcome::kEnded:
    case TlsStream::Outcome::kBroken:
      return TcpFlow::WriteOutcome::kBroken;
    case TlsStream::Outcome::kRefused:
      return TcpFlow::WriteOutcome::kTlsFailed;
  }
  return TcpFlow::WriteOutcome::kBroken;
}

}  // namespace

TcpFlow::TcpFlow(uint64_t id, OwnedFd fd, const Endpoint& local, const Endpoint& remote, State initial,
                 MonotonicTime now, const sip::ParseLimits& parse, std::unique_ptr<TlsStream> tls,
                 std::unique_ptr<WebsocketStream> websocket)
    : state(initial),
      heard(initial == State::kConnecting),
      framer(parse),
      last_activity(now),
      state_since(now),
      message_since(now),
      blocked_since(now),
      id_(id),
      fd_(std::move(fd)),
      local_(local),
      remote_(remote),
      tls_(std::move(tls)),
      websocket_(std::move(websocket)) {}

Transport TcpFlow::transport() const {
  if (websocket_ != nullptr) return tls_ == nullptr ? Transport::kWs : Transport::kWss;
  return tls_ == nullptr ? Transport::kTcp : Transport::kTls;
}

TcpFlow::ReadOutcome TcpFlow::Read(absl::Span<char> scratch, absl::string_view* octets) {
  if (tls_ != nullptr) return ReadTls(scratch, octets);
  const ssize_t n = recv(fd_.get(), scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (n == 0) return ReadOutcome::kPeerClosed;
  if (n < 0) return errno == EAGAIN || errno == EINTR ? ReadOutcome::kNothing : ReadOutcome::kPeerReset;
  *octets = absl::string_view(scratch.data(), static_cast<size_t>(n));
  return ReadOutcome::kData;
}

// TLS may answer by itself.
TcpFlow::ReadOutcome TcpFlow::ReadTls(absl::Span<char> scratch, absl::string_view* octets) {
  const bool nothing_waited = !has_waiting();
  const ReadOutcome outcome = ReadOutcomeOf(tls_->Read(fd_.get(), scratch, octets));
  if (nothing_waited && has_waiting()) blocked_since = MonotonicNow();
  return outcome;
}

// Who has so much to say at once waits for its window, which may be smaller than the room.
bool TcpFlow::HasMore(size_t read, size_t room) const {
  return tls_ == nullptr ? read >= room / 2 : HasUnread();
}

void TcpFlow::NoteUnread(size_t read, size_t room) {
  const MonotonicTime now = MonotonicNow();
  waited = unread_since ? now - *unread_since : Duration();
  if (!HasMore(read, room)) return unread_since.reset();
  if (!unread_since) unread_since = now;
}

bool TcpFlow::HasUnread() const {
  int waiting = 0;
  return ioctl(fd_.get(), FIONREAD, &waiting) == 0 && waiting > 0;
}

bool TcpFlow::Queue(const Outgoing& outgoing, size_t limit) {
  if (websocket_ == nullptr) return QueueOctets(outgoing, limit);
  Outgoing framed = outgoing;
  framed.bytes = SharedBytes(WebsocketStream::Frame(outgoing.bytes.view()));
  return QueueOctets(std::move(framed), limit);
}

bool TcpFlow::QueueOctets(Outgoing outgoing, size_t limit) {
  if (queued_octets_ + outgoing.bytes.size() > limit) return false;
  if (!has_waiting()) blocked_since = MonotonicNow();
  queued_octets_ += outgoing.bytes.size();
  queue_.push_back(std::move(outgoing));
  return true;
}

TcpFlow::WriteOutcome TcpFlow::Flush(TrafficCounters* counters) {
  size_t first = 0;
  WriteOutcome outcome = WriteOutcome::kDrained;
  if (tls_ != nullptr) outcome = FlushTls(counters, &first);
  while (tls_ == nullptr && outcome == WriteOutcome::kDrained && first < queue_.size()) {
    iovec vectors[kVectorSize];
    const size_t n = std::min(kVectorSize, queue_.size() - first);
    for (size_t i = 0; i < n; ++i) {
      const absl::string_view bytes = queue_[first + i].bytes.view().substr(i == 0 ? sent_of_first_ : 0);
      vectors[i] = {const_cast<char*>(bytes.data()), bytes.size()};
    }
    msghdr header{};
    header.msg_iov = vectors;
    header.msg_iovlen = n;
    const ssize_t sent = sendmsg(fd_.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      outcome = errno == EAGAIN ? WriteOutcome::kBlocked : WriteOutcome::kBroken;
      continue;
    }
    Left(static_cast<size_t>(sent), counters, &first);
  }
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(first));
  return outcome;
}

void TcpFlow::Left(size_t octets, TrafficCounters* counters, size_t* first) {
  counters->stream_bytes_out += octets;
  queued_octets_ -= octets;
  sent_of_first_ += octets;
  while (*first < queue_.size() && sent_of_first_ >= queue_[*first].bytes.size()) {
    sent_of_first_ -= queue_[(*first)++].bytes.size();
    ++counters->stream_messages_out;
  }
}

TcpFlow::WriteOutcome TcpFlow::FlushTls(TrafficCounters* counters, size_t* first) {
  TlsStream::Outcome outcome = tls_->Send(fd_.get());
  while (outcome == TlsStream::Outcome::kDone && tls_->established() && *first < queue_.size()) {
    size_t taken = 0;
    outcome = tls_->Write(fd_.get(), queue_[*first].bytes.view().substr(sent_of_first_), &taken);
    if (taken == 0) break;
    Left(taken, counters, first);
  }
  return WriteOutcomeOf(outcome);
}

int TcpFlow::ConnectError() {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

void TcpFlow::Connected(const Endpoint& local, MonotonicTime now) {
  state = tls_ == nullptr ? State::kOpen : State::kHandshake;
  state_since = last_activity = blocked_since = now;
  local_ = local;
}

bool TcpFlow::FinishHandshake(MonotonicTime now) {
  if (state != State::kHandshake || (tls_ != nullptr && !tls_->established())) return false;
  if (websocket_ != nullptr && !websocket_->open()) return false;
  state = State::kOpen;
  state_since = last_activity = blocked_since = now;
  return true;
}

void TcpFlow::FinishWriting(absl::Span<char> scratch) {
  if (tls_ != nullptr) tls_->Finish(fd_.get());
  shutdown(fd_.get(), SHUT_WR);
  for (int i = 0; i < kMaxDiscards; ++i) {
    if (recv(fd_.get(), scratch.data(), scratch.size(), MSG_DONTWAIT) <= 0) return;
  }
}

}  // namespace understudy::net
