// A world for tests of what runs worlds: it does nothing but say what its plan says, and fails when it is told to.
//
//   FakeRules rules;
//   rules.violates = [](const Plan& plan) { return plan.workload.calls >= 7; };
//   RunWorld run = FakeRun(rules);
#ifndef UNDERSTUDY_TESTS_SIM_CAMPAIGN_FAKE_WORLD_H_
#define UNDERSTUDY_TESTS_SIM_CAMPAIGN_FAKE_WORLD_H_

#include <functional>

#include "tests/sim/campaign/apart.h"
#include "tests/sim/fault_plan.h"

namespace understudy::sim {

struct FakeRules {
  using Rule = std::function<bool(const Plan&)>;
  Rule violates;  // null: never
  Rule crashes;   // a CHECK fails
  Rule loops;     // without end
  Rule varies;    // the digest is another one each time
  Rule is_poor;   // too few calls
  bool reaches_all_marks = true;
};
RunWorld FakeRun(const FakeRules& rules);

// How many of the plan's faults are of the kind.
int Count(const Plan& plan, FaultKind kind);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CAMPAIGN_FAKE_WORLD_H_
