// A party that refreshes its session (RFC 4028) while nobody can answer for its peer: the further members of a
// conference have none, and who is being transferred waits for one that rings. Its session goes on as it is.
#ifndef UNDERSTUDY_ENGINE_SESSION_LONE_REFRESH_H_
#define UNDERSTUDY_ENGINE_SESSION_LONE_REFRESH_H_

#include "engine/context.h"
#include "engine/input.h"
#include "engine/leg.h"

namespace understudy::engine {

// Whether that re-INVITE or UPDATE is one. `peer`: who would answer it; nullptr: nobody is there.
bool RefreshesAlone(const Leg& leg, const Leg* peer, const sip::Message& request);

// Answers it: what the party said before is answered as before, anything else by the same on hold.
void AnswerRefresh(Context& context, Leg& leg, const SipReceived& request);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_SESSION_LONE_REFRESH_H_
