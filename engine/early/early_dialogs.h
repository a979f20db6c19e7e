// Every early dialog of who is called is one of the caller's own (RFC 3261 12.1, 13.2.2.4): of each phone that rings
// beside others, and of each that somebody behind a Trunk has forked to.
//
//   asking   the leg whose INVITE is not answered
//   giver    a leg that it has been carried to; of a fork several of its remote tags
//
// A To tag of the asking leg's stands for a giver and a remote tag. Both legs are in the pair of which a message came
// last, and all else works on what it finds in the leg: dialog, RSeq, PRACK, UPDATE, session. What is of the other
// pairs is kept aside (Leg::early). An answer takes its pair; the others are over. A pair that the giver has ended
// before that stays there as a mark.
#ifndef UNDERSTUDY_ENGINE_EARLY_EARLY_DIALOGS_H_
#define UNDERSTUDY_ENGINE_EARLY_EARLY_DIALOGS_H_

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/input.h"
#include "engine/leg.h"

namespace understudy::engine {

// Whether the caller wants to be told of early dialogs that are over: 199 (RFC 6228), which we send unreliably only.
bool Hears199(const sip::Message& invite);

// The leg whose INVITE, received in the transaction `relay`, is not answered; nullptr: nobody waits.
Leg* AskingOf(Context& context, TransactionId relay);

// A response with that To tag has come by `giver`, or something else in that dialog: both legs are in it afterwards.
void EnterEarlyDialog(Context& context, Leg& asking, Leg& giver, absl::string_view tag);
// The same for a request with these tags that has come on `leg`.
void EnterDialogOf(Context& context, Leg& leg, absl::string_view our_tag, absl::string_view their_tag);
// The same for an UPDATE that `leg` has received or sent.
void EnterDialogOf(Context& context, Leg& leg, TransactionId update);

// The early dialogs that `giver` has given are over, or all (none): `status` says why; 0: unknown. The caller hears
// 199.
void LoseEarlyDialogs(Context& context, Leg& asking, LegId giver, int status);
// The one that `asking` is in is over. kTold: it hears so by 199, if it wants to; kUntold: it knows, or wants no 199.
enum class Loss : uint8_t { kUntold, kTold };
void LoseEarlyDialog(Context& context, Leg& asking, Loss loss);
// The INVITE is answered in the dialog that the leg is in.
void LoseOthers(Context& context, Leg& leg);
// The INVITE has failed, or the leg goes.
void ForgetEarlyDialogs(Context& context, Leg& leg);

// Whether the leg has an early dialog beside the one that it is in.
bool HasOthers(const Leg& leg);

// A BYE from the caller, or, against section 15, from who is called, ends the early dialog that it is in; where there
// are others the INVITE goes on. False: there are none.
bool EndsOneEarlyDialog(Context& context, Leg& leg, const SipReceived& bye);
// A request in a dialog that is lost: a PRACK that was on its way is answered, all else refused. False: it is in none.
bool AnswersForLost(Context& context, Leg& leg, const SipReceived& request);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EARLY_EARLY_DIALOGS_H_
