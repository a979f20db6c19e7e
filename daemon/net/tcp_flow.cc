#include "daemon/net/tcp_flow.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <utility>

namespace understudy::net {
namespace {

constexpr size_t kVectorSize = 64;
constexpr int kMaxDiscards = 4;

}  // namespace

TcpFlow::TcpFlow(uint64_t id, OwnedFd fd, const Endpoint& local, const Endpoint& remote, State initial,
                 MonotonicTime now, const sip::ParseLimits& parse)
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
      remote_(remote) {}

TcpFlow::ReadOutcome TcpFlow::Read(absl::Span<char> scratch, absl::string_view* octets) {
  const ssize_t n = recv(fd_.get(), scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (n == 0) return ReadOutcome::kPeerClosed;
  if (n < 0) return errno == EAGAIN || errno == EINTR ? ReadOutcome::kNothing : ReadOutcome::kPeerReset;
  *octets = absl::string_view(scratch.data(), static_cast<size_t>(n));
  return ReadOutcome::kData;
}

bool TcpFlow::Queue(const Outgoing& outgoing, size_t limit) {
  if (queued_octets_ + outgoing.bytes.size() > limit) return false;
  queued_octets_ += outgoing.bytes.size();
  queue_.push_back(outgoing);
  return true;
}

TcpFlow::WriteOutcome TcpFlow::Flush(TrafficCounters* counters) {
  size_t first = 0;
  WriteOutcome outcome = WriteOutcome::kDrained;
  while (outcome == WriteOutcome::kDrained && first < queue_.size()) {
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
    counters->stream_bytes_out += static_cast<uint64_t>(sent);
    queued_octets_ -= static_cast<size_t>(sent);
    sent_of_first_ += static_cast<size_t>(sent);
    while (first < queue_.size() && sent_of_first_ >= queue_[first].bytes.size()) {
      sent_of_first_ -= queue_[first++].bytes.size();
      ++counters->stream_messages_out;
    }
  }
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(first));
  return outcome;
}

int TcpFlow::ConnectError() {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

void TcpFlow::Established(const Endpoint& local, MonotonicTime now) {
  state = State::kOpen;
  state_since = last_activity = blocked_since = now;
  local_ = local;
}

void TcpFlow::FinishWriting(absl::Span<char> scratch) {
  shutdown(fd_.get(), SHUT_WR);
  for (int i = 0; i < kMaxDiscards; ++i) {
    if (recv(fd_.get(), scratch.data(), scratch.size(), MSG_DONTWAIT) <= 0) return;
  }
}

}  // namespace understudy::net
