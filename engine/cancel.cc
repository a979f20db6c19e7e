// CANCEL (section 9), and the caller's patience.
#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/client_transactions.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "sip/invite_server_transaction.h"

namespace understudy::engine {
namespace {

bool IsUnanswered(const ServerTransaction& invite) {
  using State = sip::InviteServerTransaction::State;
  return invite.method == sip::Method::kInvite && static_cast<State>(invite.state) == State::kProceeding;
}

void CancelCall(Context& context, Call& call) {
  ReportCall(context, call, CallProgress::Step::kFailed, 487);
  context.state.timers.Cancel(&call.no_answer);
  ReleaseLeg(context, call, 0, 487);
  ReleaseLeg(context, call, 1, 487);
  RemoveIfOver(context, call.id);
}

}  // namespace

void OnCancel(Context& context, const SipReceived& request) {
  const sip::TransactionKey key = sip::CancelledTransactionKey(context.state.lookup_key(), request.message);
  ServerTransaction* invite = context.state.transactions.FindServer(key);
  if (invite == nullptr) {
    // Answered already, or never seen: 9.2.
    const bool known = context.state.transactions.FindFinished(key) != nullptr;
    return Refuse(context, request, known ? 200 : 481);
  }
  const TransactionId invite_id = invite->id;
  Refuse(context, request, 200);
  invite = context.state.transactions.FindServer(invite_id);
  US_CHECK(invite != nullptr);
  if (!IsUnanswered(*invite)) return;
  Touch(context, invite->call);
  Call* call = context.state.calls.Find(invite->call);
  if (call == nullptr) return;
  if (invite->purpose == Purpose::kInvite) return CancelCall(context, *call);
  // A re-INVITE: what the other party says to it stands.
  if (ClientTransaction* carried = context.state.transactions.FindClient(invite->relay)) {
    CancelClient(context, *carried);
  }
}

void OnNoAnswerTimer(Context& context, const Timer& timer) {
  Call* call = context.state.calls.Find(CallId(timer.row));
  US_CHECK(call != nullptr);
  Touch(context, call->id);
  call->no_answer = TimerHandle();
  ReportCall(context, *call, CallProgress::Step::kFailed, 480);
  ReleaseLeg(context, *call, 0, 480);
  ReleaseLeg(context, *call, 1, 480);
  RemoveIfOver(context, call->id);
}

}  // namespace understudy::engine
