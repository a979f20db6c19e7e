// The end of a call: BYE (section 15), or whatever a leg in its phase needs to end.
#include <cstddef>
#include <string>

#include "base/check.h"
#include "engine/branches/branches.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/client_transactions.h"
#include "engine/cti/call_notices.h"
#include "engine/cti/phone_transfer.h"
#include "engine/early/early_dialogs.h"
#include "engine/leg_commands.h"
#include "engine/leg_request.h"
#include "engine/refer.h"
#include "engine/server_transactions.h"
#include "sip/parse.h"
#include "sip/writer.h"

namespace understudy::engine {
namespace {

// An INVITE of the leaving party that nobody will answer now.
void EndReceivedInvite(Context& context, Leg& leg, int status) {
  StopAwaitingPrack(context, leg);
  ForgetEarlyDialogs(context, leg);
  if (leg.server_invite.empty()) return;
  const TransactionId id = leg.server_invite;
  leg.server_invite = TransactionId();
  RespondPlain(context, id, status);
}

// An INVITE of ours whose answer nobody waits for now.
void EndSentInvite(Context& context, const Leg& leg, const sip::Message* cause) {
  ClientTransaction* row = context.state.transactions.FindClient(leg.client_invite);
  if (row != nullptr) CancelClient(context, *row, cause);
}

void ReleaseUnanswered(Context& context, Leg& leg, int status, const sip::Message* cause) {
  EndBeside(context, leg, cause);
  leg.phase = Leg::Phase::kReleased;
  EndReceivedInvite(context, leg, status);
  EndSentInvite(context, leg, cause);
}

void ReleaseConfirmed(Context& context, Leg& leg, const sip::Message* cause) {
  FinishReferral(context, leg, 487);
  EndReceivedInvite(context, leg, 487);
  EndSentInvite(context, leg, cause);
  leg.phase = Leg::Phase::kReleased;
  if (leg.awaited_ack.has_value()) {
    leg.bye_due = true;  // section 15: not before the ACK
    return;
  }
  SendDueAck(context, leg, nullptr);
  SendBye(context, leg, cause);
}

void StopCallTimers(Context& context, Call& call) {
  context.state.timers.Cancel(&call.no_answer);
  context.state.timers.Cancel(&call.session_expiry);
}

// The originator hears `status`; what made it leave is for the others.
void ReleaseLegs(Context& context, const Call& call, int status, const sip::Message* cause) {
  for (const LegId id : call.legs) {
    Leg& leg = *context.state.legs.Find(id);
    const bool first = id == call.legs.front();
    ReleaseLeg(context, leg, status, first ? nullptr : cause);
    LegReleased(context, leg, status, cause == nullptr ? LegEnd::kServer : first ? LegEnd::kParty : LegEnd::kPeer);
  }
}

void ReleasePeer(Context& context, Leg& leg, const SipReceived& request) {
  Leg* peer = context.state.PeerOf(leg);
  if (peer == nullptr) return;
  ReleaseLeg(context, *peer, 487, &request.message);
  LegReleased(context, *peer, 0, LegEnd::kPeer);
}

bool IsOver(const Leg& leg) {
  if (leg.phase != Leg::Phase::kReleased && leg.phase != Leg::Phase::kNone) return false;
  return leg.client_invite.empty() && leg.server_invite.empty() && !leg.awaited_ack.has_value() && !leg.bye_due;
}

// Its end is not that of the others: out of a conference, or of a call that goes on without it already.
bool LeavesAlone(const Call& call, const Leg& leg) {
  return IsConference(call) || (call.facts.known() && call.facts.FindParty(leg.id) == nullptr);
}

void RemoveLeg(Context& context, Leg& leg) {
  StopAwaitingPrack(context, leg);
  ForgetEarlyDialogs(context, leg);
  context.state.timers.Cancel(&leg.patience);
  context.state.timers.Cancel(&leg.referral.bye);
  if (leg.agreement) context.state.timers.Cancel(&leg.agreement->timer);
  context.state.legs.Remove(leg.id);
}

}  // namespace

void SendBye(Context& context, Leg& leg, const sip::Message* cause) {
  ClientTransaction& row = BeginNextRequest(context, leg, sip::Method::kBye, Purpose::kBye);
  sip::MessageWriter writer(&context.text);
  const size_t head = context.text.size();
  if (cause != nullptr && cause->method() == sip::Method::kBye) {
    CarryHeaders(*cause, Asserted::kEnd, &writer);
    CarryBody(*cause, &writer);
    // The end of a call matters more than its reason.
    if (!sip::IsWithinLimits(context.text)) context.text.resize(head);
  }
  if (context.text.size() == head) writer.NoBody();
  SendRequest(context, row);
}

void ReportCall(Context& context, Call& call, CallProgress::Step step, int status) {
  const uint8_t rank = static_cast<uint8_t>(static_cast<uint8_t>(step) + 1);
  const uint8_t end = static_cast<uint8_t>(CallProgress::Step::kReleased) + 1;
  if (call.reported >= end || rank <= call.reported) return;
  call.reported = rank;
  CallProgress progress;
  progress.call = call.id;
  progress.step = step;
  if (const Leg* from = context.state.LegAt(call, 0)) progress.from = from->number;
  if (const Leg* to = context.state.LegAt(call, 1)) progress.to = to->number;
  progress.status = status;
  context.effects.list.push_back(std::move(progress));
}

void ReleaseLeg(Context& context, Leg& leg, int status, const sip::Message* cause) {
  switch (leg.phase) {
    case Leg::Phase::kNone:
    case Leg::Phase::kReleased:
      return;
    case Leg::Phase::kInviting:
    case Leg::Phase::kAlerting:
      return ReleaseUnanswered(context, leg, status, cause);
    case Leg::Phase::kConfirmed:
      return ReleaseConfirmed(context, leg, cause);
  }
}

void FailCall(Context& context, Call& call, int status, const sip::Message* cause) {
  ReportCall(context, call, CallProgress::Step::kFailed, status);
  StopCallTimers(context, call);
  ReleaseLegs(context, call, status, cause);
  RemoveIfOver(context, call.id);
}

bool IsConference(const Call& call) {
  return call.facts.CountTold() > 2;
}

void EndCallOf(Context& context, Leg& leg, int status) {
  Call& call = context.state.CallOf(leg);
  if (LeavesAlone(call, leg)) return EndAlone(context, leg, status);
  ReportCall(context, call, CallProgress::Step::kReleased, status);
  StopCallTimers(context, call);
  ReleaseLegs(context, call, status, nullptr);
  RemoveIfOver(context, call.id);
}

void EndAlone(Context& context, Leg& leg, int status) {
  PartFromPeer(context, leg);
  EndFor(context, leg, status);
  LegReleased(context, leg, status, LegEnd::kServer);
  ReportEnd(context, leg, CallProgress::Step::kReleased, status);
}

void HangUp(Context& context, Leg& leg) {
  Call& call = context.state.CallOf(leg);
  Leg* peer = context.state.PeerOf(leg);
  if (peer == nullptr || IsConference(call)) return HangUpAlone(context, leg);
  const bool refused = !leg.client_invite.empty() && leg.phase != Leg::Phase::kConfirmed;
  const bool answered = leg.phase == Leg::Phase::kConfirmed && peer->phase == Leg::Phase::kConfirmed;
  ReportCall(context, call, answered ? CallProgress::Step::kReleased : CallProgress::Step::kFailed, refused ? 486 : 0);
  StopCallTimers(context, call);
  ReleaseLeg(context, leg, 487);
  LegReleased(context, leg, 0, LegEnd::kServer);
  ReleaseLeg(context, *peer, refused ? 486 : 487);
  LegReleased(context, *peer, refused ? 486 : 0, LegEnd::kPeer);
  RemoveIfOver(context, call.id);
}

void HangUpAlone(Context& context, Leg& leg) {
  PartFromPeer(context, leg);
  ReleaseLeg(context, leg, 487);
  LegReleased(context, leg, 0, LegEnd::kServer);
  ReportEnd(context, leg, CallProgress::Step::kReleased, 0);
}

void RemoveIfOver(Context& context, CallId id) {
  Call* call = context.state.calls.Find(id);
  if (call == nullptr) return;
  for (const LegId leg : call->legs) {
    if (!IsOver(*context.state.legs.Find(leg))) return;
  }
  US_CHECK(!call->facts.known());  // LegReleased has been told of each
  StopCallTimers(context, *call);
  for (const LegId leg : call->legs) RemoveLeg(context, *context.state.legs.Find(leg));
  context.state.calls.Remove(id);
}

void RemoveLegsThatAreOver(Context& context) {
  for (const CallId id : context.effects.calls) {
    Call* call = context.state.calls.Find(id);
    if (call == nullptr) continue;
    for (size_t i = call->legs.size(); i-- > 0 && call->legs.size() > 1;) {
      Leg& leg = *context.state.legs.Find(call->legs[i]);
      if (!IsOver(leg) || !leg.peer.empty() || call->facts.FindParty(leg.id) != nullptr) continue;
      call->legs.erase(call->legs.begin() + static_cast<std::ptrdiff_t>(i));
      RemoveLeg(context, leg);
    }
  }
}

void OnBye(Context& context, Leg& leg, const SipReceived& request) {
  const ServerTransaction& row = BeginServer(context, request, {});
  RespondPlain(context, row.id, 200);
  if (EndsOneEarlyDialog(context, leg, request) || EndsOneBranch(context, leg)) return;
  Call& call = context.state.CallOf(leg);
  const bool refers = LeaveReferral(context, leg);
  context.state.timers.Cancel(&leg.referral.bye);
  const bool alone = LeavesAlone(call, leg) || refers;
  if (leg.phase != Leg::Phase::kReleased && !alone) ReportCall(context, call, CallProgress::Step::kReleased, 0);
  if (!alone) StopCallTimers(context, call);
  EndReceivedInvite(context, leg, 487);
  EndSentInvite(context, leg, nullptr);
  SendDueAck(context, leg, nullptr);
  StopAwaitingAck(context, leg);
  leg.bye_due = false;
  leg.phase = Leg::Phase::kReleased;
  if (refers) LeaveSingleStep(context, leg);
  LegReleased(context, leg, 0, LegEnd::kParty);
  if (alone) {
    PartFromPeer(context, leg);
    return ReportEnd(context, leg, CallProgress::Step::kReleased, 0);
  }
  ReleasePeer(context, leg, request);
  RemoveIfOver(context, call.id);
}

}  // namespace understudy::engine
