// What the SIP side tells the CTI side about legs: the one way in which parties and T-events come about.
//
// When a notice comes, the leg's row, its call's and its peer's are up to date, and stay until it returns. Only
// CommandDone may ask for more (engine/leg_commands.h), and removes no leg; the others change none. What follows from
// them is done when the entry is almost over (settle_calls.h).
//
//   phone A calls B      LegDialing(A), LegAlerting(B), LegAnswered(B)
//   a client lets A call engine/leg_commands.h: ThirdPartyCall; when A has answered LegDialing(A), and so on
//   B hangs up           LegReleased(B, 0, kParty), LegReleased(A, 0, kPeer)
//   B refuses            LegReleased(B, 486, kParty), LegReleased(A, 486, kPeer)
//   nobody answers       LegReleased(A, 480, kServer), LegReleased(B, 480, kServer), in any order
//   A gives up           LegReleased(A, 487, kParty), LegReleased(B, 487, kPeer)
#ifndef UNDERSTUDY_ENGINE_CTI_CALL_NOTICES_H_
#define UNDERSTUDY_ENGINE_CTI_CALL_NOTICES_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/leg.h"

namespace understudy::engine {

// Who ended a leg.
enum class LegEnd : uint8_t {
  kParty = 0,   // its own phone: BYE, CANCEL, or a final response that refuses
  kPeer = 1,    // the leg that it talked to, or waited for, has ended
  kServer = 2,  // we: a timer, a failure, a client's request
};

// The party of `leg` calls `dialled`: its INVITE has come, or it has answered ours. leg.peer is the leg towards the
// destination. The first notice of a call that a phone begins.
void LegDialing(Context& context, Leg& leg, absl::string_view dialled);

// The leg goes through another Trunk now, and its party is who it was: nobody hears of it.
void LegRerouted(Context& context, const Leg& leg);

// The destination's first 101 to 199, which is `status`.
void LegAlerting(Context& context, Leg& leg, int status);

// The destination's 2xx. Its peer is answered, too, from here on.
void LegAnswered(Context& context, Leg& leg);

// Once for each leg, in every phase. `status`: the final response that says why, or stands for it; 0: none does, BYE.
void LegReleased(Context& context, Leg& leg, int status, LegEnd by);

// The phone of `leg` has put its peer on hold by itself (re-INVITE or UPDATE with sendonly, inactive or 0.0.0.0), or
// has taken it back, and the peer has agreed.
void LegHeld(Context& context, Leg& leg);
void LegRetrieved(Context& context, Leg& leg);

// `command` on `leg` has come to its end. `status`: 2xx done; anything else says why not, and the leg is as it was.
void CommandDone(Context& context, Leg& leg, LegCommand command, int status);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_CALL_NOTICES_H_
