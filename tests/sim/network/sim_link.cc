#include "tests/sim/network/sim_link.h"

#include <errno.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "daemon/net/open_socket.h"
#include "tests/sim/network/sim_port.h"

namespace understudy::sim {
namespace {

constexpr Duration kShortestWay = Duration::Microseconds(60);
constexpr Duration kLongestWay = Duration::Milliseconds(3);
constexpr Duration kTearApart = Duration::Milliseconds(300);
constexpr Duration kSwizzleApart = Duration::Seconds(3);

absl::Status Reset() { return absl::UnavailableError("the connection was reset"); }

}  // namespace

Duration LinkNetwork::Way(size_t sender) {
  const Duration more = delay_.at(sender);
  const Duration way = chance_.Skewed(kShortestWay, kLongestWay);
  return more > Duration() ? way + chance_.Between(Duration(), more) : way;
}

std::unique_ptr<link::PeerPort> LinkNetwork::NewPort(size_t machine, SimLoop* loop) {
  host_is_down_.at(machine) = false;
  return std::make_unique<SimPort>(this, machine, loop);
}

void LinkNetwork::Carry(const WirePtr& wire, size_t sender, Item item) {
  if (wire->torn) return;
  wire->busy_until[sender] = std::max(wire->busy_until[sender], events_->now() + Way(sender));
  events_->At(wire->busy_until[sender], [this, wire, sender, item = std::move(item)] { Arrive(wire, sender, item); });
}

void LinkNetwork::Arrive(const WirePtr& wire, size_t sender, Item item) {
  if (wire->torn) return;
  std::deque<Item>& held = wire->held[sender];
  if (held.empty() && !cut(sender)) return Deliver(wire, sender, std::move(item));
  if (held.empty()) GiveUpLater(wire, sender);
  held.push_back(std::move(item));
}

// An end that is gone answers with a reset, where that can arrive.
void LinkNetwork::Deliver(const WirePtr& wire, size_t sender, Item item) {
  const std::shared_ptr<SimLink> to = wire->ends[1 - sender].lock();
  if (to != nullptr && !wire->closed[1 - sender]) return to->Receive(std::move(item));
  if (host_is_down_.at(1 - sender) || cut(1 - sender)) return;
  EndLater(wire, sender, Way(1 - sender), Reset());
}

void LinkNetwork::GiveUpLater(const WirePtr& wire, size_t sender) {
  const Duration since = events_->now();
  wire->held_since[sender] = since;
  events_->After(link::LinkOptions().user_timeout, [this, wire, sender, since] {
    if (wire->torn || wire->held[sender].empty() || wire->held_since[sender] != since) return;
    EndLater(wire, sender, Duration(), absl::UnavailableError("the peer acknowledges nothing"));
  });
}

void LinkNetwork::SetCut(size_t sender, bool cut) {
  cuts_.at(sender) += cut ? 1 : -1;
  if (this->cut(sender)) return;
  const std::vector<WirePtr> wires = wires_;
  for (const WirePtr& wire : wires) {
    std::deque<Item> held = std::exchange(wire->held[sender], {});
    for (Item& item : held) Deliver(wire, sender, std::move(item));
  }
}

// What is under way on a reset connection is lost.
void LinkNetwork::Tear(const WirePtr& wire, Duration first, Duration second) {
  wire->torn = true;
  for (auto& held : wire->held) held.clear();
  EndLater(wire, 0, first, Reset());
  EndLater(wire, 1, second, Reset());
}

void LinkNetwork::EndLater(const WirePtr& wire, size_t side, Duration after, const absl::Status& why) {
  if (wire->closed[side]) return;
  events_->After(after, [this, wire, side, why] {
    const std::shared_ptr<SimLink> end = wire->ends[side].lock();
    if (end == nullptr || wire->closed[side]) return;
    if (!wires_.empty() && wires_.back() != wire) ++swizzled_;
    end->End(why);
  });
}

void LinkNetwork::Break() {
  const std::vector<WirePtr> wires = std::exchange(wires_, {});
  for (const WirePtr& wire : wires) {
    const Duration first = chance_.Skewed(Duration(), kTearApart);
    Tear(wire, first, chance_.Skewed(Duration(), kTearApart));
  }
}

void LinkNetwork::Swizzle() {
  const std::vector<WirePtr> wires = std::exchange(wires_, {});
  for (const WirePtr& wire : wires) {
    const Duration late = chance_.Between(kTearApart, kSwizzleApart);
    chance_.OneIn(2) ? Tear(wire, Duration(), late) : Tear(wire, late, Duration());
  }
}

void LinkNetwork::Leave(size_t machine, bool tell) {
  for (const WirePtr& wire : wires_) {
    if (wire->torn || wire->closed[machine]) continue;
    wire->closed[machine] = true;
    wire->ends[machine].reset();
    if (tell) {
      Carry(wire, machine, {0, "", absl::UnavailableError("the peer ended the connection")});
    } else if (!wire->closed[1 - machine]) {
      ++half_open_;
    }
  }
  std::erase_if(wires_, [](const WirePtr& wire) { return wire->closed[0] && wire->closed[1]; });
}

void LinkNetwork::ProcessDied(size_t machine) { Leave(machine, true); }

void LinkNetwork::PowerLost(size_t machine) {
  host_is_down_.at(machine) = true;
  Leave(machine, false);
}

LinkNetwork::WirePtr LinkNetwork::Join(size_t dialler) {
  auto wire = std::make_shared<Wire>();
  wire->busy_until[dialler] = events_->now();
  wires_.push_back(wire);
  return wire;
}

// ---- The ends.

SimLink::SimLink(LinkNetwork* network, LinkNetwork::WirePtr wire, size_t side, SimLoop* loop)
    : network_(network), wire_(std::move(wire)), side_(side), loop_(loop), remote_(SimPort::AddressOf(1 - side)) {}

// What the owner lets go of without a word is closed, as a descriptor is.
SimLink::~SimLink() {
  if (wire_->closed[side_]) return;
  wire_->closed[side_] = true;
  network_->Carry(wire_, side_, {0, "", absl::UnavailableError("the peer ended the connection")});
}

void SimLink::SetEvents(Events events) {
  events_ = std::make_shared<const Events>(std::move(events));
  Later();
}

void SimLink::Send(uint16_t type, absl::string_view payload) {
  if (!is_open()) return;
  ++counters_.frames_out;
  counters_.bytes_out += payload.size();
  wire_->unread[side_] += payload.size();
  out_.push_back({type, std::string(payload), absl::nullopt});
  if (std::exchange(flush_soon_, true)) return;
  loop_->Post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Flush();
  });
}

