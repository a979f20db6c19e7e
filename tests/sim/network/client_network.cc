#include "tests/sim/network/client_network.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "tests/sim/network/sim_client_connection.h"

namespace understudy::sim {
namespace {

// Each link comes from an address of its own.
Endpoint AddressOf(uint64_t link) {
  return Endpoint::V4(10, 3, static_cast<uint8_t>(link >> 8), static_cast<uint8_t>(link),
                      static_cast<uint16_t>(20000 + link % 40000));
}

}  // namespace

ClientNetwork::ClientNetwork(EventQueue* events, const Chance& chance) : events_(events), chance_(chance) {}

ClientNetwork::~ClientNetwork() {
  for (auto& [name, link] : links_) {
    if (link.server != nullptr) link.server->Die();
  }
}

ClientNetwork::Link* ClientNetwork::Find(uint64_t name) {
  const auto found = links_.find(name);
  return found == links_.end() ? nullptr : &found->second;
}

// ---- Machines

void ClientNetwork::Listen(size_t machine, SimLoop* loop, Accept accept) {
  machines_.at(machine).loop = loop;
  machines_.at(machine).accept = std::move(accept);
}

void ClientNetwork::ProcessDied(size_t machine) {
  KillAll(machine, false);
}
void ClientNetwork::PowerLost(size_t machine) {
  KillAll(machine, true);
}

void ClientNetwork::KillAll(size_t machine, bool silently) {
  machines_.at(machine).loop = nullptr;
  machines_.at(machine).accept = nullptr;
  std::vector<uint64_t> names;
  for (const auto& [name, link] : links_) {
    if (link.accepted && link.machine == machine) names.push_back(name);
  }
  for (const uint64_t name : names) Kill(name, silently);
}

void ClientNetwork::Kill(uint64_t name, bool silently) {
  Link& link = links_.at(name);
  if (link.server == nullptr) return;
  link.server->Die();
  link.silent = silently;
  if (!silently) Say(name, kToClient, absl::nullopt);
  Dead(name);
}

void ClientNetwork::Dead(uint64_t name) {
  Link& link = links_.at(name);
  link.server = nullptr;
  link.client->LinkDead(name);
  ForgetIfClosed(name);
}

void ClientNetwork::ForgetIfClosed(uint64_t name) {
  const Link* const link = Find(name);
  if (link != nullptr && link->client_closed && link->server == nullptr && link->accepted) links_.erase(name);
}

// ---- Clients

uint64_t ClientNetwork::Connect(ClientEnd* end, size_t machine) {
  const uint64_t name = ++last_link_;
  Link& link = links_[name];
  link.client = end;
  link.machine = machine;
  events_->After(Way(), [this, name] { Arrive(name); });
  return name;
}

// The attempt that nobody answers ends in its time: who dials gives up before, or hears of it at once.
void ClientNetwork::Arrive(uint64_t name) {
  Link* const link = Find(name);
  Machine& machine = machines_.at(link->machine);
  link->accepted = true;
  if (machine.loop == nullptr || machine.cuts > 0 || link->client_closed) {
    Say(name, kToClient, absl::nullopt);
    return ForgetIfClosed(name);
  }
  link->server = std::make_shared<SimClientConnection>(this, machine.loop, name, AddressOf(name));
  machine.loop->Post([connection = link->server, accept = machine.accept] { accept(connection); });
  link->busy_until[kToClient] = events_->now() + Way();
  events_->At(link->busy_until[kToClient], [this, name] {
    Link* const open = Find(name);
    if (open != nullptr && !open->client_closed) open->client->LinkOpened(name);
  });
}

void ClientNetwork::Send(uint64_t name, absl::string_view octets) {
  Link* const link = Find(name);
  if (link == nullptr || link->client_closed) return;
  if (trace_) trace_(false, name, octets);
  if (link->server != nullptr) return Say(name, kToServer, std::string(octets));
  // A machine that was started again knows nothing of the connection, and says so.
  const bool refused = link->silent && machines_.at(link->machine).loop != nullptr;
  if (!refused) return;
  link->silent = false;
  Say(name, kToClient, absl::nullopt);
}

void ClientNetwork::Disconnect(uint64_t name) {
  Link* const link = Find(name);
  if (link == nullptr || link->client_closed) return;
  link->client_closed = true;
  if (link->server != nullptr) Say(name, kToServer, absl::nullopt);
  ForgetIfClosed(name);
}

void ClientNetwork::SetReads(uint64_t name, bool reads) {
  Link* const link = Find(name);
  if (link == nullptr) return;
  link->reads = reads;
  Drain(name, kToClient);
}

// ---- Faults

void ClientNetwork::SetCut(size_t machine, bool cut) {
  machines_.at(machine).cuts += cut ? 1 : -1;
  if (machines_.at(machine).cuts > 0) return;
  std::vector<uint64_t> names;
  for (const auto& [name, link] : links_) names.push_back(name);
  for (const uint64_t name : names) {
    Drain(name, kToClient);
    Drain(name, kToServer);
  }
}

void ClientNetwork::Break(uint64_t name) {
  Link* const link = Find(name);
  if (link == nullptr || link->server == nullptr) return;
  Say(name, kToServer, absl::nullopt);
  Say(name, kToClient, absl::nullopt);
}

absl::optional<size_t> ClientNetwork::MachineOf(uint64_t name) const {
  const auto found = links_.find(name);
  if (found == links_.end()) return absl::nullopt;
  return found->second.machine;
}

// ---- The server's end

void ClientNetwork::SendToClient(uint64_t name, absl::string_view octets) {
  Link* const link = Find(name);
  if (link == nullptr || link->client_closed) return;
  if (trace_) trace_(true, name, octets);
  link->unread += octets.size();
  Say(name, kToClient, std::string(octets));
}

void ClientNetwork::CloseByServer(uint64_t name) {
  Link* const link = Find(name);
  if (link == nullptr || link->server == nullptr) return;
  Say(name, kToClient, absl::nullopt);
  Dead(name);
}

size_t ClientNetwork::Unread(uint64_t name) const {
  const auto found = links_.find(name);
  return found == links_.end() ? 0 : found->second.unread;
}

// ---- The way

void ClientNetwork::Say(uint64_t name, Direction direction, Said said) {
  Link& link = links_.at(name);
  link.busy_until[direction] = std::max(link.busy_until[direction], events_->now() + Way());
  events_->At(link.busy_until[direction], [this, name, direction, said = std::move(said)]() mutable {
    Link* const open = Find(name);
    if (open == nullptr) return;
    open->arrived[direction].push_back(std::move(said));
    Drain(name, direction);
  });
}

bool ClientNetwork::MayPass(const Link& link, Direction direction) const {
  if (machines_.at(link.machine).cuts > 0 && link.accepted) return false;
  if (direction == kToClient) return link.reads;
  return link.server == nullptr || link.server->reads();
}

// What is told may end the link.
void ClientNetwork::Drain(uint64_t name, Direction direction) {
  for (Link* link = Find(name); link != nullptr; link = Find(name)) {
    if (link->arrived[direction].empty() || !MayPass(*link, direction)) return;
    Said said = std::move(link->arrived[direction].front());
    link->arrived[direction].pop_front();
    Hear(name, direction, std::move(said));
  }
}

void ClientNetwork::Hear(uint64_t name, Direction direction, Said said) {
  Link& link = links_.at(name);
  if (direction == kToServer) {
    if (link.server == nullptr) return;
    if (said) return link.server->Octets(*std::move(said));
    link.server->Ended();
    return Dead(name);
  }
  ClientEnd* const client = link.client;
  if (said) link.unread -= said->size();
  if (link.client_closed) return;
  if (said) return client->LinkOctets(name, *said);
  link.client_closed = true;
  ForgetIfClosed(name);
  client->LinkClosed(name);
}

}  // namespace understudy::sim
