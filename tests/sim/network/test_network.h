// A small simulated world for the tests of the network: agents and processes that write down what they hear.
//
//   TestNetwork net(/*socket_holder=*/true, /*seed=*/1);
//   TestProcess a(&net, 0);
//   a.transport->Open().IgnoreError();
//   net.phone.Say("hello");
//   net.Run(Duration::Seconds(1));
//   EXPECT_EQ(a.sink.heard, Heard{"hello"});
//
// One thread. The world outlives its processes.
#ifndef UNDERSTUDY_TESTS_SIM_NETWORK_TEST_NETWORK_H_
#define UNDERSTUDY_TESTS_SIM_NETWORK_TEST_NETWORK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "base/transport.h"
#include "daemon/net/traffic.h"
#include "tests/sim/agents/agent.h"
#include "tests/sim/agents/call_book.h"
#include "tests/sim/network/service_network.h"
#include "tests/sim/network/sim_transport.h"
#include "tests/sim/sim_loop.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

using Heard = std::vector<std::string>;

// Says what it is told to. Of a connection n it writes "n opened", "n accepted" (the server made it), "n: <message>",
// "n closed"; of a datagram its text, or "lost <text>".
class TestAgent : public Agent {
 public:
  using Agent::Agent;

  void Start() override {}
  std::vector<CallBelief> Calls(Duration) const override { return {}; }
  std::vector<RegistrationBelief> Registrations() const override { return {}; }
  void StopBeginning() override {}
  void HangUpAll() override {}

  bool Say(absl::string_view text) { return SendDatagram(text); }
  void SayOn(uint64_t flow, absl::string_view text) { SendStream(flow, text); }
  uint64_t Connect() { return port().Connect(*this); }
  void Disconnect(uint64_t flow) { port().Disconnect(*this, flow); }

  Heard heard;
  std::vector<Duration> when;  // of each of them

 protected:
  void OnMessage(absl::string_view bytes, uint64_t flow) override;
  void OnLost(absl::string_view bytes) override;
  void OnFlowOpened(uint64_t flow, bool accepted) override;
  void OnFlowClosed(uint64_t flow) override;
  void OnTimer(uint32_t, uint32_t) override {}
  void OnOff(bool) override {}
  void OnBackOn(bool) override {}

 private:
  void Note(std::string text);
};

// Of a connection n it writes "n opened", "n: <message>", "n closed: <why>"; of a datagram its text; of a failure
// "failed <token>: <why>".
class TestSink : public net::TrafficSink {
 public:
  bool MayRead() override;
  void OnRound(absl::Span<const net::Received> round) override;
  void OnFlowOpened(uint64_t flow, Transport transport, const Endpoint& local, const Endpoint& remote) override;
  void OnFlowClosed(uint64_t flow, Transport transport, const Endpoint& remote, net::FlowEnd why) override;
  void OnSendFailed(uint64_t token, net::SendFailure why) override;
  void OnUnreachable(const Endpoint&) override {}
  bool BeforeCutting(absl::string_view octets) override { return octets != "poison"; }
  void AfterCutting() override {}
  void OnUnframeable(const net::Received&, sip::ParseErrorKind) override {}

  Heard heard;
  std::vector<size_t> rounds;              // how many messages each brought
  std::vector<Duration> when;              // each round came
  Endpoint remote;                         // of what came last
  std::function<bool()> may_read;          // asked before each reading, if there is one
  std::function<void()> on_round = [] {};  // from within each
  const EventQueue* events = nullptr;
};

struct TestNetwork {
  explicit TestNetwork(bool socket_holder, uint64_t seed = 1);

  void Run(Duration span) { events.RunUntil(events.now() + span); }

  EventQueue events;
  CallBook book;
  ServiceNetwork network;
  TestAgent phone;       // 10.0.0.1, UDP
  TestAgent tcp_phone;   // 10.0.0.2
  TestAgent dead_phone;  // 10.0.0.3, TCP, off for ever
};

struct TestProcess {
  TestProcess(TestNetwork* net, size_t machine);
  // The process dies.
  void Kill() { transport.reset(); }

  void Say(const TestAgent& to, absl::string_view text, uint64_t token = 0);
  // Over `flow`, or for 0 over any to that agent; returns the one that it goes over.
  uint64_t SayOn(uint64_t flow, const TestAgent& to, absl::string_view text, uint64_t token = 0);

  SimLoop loop;
  TestSink sink;
  std::unique_ptr<SimTransport> transport;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_NETWORK_TEST_NETWORK_H_
