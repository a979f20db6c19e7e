// A transport on loopback with a sink that writes down what it is told, and plain blocking sockets as its peers.
#ifndef UNDERSTUDY_DAEMON_NET_TRANSPORT_TESTING_H_
#define UNDERSTUDY_DAEMON_NET_TRANSPORT_TESTING_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/net/io_loop.h"
#include "daemon/net/owned_fd.h"
#include "daemon/net/sip_transport.h"
#include "gtest/gtest.h"

namespace understudy::net {

inline const Endpoint kLoopback = Endpoint::V4(127, 0, 0, 1, 0);

// Never waits longer than this; a test that passes does not wait at all.
inline constexpr Duration kPatience = Duration::Seconds(10);

class RecordingSink : public TrafficSink {
 public:
  struct Message {
    uint64_t flow;
    Endpoint local;
    Endpoint remote;
    std::string bytes;
  };

  bool MayRead() override { return may_read == nullptr || may_read(); }
  bool Admits(const Endpoint&) override { return admits; }
  void OnRound(absl::Span<const Received> round) override;
  void OnDatagramsDropped() override { ++overflows; }
  void OnFlowOpened(uint64_t flow, Transport transport, const Endpoint& local, const Endpoint& remote) override;
  void OnFlowClosed(uint64_t flow, Transport transport, const Endpoint& remote, FlowEnd why) override;
  void OnSendFailed(uint64_t token, SendFailure why) override;
  void OnUnreachable(const Endpoint& remote) override { unreachable.push_back(remote); }
  void OnTlsFailed(const Endpoint&, absl::string_view reason) override { tls_failed.emplace_back(reason); }
  bool BeforeCutting(absl::string_view octets) override;
  void AfterCutting() override { cutting = false; }
  void OnUnframeable(const Received& received, sip::ParseErrorKind error) override;

  std::function<void(const Received&)> answer = [](const Received&) {};
  std::function<bool()> may_read;  // asked before each reading, if there is one
  std::string unwanted;            // octets that BeforeCutting refuses
  bool admits = true;
  bool cutting = false;
  int overflows = 0;
  std::vector<size_t> rounds;
  std::vector<Message> messages;
  std::vector<std::pair<uint64_t, Endpoint>> opened;
  std::vector<std::pair<uint64_t, FlowEnd>> closed;
  std::vector<std::pair<uint64_t, SendFailure>> failed;
  std::vector<Endpoint> unreachable;
  std::vector<std::string> unframeable;
  std::vector<std::string> tls_failed;
};

// A peer's socket, blocking with a bound.
class Peer {
 public:
  explicit Peer(OwnedFd fd);
  static Peer Udp();
  static Peer TcpTo(const Endpoint& server);
  static Peer TcpListener();

  Peer Accept();
  void SendTo(const Endpoint& to, absl::string_view bytes);
  void Write(absl::string_view bytes);
  // One datagram, or exactly `size` octets of a stream; "" at the end of it, "reset" after a reset.
  std::string Receive();
  std::string Read(size_t size);
  bool AtEnd() { return Read(1).empty(); }
  void ShutdownWrite();
  void Reset();  // closes with RST
  void Close() { fd_.Reset(); }

  int fd() const { return fd_.get(); }
  Endpoint at() const;

 private:
  OwnedFd fd_;
};

// Returns when the kernel stamps datagrams as they arrive. It begins to some time after the first socket of the machine
// has asked for it, and gives a datagram that came before the time of reading it. From then on it stamps until this
// program ends.
void AwaitArrivalStamps();

class TransportTest : public testing::Test {
 protected:
  TransportTest();

  // A fresh transport with `limits` and one listener of the kind.
  Endpoint Start(Transport transport, const TrafficLimits& limits = TrafficLimits());

  // Runs turns until `done`; a failure after kPatience.
  void RunUntil(const std::function<bool()>& done);
  void RunTurns(int n);

  void SendUdp(const Endpoint& to, absl::string_view bytes, uint64_t token = 0);
  uint64_t SendTcp(uint64_t flow, const Endpoint& to, absl::string_view bytes, uint64_t token = 0);

  IoLoop loop_;
  RecordingSink sink_;
  std::unique_ptr<SipTransport> transport_;
};

// A whole request; `body` makes it longer.
std::string Request(absl::string_view call_id, absl::string_view body = "");

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_TRANSPORT_TESTING_H_
