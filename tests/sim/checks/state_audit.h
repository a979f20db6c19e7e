// Whether an engine's state is whole in itself: every timer that a row waits for runs, and every timer that runs is of
// some row; rows name rows that are there. What a snapshot, a transfer or a replay has lost shows here.
//
//   const std::string wrong = AuditState(core.state());     // "": nothing is
//
// Looks at every row. Pure.
#ifndef UNDERSTUDY_TESTS_SIM_CHECKS_STATE_AUDIT_H_
#define UNDERSTUDY_TESTS_SIM_CHECKS_STATE_AUDIT_H_

#include <string>

#include "engine/state.h"

namespace understudy::sim {

std::string AuditState(const engine::State& state);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CHECKS_STATE_AUDIT_H_
