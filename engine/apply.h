// The engine: a pure and total function of state and entry.
//
//   State state;
//   Effects effects;
//   Apply(&state, entry, &effects);   // effects.list may leave once the entry is committed
#ifndef UNDERSTUDY_ENGINE_APPLY_H_
#define UNDERSTUDY_ENGINE_APPLY_H_

#include "engine/effect.h"
#include "engine/input.h"
#include "engine/state.h"

namespace understudy::engine {

// Fires the timers that are due at the entry's engine time, then handles its input. `entry.lsn` follows the state's
// and `entry.engine_time` is not below it (CHECKed). `effects` is cleared first.
void Apply(State* state, const Entry& entry, Effects* effects);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_APPLY_H_
