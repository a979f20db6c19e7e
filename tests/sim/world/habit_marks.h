// What phones and gateways have done beyond plain calls in one run, as marks (coverage.h).
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_HABIT_MARKS_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_HABIT_MARKS_H_

#include "tests/sim/agents/workload.h"
#include "tests/sim/coverage.h"

namespace understudy::sim {

// Once, at the end.
void HitHabitMarks(const Workload& workload, Marks* marks);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_HABIT_MARKS_H_
