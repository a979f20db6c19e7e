// What clients ask about calls and DNs; cti/requests.cc sends each here. One file for each family.
//
// A request that is refused changes nothing. One whose outcome comes later stands in its party until then (Await).
#ifndef UNDERSTUDY_ENGINE_CTI_CALL_REQUESTS_H_
#define UNDERSTUDY_ENGINE_CTI_CALL_REQUESTS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/context.h"
#include "engine/cti/call_place.h"
#include "engine/cti/request_cause.h"
#include "engine/dial_plan.h"
#include "engine/referred_invite.h"
#include "tlib/message.h"

namespace understudy::engine {

// ---- make_call.cc: 5.1
void OnMakeCall(Context& context, const tlib::Message& request, const RequestCause& cause);
// Where OtherDN leads. nullopt: refused.
absl::optional<Destination> CheckDestination(Context& context, const tlib::Message& request, const RequestCause& cause);
// False: refused, for a DN is brought into a call but once.
bool CheckNewcomer(Context& context, const Call& call, const Destination& destination, const tlib::Message& request,
                   const RequestCause& cause);
// Lets ThisDN call OtherDN; the request's outcome is the new call's Dialing. `main`: the call that this one is to
// consult about, or nullptr. What is refused, is.
void BeginClientCall(Context& context, const Call* main, const tlib::Message& request, const RequestCause& cause);

// ---- answer_call.cc
void OnAnswerCall(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnTalkDone(Context& context, Party* party, int status);

// ---- release_call.cc: 5.4
void OnReleaseCall(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnClearCall(Context& context, const tlib::Message& request, const RequestCause& cause);

// ---- hold_call.cc: 5.6, 5.7
void OnHoldCall(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnRetrieveCall(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnAlternateCall(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnReconnectCall(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnHoldDone(Context& context, const Call& call, Party* party, int status);
void OnRetrieveDone(Context& context, const Call& call, Party* party, int status);

// ---- two_step.cc: 5.8, 5.9, 5.11. A consult call, and what becomes of the two.
void OnInitiate(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnCompleteTransfer(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnCompleteConference(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnMergeCalls(Context& context, const tlib::Message& request, const RequestCause& cause);
// The two calls of one DN, and its legs in them.
struct TwoStep {
  Call* main = nullptr;
  LegId main_leg;
  Call* consult = nullptr;
  LegId consult_leg;
  std::string dn;
};
// Who was consulted has a part in the main call already: a DN is brought into a call but once.
bool HasConsulted(const TwoStep& two);
// The DN leaves both, and who was consulted comes over into the main call. `request`: for its Reasons.
void CompleteTwoStep(Context& context, const TwoStep& two, const tlib::Message& request, const RequestCause& cause);
// A mute transfer is complete when the destination rings.
void CompleteMuteTransfer(Context& context, const Leg& destination);

// ---- single_step.cc: 5.10, 5.12. A further leg is called, and comes in.
void OnSingleStep(Context& context, const tlib::Message& request, const RequestCause& cause);
// `party` waits for a further one; `dialled`: its number, where that is beyond a Trunk.
void CallFurther(Context& context, Call& call, Party& party, const Destination& destination, absl::string_view dialled,
                 const tlib::Message& request, const RequestCause& cause, const ReferredInvite& referred = {});
// The party that was called for a request rings, answers, or is gone before that.
void OnFurtherAlerting(Context& context, Call& call, LegId leg);
void OnFurtherAnswered(Context& context, Call& call, LegId leg);
// True: somebody waited for it, so it was no member yet.
bool OnFurtherFailed(Context& context, Call& call, const Party& party, int status);

// ---- conference.cc: 5.5
void OnDeleteFromConference(Context& context, const tlib::Message& request, const RequestCause& cause);
// Those who stay hear that `leaving` has left the call because of `by`; `cause` is of the party `by`.
void TellPartyDeleted(Context& context, const Call& call, const Party& leaving, const Party& by,
                      const tlib::Message& request = tlib::Message(), const RequestCause& cause = RequestCause());

// ---- redirect_call.cc: 5.13
void OnRedirectCall(Context& context, const tlib::Message& request, const RequestCause& cause);

// ---- dtmf.cc
void OnSendDtmf(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnDtmfDone(Context& context, const Call& call, Party* party, int status);

// ---- user_data.cc: 5.19
void OnAttachUserData(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnUpdateUserData(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnDeleteUserData(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnDeletePair(Context& context, const tlib::Message& request, const RequestCause& cause);

// ---- call_queries.cc
void OnQueryCall(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnQueryAddress(Context& context, const tlib::Message& request, const RequestCause& cause);

// ---- dn_features.cc
void OnSetDnd(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnSetMessageWaiting(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnCallForwardSet(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnCallForwardCancel(Context& context, const tlib::Message& request, const RequestCause& cause);
// Extensions of an event that tells how a DN is: "status" when it is out of service, "dnd", "mwi" and "fwd" when they
// are on.
void SetStateOfDn(const State& state, absl::string_view number, tlib::Message* event);

// ---- user_event.cc
void OnDistributeUserEvent(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnDistributeEvent(Context& context, const tlib::Message& request, const RequestCause& cause);

// ---- private_service.cc
void OnPrivateService(Context& context, const tlib::Message& request, const RequestCause& cause);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_CALL_REQUESTS_H_
