#include "tests/sim/network/service_network.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace understudy::sim {
namespace {

constexpr Duration kShortestWay = Duration::Microseconds(300);
constexpr Duration kLongestWay = Duration::Milliseconds(40);
constexpr Duration kOvertaken = Duration::Milliseconds(200);
constexpr Duration kConnectTime = Duration::Milliseconds(900);  // then whoever connects hears that nobody answers
constexpr size_t kToAgent = 0;
constexpr size_t kToTransport = 1;

}  // namespace

ServiceNetwork::ServiceNetwork(EventQueue* events, const Chance& chance, const Endpoint& service, bool socket_holder)
    : events_(events), chance_(chance), service_(service), socket_holder_(socket_holder) {}

void ServiceNetwork::Add(Agent* agent) {
  hosts_[agent->address()] = {agent, chance_.Skewed(kShortestWay, kLongestWay)};
}

const ServiceNetwork::Host* ServiceNetwork::Find(const Endpoint& address) const {
  const auto found = hosts_.find(address);
  return found == hosts_.end() ? nullptr : &found->second;
}

Duration ServiceNetwork::Way(const Host& host) {
  Duration way = host.way;
  if (trouble_.delay > Duration()) way = way + chance_.Between(Duration(), trouble_.delay);
  if (trouble_.reorder > 0 && chance_.Below(1000) < trouble_.reorder) {
    way = way + chance_.Between(Duration(), kOvertaken);
  }
  return way;
}

const SimTransport* ServiceNetwork::reader() const {
  for (const SimTransport* transport : listening_) {
    if (!transport->reads() || cut(transport->machine())) continue;
    if (socket_holder_ || transport->machine() == owner_) return transport;
  }
  return nullptr;
}

bool ServiceNetwork::SendDatagram(Agent& from, absl::string_view bytes) {
  const Host& host = *Find(from.address());
  if (cut(owner_) || chance_.Below(1000) < trouble_.loss) {
    ++lost_;
    Tell("lost", false, from, bytes);
    return false;
  }
  Tell("sent", false, from, bytes);
  const int copies = chance_.Below(1000) < trouble_.duplicate ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    WaitingDatagram datagram{from.address(), std::string(bytes), events_->now()};
    events_->After(Way(host), [this, datagram = std::move(datagram)]() mutable { Arrive(std::move(datagram)); });
  }
  return true;
}

void ServiceNetwork::Arrive(WaitingDatagram datagram) {
  const size_t machine = owner_;
  const bool is_open = std::any_of(listening_.begin(), listening_.end(), [&](const SimTransport* transport) {
    return socket_holder_ || transport->machine() == machine;
  });
  std::deque<WaitingDatagram>& buffer = BufferOf(machine);
  // The holder's sockets are there even while nobody serves.
  if (cut(machine) || (!is_open && !socket_holder_) || buffer.size() >= kBuffer) {
    ++dropped_;
    Tell("dropped", false, *Find(datagram.from)->agent, datagram.bytes);
    return;
  }
  buffer.push_back(std::move(datagram));
  for (SimTransport* transport : listening_) {
    if (socket_holder_ || transport->machine() == machine) transport->Readable();
  }
}

bool ServiceNetwork::Waits(const SimTransport* transport) const {
  return !buffers_[socket_holder_ ? 0 : transport->machine()].empty();
}

std::vector<WaitingDatagram> ServiceNetwork::Take(const SimTransport* transport, size_t most) {
  std::deque<WaitingDatagram>& buffer = BufferOf(transport->machine());
  std::vector<WaitingDatagram> taken;
  while (!buffer.empty() && taken.size() < most) {
    if (events_->now() - buffer.front().sent <= kOldest) {
      taken.push_back(std::move(buffer.front()));
    } else {
      ++dropped_;
      Tell("too old", false, *Find(buffer.front().from)->agent, buffer.front().bytes);
    }
    buffer.pop_front();
  }
  return taken;
}

