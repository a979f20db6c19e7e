#include "tests/sim/network/sim_connection.h"

#include <algorithm>
#include <utility>

namespace understudy::sim {
namespace {

// Linux: the first repetition, each further one after twice as long.
constexpr Duration kFirstRepetition = Duration::Milliseconds(200);

// When a kernel that first sent at `since` repeats next.
Duration NextRepetition(Duration since, Duration now) {
  Duration wait = kFirstRepetition;
  Duration at = since + wait;
  while (at < now) {
    wait = wait * 2;
    at = at + wait;
  }
  return at;
}

}  // namespace

Duration PeerWire::Way(size_t from) {
  const PathTraits& path = paths[from];
  Duration way = path.latency + chance.Skewed(Duration(), path.jitter);
  if (more[from] > Duration()) way = way + chance.Between(Duration(), more[from]);
  if (path.loss > 0 && chance.Below(1000) < path.loss) way = way + kFirstRepetition;
  return way;
}

SimConnection::SimConnection(PeerWire* wire, uint64_t number, Duration user_timeout)
    : wire_(wire), number_(number), user_timeout_(user_timeout) {
  ++wire_->counts.connections;
}

bool SimConnection::over() const {
  for (size_t m = 0; m < kPeerMachines; ++m) {
    if (ends_[m].state == State::kOpen || pipes_[m].timeout != 0) return false;
  }
  return true;
}

void SimConnection::Attach(size_t machine, SimSocketUser* user) {
  if (ends_[machine].state != State::kShut) ends_[machine].user = user;
  if (!ends_[machine].arrived.empty() || !ends_[machine].ended.ok()) Notify(machine);
}

bool SimConnection::Write(size_t machine, std::deque<SimFrame>* queue) {
  if (ends_[machine].state != State::kOpen) return queue->empty();
  Pipe& pipe = pipes_[machine];
  Packet packet;
  while (!queue->empty() && pipe.unread < wire_->paths[machine].window) {
    pipe.unread += queue->front().bytes();
    packet.frames.push_back(std::move(queue->front()));
    queue->pop_front();
  }
  if (!packet.frames.empty()) Depart(machine, std::move(packet));
  if (queue->empty()) return true;
  if (!std::exchange(pipe.blocked, true)) ++wire_->counts.blocked;
  Troubled(machine, wire_->events->now());
  return false;
}

void SimConnection::Depart(size_t from, Packet packet) {
  Pipe& pipe = pipes_[from];
  const Duration now = wire_->events->now();
  packet.sent = now;
  if (pipe.severed) return Troubled(from, now);
  int64_t bytes = 0;
  for (const SimFrame& frame : packet.frames) bytes += static_cast<int64_t>(frame.bytes());
  const Duration sending = Duration::Nanoseconds(bytes * 1000000000 / wire_->paths[from].bytes_a_second);
  pipe.busy_until = std::max(now, pipe.busy_until) + sending;
  pipe.last_arrival = std::max(pipe.last_arrival, pipe.busy_until + wire_->Way(from));
  wire_->events->At(pipe.last_arrival, [self = shared_from_this(), from, packet = std::move(packet)]() mutable {
    self->Arrive(from, std::move(packet));
  });
}

void SimConnection::Arrive(size_t from, Packet packet) {
  Pipe& pipe = pipes_[from];
  if (pipe.severed) return Troubled(from, packet.sent);
  const bool passes = !wire_->cut(from) && wire_->power[Other(from)];
  if (passes && pipe.held.empty()) return Land(from, std::move(packet));
  if (ends_[from].state == State::kGone) return;  // nobody repeats it
  ++wire_->counts.held;
  Troubled(from, packet.sent);
  pipe.held.push_back(std::move(packet));
}

void SimConnection::Land(size_t from, Packet packet) {
  End& to = ends_[Other(from)];
  const bool news = !packet.frames.empty();
  if (to.state != State::kOpen && news) return AnswerWithReset(from);
  if (to.state == State::kOpen) {
    for (SimFrame& frame : packet.frames) {
      ++wire_->counts.frames;
      wire_->counts.bytes += frame.bytes();
      to.arrived.push_back(std::move(frame));
    }
    if (packet.torn) {
      to.ended = absl::DataLossError("the peer ended the connection within a frame");
    } else if (packet.last) {
      to.ended = absl::UnavailableError("the peer ended the connection");
    }
    if (packet.last && number_ < wire_->newest[Other(from)]) ++wire_->counts.swizzled;
    Notify(Other(from));
  }
  if (wire_->cut(Other(from))) return Troubled(from, packet.sent);
  if (pipes_[from].held.empty()) Acknowledged(from);
}

absl::optional<SimFrame> SimConnection::Read(size_t machine) {
  End& end = ends_[machine];
  if (end.arrived.empty()) return absl::nullopt;
  SimFrame frame = std::move(end.arrived.front());
  end.arrived.pop_front();
  const size_t from = Other(machine);
  Pipe& pipe = pipes_[from];
  pipe.unread -= frame.bytes();
  if (pipe.blocked && pipe.unread < wire_->paths[from].window / 2 && !std::exchange(pipe.room_said, true)) {
    wire_->events->After(wire_->Way(machine), [self = shared_from_this(), from] {
      self->pipes_[from].room_said = false;
      if (!self->wire_->cut(Other(from))) self->MakeRoom(from);
    });
  }
  return frame;
}

void SimConnection::MakeRoom(size_t from) {
  Pipe& pipe = pipes_[from];
  if (!pipe.blocked || pipe.unread >= wire_->paths[from].window) return;
  pipe.blocked = false;
  if (pipe.held.empty()) Acknowledged(from);
  if (ends_[from].user != nullptr) ends_[from].user->OnRoom();
}

absl::Status SimConnection::ended(size_t machine) const {
  return ends_[machine].arrived.empty() ? ends_[machine].ended : absl::OkStatus();
}

// As Linux does: what was not read is answered with a reset.
void SimConnection::CloseSocket(size_t machine) {
  End& end = ends_[machine];
  end.user = nullptr;
  if (end.state != State::kOpen) return;
  if (!end.arrived.empty()) {
    end.arrived.clear();
    end.state = State::kGone;
    Forget(machine);
    return SendReset(machine);
  }
  end.state = State::kShut;
  Packet last;
  last.last = true;
  last.torn = pipes_[machine].blocked;
  Depart(machine, std::move(last));
}

void SimConnection::LosePower(size_t machine) {
  End& end = ends_[machine];
  if (end.state == State::kOpen && ends_[Other(machine)].state == State::kOpen) ++wire_->counts.half_open;
  end.user = nullptr;
  end.arrived.clear();
  end.state = State::kGone;
  Forget(machine);
}

void SimConnection::Break(const std::array<Duration, kPeerMachines>& seen_after) {
  for (size_t m = 0; m < kPeerMachines; ++m) {
    pipes_[m].severed = true;
    pipes_[m].held.clear();
    wire_->events->After(seen_after[m], [self = shared_from_this(), m] { self->SeeReset(m); });
  }
}

void SimConnection::Troubled(size_t from, Duration since) {
  Pipe& pipe = pipes_[from];
  if (pipe.timeout != 0 || ends_[from].state == State::kGone) return;
  pipe.troubled_since = since;
  pipe.timeout = wire_->events->At(since + user_timeout_, [self = shared_from_this(), from] { self->TimeOut(from); });
}

void SimConnection::Acknowledged(size_t from) {
  Pipe& pipe = pipes_[from];
  if (pipe.blocked || pipe.timeout == 0) return;
  wire_->events->Cancel(std::exchange(pipe.timeout, 0));
}

void SimConnection::TimeOut(size_t from) {
  pipes_[from].timeout = 0;
  if (ends_[from].state == State::kOpen) {
    ++wire_->counts.timeouts;
    if (ends_[Other(from)].state != State::kOpen) ++wire_->counts.found_out;
  }
  Finish(from, absl::DeadlineExceededError("the peer acknowledged nothing"));
}

void SimConnection::Mended() {
  for (size_t m = 0; m < kPeerMachines; ++m) {
    Pipe& pipe = pipes_[m];
    if (pipe.timeout == 0 || pipe.retry != 0) continue;
    const Duration at = NextRepetition(pipe.troubled_since, wire_->events->now());
    pipe.retry = wire_->events->At(at, [self = shared_from_this(), m] { self->Retry(m); });
  }
}

void SimConnection::Retry(size_t from) {
  Pipe& pipe = pipes_[from];
  pipe.retry = 0;
  if (pipe.severed || wire_->cut(from) || !wire_->power[Other(from)]) return;
  if (ends_[Other(from)].state != State::kOpen && ends_[from].state == State::kOpen) return AnswerWithReset(from);
  std::deque<Packet> held = std::exchange(pipe.held, {});
  for (Packet& packet : held) Land(from, std::move(packet));
  if (wire_->cut(Other(from))) return;
  Acknowledged(from);
  MakeRoom(from);
}

void SimConnection::AnswerWithReset(size_t to) {
  wire_->events->After(wire_->Way(Other(to)), [self = shared_from_this(), to] {
    if (self->wire_->cut(Other(to))) return self->Troubled(to, self->wire_->events->now());
    if (self->ends_[to].state == State::kOpen) ++self->wire_->counts.found_out;
    self->SeeReset(to);
  });
}

// Behind what is in flight. Nobody sends it again.
void SimConnection::SendReset(size_t from) {
  Pipe& pipe = pipes_[from];
  pipe.last_arrival = std::max(pipe.last_arrival, wire_->events->now() + wire_->Way(from));
  wire_->events->At(pipe.last_arrival, [self = shared_from_this(), from] {
    if (!self->wire_->cut(from) && !self->pipes_[from].severed) self->SeeReset(Other(from));
  });
}

void SimConnection::SeeReset(size_t machine) {
  if (ends_[machine].state == State::kGone) return;
  if (number_ < wire_->newest[machine]) ++wire_->counts.swizzled;
  if (ends_[machine].state == State::kOpen) ++wire_->counts.resets;
  Finish(machine, absl::UnavailableError("the peer reset the connection"));
}

void SimConnection::Finish(size_t machine, const absl::Status& why) {
  End& end = ends_[machine];
  Forget(machine);
  const bool tells = end.state == State::kOpen;
  end.state = State::kGone;
  if (!tells) return;
  if (end.ended.ok()) end.ended = why;
  Notify(machine);
}

void SimConnection::Forget(size_t from) {
  Pipe& pipe = pipes_[from];
  pipe.held.clear();
  wire_->events->Cancel(std::exchange(pipe.timeout, 0));
  wire_->events->Cancel(std::exchange(pipe.retry, 0));
}

void SimConnection::Notify(size_t machine) {
  if (ends_[machine].user != nullptr) ends_[machine].user->OnArrival();
}

}  // namespace understudy::sim
