// Which of a leg's early dialogs a message is in, and who is on the other side there. Pure.
#ifndef UNDERSTUDY_ENGINE_EARLY_EARLY_LOOKUP_H_
#define UNDERSTUDY_ENGINE_EARLY_EARLY_LOOKUP_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "engine/leg.h"
#include "engine/state.h"

namespace understudy::engine {

// Those of one INVITE, the lost ones included. Of who forks further only a final response is heard.
inline constexpr size_t kMostEarlyDialogs = 32;

// The dialog of these tags that the leg has beside the one that it is in; nullptr: it has none.
const EarlyDialog* FindOther(const Leg& leg, absl::string_view our_tag, absl::string_view their_tag);

// Whether the leg has a dialog of these tags.
bool HasDialog(const Leg& leg, absl::string_view our_tag, absl::string_view their_tag);

// Whether who is called has said, in the dialog of that remote tag, that it is over: what comes late goes unheard.
bool IsLost(const Leg& giver, absl::string_view their_tag);

// Whether a response to the INVITE of `asking` would make one early dialog more than are kept.
bool IsOneTooMany(const Leg& asking, const Leg& giver, absl::string_view their_tag);

// The RSeq received last in the dialog of that remote tag (RFC 3262 section 4); 0: none.
uint32_t LastRseq(const Leg& leg, absl::string_view their_tag);

// Whose unanswered INVITE `leg` was called with; nullptr: one of our own, or it is over.
const Leg* CallerOf(const State& state, const Leg& leg);

// Who talks to `leg` in the dialog that it is in: its peer, and before the INVITE is answered whoever has given that
// early dialog, or asked for it.
const Leg* OtherSideOf(const State& state, const Leg& leg);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EARLY_EARLY_LOOKUP_H_