void ServiceNetwork::Listens(SimTransport* transport) {
  if (std::find(listening_.begin(), listening_.end(), transport) != listening_.end()) return;
  listening_.push_back(transport);
  owner_ = transport->machine();
}

void ServiceNetwork::Forget(SimTransport* transport) {
  listening_.erase(std::remove(listening_.begin(), listening_.end(), transport), listening_.end());
  if (!socket_holder_) buffers_[transport->machine()].clear();
  std::vector<uint64_t> names;
  for (const auto& [name, flow] : flows_) {
    if (flow.transport == transport) names.push_back(name);
  }
  for (const uint64_t name : names) CloseFlow(name);
}

void ServiceNetwork::SendDatagram(SimTransport* from, const Endpoint& to, const SharedBytes& bytes) {
  const Host* const host = Find(to);
  if (host == nullptr) return;
  if (cut(from->machine()) || chance_.Below(1000) < trouble_.loss) {
    ++lost_;
    Tell("lost", true, *host->agent, bytes.view());
    host->agent->Lost(bytes.view());
    return;
  }
  Tell("sent", true, *host->agent, bytes.view());
  const int copies = chance_.Below(1000) < trouble_.duplicate ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    events_->After(Way(*host), [this, host, text = std::string(bytes.view())]() mutable {
      Deliver(*host, std::move(text));
    });
  }
}

void ServiceNetwork::Deliver(const Host& host, std::string bytes) {
  ++delivered_;
  host.agent->Receive(bytes, 0);
}

// Of a stream: whatever is drawn, what was sent first arrives first.
Duration ServiceNetwork::InOrder(Duration* busy_until, Duration arrival) {
  *busy_until = std::max(*busy_until, arrival);
  return *busy_until;
}

uint64_t ServiceNetwork::Connect(Agent& from) {
  const uint64_t name = ++last_flow_;
  flows_[name].agent = &from;
  events_->After(Way(*Find(from.address())), [this, name] { Accept(name); });
  return name;
}

// Who waits for connections takes one before who holds its input does: there it waits for the end of that.
SimTransport* ServiceNetwork::Acceptor() const {
  SimTransport* holds = nullptr;
  SimTransport* takes = nullptr;
  for (SimTransport* transport : listening_) {
    if (!transport->accepts() || cut(transport->machine())) continue;
    if (socket_holder_ || transport->machine() == owner_) (transport->reads() ? takes : holds) = transport;
  }
  return takes != nullptr ? takes : holds;
}

void ServiceNetwork::Accept(uint64_t name) {
  const auto found = flows_.find(name);
  if (found == flows_.end()) return;
  SimTransport* const accepts = Acceptor();
  if (accepts == nullptr) {
    events_->After(kConnectTime, [this, name] { Refuse(name); });
    return;
  }
  Flow& flow = found->second;
  flow.transport = accepts;
  flow.machine = accepts->machine();
  accepts->FlowAccepted(name, flow.agent->address());
  const Duration arrival = events_->now() + Way(*Find(flow.agent->address()));
  events_->At(InOrder(&flow.busy_until[kToAgent], arrival), [this, name] {
    const auto open = flows_.find(name);
    if (open != flows_.end() && !open->second.agent_closed) open->second.agent->FlowOpened(name, false);
  });
}

void ServiceNetwork::Refuse(uint64_t name) {
  const auto found = flows_.find(name);
  if (found == flows_.end()) return;
  Agent* const agent = found->second.agent;
  flows_.erase(found);
  agent->FlowClosed(name);
}

void ServiceNetwork::SendStream(Agent&, uint64_t name, absl::string_view bytes) {
  Say(name, kToTransport, std::string(bytes));
}

void ServiceNetwork::SendStream(uint64_t name, const SharedBytes& bytes) {
  Say(name, kToAgent, std::string(bytes.view()));
}

