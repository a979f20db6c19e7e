// What the CTI side asks of the SIP side. Each returns when the first message is on its way; what comes of it is told
// by engine/cti/call_notices.h. A command on a leg that is busy with another, or whose phone cannot do it, ends at
// once with CommandDone and a status that says so.
#ifndef UNDERSTUDY_ENGINE_LEG_COMMANDS_H_
#define UNDERSTUDY_ENGINE_LEG_COMMANDS_H_

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/dial_plan.h"
#include "engine/leg.h"
#include "engine/referred_invite.h"

namespace understudy::engine {

// A call that a client begins (RFC 3725, flow I): the originator's phone is called first, without a session
// description. When it has answered, `destination` is: LegDialing. Returns the originator's leg, in a call of its
// own. LegReleased is told when the originator does not answer.
Leg& ThirdPartyCall(Context& context, const Destination& originator, const Destination& destination);

// A further leg in the call of `peer`, which is confirmed and keeps its own peer: LegAlerting, LegAnswered or
// LegReleased of the new leg. JoinLegs makes the two talk. The leg is offered the peer's session; if that is not known,
// it is asked for its own, which is on hold until then.
Leg& DialFurther(Context& context, Leg& peer, const Destination& destination, const ReferredInvite& referred = {});

// `a` and `b` become each other's peers and agree on a session; `b` moves into the call of `a`. Legs that were their
// peers have none afterwards. `b` may be alerting. A failure ends both legs (LegReleased).
void JoinLegs(Context& context, Leg& a, Leg& b);

// `leg` has no peer any more, which stays as it is; what is in progress between the two is ended.
void PartFromPeer(Context& context, Leg& leg);
// The same, and it goes into another call.
void MoveLeg(Context& context, Leg& leg, Call& to);

// The destination of a ringing call is another: `alerting` is cancelled without a word to its peer, and a new leg takes
// its place, which is returned.
Leg& RedirectAlerting(Context& context, Leg& alerting, const Destination& destination);

// NOTIFY Event: talk. The phone that takes it answers its INVITE: LegAnswered.
void TalkLeg(Context& context, Leg& leg);
// What the peer hears and says stops, or goes on. No notice but CommandDone.
void HoldLeg(Context& context, Leg& leg);
void RetrieveLeg(Context& context, Leg& leg);
// The same, but an INVITE or UPDATE between the two does not end it: when that is over, they agree on a session anew,
// as after JoinLegs.
void RetrieveLegWhenFree(Context& context, Leg& leg);
void SendDtmf(Context& context, Leg& leg, absl::string_view digits);

// As if the phone of `leg` had hung up: LegReleased(leg, 0, kServer), LegReleased(peer, 0, kPeer).
void HangUp(Context& context, Leg& leg);
// Ends `leg` and nothing else; a peer that it has stays, and has none afterwards. LegReleased(leg, 0, kServer).
void HangUpAlone(Context& context, Leg& leg);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LEG_COMMANDS_H_
