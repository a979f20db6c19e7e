#include "engine/state.h"

namespace understudy::engine {
namespace {

// Finished transactions may stay this much longer: their end is not worth an entry each.
constexpr Duration kExpirySlack = Duration::Seconds(1);

}  // namespace

absl::optional<EngineTime> State::NextDeadline() const {
  absl::optional<EngineTime> next = timers.NextDeadline();
  if (absl::optional<EngineTime> expiry = transactions.NextExpiry()) {
    const Duration unserved = engine_time - timers.TransactionTime(engine_time);
    const EngineTime due = *expiry + unserved + kExpirySlack;
    if (!next || due < *next) next = due;
  }
  return next;
}

}  // namespace understudy::engine
