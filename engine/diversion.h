// Who has sent a call on (Diversion, RFC 5806): DNs that forward their calls, and the one that it rang at when a client
// redirected it. The last one comes first, and those that the INVITE of before has named follow.
//
//   Diversion: <sip:1002@192.0.2.10:5060>;reason=unconditional, <sip:1001@192.0.2.10:5060>;reason=deflection
//
// Whoever is called instead, a voicemail server or a carrier, learns so for whom the call was. What a caller says of
// diversions of its own is carried as it is, behind ours. A call that is redirected again and again names ten, of 2,048
// octets together and 512 each: the newest, and the oldest, who was called.
#ifndef UNDERSTUDY_ENGINE_DIVERSION_H_
#define UNDERSTUDY_ENGINE_DIVERSION_H_

#include "engine/dial_plan.h"
#include "engine/leg.h"
#include "engine/state.h"
#include "sip/writer.h"

namespace understudy::engine {

// Notes by whom the call of `leg` has come to its destination, for the INVITE that it is to be sent.
void NoteForwards(const State& state, const Destination& destination, Leg* leg);
// The same where it takes the place of `alerting`, after NoteForwards.
void NoteDeflection(const State& state, const Leg& alerting, Leg* leg);

// Writes what was noted into that INVITE, once.
void WriteDiversion(Leg& leg, sip::MessageWriter* writer);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_DIVERSION_H_
