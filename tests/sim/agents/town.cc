#include "tests/sim/agents/town.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "engine/admission.h"
#include "sip/parse.h"
#include "tests/sim/agents/sip_view.h"

namespace understudy::sim {

Town::Town(uint64_t seed, const TownOptions& options)
    : chance_(seed),
      options_(options),
      workload_(Chance(seed).Fork("workload"), options.workload, &events_, this,
                [this](absl::string_view text) { violations_.emplace_back(text); }) {
  epoch_ = epoch_.Next();
  Apply(engine::EpochStart{{seed, 7}, false});
  Apply(engine::FeatureLevelRaised{options.feature_level});
  Apply(engine::ConfigurationChanged{engine::Configuration().DifferenceTo(workload_.Configuration())});
}

void Town::Run() {
  workload_.Start();
  for (uint32_t i = 0; i < options_.outages; ++i) {
    const Duration span = chance_.Skewed(Duration::Milliseconds(50), options_.longest_outage);
    events_.At(chance_.Between(Duration::Seconds(4), options_.end), [this, span] { GoDown(span); });
  }
  for (uint32_t i = 0; i < options_.breaks; ++i) {
    events_.At(chance_.Between(Duration::Seconds(4), options_.end), [this] { BreakOne(); });
  }
  events_.RunUntil(options_.end);
  workload_.StopBeginning();
  workload_.WindDown();
  events_.RunUntil(options_.end + options_.quiet);
}

void Town::Apply(engine::Input input) {
  engine::Entry entry;
  entry.lsn = state_.lsn.Next();
  entry.epoch = epoch_;
  entry.engine_time = EngineTime() + events_.now();
  entry.wall_time = WallTime() + events_.now();
  entry.input = std::move(input);
  engine::Apply(&state_, entry, &effects_);
  std::vector<engine::SendSip> sends;
  for (const engine::Effect& effect : effects_.list) {
    if (const auto* send = std::get_if<engine::SendSip>(&effect)) sends.push_back(*send);
  }
  for (const engine::SendSip& send : sends) Release(send);
  SetAlarm();
}

void Town::SetAlarm() {
  events_.Cancel(alarm_);
  alarm_ = 0;
  const absl::optional<EngineTime> next = state_.NextDeadline();
  if (!next || !serving_) return;
  alarm_ = events_.At(*next - EngineTime(), [this] {
    alarm_ = 0;
    Apply(engine::ClockAdvanced{});
  });
}

void Town::OnServerMessage(const Endpoint& from, uint64_t flow, const std::string& bytes) {
  if (!serving_) return;
  digest_ = digest_ * 31 + TextHash(bytes);
  engine::SipReceived message;
  message.transport = flow == 0 ? Transport::kUdp : Transport::kTcp;
  message.flow = engine::FlowId(flow);
  message.remote = from;
  message.bytes = bytes;
  sip::ParseError error;
  if (!sip::ParseMessage(bytes, &message.message, &error)) {
    violations_.push_back(std::string("an agent says what is no message:\n") + bytes);
    return;
  }
  const engine::Verdict verdict = engine::Admit(state_, message, state_.lsn);
  if (!verdict.append) {
    if (verdict.answer.empty()) return;
    engine::SendSip send;
    send.transport = verdict.hop.transport;
    send.flow = verdict.hop.flow;
    send.remote = verdict.hop.remote;
    send.bytes = verdict.answer;
    return Release(send);
  }
  if (flow != 0 && !connections_[flow].introduced) {
    connections_[flow].introduced = true;
    Apply(engine::FlowOpened{engine::FlowId(flow), Transport::kTcp, from});
  }
  Apply(std::move(message));
}

void Town::Release(const engine::SendSip& send) {
  std::string bytes(send.bytes.view());
  std::vector<std::string> more;
  const bool sent = !options_.tamper || options_.tamper(&bytes, &more);
  if (sent) ToAgent(send, bytes);
  for (const std::string& another : more) ToAgent(send, another);
}

void Town::ToAgent(const engine::SendSip& send, const std::string& bytes) {
  ++messages_;
  digest_ = digest_ * 31 + TextHash(bytes);
  if (send.transport == Transport::kUdp) {
    if (Agent* const agent = workload_.Find(send.remote)) return DatagramTo(*agent, bytes);
    violations_.push_back("the server sends to nobody: " + send.remote.ToText());
    return;
  }
  const uint64_t flow = FlowTo(send);
  if (flow != 0) return StreamTo(flow, bytes);
  const engine::TransactionId blamed = send.transaction;
  if (!blamed.empty()) events_.After(Delay(), [this, blamed] { Apply(engine::SendFailed{blamed}); });
}

void Town::DatagramTo(Agent& agent, const std::string& bytes) {
  if (chance_.PerMillion(options_.loss)) return agent.Lost(bytes);
  const int copies = chance_.PerMillion(options_.doubling) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    events_.After(Delay(), [&agent, bytes] { agent.Receive(bytes, 0); });
  }
}

