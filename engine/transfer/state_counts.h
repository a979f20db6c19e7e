// How many rows of each kind a state has: what two nodes compare, and people read, beside the digest.
#ifndef UNDERSTUDY_ENGINE_TRANSFER_STATE_COUNTS_H_
#define UNDERSTUDY_ENGINE_TRANSFER_STATE_COUNTS_H_

#include <cstdint>
#include <string>

#include "engine/state.h"

namespace understudy::engine {

struct StateCounts {
  uint64_t calls = 0;
  uint64_t bindings = 0;
  uint64_t transactions = 0;  // live and finished
  uint64_t timers = 0;
  uint64_t flows = 0;
  uint64_t dns = 0;
  uint64_t sessions = 0;  // of T-Library clients

  friend bool operator==(const StateCounts&, const StateCounts&) = default;
};

// Costs nothing: tables know their sizes.
StateCounts CountState(const State& state);

// "3 calls, 2 bindings, 7 transactions, 9 timers, 0 flows, 12 DNs, 0 sessions"
std::string ToText(const StateCounts& counts);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_TRANSFER_STATE_COUNTS_H_
