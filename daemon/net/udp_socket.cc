#include "daemon/net/udp_socket.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "daemon/net/socket_address.h"

namespace understudy::net {
namespace {

constexpr size_t kVectorSize = 64;
constexpr size_t kMaxPayload = 65507;
constexpr int kMaxRetries = 3;
constexpr size_t kControlBytes = 64;

int FamilyOfSocket(int fd) {
  int family = AF_INET;
  socklen_t size = sizeof family;
  getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
  return family;
}

// The address that the datagram shall leave from, for a socket bound to all of them.
size_t WriteSource(const Endpoint& source, int family, char* control) {
  msghdr header{};
  header.msg_control = control;
  header.msg_controllen = kControlBytes;
  cmsghdr* c = CMSG_FIRSTHDR(&header);
  if (family == AF_INET) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, source.ip().data() + 12, 4);
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(c), &info, sizeof info);
    return CMSG_SPACE(sizeof info);
  }
  in6_pktinfo info{};
  std::memcpy(&info.ipi6_addr, source.ip().data(), 16);
  c->cmsg_level = IPPROTO_IPV6;
  c->cmsg_type = IPV6_PKTINFO;
  c->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(c), &info, sizeof info);
  return CMSG_SPACE(sizeof info);
}

SendFailure FailureOf(int error) {
  if (error == EMSGSIZE) return SendFailure::kTooLarge;
  return error == ENOBUFS ? SendFailure::kQueueFull : SendFailure::kUnreachable;
}

struct ReceiveBuffer {
  uint32_t drops = 0;
  uint32_t used = 0;
  uint32_t room = 0;
};

ReceiveBuffer ReceiveBufferOf(int fd) {
  uint32_t values[SK_MEMINFO_VARS] = {};
  socklen_t size = sizeof values;
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &size) != 0) return {};
  return {values[SK_MEMINFO_DROPS], values[SK_MEMINFO_RMEM_ALLOC], values[SK_MEMINFO_RCVBUF]};
}

}  // namespace

struct UdpSocket::Vector {
  mmsghdr headers[kVectorSize] = {};
  iovec vectors[kVectorSize] = {};
  sockaddr_in6 names[kVectorSize] = {};
  alignas(cmsghdr) char controls[kVectorSize][kControlBytes] = {};
};

UdpSocket::UdpSocket(OwnedFd fd, size_t queue_limit, TrafficCounters* counters, std::vector<FailedSend>* failures,
                     std::vector<Endpoint>* unreachable)
    : fd_(std::move(fd)),
      local_(LocalEndpoint(fd_.get())),
      family_(FamilyOfSocket(fd_.get())),
      any_(local_.is_any()),
      queue_limit_(queue_limit),
      drops_before_(ReceiveBufferOf(fd_.get()).drops),
      drops_seen_(drops_before_),
      counters_(counters),
      failures_(failures),
      unreachable_(unreachable),
      vector_(std::make_unique<Vector>()) {}

UdpSocket::~UdpSocket() = default;

bool UdpSocket::Reaches(const Endpoint& remote) const {
  return remote.is_v4() == local_.is_v4();
}

bool UdpSocket::IsAt(const Endpoint& local) const {
  return local_.port() == local.port() && (any_ || local_.SameHost(local));
}

bool UdpSocket::Read(DatagramBatch* batch) {
  const DatagramBatch::Outcome outcome = batch->Read(fd_.get(), local_, counters_);
  if (outcome == DatagramBatch::Outcome::kNothing) TakeErrors();
  return outcome == DatagramBatch::Outcome::kFull;
}

int UdpSocket::TakeErrors() {
  const int n = TakeIcmpErrors(fd_.get(), unreachable_);
  counters_->udp_icmp_errors += static_cast<uint64_t>(n);
  return n;
}

void UdpSocket::Fail(const Outgoing& outgoing, SendFailure why) {
  ++counters_->sends_failed[static_cast<int>(why)];
  if (outgoing.token != 0) failures_->push_back({outgoing.token, why});
}

void UdpSocket::Send(const Outgoing& outgoing) {
  if (outgoing.bytes.size() > kMaxPayload) return Fail(outgoing, SendFailure::kTooLarge);
  if (queue_.size() >= queue_limit_ && !Flush() && queue_.size() >= queue_limit_) {
    return Fail(outgoing, SendFailure::kQueueFull);
  }
  queue_.push_back(outgoing);
}

int UdpSocket::SendSome(size_t first) {
  const size_t n = std::min(kVectorSize, queue_.size() - first);
  for (size_t i = 0; i < n; ++i) {
    const Outgoing& outgoing = queue_[first + i];
    const absl::string_view bytes = outgoing.bytes.view();
    vector_->vectors[i] = {const_cast<char*>(bytes.data()), bytes.size()};
    msghdr& header = vector_->headers[i].msg_hdr;
    header.msg_name = &vector_->names[i];
    header.msg_namelen = ToSockaddr(outgoing.remote, family_, &vector_->names[i]);
    header.msg_iov = &vector_->vectors[i];
    header.msg_iovlen = 1;
    const bool choose = any_ && !outgoing.local.is_any();
    header.msg_control = choose ? vector_->controls[i] : nullptr;
    header.msg_controllen = choose ? WriteSource(outgoing.local, family_, vector_->controls[i]) : 0;
  }
  ++counters_->udp_send_calls;
  return sendmmsg(fd_.get(), vector_->headers, static_cast<unsigned>(n), MSG_DONTWAIT | MSG_NOSIGNAL);
}

// The message at `*first` was refused with `error`. ICMP errors that had been pending for other messages are
// taken off and the message is tried again. False: the kernel takes nothing now.
bool UdpSocket::Pass(size_t* first, int error, int* retries) {
  if (error == EAGAIN) return false;
  if (error == EINTR) return true;
  const bool was_pending = TakeErrors() > 0 || error == ECONNREFUSED;
  if (was_pending && ++*retries <= kMaxRetries) return true;
  *retries = 0;
  Fail(queue_[*first], FailureOf(error));
  ++*first;
  return true;
}

// A short count has no errno: the kernel took the pending error for itself, and left its report.
bool UdpSocket::Flush() {
  size_t first = 0;
  int retries = 0;
  bool open = true;
  while (open && first < queue_.size()) {
    const int n = SendSome(first);
    if (n < 0) {
      open = Pass(&first, errno, &retries);
      continue;
    }
    retries = 0;
    if (first + static_cast<size_t>(n) < queue_.size() && n < static_cast<int>(kVectorSize)) TakeErrors();
    counters_->udp_datagrams_out += static_cast<uint64_t>(n);
    for (const size_t end = first + static_cast<size_t>(n); first < end; ++first) {
      counters_->udp_bytes_out += queue_[first].bytes.size();
    }
  }
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(first));
  return open;
}

bool UdpSocket::Overflowed() {
  const ReceiveBuffer buffer = ReceiveBufferOf(fd_.get());
  return buffer.drops != std::exchange(drops_seen_, buffer.drops) && buffer.used >= buffer.room / 2;
}

uint64_t UdpSocket::KernelDrops() const {
  return ReceiveBufferOf(fd_.get()).drops - drops_before_;
}

}  // namespace understudy::net
