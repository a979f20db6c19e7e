// Makes a failing plan small: fewer faults, fewer calls, shorter faults, ordinary options, as long as the same check
// fails (of crashes: with the same words).
//
//   Shrunk shrunk = Shrink(plan, violation, [](const Plan& p) { return RunApart(p, ...).violation; }, 400);
//
// Deterministic if the trial is. The order: the shortest prefix of the faults, by bisection; single faults and groups
// of them (delta debugging); calls, by bisection; durations and delays; options; the run's length.
#ifndef UNDERSTUDY_TESTS_SIM_CAMPAIGN_SHRINK_H_
#define UNDERSTUDY_TESTS_SIM_CAMPAIGN_SHRINK_H_

#include <functional>

#include "tests/sim/fault_plan.h"
#include "tests/sim/run.h"

namespace understudy::sim {

using Trial = std::function<Violation(const Plan&)>;

struct Shrunk {
  Plan plan;
  Violation violation;  // of that plan
  int runs = 0;         // that it took
};

// `seen`: what `plan` fails with. At most `most_runs` trials; with none, it is `plan` itself.
Shrunk Shrink(const Plan& plan, const Violation& seen, const Trial& trial, int most_runs);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CAMPAIGN_SHRINK_H_
