#include "engine/state.h"

#include "base/check.h"

namespace understudy::engine {
namespace {

// Finished transactions may stay this much longer: their end is not worth an entry each.
constexpr Duration kExpirySlack = Duration::Seconds(1);

}  // namespace

Call& State::CallOf(const Leg& leg) {
  Call* call = calls.Find(leg.call);
  US_CHECK(call != nullptr);
  return *call;
}

const Leg* State::LegAt(const Call& call, size_t place) const {
  return place < call.legs.size() ? legs.Find(call.legs[place]) : nullptr;
}

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
