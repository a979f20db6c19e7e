// CANCEL (section 9), and the caller's patience.
#include <vector>

#include "base/check.h"
#include "engine/branches/branches.h"
#include "engine/call_handlers.h"
#include "engine/client_transactions.h"
#include "engine/request.h"
#include "engine/server_transactions.h"

namespace understudy::engine {
namespace {

// The 200 to a CANCEL, with the To tag that the answers to its INVITE have (9.2).
void AcceptCancel(Context& context, const SipReceived& request, LegId id) {
  const Leg* leg = context.state.legs.Find(id);
  if (leg == nullptr) return Refuse(context, request, 200);
  const TransactionId row = BeginServer(context, request, leg->dialog.local_tag).id;
  RespondPlain(context, row, 200);
}

// A further leg that is called has a patience of its own.
bool Rings(const Leg& leg) {
  const bool called = leg.phase == Leg::Phase::kInviting || leg.phase == Leg::Phase::kAlerting;
  return called && !leg.client_invite.empty() && leg.patience == TimerHandle() && !Follows(leg);
}

std::vector<LegId> RingingLegs(const Context& context, const Call& call) {
  std::vector<LegId> ringing;
  for (const LegId id : call.legs) {
    if (Rings(*context.state.legs.Find(id))) ringing.push_back(id);
  }
  return ringing;
}

}  // namespace

void OnCancel(Context& context, const SipReceived& request) {
  const sip::TransactionKey key = sip::CancelledTransactionKey(context.state.lookup_key(), request.message);
  ServerTransaction* invite = context.state.transactions.FindServer(key);
  if (invite == nullptr) {
    const FinishedTransaction* finished = context.state.transactions.FindFinished(key);  // answered already: 9.2
    US_CHECK(finished != nullptr);                                                       // RefusalOf
    return AcceptCancel(context, request, finished->leg);
  }
  const TransactionId invite_id = invite->id;
  AcceptCancel(context, request, invite->leg);
  invite = FindUnanswered(context, invite_id);
  if (invite == nullptr) return;
  const Leg* leg = context.state.legs.Find(invite->leg);
  Touch(context, leg == nullptr ? invite->call : leg->call);
  if (leg == nullptr) return;
  if (invite->purpose == Purpose::kInvite) {
    return FailCall(context, context.state.CallOf(*leg), 487, &request.message);
  }
  // A re-INVITE: what the other party says to it stands.
  if (ClientTransaction* carried = context.state.transactions.FindClient(invite->relay)) {
    CancelClient(context, *carried, &request.message);
  }
}

void OnNoAnswerTimer(Context& context, const Timer& timer) {
  Call* call = context.state.calls.Find(CallId(timer.row));
  US_CHECK(call != nullptr);
  Touch(context, call->id);
  call->no_answer = TimerHandle();
  const std::vector<LegId> ringing = RingingLegs(context, *call);
  if (ringing.empty()) return;
  if (!IsConference(*call)) return FailCall(context, *call, 480);
  for (const LegId id : ringing) EndAlone(context, *context.state.legs.Find(id), 480);
}

void StopNoAnswer(Context& context, Call& call) {
  if (RingingLegs(context, call).empty()) context.state.timers.Cancel(&call.no_answer);
}

void RestartNoAnswer(Context& context, const Leg& leg) {
  Call& call = context.state.CallOf(leg);
  context.state.timers.Cancel(&call.no_answer);
  const Dn* dn = context.state.configuration.FindDn(leg.number);
  if (dn == nullptr || dn->profile.no_answer_timeout <= Duration()) return;
  call.no_answer = StartTimer(context, dn->profile.no_answer_timeout, TimerKind::kNoAnswer, call.id.value());
}

}  // namespace understudy::engine
