// Sessions that we bring about between two legs ourselves (RFC 3725): nobody has asked for them in an INVITE of its
// own.
//
//   lead   INVITE without a session   its 2xx offers one            the ACK carries the answer
//   peer                              INVITE with it   its 2xx answers
//
// The first INVITE of either may stand in the place of a re-INVITE: a call that a client begins (leg_commands.h:
// ThirdPartyCall) is RFC 3725 flow I. How far it is stands in Leg::negotiation. A leg whose negotiation fails ends, and
// its peer with it, for neither knows what the other thinks.
//
// The offer of a phone that has answered waits for its peer's answer, and the phone repeats its 2xx meanwhile, for 32 s
// at most; RFC 3725 wants flow I only where the peer answers soon. So when 20 s are over, the ACK carries the phone's
// own session made inactive, and when the peer has answered they negotiate anew. Not earlier: most people answer within
// that time, repeated answers cost nobody anything, and a phone that is put on hold and taken back may play music to
// its user.
#ifndef UNDERSTUDY_ENGINE_NEGOTIATION_H_
#define UNDERSTUDY_ENGINE_NEGOTIATION_H_

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/input.h"
#include "engine/referred_invite.h"

namespace understudy::engine {

// `lead` and its peer agree on a session as soon as that is possible: both confirmed, and no INVITE in progress.
void Negotiate(Context& context, Leg& lead);
// It is over, or given up.
void StopNegotiating(Context& context, Leg& leg);
// The leg's offer has waited long enough: it is on hold until its peer has answered, and they negotiate anew.
void HoldOffer(Context& context, Leg& leg);

// An INVITE of our own outside a dialog (relay: none), or one that nobody waits for any more: its responses.
void OnOwnProvisional(Context& context, Leg& leg, const SipReceived& response);
void OnOwnAnswer(Context& context, Leg& leg, const SipReceived& response);
void OnOwnFailure(Context& context, Leg& leg, int status, const SipReceived* response);
// Final responses to re-INVITEs of our own (Purpose::kAskOffer, kOffer).
void OnOwnReInviteFinal(Context& context, Leg& leg, const ClientTransaction& ended, int status,
                        const SipReceived* response);
void OnPatienceTimer(Context& context, const Timer& timer);

// Sends the INVITE that makes the leg, with a session unless that is empty.
void SendOwnInvite(Context& context, Leg& leg, absl::string_view session, const ReferredInvite& referred = {});
// A re-INVITE likewise. Both legs of the pair must be free for it (IsFree).
void SendOwnReInvite(Context& context, Leg& leg, Purpose purpose, absl::string_view session);
bool IsFree(const Leg& leg);

// The session description that a message carries; empty: none.
absl::string_view SessionOf(const sip::Message& message);
// The body, and the session, of a message of ours.
absl::string_view BodyOf(absl::string_view text);
absl::string_view SessionIn(absl::string_view text);
// Takes the session that a party's message carries.
void Remember(const sip::Message& message, Leg& leg);
// The session that a re-INVITE or UPDATE has offered, and that has been accepted: LegHeld, LegRetrieved.
void TakeOffer(Context& context, SharedBytes offer, Leg& leg);

// How long a request that has got 491 waits until it is sent once more (14.1).
Duration AfterRefusal(Context& context, const Leg& leg);

// Ends `leg` and its peer, if it has one, because of `status`: neither has done that. Of a conference `leg` alone.
void EndBoth(Context& context, Leg& leg, int status);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_NEGOTIATION_H_
