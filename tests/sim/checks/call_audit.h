// Whether the server and the agents believe in the same calls and registrations, within bounds: a call that a party
// holds for established is in the server's state, and so is a confirmed registration; a call in the server's state is
// somebody's, unless both its parties have left that very call without a word that was heard (CallBook::IsAbandoned).
//
//   CallAudit audit;
//   const std::string wrong = audit.Run(core.state(), workload, now, now - served_since);     // "": nothing is
//
// Of a state that serves. Pure but for its memory of when a call was first found to be nobody's.
#ifndef UNDERSTUDY_TESTS_SIM_CHECKS_CALL_AUDIT_H_
#define UNDERSTUDY_TESTS_SIM_CHECKS_CALL_AUDIT_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "base/time.h"
#include "engine/ids.h"
#include "engine/state.h"
#include "tests/sim/agents/workload.h"

namespace understudy::sim {

class CallAudit {
 public:
  // A call may be nobody's for so long: what ends it, an unanswered BYE or a session whose ACK never came, takes 32 s
  // of the transaction clock, which stands still while nobody serves.
  static constexpr Duration kNobodys = Duration::Seconds(75);
  // What a note of when somebody served may be off by, and a wall clock that nobody has stepped: engine time may be
  // ahead of time by that.
  static constexpr Duration kClockSlack = Duration::Milliseconds(400);

  // `served`: how long since the last time of which it is not certain that somebody served.
  std::string Run(const engine::State& state, const Workload& workload, Duration now, Duration served);
  // After everything was hung up and every bound has passed: there is nothing left.
  static std::string AtEnd(const engine::State& state, const Workload& workload, Duration now);
  // A lamp that says that its number is in a call, long after there was one.
  static std::string LitForNothing(const engine::State& state, const Workload& workload);

 private:
  struct Doubt {
    Duration since;
    uint64_t seen = 0;  // by which run
  };

  std::string CallLost(const engine::State& state, const Workload& workload, Duration now, Duration served);
  std::string CallOfNobody(const engine::State& state, const Workload& workload, Duration now);

  std::set<engine::CallId> somebodys_;
  std::map<engine::CallId, Doubt> nobodys_;
  uint64_t runs_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CHECKS_CALL_AUDIT_H_
