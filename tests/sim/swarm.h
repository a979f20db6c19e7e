// Draws plans. Each run has only some kinds of faults, and some of them hot: a run with everything on at once would
// never get far into anything (swarm testing). What is drawn for one kind does not depend on the others.
//
//   Plan plan = DrawPlan(17);
//
// Every plan has at least kRoleChanges faults that change roles when the pair is ready for it, whatever else happens;
// faults end before the quiet end. No state, no clock.
#ifndef UNDERSTUDY_TESTS_SIM_SWARM_H_
#define UNDERSTUDY_TESTS_SIM_SWARM_H_

#include <cstdint>

#include "tests/sim/fault_plan.h"

namespace understudy::sim {

inline constexpr int kRoleChanges = 2;
// INVITE calls that are answered, or refused, in every run whose plan has as many.
inline constexpr uint32_t kCalls = 100;

// The same seed, the same plan, on every machine. CheckPlan(plan) is OK.
Plan DrawPlan(uint64_t seed);
// The same, and a strict plan has one of the combinations (combinations.h) on top.
Plan DrawCombinedPlan(uint64_t seed);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_SWARM_H_
