// Session timers of our own (RFC 4028): the agreement of each leg, written into what it is sent and read out of what it
// says; our refreshes; and the end of a session that nobody refreshes.
//
//   phone   INVITE, Session-Expires   ReadAskedOf          2xx with WriteAgreed
//   we      INVITE with WriteAsked    2xx: TakeAgreed      422: AskLonger sends it once more
//
// A refresh of ours is an UPDATE without a body where the phone takes that, otherwise a re-INVITE with the session that
// it has been told last, byte by byte: nothing of the session changes. While both legs have no agreement of ours the
// parties may have one from end to end (engine/session_timer.cc).
#ifndef UNDERSTUDY_ENGINE_SESSION_SESSION_REFRESH_H_
#define UNDERSTUDY_ENGINE_SESSION_SESSION_REFRESH_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "engine/carried_headers.h"
#include "engine/context.h"
#include "engine/input.h"
#include "sip/writer.h"

namespace understudy::engine {

// Whether the leg agrees with us, and not with its peer.
bool HasOwnTimer(const State& state, const Leg& leg);
// Of what goes between the leg and its peer.
Timers TimersBetween(const State& state, const Leg& leg);

// The Min-SE of the 422 that an INVITE or UPDATE of that DN gets; 0: none.
uint32_t RefusedIntervalOf(const State& state, absl::string_view number, const sip::Message& request);

// Notes what an INVITE or UPDATE of the party asks for.
void ReadAskedOf(Context& context, Leg& leg, const sip::Message& request);
// Writes our agreement into the 2xx to it, and lets it begin.
void WriteAgreed(Context& context, Leg& leg, sip::MessageWriter* writer);

// Writes what we ask for into an INVITE or UPDATE of ours.
void WriteAsked(Context& context, Leg& leg, sip::MessageWriter* writer);
// Takes what the 2xx to it says.
void TakeAgreed(Context& context, Leg& leg, const sip::Message& answer);
// 422 to it: sends the same once more, for as long as its UAS wants. False: that is no way on.
bool AskLonger(Context& context, const ClientTransaction& ended, const SipReceived* response);

// An answer of ours says nothing of an interval that was too small for one of our agreements: it is nobody else's.
bool IsOfOwnTimer(const State& state, const ClientTransaction& ended);

// Whether an UPDATE of ours is under way on that leg: what is sent after it must not overtake it.
bool IsRefreshing(const State& state, const Leg& leg);

// A message of ours with a session description that the party has taken.
void NoteTold(Leg& leg, absl::string_view text);

void OnSessionRefreshTimer(Context& context, const Timer& timer);
// The final response to a refresh of ours.
void OnRefreshFinal(Context& context, Leg& leg, const ClientTransaction& ended, int status,
                    const SipReceived* response);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_SESSION_SESSION_REFRESH_H_
