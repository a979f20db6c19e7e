// What a datagram costs: echoes 450-octet datagrams on loopback and prints the server thread's CPU time for one
// datagram in and one out, and the system calls behind it.
//
//   bazel run //daemon/net:net_bench [-- 26000]
//
// "window N": the client keeps N datagrams on their way. "26000/s": one datagram every 38 us, as 2,000 calls a second
// would send them; "1 ms": rounds lie that far apart, as in a server that waits for its disk.
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/owned_fd.h"
#include "daemon/net/sip_transport.h"
#include "daemon/net/socket_address.h"

namespace understudy::net {
namespace {

constexpr int kDatagrams = 60000;
constexpr size_t kBytes = 450;

struct Load {
  const char* name;
  int window;       // 0: paced
  Duration period;  // between datagrams, when paced
  Duration gather;
};

class Echo : public TrafficSink {
 public:
  void OnRound(absl::Span<const Received> round) override {
    ++rounds;
    for (const Received& r : round) transport->Send({Transport::kUdp, 0, r.local, r.remote, SharedBytes(r.bytes), 0});
    seen += round.size();
  }
  void OnFlowOpened(uint64_t, Transport, const Endpoint&, const Endpoint&) override {}
  void OnFlowClosed(uint64_t, Transport, const Endpoint&, FlowEnd) override {}
  void OnSendFailed(uint64_t, SendFailure) override {}
  bool BeforeCutting(absl::string_view) override { return true; }
  void AfterCutting() override {}
  void OnUnreachable(const Endpoint&) override {}
  void OnUnframeable(const Received&, sip::ParseErrorKind) override {}

  SipTransport* transport = nullptr;
  uint64_t seen = 0;
  uint64_t rounds = 0;
};

void Pace(MonotonicTime until) {
  while (MonotonicNow() < until) {
    const timespec nap = {0, 1000};
    nanosleep(&nap, nullptr);
  }
}

void RunClient(const Endpoint& server, const Load& load) {
  OwnedFd fd(socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_storage address;
  const socklen_t size = ToSockaddr(server, AF_INET, &address);
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) _exit(1);
  const std::string datagram(kBytes, 'x');
  char echo[kBytes];
  const MonotonicTime start = MonotonicNow();
  for (int i = 0; i < kDatagrams; ++i) {
    if (load.window == 0) Pace(start + load.period * i);
    if (load.window > 0 && i >= load.window && recv(fd.get(), echo, sizeof echo, 0) < 0) _exit(1);
    if (load.window == 0) (void)!recv(fd.get(), echo, sizeof echo, MSG_DONTWAIT);
    if (send(fd.get(), datagram.data(), datagram.size(), 0) < 0) _exit(1);
  }
  _exit(0);
}

double CpuMicroseconds() {
  rusage usage;
  getrusage(RUSAGE_THREAD, &usage);
  const auto us = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

void Measure(const Load& load) {
  IoLoop loop;
  Echo echo;
  TrafficLimits limits;
  limits.gather = load.gather;
  SipTransport transport(&loop, &echo, limits);
  echo.transport = &transport;
  const Endpoint server = transport.Listen(Transport::kUdp, Endpoint::V4(127, 0, 0, 1, 0)).value();
  loop.SetEndOfTurn([&] { transport.Flush(); });
  const pid_t child = fork();
  if (child == 0) RunClient(server, load);
  const double start = CpuMicroseconds();
  int status = 0;
  while (echo.seen < kDatagrams && waitpid(child, &status, WNOHANG) == 0) loop.RunTurn(Duration::Seconds(1));
  while (loop.RunTurn(Duration::Milliseconds(5)) > 0 && echo.seen < kDatagrams) {
  }
  const double used = CpuMicroseconds() - start;
  const TrafficCounters counters = transport.Counters();
  const double n = static_cast<double>(echo.seen);
  std::printf("%-16s %8.2f us CPU   %7.1f a round   %6.3f recvmmsg   %6.3f sendmmsg   %llu dropped\n", load.name,
              used / n, n / static_cast<double>(echo.rounds), static_cast<double>(counters.udp_receive_calls) / n,
              static_cast<double>(counters.udp_send_calls) / n,
              static_cast<unsigned long long>(counters.udp_kernel_drops));
  waitpid(child, nullptr, 0);
}

void Run(absl::string_view only) {
  std::printf("per datagram in and out:\n");
  const Duration period = Duration::Nanoseconds(1000000000 / 26000);
  const Duration ms = Duration::Milliseconds(1);
  for (const Load& load : {Load{"window 1", 1, {}, {}}, Load{"window 16", 16, {}, {}}, Load{"window 256", 256, {}, {}},
                           Load{"26000/s", 0, period, {}}, Load{"26000/s, 1 ms", 0, period, ms},
                           Load{"26000/s, 3 ms", 0, period, ms * 3}}) {
    if (absl::StrContains(load.name, only)) Measure(load);
  }
}

}  // namespace
}  // namespace understudy::net

int main(int argc, char** argv) {
  understudy::net::Run(argc > 1 ? argv[1] : "");
}
