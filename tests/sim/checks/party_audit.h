// Whether what clients know of calls and what phones know of them are the same calls: each party has a leg that lives,
// in its call; each leg that lives in a call that clients know of has a party there, unless it has handed that call
// over and is to hang up; a DN is in a call once; a call that is known has parties, and is found by its ConnID.
//
//   const std::string wrong = AuditParties(core.state());     // "": nothing is
//
// Looks at every call. Pure.
#ifndef UNDERSTUDY_TESTS_SIM_CHECKS_PARTY_AUDIT_H_
#define UNDERSTUDY_TESTS_SIM_CHECKS_PARTY_AUDIT_H_

#include <string>

#include "engine/state.h"

namespace understudy::sim {

// Of a state between two entries.
std::string AuditParties(const engine::State& state);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CHECKS_PARTY_AUDIT_H_
