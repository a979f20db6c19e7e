// How the facts of a call change. Each change keeps the index (State::parties) and is told to those who monitor calls:
// the seven EventCall*. Where a party has gone or moved, legs follow when the entry is almost over (settle_calls.h).
//
// Pointers to parties are good until the next party comes or goes.
#ifndef UNDERSTUDY_ENGINE_CTI_CALL_CHANGES_H_
#define UNDERSTUDY_ENGINE_CTI_CALL_CHANGES_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "tlib/enums.h"
#include "tlib/key_value_list.h"

namespace understudy::engine {

// Between which DNs a call is, as this switch sees it: a Trunk is the world outside.
tlib::CallType CallTypeOf(const State& state, absl::string_view originator, absl::string_view destination);

// Gives the call its ConnID, which it must not have yet, and its CallUUID, unless it has it.
void BeginFacts(Context& context, Call& call, tlib::CallType type);

// The party of `leg`, which must be one of `call` and have none. `number`: of somebody beyond the Trunk leg.number; of
// a DN it is its own.
Party& AddParty(Context& context, Call& call, const Leg& leg, absl::string_view number, tlib::DNRole role);
void SetPartyState(Context& context, const Call& call, Party& party, tlib::PartyState state);
// The call is no client's any more when its last party has gone.
void RemoveParty(Context& context, Call& call, LegId leg);
// From one call to another, with its state; its number in the call (PartyID) is a new one.
Party& MoveParty(Context& context, Call& from, Call& to, LegId leg);
// False, and nothing changes: too much. Told to monitors; the parties are told by EventAttachedDataChanged.
bool ChangeUserData(Context& context, Call& call, const tlib::KeyValueList& data);

// The call that a client names; nullptr: there is none.
Call* FindCallByConnId(State& state, uint64_t conn_id);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_CALL_CHANGES_H_
