// REFER from a phone in its call (RFC 3515, RFC 5589): the call is handed over by us, and not by the other party.
//
//   B, which talks to A      REFER, Refer-To: C        202, NOTIFY 100
//                            C rings: A and C are joined, B leaves (cti/phone_transfer.h)
//                            NOTIFY 200, and the phone hangs up; if it does not within 4 s, we do
//                            C fails before that: NOTIFY with its status, and B goes on talking to A
//   B, which also talks to C REFER, Refer-To: C with Replaces of that dialog: the same at once, without a new leg
//
// A phone that hangs up while C is called wants no more than that: A waits for C without it. It is told nothing, but
// that the subscription is over where that has a dialog of its own.
// A REFER outside of that dialog which names it (Target-Dialog, RFC 4538) is executed likewise, if it comes from the DN
// of the phone; its NOTIFYs are in the dialog that it makes.
// REFERs of Trunks are carried to the other party like any request (dialog_request.cc).
#ifndef UNDERSTUDY_ENGINE_REFER_H_
#define UNDERSTUDY_ENGINE_REFER_H_

#include "engine/context.h"
#include "engine/input.h"
#include "engine/leg.h"

namespace understudy::engine {

// Whether the REFERs of that leg are the other party's: a Trunk's.
bool CarriesRefer(const Context& context, const Leg& leg);
void OnRefer(Context& context, Leg& leg, const SipReceived& request);
void OnReferOutside(Context& context, const SipReceived& request);

// What the party has asked for by REFER is done (2xx), or has failed. Nothing happens if it has asked for nothing.
void FinishReferral(Context& context, Leg& leg, int status);
// The party says BYE before that. False: it has asked for nothing.
bool LeaveReferral(Context& context, Leg& leg);
void OnReferralTimer(Context& context, const Timer& timer);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_REFER_H_
