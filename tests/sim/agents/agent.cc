#include "tests/sim/agents/agent.h"

#include <algorithm>
#include <utility>

namespace understudy::sim {

Agent::Agent(std::string name, Endpoint address, Transport transport, EventQueue* events, AgentPort* port,
             CallBook* book)
    : name_(std::move(name)),
      address_(address),
      transport_(transport),
      events_(events),
      port_(port),
      book_(book),
      index_(book->AddAgent(name_, IsReliable(transport))) {}

void Agent::Receive(absl::string_view bytes, uint64_t flow) {
  if (off()) return;
  ++book_->counts().received;
  OnMessage(bytes, flow);
}

void Agent::Lost(absl::string_view bytes) {
  OnLost(bytes);
}

void Agent::FlowOpened(uint64_t flow, bool accepted) {
  if (off()) return port_->Disconnect(*this, flow);
  OnFlowOpened(flow, accepted);
}

void Agent::FlowClosed(uint64_t flow) {
  OnFlowClosed(flow);
}

void Agent::Mute(Duration end) {
  GoOff(end, false);
}

void Agent::Restart(Duration end) {
  GoOff(end, true);
}

void Agent::GoOff(Duration end, bool forgets) {
  if (off()) return;
  off_until_ = std::max(end, now() + Duration::Milliseconds(1));
  book_->NoteOff(index_, now(), off_until_);
  if (forgets) ++life_;
  OnOff(forgets);
  const uint32_t life = life_;
  events_->At(off_until_, [this, life, forgets] {
    if (life == life_) OnBackOn(forgets);
  });
}

bool Agent::SendDatagram(absl::string_view bytes) {
  if (off()) return false;
  ++book_->counts().sent;
  return port_->SendDatagram(*this, bytes);
}

void Agent::SendStream(uint64_t flow, absl::string_view bytes) {
  if (off()) return;
  ++book_->counts().sent;
  port_->SendStream(*this, flow, bytes);
}

EventId Agent::After(Duration delay, uint32_t kind, uint32_t row) {
  struct Due {
    Agent* agent;
    uint32_t kind : 8;
    uint32_t life : 24;
    uint32_t row;
  };
  const Due due{this, kind & 0xFF, life_ & 0xFFFFFF, row};
  return events_->After(delay, [due] {
    if (due.life == (due.agent->life_ & 0xFFFFFF)) due.agent->OnTimer(due.kind, due.row);
  });
}

void Agent::Cancel(EventId* timer) {
  if (*timer != 0) events_->Cancel(*timer);
  *timer = 0;
}

void Agent::Violated(uint32_t call, absl::string_view what, absl::string_view message) {
  book_->Violated(index_, call, what, message);
}

}  // namespace understudy::sim
