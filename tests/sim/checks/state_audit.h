// Whether an engine's state is whole in itself: every timer that a row waits for, or must wait for as it stands, runs,
// as what it is, and comes no later than it can have been set for; every timer that runs is of some row; none is due;
// rows name rows that are there, and have something that ends them. What a snapshot, a transfer or a replay has lost
// shows here.
//
//   const std::string wrong = AuditState(core.state());     // "": nothing is
//
// Looks at every row. Pure.
#ifndef UNDERSTUDY_TESTS_SIM_CHECKS_STATE_AUDIT_H_
#define UNDERSTUDY_TESTS_SIM_CHECKS_STATE_AUDIT_H_

#include <string>

#include "engine/state.h"

namespace understudy::sim {

// Of a state between two entries.
std::string AuditState(const engine::State& state);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CHECKS_STATE_AUDIT_H_