void SimLink::Flush() {
  flush_soon_ = false;
  for (LinkNetwork::Item& item : std::exchange(out_, {})) network_->Carry(wire_, side_, std::move(item));
}

size_t SimLink::queued_bytes() const {
  const size_t unread = wire_->unread[side_];
  return is_open() && unread > kWindow ? unread - kWindow : 0;
}

void SimLink::PauseReading() { paused_ = true; }

void SimLink::ResumeReading() {
  paused_ = false;
  Later();
}

void SimLink::Close(const absl::Status& why) {
  if (!is_open()) return;
  Flush();
  network_->Carry(wire_, side_,
                  {0, "", absl::AbortedError(absl::StrCat("the peer closed the link: ", why.message()))});
  End(why);
}

void SimLink::End(const absl::Status& why) {
  if (!is_open()) return;
  wire_->closed[side_] = true;
  if (wire_->closed[1 - side_]) std::erase(network_->wires_, wire_);
  untold_ = why;
  Later();
}

void SimLink::Receive(LinkNetwork::Item item) {
  in_.push_back(std::move(item));
  Later();
}

void SimLink::Later() {
  if (std::exchange(giving_soon_, true)) return;
  loop_->Post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Give();
  });
}

void SimLink::Give() {
  const std::shared_ptr<SimLink> self = shared_from_this();
  giving_soon_ = false;
  while (events_ != nullptr && is_open() && !paused_ && !in_.empty()) {
    const LinkNetwork::Item item = std::move(in_.front());
    in_.pop_front();
    if (item.end) {
      End(*item.end);
      break;
    }
    ++counters_.frames_in;
    counters_.bytes_in += item.payload.size();
    wire_->unread[1 - side_] -= std::min(wire_->unread[1 - side_], item.payload.size());
    const std::shared_ptr<const Events> events = events_;
    if (events->frame) events->frame(item.type, item.payload);
  }
  if (events_ == nullptr || !untold_) return;
  const absl::Status why = *std::exchange(untold_, absl::nullopt);
  const std::shared_ptr<const Events> events = events_;
  if (events->closed) events->closed(why);
}

