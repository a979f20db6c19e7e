// A DN rings at several of its contacts (RFC 3261 16.7, as a back-to-back user agent does it).
//
//   RingFurther           the INVITE of the DN's leg is on its way: its other contacts get one of their own
//   TakeLead              who answers first is the DN's leg from then on; the others are cancelled
//   HoldFailure           a failure while others ring is kept, and the best of all goes on when nobody rings any more
//
// Of a set of legs one leads: it has the party, the peer, and what is negotiated. To all else the others are not there:
// T-Library clients see one party, and whoever releases the one that leads releases all.
#ifndef UNDERSTUDY_ENGINE_BRANCHES_BRANCHES_H_
#define UNDERSTUDY_ENGINE_BRANCHES_BRANCHES_H_

#include <vector>

#include "engine/context.h"
#include "engine/input.h"
#include "engine/leg.h"

namespace understudy::engine {

// `leg` has just been sent its INVITE. Contacts that options contacts-rung and contacts-order leave for later ring when
// those before have failed.
void RingFurther(Context& context, Leg& leg);

// The leg of its set that leads; `leg` itself when it is alone.
Leg& LeadOf(State& state, Leg& leg);
// Whether another leg of its set leads.
inline bool Follows(const Leg& leg) {
  return !leg.branching.set.empty() && !leg.branching.leads;
}
// Those of its set that ring beside it, in the order in which they began.
std::vector<Leg*> RingingBeside(State& state, const Leg& leg);

// A 2xx has come by `leg`.
void TakeLead(Context& context, Leg& leg);

// The INVITE of `leg` has failed. True: that is dealt with.
bool HoldFailure(Context& context, Leg& leg, const ClientTransaction& ended, int status, const SipReceived* response);

// A BYE, against RFC 3261 section 15, from who rings in `leg` is as good as a 487. False: nobody else is left to ring.
bool EndsOneBranch(Context& context, Leg& leg);

// `leg` is released: who rings beside it is cancelled, for the reason of `cause`, or because it is over.
void EndBeside(Context& context, Leg& leg, const sip::Message* cause);

// The answers to who rings beside `leg` are nobody's INVITE's any more.
void UncarryBeside(Context& context, const Leg& leg);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_BRANCHES_BRANCHES_H_
