#include "tests/sim/world/engine_clock_audit.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/state.h"

namespace understudy::sim {

// Engine time that is behind has lost nothing, and the next one to serve may know better.
std::string EngineClockAudit::OnServing(size_t machine, Duration now) {
  const engine::State& state = (*machines_)[machine]->core()->state();
  const Duration offset = (state.engine_time - EngineTime()) - now;
  ahead_ = offset - furthest_.value_or(offset);
  furthest_ = std::max(offset, furthest_.value_or(offset));
  first_of_reign_[machine] = state.lsn;
  if (!rule_.IsWrong(machine, ahead_)) return "";
  return absl::StrCat((*machines_)[machine]->name(), " begins to serve, and of ", ahead_.milliseconds(),
                      " ms of engine time that have passed nothing else knows");
}

}  // namespace understudy::sim
