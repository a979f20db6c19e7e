// The end of a call: BYE (section 15), or whatever a leg in its phase needs to end.
#include <string>

#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/client_transactions.h"
#include "engine/leg_message.h"
#include "engine/server_transactions.h"
#include "engine/sip_ids.h"

namespace understudy::engine {
namespace {

void SendBye(Context& context, Call& call, uint8_t side) {
  Leg& leg = call.leg(side);
  ClientTransaction& row = BeginClient(context, sip::Method::kBye, LegHop(context, leg), Purpose::kBye);
  row.call = call.id;
  row.side = side;
  row.cseq = sip::NextLocalSequence(&leg.dialog);
  BeginLegRequest(context, call, side, "BYE", MakeBranch(row.id, row.branch_mac), row.cseq, kMaxForwards).NoBody();
  SendRequest(context, row);
}

// A request of the leaving party that nobody will answer now.
void EndPendingInvite(Context& context, Leg& leg, int status) {
  StopAwaitingPrack(context, leg);
  if (leg.server_invite.empty()) return;
  const TransactionId id = leg.server_invite;
  leg.server_invite = TransactionId();
  RespondPlain(context, id, status);
}

void ReleaseUnanswered(Context& context, Call& call, uint8_t side, int status) {
  Leg& leg = call.leg(side);
  leg.phase = Leg::Phase::kReleased;
  if (side == 0) return EndPendingInvite(context, leg, status);
  if (ClientTransaction* row = context.state.transactions.FindClient(leg.client_invite)) CancelClient(context, *row);
}

void ReleaseConfirmed(Context& context, Call& call, uint8_t side) {
  Leg& leg = call.leg(side);
  EndPendingInvite(context, leg, 487);
  leg.phase = Leg::Phase::kReleased;
  if (leg.awaited_ack.has_value()) {
    leg.bye_due = true;  // section 15: not before the ACK
    return;
  }
  SendDueAck(context, call, side, nullptr);
  SendBye(context, call, side);
}

bool IsOver(const Leg& leg) {
  if (leg.phase != Leg::Phase::kReleased && leg.phase != Leg::Phase::kNone) return false;
  return leg.client_invite.empty() && leg.server_invite.empty() && !leg.awaited_ack.has_value() && !leg.bye_due;
}

}  // namespace

void ReportCall(Context& context, const Call& call, CallProgress::Step step, int status) {
  CallProgress progress;
  progress.call = call.id;
  progress.step = step;
  progress.from = call.leg(0).number;
  progress.to = call.leg(1).number;
  progress.status = status;
  context.effects.list.push_back(std::move(progress));
}

void ReleaseLeg(Context& context, Call& call, uint8_t side, int status) {
  switch (call.leg(side).phase) {
    case Leg::Phase::kNone:
    case Leg::Phase::kReleased: return;
    case Leg::Phase::kInviting:
    case Leg::Phase::kAlerting: return ReleaseUnanswered(context, call, side, status);
    case Leg::Phase::kConfirmed: return ReleaseConfirmed(context, call, side);
  }
}

void RemoveIfOver(Context& context, CallId id) {
  Call* call = context.state.calls.Find(id);
  if (call == nullptr || !IsOver(call->leg(0)) || !IsOver(call->leg(1))) return;
  context.state.timers.Cancel(&call->no_answer);
  context.state.calls.Remove(id);
}

void OnBye(Context& context, Call& call, uint8_t side, const SipReceived& request) {
  const ServerTransaction& row = BeginServer(context, request, {});
  RespondPlain(context, row.id, 200);
  Leg& leg = call.leg(side);
  if (leg.phase != Leg::Phase::kReleased) ReportCall(context, call, CallProgress::Step::kReleased, 0);
  context.state.timers.Cancel(&call.no_answer);
  EndPendingInvite(context, leg, 487);
  SendDueAck(context, call, side, nullptr);
  if (leg.awaited_ack.has_value()) {
    context.state.timers.Cancel(&leg.awaited_ack->retransmit);
    context.state.timers.Cancel(&leg.awaited_ack->timeout);
    leg.awaited_ack.reset();
  }
  leg.bye_due = false;
  leg.phase = Leg::Phase::kReleased;
  ReleaseLeg(context, call, OtherSide(side), 487);
  RemoveIfOver(context, call.id);
}

}  // namespace understudy::engine
