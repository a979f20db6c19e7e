#include "daemon/net/datagram_batch.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "daemon/net/socket_address.h"
#include "daemon/net/stun.h"

namespace understudy::net {
namespace {

// One recvmmsg. More at once would not make a system call noticeably cheaper.
constexpr int kVector = 64;

// Slots lie an odd number of cache lines apart, or their first lines would all fall into one set of the cache.
constexpr size_t kStride = DatagramBatch::kSlotBytes + 17 * 64;

constexpr size_t kControlBytes = 128;
static_assert(CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(timespec)) <= kControlBytes);

constexpr int kErrorsAtOnce = 16;
constexpr size_t kMostReports = 64;
constexpr size_t kErrorControlBytes = 256;

bool IsKeepalive(absl::string_view bytes) {
  return bytes.size() <= 4 &&
         std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\r' || c == '\n' || c == 0; });
}

int64_t Nanoseconds(const timespec& t) {
  return int64_t{t.tv_sec} * 1000000000 + t.tv_nsec;
}

// The kernel's own, with which it stamps: what stands between it and this process may show another time.
int64_t WallNow() {
  timespec now{};
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  return Nanoseconds(now);
}

// When it came; 0: the kernel does not say.
int64_t ArrivalOf(msghdr* header) {
  for (cmsghdr* c = CMSG_FIRSTHDR(header); c != nullptr; c = CMSG_NXTHDR(header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec at;
    std::memcpy(&at, CMSG_DATA(c), sizeof at);
    return Nanoseconds(at);
  }
  return 0;
}

Endpoint DestinationOf(msghdr* header, const Endpoint& local) {
  for (cmsghdr* c = CMSG_FIRSTHDR(header); c != nullptr; c = CMSG_NXTHDR(header, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(c), sizeof info);
      uint8_t ip[4];
      std::memcpy(ip, &info.ipi_addr, sizeof ip);
      return Endpoint::V4(ip[0], ip[1], ip[2], ip[3], local.port());
    }
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(c), sizeof info);
      Endpoint::Ip ip;
      std::memcpy(ip.data(), &info.ipi6_addr, ip.size());
      return Endpoint(ip, local.port());
    }
  }
  return local;
}

// "Fragmentation needed" and what this host reports about itself say nothing about the far side.
bool SaysUnreachable(msghdr* header) {
  for (cmsghdr* c = CMSG_FIRSTHDR(header); c != nullptr; c = CMSG_NXTHDR(header, c)) {
    const bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
    const bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
    if (!v4 && !v6) continue;
    sock_extended_err error;
    std::memcpy(&error, CMSG_DATA(c), sizeof error);
    const bool icmp = error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
    return icmp && error.ee_errno != EMSGSIZE;
  }
  return false;
}

}  // namespace

struct DatagramBatch::Rep {
  Rep(int n, Duration oldest_given)
      : capacity(n),
        oldest(oldest_given),
        headers(n),
        vectors(n),
        names(n),
        controls(n * kControlBytes),
        memory_bytes(n * kStride) {
    void* room = mmap(nullptr, memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    US_CHECK(room != MAP_FAILED);
    memory = static_cast<char*>(room);
    received.reserve(n);
    for (int i = 0; i < n; ++i) {
      vectors[i] = {memory + i * kStride, kSlotBytes};
      headers[i].msg_hdr.msg_iov = &vectors[i];
      headers[i].msg_hdr.msg_iovlen = 1;
      headers[i].msg_hdr.msg_name = &names[i];
    }
  }
  ~Rep() { munmap(memory, memory_bytes); }

  // Undoes what the kernel wrote into the headers of the last round.
  void Prepare(int first, int n) {
    for (int i = first; i < first + n; ++i) {
      msghdr& header = headers[i].msg_hdr;
      header.msg_namelen = sizeof names[i];
      header.msg_control = &controls[i * kControlBytes];
      header.msg_controllen = kControlBytes;
      header.msg_flags = 0;
    }
  }

  // The kernel's clock may have been set back since.
  Duration Waited(int i, int64_t now) {
    const int64_t arrival = ArrivalOf(&headers[i].msg_hdr);
    return arrival == 0 ? Duration() : Duration::Nanoseconds(std::max<int64_t>(now - arrival, 0));
  }

  void Take(int i, const Endpoint& local, int64_t now, TrafficCounters* counters) {
    const absl::string_view bytes(memory + i * kStride, headers[i].msg_len);
    ++counters->udp_datagrams_in;
    counters->udp_bytes_in += bytes.size();
    if (IsKeepalive(bytes)) {
      ++counters->keepalives;
      return;
    }
    const Duration waited = Waited(i, now);
    if (oldest > Duration() && waited > oldest) {
      ++counters->udp_too_old;
      return;
    }
    const Endpoint destination = local.is_any() ? DestinationOf(&headers[i].msg_hdr, local) : local;
    (IsStun(bytes) ? stun : received)
        .push_back({Transport::kUdp, 0, destination, FromSockaddr(&names[i]), bytes, waited});
  }

  int capacity;
  Duration oldest;
  std::vector<mmsghdr> headers;
  std::vector<iovec> vectors;
  std::vector<sockaddr_in6> names;
  std::vector<char> controls;
  size_t memory_bytes;
  char* memory;
  std::vector<Received> received;
  std::vector<Received> stun;
};

DatagramBatch::DatagramBatch(const TrafficLimits& limits)
    : rep_(std::make_unique<Rep>(limits.round_datagrams, limits.datagram_age)) {}
DatagramBatch::~DatagramBatch() = default;

absl::Span<const Received> DatagramBatch::received() const {
  return rep_->received;
}

absl::Span<const Received> DatagramBatch::stun() const {
  return rep_->stun;
}

DatagramBatch::Outcome DatagramBatch::Read(int fd, const Endpoint& local, TrafficCounters* counters) {
  rep_->received.clear();
  rep_->stun.clear();
  for (int used = 0; used < rep_->capacity;) {
    const int asked = std::min(kVector, rep_->capacity - used);
    rep_->Prepare(used, asked);
    ++counters->udp_receive_calls;
    const int n = recvmmsg(fd, &rep_->headers[used], static_cast<unsigned>(asked), MSG_DONTWAIT, nullptr);
    if (n < 0) return used == 0 ? Outcome::kNothing : Outcome::kDrained;
    const int64_t now = WallNow();
    for (int i = used; i < used + n; ++i) rep_->Take(i, local, now, counters);
    if (n < asked) return Outcome::kDrained;
    used += n;
  }
  return Outcome::kFull;
}

int TakeIcmpErrors(int fd, std::vector<Endpoint>* unreachable) {
  for (int n = 0; n < kErrorsAtOnce; ++n) {
    sockaddr_in6 name{};
    alignas(cmsghdr) char control[kErrorControlBytes];
    msghdr header{};
    header.msg_name = &name;
    header.msg_namelen = sizeof name;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    if (recvmsg(fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return n;
    if (SaysUnreachable(&header) && unreachable->size() < kMostReports) unreachable->push_back(FromSockaddr(&name));
  }
  return kErrorsAtOnce;
}

}  // namespace understudy::net
