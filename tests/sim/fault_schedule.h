// Says when each fault of a plan begins, and whom it strikes. What it does to them is the world's matter.
//
//   FaultSchedule faults(&plan);
//   events.At(*faults.NextAt(now), ...);                   // by time
//   if (!faults.Armed(now).empty()) -> Situation now, with at least these conditions looked at
//   for (const Strike& strike : faults.Take(now, situation)) ...
//
// Keeps a pointer to the plan, which outlives it. No chance of its own.
#ifndef UNDERSTUDY_TESTS_SIM_FAULT_SCHEDULE_H_
#define UNDERSTUDY_TESTS_SIM_FAULT_SCHEDULE_H_

#include <cstddef>
#include <vector>

#include "absl/types/optional.h"
#include "base/time.h"
#include "replication/register.h"
#include "tests/sim/fault.h"
#include "tests/sim/fault_plan.h"

namespace understudy::sim {

inline constexpr int kNodes = 2;  // a, b

struct Situation {
  Triggers at[kNodes];  // which conditions hold; those of the pair at either
  int primary = 0;      // by the register, dead or alive; 0 as long as it is blank
};

struct Strike {
  const Fault* fault = nullptr;
  bool struck[kNodes] = {};  // of a path: the node that sends
};

class FaultSchedule {
 public:
  explicit FaultSchedule(const Plan* plan);

  // The next time at which a fault begins, or begins to wait for its condition; nullopt: none will.
  absl::optional<Duration> NextAt(Duration now) const;
  // The conditions that faults wait for at this time: others need not be looked at.
  Triggers Armed(Duration now) const;
  // What begins now; each fault once. A condition that has not held by the end of the faults is given up; of a fault
  // that changes roles, by the quiet end.
  std::vector<Strike> Take(Duration now, const Situation& situation);
  // What begins at this change of `node`'s files, within what `when` says: at most one. Not within what a log's change
  // does is what would change the logs (`log`): it begins with the next change.
  absl::optional<Strike> TakeWithin(Duration now, Trigger when, int node, int primary, bool log);
  // Begun by Take, or given up.
  size_t done() const { return done_; }

 private:
  enum class Phase : uint8_t { kWaiting, kDelayed, kDone };
  struct Pending {
    const Fault* fault;
    Phase phase = Phase::kWaiting;
    Duration due;         // kDelayed: begins then
    uint64_t passed = 0;  // changes within what it waits for
  };

  bool Expired(const Fault& fault, Duration now) const;

  const Plan* plan_;
  std::vector<Pending> pending_;
  size_t first_ = 0;  // those before are done
  size_t done_ = 0;
};

// What is left of what was released, as the world knows it.
struct Copy {
  bool member = false;   // the register names its store
  bool only = false;     // and no other
  bool running = false;  // as the incarnation that is named, and no fault that will end it is at work
  bool whole = false;    // nothing has harmed its disk since the store was made
  bool ending = false;   // was asked to end: until it does it may become the only member, or make itself that
};

// False: the strike might take the last copy. Then a strict run passes it over, and counts it as spared.
bool LeavesACopy(replication::CommitMode mode, const Copy (&copies)[kNodes], const Strike& strike);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_FAULT_SCHEDULE_H_
