#include "tests/sim/network/test_network.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/shared_bytes.h"

namespace understudy::sim {
namespace {

const Endpoint kService = Endpoint::V4(10, 0, 0, 9, 5060);

}  // namespace

void TestAgent::Note(std::string text) {
  heard.push_back(std::move(text));
  when.push_back(now());
}

void TestAgent::OnMessage(absl::string_view bytes, uint64_t flow) {
  Note(flow == 0 ? std::string(bytes) : absl::StrCat(flow, ": ", bytes));
}

void TestAgent::OnLost(absl::string_view bytes) {
  Note(absl::StrCat("lost ", bytes));
}

void TestAgent::OnFlowOpened(uint64_t flow, bool accepted) {
  Note(absl::StrCat(flow, accepted ? " accepted" : " opened"));
}

void TestAgent::OnFlowClosed(uint64_t flow) {
  Note(absl::StrCat(flow, " closed"));
}

bool TestSink::MayRead() {
  return may_read == nullptr || may_read();
}

void TestSink::OnRound(absl::Span<const net::Received> round) {
  rounds.push_back(round.size());
  when.push_back(events->now());
  for (const net::Received& received : round) {
    remote = received.remote;
    heard.push_back(received.flow == 0 ? std::string(received.bytes)
                                       : absl::StrCat(received.flow, ": ", received.bytes));
  }
  on_round();
}

void TestSink::OnFlowOpened(uint64_t flow, Transport, const Endpoint&, const Endpoint&) {
  heard.push_back(absl::StrCat(flow, " opened"));
}

void TestSink::OnFlowClosed(uint64_t flow, Transport, const Endpoint&, net::FlowEnd why) {
  heard.push_back(absl::StrCat(flow, " closed: ", net::FlowEndName(why)));
}

void TestSink::OnSendFailed(uint64_t token, net::SendFailure why) {
  heard.push_back(absl::StrCat("failed ", token, ": ", net::SendFailureName(why)));
}

TestNetwork::TestNetwork(bool socket_holder, uint64_t seed)
    : book([](absl::string_view) {}, Tolerance(), &events),
      network(&events, Chance(seed), kService, socket_holder),
      phone("phone", Endpoint::V4(10, 0, 0, 1, 5060), Transport::kUdp, &events, &network, &book),
      tcp_phone("tcp_phone", Endpoint::V4(10, 0, 0, 2, 5060), Transport::kTcp, &events, &network, &book),
      dead_phone("dead_phone", Endpoint::V4(10, 0, 0, 3, 5060), Transport::kTcp, &events, &network, &book) {
  for (TestAgent* agent : {&phone, &tcp_phone, &dead_phone}) network.Add(agent);
  dead_phone.Mute(CallBook::FarFuture());
}

TestProcess::TestProcess(TestNetwork* net, size_t machine)
    : loop(&net->events), transport(std::make_unique<SimTransport>(&loop, &net->network, machine)) {
  sink.events = &net->events;
  transport->SetSink(&sink);
  loop.SetEndOfTurn([this] {
    if (transport != nullptr) transport->Flush();
  });
}

void TestProcess::Say(const TestAgent& to, absl::string_view text, uint64_t token) {
  net::Outgoing outgoing;
  outgoing.remote = to.address();
  outgoing.bytes = SharedBytes(text);
  outgoing.token = token;
  transport->Send(outgoing);
  loop.Post([] {});
}

uint64_t TestProcess::SayOn(uint64_t flow, const TestAgent& to, absl::string_view text, uint64_t token) {
  net::Outgoing outgoing;
  outgoing.transport = Transport::kTcp;
  outgoing.flow = flow;
  outgoing.remote = to.address();
  outgoing.bytes = SharedBytes(text);
  outgoing.token = token;
  const uint64_t used = transport->Send(outgoing);
  loop.Post([] {});
  return used;
}

}  // namespace understudy::sim
