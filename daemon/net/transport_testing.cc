#include "daemon/net/transport_testing.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/net/socket_address.h"

namespace understudy::net {
namespace {

OwnedFd BoundSocket(int type) {
  OwnedFd fd(socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in6 address;
  const socklen_t size = ToSockaddr(kLoopback, AF_INET, &address);
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  return fd;
}

int64_t Nanoseconds(const timespec& t) {
  return int64_t{t.tv_sec} * 1000000000 + t.tv_nsec;
}

// How long ago the kernel says that the datagram arrived which `fd` reads next; 0 where it does not say.
int64_t StampedAge(int fd) {
  alignas(cmsghdr) char control[256];
  char byte;
  iovec data = {&byte, 1};
  msghdr header = {};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  if (recvmsg(fd, &header, 0) < 0) return 0;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec arrived, now;
    std::memcpy(&arrived, CMSG_DATA(c), sizeof arrived);
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    return Nanoseconds(now) - Nanoseconds(arrived);
  }
  return 0;
}

}  // namespace

void AwaitArrivalStamps() {
  constexpr int kLeftWaiting = 5000;  // microseconds
  static Peer* const probe = new Peer(Peer::Udp());
  const int on = 1;
  setsockopt(probe->fd(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  const MonotonicTime deadline = MonotonicNow() + kPatience;
  do {
    ASSERT_LT(MonotonicNow(), deadline) << "the kernel does not stamp what arrives";
    probe->SendTo(probe->at(), "x");
    usleep(kLeftWaiting);
  } while (StampedAge(probe->fd()) < int64_t{kLeftWaiting} * 1000 / 2);
}

bool RecordingSink::BeforeCutting(absl::string_view octets) {
  EXPECT_FALSE(cutting);
  cutting = octets != unwanted;
  return cutting;
}

void RecordingSink::OnRound(absl::Span<const Received> round) {
  EXPECT_FALSE(cutting);
  rounds.push_back(round.size());
  for (const Received& received : round) {
    messages.push_back({received.flow, received.local, received.remote, std::string(received.bytes)});
    answer(received);
  }
}

void RecordingSink::OnFlowOpened(uint64_t flow, Transport, const Endpoint&, const Endpoint& remote) {
  opened.emplace_back(flow, remote);
}

void RecordingSink::OnFlowClosed(uint64_t flow, Transport, const Endpoint&, FlowEnd why) {
  closed.emplace_back(flow, why);
}

void RecordingSink::OnSendFailed(uint64_t token, SendFailure why) {
  failed.emplace_back(token, why);
}

void RecordingSink::OnUnframeable(const Received& received, sip::ParseErrorKind) {
  unframeable.push_back(std::string(received.bytes));
  answer(received);
}

Peer::Peer(OwnedFd fd) : fd_(std::move(fd)) {
  const timeval bound = {10, 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
}

Peer Peer::Udp() {
  return Peer(BoundSocket(SOCK_DGRAM));
}

Peer Peer::TcpTo(const Endpoint& server) {
  OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address;
  const socklen_t size = ToSockaddr(server, AF_INET, &address);
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  return Peer(std::move(fd));
}

Peer Peer::TcpListener() {
  Peer peer(BoundSocket(SOCK_STREAM));
  EXPECT_EQ(listen(peer.fd(), 16), 0);
  return peer;
}

Peer Peer::Accept() {
  return Peer(OwnedFd(accept(fd_.get(), nullptr, nullptr)));
}

void Peer::SendTo(const Endpoint& to, absl::string_view bytes) {
  sockaddr_in6 address;
  const socklen_t size = ToSockaddr(to, AF_INET, &address);
  const ssize_t n = sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&address), size);
  EXPECT_EQ(n, static_cast<ssize_t>(bytes.size()));
}

void Peer::Write(absl::string_view bytes) {
  EXPECT_EQ(send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

std::string Peer::Receive() {
  std::string bytes(65536, '\0');
  const ssize_t n = recv(fd_.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(n < 0 ? 0 : static_cast<size_t>(n));
  return bytes;
}

std::string Peer::Read(size_t size) {
  std::string bytes(size, '\0');
  size_t have = 0;
  while (have < size) {
    const ssize_t n = recv(fd_.get(), &bytes[have], size - have, 0);
    if (n < 0 && errno == ECONNRESET) return "reset";
    if (n <= 0) break;
    have += static_cast<size_t>(n);
  }
  bytes.resize(have);
  return bytes;
}

void Peer::ShutdownWrite() {
  shutdown(fd_.get(), SHUT_WR);
}

void Peer::Reset() {
  const linger at_once = {1, 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.Reset();
}

Endpoint Peer::at() const {
  return LocalEndpoint(fd_.get());
}

TransportTest::TransportTest() {
  loop_.SetEndOfTurn([this] {
    if (transport_ != nullptr) transport_->Flush();
  });
}

Endpoint TransportTest::Start(Transport transport, const TrafficLimits& limits) {
  transport_ = std::make_unique<SipTransport>(&loop_, &sink_, limits);
  const absl::StatusOr<Endpoint> bound = transport_->Listen(transport, kLoopback);
  EXPECT_TRUE(bound.ok()) << bound.status();
  return bound.value_or(Endpoint());
}

void TransportTest::RunUntil(const std::function<bool()>& done) {
  const MonotonicTime deadline = MonotonicNow() + kPatience;
  while (!done()) {
    ASSERT_LT(MonotonicNow(), deadline) << "it did not happen";
    loop_.RunTurn(Duration::Milliseconds(100));
  }
}

void TransportTest::RunTurns(int n) {
  for (int i = 0; i < n; ++i) loop_.RunTurn(Duration::Milliseconds(1));
}

void TransportTest::SendUdp(const Endpoint& to, absl::string_view bytes, uint64_t token) {
  transport_->Send({Transport::kUdp, 0, Endpoint(), to, SharedBytes(bytes), token});
}

uint64_t TransportTest::SendTcp(uint64_t flow, const Endpoint& to, absl::string_view bytes, uint64_t token) {
  return transport_->Send({Transport::kTcp, flow, Endpoint(), to, SharedBytes(bytes), token});
}

std::string Request(absl::string_view call_id, absl::string_view body) {
  return absl::StrCat("OPTIONS sip:a@example.com SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nCall-ID: ", call_id,
                      "\r\nCSeq: 1 OPTIONS\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
}

}  // namespace understudy::net
