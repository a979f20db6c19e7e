// What goes on in the pair at this moment, as conditions that faults wait for.
//
//   Situation now = Look(machines, reg, armed);      // the conditions of `armed` are right, others may be missing
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_SITUATION_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_SITUATION_H_

#include <array>
#include <memory>

#include "tests/sim/fault.h"
#include "tests/sim/fault_schedule.h"
#include "tests/sim/node/machine.h"
#include "tests/sim/sim_witness.h"

namespace understudy::sim {

using Machines = std::array<std::unique_ptr<Machine>, kNodes>;

// The machine of the register's primary, dead or alive; before the first, 0.
int PrimaryByRegister(const Machines& machines, const SimRegister& reg);

Situation Look(const Machines& machines, const SimRegister& reg, Triggers armed);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_SITUATION_H_
