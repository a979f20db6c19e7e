#include "engine/transfer/state_counts.h"

#include "absl/strings/str_cat.h"

namespace understudy::engine {

StateCounts CountState(const State& state) {
  StateCounts counts;
  counts.calls = state.calls.size();
  counts.bindings = state.registrar.bindings().size();
  counts.transactions =
      state.transactions.servers().size() + state.transactions.clients().size() + state.transactions.finished();
  counts.timers = state.timers.transaction_timers().size() + state.timers.engine_timers().size();
  counts.flows = state.flows.size();
  counts.dns = state.configuration.dns().size();
  counts.sessions = state.sessions.size();
  return counts;
}

std::string ToText(const StateCounts& counts) {
  return absl::StrCat(counts.calls, " calls, ", counts.bindings, " bindings, ", counts.transactions, " transactions, ",
                      counts.timers, " timers, ", counts.flows, " flows, ", counts.dns, " DNs, ", counts.sessions,
                      " sessions");
}

}  // namespace understudy::engine
