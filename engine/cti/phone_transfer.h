// Transfers that a phone asks for by itself (engine/refer.h, engine/replaces.h). Clients see what they see of requests:
// 5.8 and 5.10 of the reference, without a ReferenceID.
#ifndef UNDERSTUDY_ENGINE_CTI_PHONE_TRANSFER_H_
#define UNDERSTUDY_ENGINE_CTI_PHONE_TRANSFER_H_

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/dial_plan.h"
#include "engine/leg.h"
#include "engine/referred_invite.h"

namespace understudy::engine {

// A final response that says why not. 0: nothing is in the way.
struct Refusal {
  int status = 0;
  absl::string_view reason;
};

// Whether `leg` is that of an Extension with a part in its call.
bool IsPhoneInCall(const State& state, const Leg& leg);

// ---- single_step.cc: 5.10. The party of `leg` hands its call over to a DN that is called now.
Refusal RefusalOfSingleStep(Context& context, const Leg& leg);
Refusal RefusalOfTarget(const Context& context, const Leg& leg, const Destination& destination);
// What comes of it is told by FinishReferral of the leg.
void StartSingleStep(Context& context, Leg& leg, const Destination& destination, absl::string_view dialled,
                     const ReferredInvite& referred);
// It has hung up before the DN rings: who is left waits for that.
void LeaveSingleStep(Context& context, const Leg& leg);

// ---- two_step.cc: 5.8. The others of the two calls that a DN has by `leg` and `other` are joined.
Refusal RefusalOfTwoStep(Context& context, const Leg& leg, const Leg& other);
void DoTwoStep(Context& context, const Leg& leg, const Leg& other);

// ---- The party of `leg` takes the place of that of `old`, which may still ring.
// `taker`: its DN.
Refusal RefusalOfPlace(Context& context, const Leg& old, absl::string_view taker);
void TakePlace(Context& context, const Leg& old, const Leg& leg, absl::string_view number);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_PHONE_TRANSFER_H_