// ---- Where they come from.

SimPort::SimPort(LinkNetwork* network, size_t machine, SimLoop* loop)
    : network_(network), machine_(machine), loop_(loop) {
  network_->ports_.at(machine) = this;
}

SimPort::~SimPort() {
  if (network_->ports_.at(machine_) == this) network_->ports_.at(machine_) = nullptr;
}

Endpoint SimPort::AddressOf(size_t machine) {
  return Endpoint::V4(10, 0, 1, static_cast<uint8_t>(machine + 1), 5070);
}

absl::Status SimPort::Listen(Events events) {
  events_ = std::make_shared<const Events>(std::move(events));
  return absl::OkStatus();
}

void SimPort::Close() {
  events_.reset();
  ++attempt_;
}

// The peer's host answers at once; its process, when it has time: a connection may be given up here and taken there.
void SimPort::Dial(Done done) {
  const uint64_t mine = ++attempt_;
  const auto finish = [this, mine, done, alive = std::weak_ptr<bool>(alive_)](
                          absl::StatusOr<std::shared_ptr<link::PeerLink>> link) {
    if (alive.expired()) return;
    loop_->Post([this, mine, done, alive, link = std::move(link)] {
      if (alive.expired() || mine != attempt_) return;
      ++attempt_;
      done(link);
    });
  };
  network_->events_->After(link::LinkOptions().opening, [finish] {
    finish(absl::DeadlineExceededError("no connection in time"));
  });
  network_->events_->After(network_->Way(machine_), [this, mine, finish, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired() || mine != attempt_) return;
    Reach(finish);
  });
}

void SimPort::Reach(const Done& finish) {
  const size_t peer = 1 - machine_;
  if (network_->cut(machine_) || network_->cut(peer) || network_->host_is_down_.at(peer)) return;
  SimPort* const there = network_->ports_.at(peer);
  const Duration back = network_->Way(peer);
  if (there == nullptr || there->events_ == nullptr) {
    network_->events_->After(back, [this, finish, peer] { finish(net::ConnectError(ECONNREFUSED, AddressOf(peer))); });
    return;
  }
  there->loop_->Post([this, there, finish, back, alive = std::weak_ptr<bool>(alive_),
                      there_alive = std::weak_ptr<bool>(there->alive_)] {
    if (there_alive.expired() || there->events_ == nullptr || alive.expired()) return;
    Meet(there, finish, back);
  });
}

void SimPort::Meet(SimPort* there, const Done& finish, Duration back) {
  const LinkNetwork::WirePtr wire = network_->Join(machine_);
  const auto mine = std::make_shared<SimLink>(network_, wire, machine_, loop_);
  const auto theirs = std::make_shared<SimLink>(network_, wire, there->machine_, there->loop_);
  wire->ends[machine_] = mine;
  wire->ends[there->machine_] = theirs;
  const std::shared_ptr<const Events> events = there->events_;
  events->accepted(theirs);
  network_->events_->After(back, [finish, mine] { finish(std::shared_ptr<link::PeerLink>(mine)); });
}

}  // namespace understudy::sim
