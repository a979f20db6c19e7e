// Courses of faults that chance alone would draw once in many thousands of plans: each needs several of them in a row,
// at the right nodes and moments. Each is what a rule of the protocol is there for, and nothing but that rule helps.
//
//   for (const Fault& fault : DrawCombination(plan, &chance)) plan.faults.push_back(fault);   // then sort them by time
//
// simulate --combinations adds one to each strict plan. Values. What is drawn fits the plan: its commit mode, its
// patience, its end of the faults.
#ifndef UNDERSTUDY_TESTS_SIM_COMBINATIONS_H_
#define UNDERSTUDY_TESTS_SIM_COMBINATIONS_H_

#include <vector>

#include "tests/sim/fault.h"
#include "tests/sim/fault_plan.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

// One of them, by chance, at a time and with lengths of its own.
std::vector<Fault> DrawCombination(const Plan& plan, Chance* chance);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_COMBINATIONS_H_