void ServiceNetwork::Say(uint64_t name, size_t direction, Said said) {
  const auto found = flows_.find(name);
  if (found == flows_.end() || found->second.agent == nullptr) return;
  Flow& flow = found->second;
  if (said && (flow.transport == nullptr || flow.agent_closed)) return;
  if (said) Tell("said", direction == kToAgent, *flow.agent, *said);
  const Duration arrival = events_->now() + Way(*Find(flow.agent->address()));
  events_->At(InOrder(&flow.busy_until[direction], arrival), [this, name, direction, said = std::move(said)]() mutable {
    const auto open = flows_.find(name);
    if (open == flows_.end()) return;
    open->second.arrived[direction].push_back(std::move(said));
    Drain(name);
  });
}

// What the agent does in answer is an event of its own; whatever ends the connection ends the loop.
void ServiceNetwork::Drain(uint64_t name) {
  while (true) {
    const auto open = flows_.find(name);
    if (open == flows_.end() || cut(open->second.machine)) return;
    Flow& flow = open->second;
    const size_t direction = flow.arrived[kToAgent].empty() ? kToTransport : kToAgent;
    if (flow.arrived[direction].empty()) return;
    const Said said = std::move(flow.arrived[direction].front());
    flow.arrived[direction].pop_front();
    if (direction == kToAgent) {
      HearAgent(name, said);
    } else {
      HearTransport(name, said);
    }
  }
}

void ServiceNetwork::HearAgent(uint64_t name, const Said& said) {
  Agent* const agent = flows_[name].agent;
  const bool hears = !flows_[name].agent_closed;
  if (!said) flows_.erase(name);
  if (!hears) return;
  if (!said) return agent->FlowClosed(name);
  ++delivered_;
  agent->Receive(*said, name);
}

void ServiceNetwork::HearTransport(uint64_t name, const Said& said) {
  SimTransport* const transport = flows_[name].transport;
  if (!said) flows_.erase(name);
  if (transport == nullptr) return;
  if (!said) return transport->FlowEnded(name);
  transport->FlowMessage(name, *said);
}

void ServiceNetwork::SetCut(size_t machine, bool cut) {
  cuts_.at(machine) += cut ? 1 : -1;
  std::vector<uint64_t> names;
  for (const auto& [name, flow] : flows_) names.push_back(name);
  for (const uint64_t name : names) Drain(name);
}

void ServiceNetwork::Disconnect(Agent&, uint64_t name) {
  const auto found = flows_.find(name);
  if (found == flows_.end()) return;
  if (found->second.transport == nullptr) {
    flows_.erase(found);
    return;
  }
  found->second.agent_closed = true;
  Say(name, kToTransport, absl::nullopt);
}

uint64_t ServiceNetwork::ConnectTo(SimTransport* from, const Endpoint& to) {
  const uint64_t name = ++last_flow_;
  flows_[name].transport = from;
  flows_[name].machine = from->machine();
  const Host* const host = Find(to);
  events_->After(host == nullptr ? Duration() : Way(*host), [this, name, to] { Reach(name, to); });
  return name;
}

void ServiceNetwork::Reach(uint64_t name, const Endpoint& to) {
  const auto found = flows_.find(name);
  if (found == flows_.end()) return;
  const Host* const host = Find(to);
  const bool listens = host != nullptr && host->agent->transport() != Transport::kUdp && !host->agent->off();
  if (!listens || cut(found->second.machine)) {
    events_->After(kConnectTime, [this, name] {
      const auto still = flows_.find(name);
      if (still == flows_.end()) return;
      SimTransport* const transport = still->second.transport;
      flows_.erase(still);
      transport->FlowFailed(name);
    });
    return;
  }
  found->second.agent = host->agent;
  found->second.transport->FlowConnected(name);
  host->agent->FlowOpened(name, true);
}

// The agent hears of it behind what was sent before.
void ServiceNetwork::CloseFlow(uint64_t name) {
  const auto found = flows_.find(name);
  if (found == flows_.end()) return;
  Flow& flow = found->second;
  flow.transport = nullptr;
  if (flow.agent == nullptr || flow.agent_closed) {
    flows_.erase(found);
    return;
  }
  Say(name, kToAgent, absl::nullopt);
}

}  // namespace understudy::sim
