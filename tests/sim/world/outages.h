// Whether somebody serves the phones, and whether nobody does without a reason: service must be there again within a
// stated bound after the last fault that can stop it, and nothing but a fault stops it.
//
//   Outages outages(&plan.pair, world, &machines, &workload.book());
//   outages.OnStrike(strike);            // a fault begins
//   outages.OnCause(now);                // something else that may stop the service: a process that ended by itself
//   if (!outages.Look().empty()) ...     // after anything that may begin or end the service, and every now and then
//   outages.serving();  outages.since();
//
// The book learns of each outage, for what it excuses. One thread; all outlive it.
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_OUTAGES_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_OUTAGES_H_

#include <string>

#include "base/time.h"
#include "tests/sim/agents/call_book.h"
#include "tests/sim/fault_plan.h"
#include "tests/sim/fault_schedule.h"
#include "tests/sim/node/machine.h"
#include "tests/sim/world/outage_causes.h"
#include "tests/sim/world/situation.h"

namespace understudy::sim {

class Outages {
 public:
  Outages(const PairSettings* pair, const MachineWorld& world, const Machines* machines, CallBook* book)
      : world_(world), machines_(machines), book_(book), causes_(*pair) {}

  void OnStrike(const Strike& strike);
  // Until then, and for what comes after.
  void OnCause(Duration until) { causes_.Add(until); }
  // A node that ended as it was asked to.
  void OnAway(Duration until) { causes_.Away(until); }

  // What must not be, or "".
  std::string Look();

  // nullptr: nobody does.
  const Machine* serving() const;
  // For how long somebody has, or nobody.
  Duration since() const { return now() - since_; }

 private:
  bool Serves(const Machine& machine) const;
  PairWas Pair() const;
  Duration now() const { return world_.events->now(); }

  const MachineWorld world_;
  const Machines* const machines_;
  CallBook* const book_;
  OutageCauses causes_;
  bool up_ = true;
  Duration since_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_OUTAGES_H_