bool Town::SendDatagram(Agent& from, absl::string_view bytes) {
  if (chance_.PerMillion(options_.loss)) return false;
  const int copies = chance_.PerMillion(options_.doubling) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    events_.After(Delay(),
                  [this, address = from.address(), text = std::string(bytes)] { OnServerMessage(address, 0, text); });
  }
  return true;
}

uint64_t Town::Connect(Agent& from) {
  const uint64_t flow = ++last_flow_;
  connections_[flow].agent = &from;
  events_.After(Delay(), [this, flow] {
    Connection& connection = connections_[flow];
    connection.open = serving_;
    if (!serving_) return connection.agent->FlowClosed(flow);
    connection.agent->FlowOpened(flow, false);
  });
  return flow;
}

void Town::SendStream(Agent& from, uint64_t flow, absl::string_view bytes) {
  Connection& connection = connections_[flow];
  if (!connection.open) return;
  connection.to_server = std::max(connection.to_server, events_.now() + Delay());
  events_.At(connection.to_server, [this, flow, address = from.address(), text = std::string(bytes)] {
    if (connections_[flow].open) OnServerMessage(address, flow, text);
  });
}

void Town::Disconnect(Agent&, uint64_t flow) {
  Close(flow, false);
}

void Town::Close(uint64_t flow, bool told_agent) {
  Connection& connection = connections_[flow];
  if (!connection.open) return;
  connection.open = false;
  if (told_agent) {
    Agent* const agent = connection.agent;
    events_.After(Delay(), [agent, flow] { agent->FlowClosed(flow); });
  }
  if (connection.introduced) {
    events_.After(Delay(), [this, flow] {
      if (serving_ && state_.flows.contains(engine::FlowId(flow))) Apply(engine::FlowClosed{engine::FlowId(flow)});
    });
  }
}

// RFC 3261 18: over the connection while it lives, else over another one to that address.
uint64_t Town::FlowTo(const engine::SendSip& send) {
  auto named = connections_.find(send.flow.value());
  if (named != connections_.end() && named->second.open) return named->first;
  Agent* const agent = workload_.Find(send.remote);
  if (agent == nullptr || agent->off()) return 0;
  for (auto& [flow, connection] : connections_) {
    if (connection.agent == agent && connection.open) return flow;
  }
  const uint64_t flow = ++last_flow_;
  Connection& connection = connections_[flow];
  connection.agent = agent;
  connection.open = true;
  connection.to_agent = events_.now() + Delay();
  events_.At(connection.to_agent, [agent, flow] { agent->FlowOpened(flow, true); });
  return flow;
}

void Town::StreamTo(uint64_t flow, const std::string& bytes) {
  Connection& connection = connections_[flow];
  connection.to_agent = std::max(connection.to_agent, events_.now() + Delay());
  events_.At(connection.to_agent, [this, flow, bytes] {
    if (connections_[flow].open) connections_[flow].agent->Receive(bytes, flow);
  });
}

void Town::GoDown(Duration span) {
  if (!serving_) return;
  serving_ = false;
  workload_.book().ServiceDown();
  for (auto& [flow, connection] : connections_) Close(flow, true);
  SetAlarm();
  events_.After(span, [this, span] { ComeBack(span); });
}

void Town::ComeBack(Duration span) {
  serving_ = true;
  workload_.book().ServiceUp();
  epoch_ = epoch_.Next();
  Apply(engine::ServiceGap{span});
  Apply(engine::EpochStart{{7, 7}, false});
}

void Town::BreakOne() {
  std::vector<uint64_t> open;
  for (const auto& [flow, connection] : connections_) {
    if (connection.open) open.push_back(flow);
  }
  if (!open.empty()) Close(chance_.Pick(open), true);
}

}  // namespace understudy::sim
