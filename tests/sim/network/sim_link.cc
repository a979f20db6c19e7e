#include "tests/sim/network/sim_link.h"

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/net/open_socket.h"

namespace understudy::sim {
namespace {

// A kernel repeats its SYN after one second, then after twice as long; by then the caller has given up.
constexpr Duration kFirstRecall = Duration::Seconds(1);
constexpr int kMostCalls = 4;

constexpr Duration kBreakApart = Duration::Milliseconds(300);
constexpr Duration kSwizzleApart = Duration::Seconds(3);

// Not all of what a peer begins is kept until it greets.
constexpr size_t kMostOpening = 16;

}  // namespace

void LinkNetwork::SetCut(size_t from, bool cut) {
  wire_.cuts.at(from) += cut ? 1 : -1;
  if (!wire_.cut(from)) Mended();
}

void LinkNetwork::Mended() {
  for (const auto& connection : connections_) connection->Mended();
}

void LinkNetwork::Break() {
  for (const auto& connection : connections_) {
    if (connection->over()) continue;
    const Duration first = wire_.chance.Skewed(Duration(), kBreakApart);
    connection->Break({first, wire_.chance.Skewed(Duration(), kBreakApart)});
  }
}

void LinkNetwork::Swizzle() {
  for (const auto& connection : connections_) {
    if (connection->over()) continue;
    std::array<Duration, kPeerMachines> seen{};
    seen[wire_.chance.Below(kPeerMachines)] = wire_.chance.Between(kBreakApart, kSwizzleApart);
    connection->Break(seen);
  }
}

void LinkNetwork::ProcessDied(size_t machine) {
  for (SimPort* const port : ports_.at(machine)) port->Close();
  for (const auto& connection : connections_) connection->CloseSocket(machine);
}

void LinkNetwork::PowerLost(size_t machine) {
  wire_.power.at(machine) = false;
  for (const auto& connection : connections_) connection->LosePower(machine);
  for (SimPort* const port : ports_.at(machine)) port->Close();
}

std::unique_ptr<link::PeerPort> LinkNetwork::NewPort(size_t machine, net::Scheduler* loop,
                                                     const link::LinkOptions& options) {
  if (!std::exchange(wire_.power.at(machine), true)) Mended();
  return std::make_unique<SimPort>(loop, this, machine, options);
}

size_t LinkNetwork::connections() const {
  size_t there = 0;
  for (const auto& connection : connections_) there += connection->over() ? 0 : 1;
  return there;
}

std::shared_ptr<SimConnection> LinkNetwork::Connect(Duration user_timeout) {
  std::erase_if(connections_, [](const std::shared_ptr<SimConnection>& c) { return c->over(); });
  connections_.push_back(std::make_shared<SimConnection>(&wire_, ++last_number_, user_timeout));
  return connections_.back();
}

void LinkNetwork::Offer(size_t machine, const std::shared_ptr<SimConnection>& connection) {
  SimPort* const port = listening_[machine];
  if (port == nullptr) return connection->CloseSocket(machine);
  port->loop_->Post([port, machine, connection, listens = std::weak_ptr(port->events_)] {
    if (listens.expired()) return connection->CloseSocket(machine);
    port->Accept(connection);
  });
}

SimPort::SimPort(net::Scheduler* loop, LinkNetwork* network, size_t machine, const link::LinkOptions& options)
    : loop_(loop), network_(network), machine_(machine), options_(options), deadline_(loop, [this] {
        Finish(absl::DeadlineExceededError(
            absl::StrCat("cannot connect to ", LinkNetwork::AddressOf(other()).ToText(), ": no answer")));
      }) {
  network_->ports_.at(machine_).push_back(this);
}

SimPort::~SimPort() {
  Close();
  std::erase(network_->ports_[machine_], this);
}

absl::Status SimPort::Listen(Events events) {
  if (network_->listening_[machine_] != nullptr) return absl::AlreadyExistsError("somebody listens there");
  network_->listening_[machine_] = this;
  events_ = std::make_shared<const Events>(std::move(events));
  return absl::OkStatus();
}

void SimPort::Close() {
  attempt_.reset();
  deadline_.Clear();
  opening_.clear();
  events_.reset();
  if (network_->listening_[machine_] == this) network_->listening_[machine_] = nullptr;
}

void SimPort::Dial(Done done) {
  attempt_ = std::make_shared<Attempt>(Attempt{std::move(done), nullptr});
  deadline_.SetAfter(options_.opening);
  Call(attempt_, 1);
}

void SimPort::Call(const Trying& trying, int tries) {
  EventQueue* const events = network_->wire_.events;
  events->After(network_->wire_.Way(machine_), [this, trying, tries] {
    if (!trying.expired()) Called(trying, tries);
  });
}

// On the other machine.
void SimPort::Called(const Trying& trying, int tries) {
  PeerWire& wire = network_->wire_;
  if (wire.cut(machine_) || wire.cut(other()) || !wire.power[other()]) {
    ++wire.counts.lost_calls;
    if (tries == kMostCalls) return;
    wire.events->After(kFirstRecall * (1 << (tries - 1)), [this, trying, tries] {
      if (!trying.expired()) Call(trying, tries + 1);
    });
    return;
  }
  const Duration back = wire.Way(other());
  if (network_->listening_[other()] == nullptr) {
    ++wire.counts.refused;
    wire.events->After(back, [this, trying] {
      if (!trying.expired()) Refused(trying);
    });
    return;
  }
  wire.events->After(back, [this, trying] {
    if (!trying.expired()) Connected(trying);
  });
}

void SimPort::Refused(const Trying& trying) {
  loop_->Post([this, trying] {
    if (!trying.expired()) Finish(net::ConnectError(ECONNREFUSED, LinkNetwork::AddressOf(other())));
  });
}

// For the kernels; both processes have yet to hear of it.
void SimPort::Connected(const Trying& trying) {
  const std::shared_ptr<SimConnection> connection = network_->Connect(options_.user_timeout);
  PeerWire& wire = network_->wire_;
  wire.events->After(wire.Way(machine_), [network = network_, other = other(), connection] {
    network->Offer(other, connection);
  });
  loop_->Post([this, machine = machine_, trying, connection] {
    const std::shared_ptr<Attempt> attempt = trying.lock();
    if (attempt == nullptr) return connection->CloseSocket(machine);
    attempt->link = SimLink::Open(loop_, connection, machine_, LinkNetwork::AddressOf(other()), options_,
                                  &network_->wire_.newest[machine_],
                                  [this](const absl::Status& opened) { Finish(opened); });
  });
}

void SimPort::Finish(const absl::Status& status) {
  const std::shared_ptr<Attempt> attempt = std::exchange(attempt_, nullptr);
  deadline_.Clear();
  if (!status.ok()) return attempt->done(status);
  attempt->done(std::move(attempt->link));
}

void SimPort::Accept(const std::shared_ptr<SimConnection>& connection) {
  if (opening_.size() >= kMostOpening) return connection->CloseSocket(machine_);
  const uint64_t number = connection->number();
  opening_[number] = SimLink::Open(loop_, connection, machine_, LinkNetwork::AddressOf(other()), options_,
                                   &network_->wire_.newest[machine_],
                                   [this, number](const absl::Status& opened) { Opened(number, opened); });
}

void SimPort::Opened(uint64_t number, const absl::Status& status) {
  const auto it = opening_.find(number);
  std::shared_ptr<SimLink> link = std::move(it->second);
  opening_.erase(it);
  const std::shared_ptr<const Events> events = events_;
  if (status.ok()) {
    events->accepted(std::move(link));
  } else if (events->failed) {
    events->failed(status);
  }
}

}  // namespace understudy::sim
