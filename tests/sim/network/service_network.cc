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
  if (chance_.Below(1000) < trouble_.loss) {
    ++lost_;
    return false;
  }
  const int copies = chance_.Below(1000) < trouble_.duplicate ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    events_->After(Way(host), [this, datagram = WaitingDatagram{from.address(), std::string(bytes), events_->now()}] {
      Arrive(datagram);
    });
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
  std::vector<uint64_t> reset;
  for (auto& [name, flow] : flows_) {
    if (flow.transport == transport) reset.push_back(name);
  }
  for (const uint64_t name : reset) CloseFlow(name);
}

void ServiceNetwork::SendDatagram(SimTransport* from, const Endpoint& to, const SharedBytes& bytes) {
  const Host* const host = Find(to);
  if (host == nullptr) return;
  if (cut(from->machine()) || chance_.Below(1000) < trouble_.loss) {
    ++lost_;
    host->agent->Lost(bytes.view());
    return;
  }
  const int copies = chance_.Below(1000) < trouble_.duplicate ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    events_->After(Way(*host), [this, host, text = std::string(bytes.view())] { Deliver(*host, text); });
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

void ServiceNetwork::Accept(uint64_t name) {
  const auto found = flows_.find(name);
  if (found == flows_.end()) return;
  SimTransport* accepts = nullptr;
  for (SimTransport* transport : listening_) {
    if (!cut(transport->machine()) && (socket_holder_ || transport->machine() == owner_)) accepts = transport;
  }
  if (accepts == nullptr) {
    events_->After(kConnectTime, [this, name] { Reset(name); });
    return;
  }
  Flow& flow = found->second;
  flow.transport = accepts;
  accepts->FlowAccepted(name, flow.agent->address());
  const Duration arrival = events_->now() + Way(*Find(flow.agent->address()));
  events_->At(InOrder(&flow.busy_until[kToAgent], arrival), [this, name] {
    const auto open = flows_.find(name);
    if (open != flows_.end()) open->second.agent->FlowOpened(name, false);
  });
}

void ServiceNetwork::SendStream(Agent&, uint64_t name, absl::string_view bytes) { Say(name, kToTransport, bytes); }

void ServiceNetwork::Say(uint64_t name, size_t direction, absl::string_view bytes) {
  const auto found = flows_.find(name);
  if (found == flows_.end() || found->second.agent == nullptr || found->second.transport == nullptr) return;
  const Duration arrival = events_->now() + Way(*Find(found->second.agent->address()));
  const Duration at = InOrder(&found->second.busy_until[direction], arrival);
  events_->At(at, [this, name, direction, text = std::string(bytes)] {
    const auto open = flows_.find(name);
    if (open == flows_.end()) return;
    open->second.arrived[direction].push_back(text);
    Drain(name);
  });
}

void ServiceNetwork::Drain(uint64_t name) {
  while (true) {
    const auto open = flows_.find(name);
    if (open == flows_.end()) return;
    Flow& flow = open->second;
    if (flow.transport != nullptr && cut(flow.transport->machine())) return;
    const size_t direction = flow.arrived[kToAgent].empty() ? kToTransport : kToAgent;
    if (flow.arrived[direction].empty()) return;
    const std::string bytes = std::move(flow.arrived[direction].front());
    flow.arrived[direction].pop_front();
    if (direction == kToAgent) {
      ++delivered_;
      flow.agent->Receive(bytes, name);
    } else if (flow.transport != nullptr) {
      flow.transport->FlowMessage(name, bytes);
    }
  }
}

void ServiceNetwork::SetCut(size_t machine, bool cut) {
  cuts_.at(machine) += cut ? 1 : -1;
  std::vector<uint64_t> names;
  for (const auto& [name, flow] : flows_) names.push_back(name);
  for (const uint64_t name : names) Drain(name);
}

void ServiceNetwork::Disconnect(Agent& from, uint64_t name) {
  const auto found = flows_.find(name);
  if (found == flows_.end()) return;
  const Duration arrival = events_->now() + Way(*Find(from.address()));
  events_->At(InOrder(&found->second.busy_until[kToTransport], arrival), [this, name] {
    const auto open = flows_.find(name);
    if (open == flows_.end()) return;
    if (open->second.transport != nullptr) open->second.transport->FlowEnded(name, net::FlowEnd::kPeerClosed);
    flows_.erase(open);
  });
}

uint64_t ServiceNetwork::ConnectTo(SimTransport* from, const Endpoint& to) {
  const uint64_t name = ++last_flow_;
  const Host* const host = Find(to);
  Flow& flow = flows_[name];
  flow.transport = from;
  const bool reachable = host != nullptr && !cut(from->machine());
  if (!reachable || host->agent->transport() == Transport::kUdp || host->agent->off()) {
    events_->After(kConnectTime, [this, name] {
      const auto open = flows_.find(name);
      if (open == flows_.end()) return;
      if (open->second.transport != nullptr) open->second.transport->FlowEnded(name, net::FlowEnd::kConnectFailed);
      flows_.erase(open);
    });
    return name;
  }
  flow.agent = host->agent;
  const Duration arrival = events_->now() + Way(*host);
  events_->At(InOrder(&flow.busy_until[kToAgent], arrival), [this, name, to] {
    const auto open = flows_.find(name);
    if (open == flows_.end()) return;
    open->second.agent->FlowOpened(name, true);
    if (open->second.transport != nullptr) open->second.transport->FlowAccepted(name, to);
  });
  return name;
}

void ServiceNetwork::SendStream(SimTransport*, uint64_t name, const SharedBytes& bytes) {
  Say(name, kToAgent, bytes.view());
}

// By the server's side, or with it: the agent hears of it behind what was sent before.
void ServiceNetwork::CloseFlow(uint64_t name) {
  const auto found = flows_.find(name);
  if (found == flows_.end()) return;
  found->second.transport = nullptr;
  if (found->second.agent == nullptr) {
    flows_.erase(found);
    return;
  }
  const Duration arrival = events_->now() + Way(*Find(found->second.agent->address()));
  events_->At(InOrder(&found->second.busy_until[kToAgent], arrival), [this, name] { Reset(name); });
}

void ServiceNetwork::Reset(uint64_t name) {
  const auto found = flows_.find(name);
  if (found == flows_.end() || found->second.transport != nullptr) return;
  Agent* const agent = found->second.agent;
  flows_.erase(found);
  agent->FlowClosed(name);
}

}  // namespace understudy::sim
