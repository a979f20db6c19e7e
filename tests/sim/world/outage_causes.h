// Until when a pair may serve nobody, by the faults that have struck it.
//
//   OutageCauses causes(plan.pair);
//   causes.Strike(fault, both, PairWas::kReady, now);  // as faults begin
//   causes.Add(until);                                 // another cause
//   if (nobody_serves && now > causes.MayLastUntil()) ...
//
// The rule: faults that can stop the service may do so while they last. One that strikes a pair that is ready, and
// leaves a node, the link or the witness alone, costs no more than a failover, however long it lasts; unless another
// one comes while it lasts, or a failover does not help against it (a slow disk or link, phones cut off, the network of
// the only host gone, the witness gone while a switchover is under way). From the end of all that, the service is there
// within `Bound`. Values.
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_OUTAGE_CAUSES_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_OUTAGE_CAUSES_H_

#include <algorithm>
#include <cstdint>

#include "base/time.h"
#include "tests/sim/fault.h"
#include "tests/sim/fault_plan.h"

namespace understudy::sim {

// What a fault strikes.
enum class PairWas : uint8_t {
  kNotReady = 0,
  kReady,
  kHandingOver,  // ready, and input is stopped for a switchover: who serves then only the witness can tell
};

class OutageCauses {
 public:
  explicit OutageCauses(const PairSettings& pair)
      : bound_(Bound(pair)), suspect_(pair.suspect), one_host_(pair.socket_holder) {}

  // A silence is taken for death, effects are held, a process starts and reads its journal, the witness is asked.
  static Duration Bound(const PairSettings& pair);
  // Whether a fault of that kind can stop the service at all, be it together with another one.
  static bool CanStop(FaultKind kind);

  // `both`: it strikes both nodes; `was`: the pair, just before.
  void Strike(const Fault& fault, bool both, PairWas was, Duration now);
  void Add(Duration until);
  // A node is gone until then, which alone stops nothing: one that was asked to end takes its time before it does. What
  // has struck the pair meanwhile strikes one that is not whole.
  void Away(Duration until);

  Duration MayLastUntil() const { return at_work_until_ + bound_; }
  Duration at_work_until() const { return at_work_until_; }

 private:
  Duration bound_;
  Duration suspect_;
  bool one_host_;
  Duration at_work_until_;  // what may stop the service by itself
  Duration
      single_until_;   // what may do so together with another one only: of the link, until a silence has been noticed
  Duration asked_at_;  // when a node was asked to end
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_OUTAGE_CAUSES_H_
