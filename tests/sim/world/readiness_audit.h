// Whether a node that says that it is ready for a failover is right: the other one has everything that has left, in
// mode durable on its disk, and is there. One that has gone is noticed within a silence that is taken for death, and a
// hold.
//
//   ReadinessAudit audit(plan.pair, world, &machines);
//   const std::string wrong = audit.Look(0, book);       // "": nothing is. After each turn of machine 0
//   const std::string wrong = audit.LookAtPeer(0);       // every now and then
//
// All outlive it. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_READINESS_AUDIT_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_READINESS_AUDIT_H_

#include <array>
#include <cstddef>
#include <string>

#include "absl/types/optional.h"
#include "base/time.h"
#include "replication/register.h"
#include "tests/sim/fault_plan.h"
#include "tests/sim/node/machine.h"
#include "tests/sim/release_book.h"
#include "tests/sim/world/situation.h"

namespace understudy::sim {

// How long one says without a break that it is ready while the other one is gone.
class ReadyAlone {
 public:
  static Duration Bound(const PairSettings& pair);

  explicit ReadyAlone(const PairSettings& pair) : bound_(Bound(pair)) {}

  // Since when, once that is longer than may be.
  absl::optional<Duration> Look(bool ready, bool gone, Duration now);

 private:
  Duration bound_;
  absl::optional<Duration> since_;
};

class ReadinessAudit {
 public:
  ReadinessAudit(const PairSettings& pair, const MachineWorld& world, const Machines* machines)
      : mode_(pair.mode), world_(world), machines_(machines), alone_{ReadyAlone(pair), ReadyAlone(pair)} {}

  std::string Look(size_t machine, const ReleaseBook& book) const;
  std::string LookAtPeer(size_t machine);

 private:
  bool IsGone(size_t machine) const;

  const replication::CommitMode mode_;
  const MachineWorld world_;
  const Machines* const machines_;
  std::array<ReadyAlone, kNodes> alone_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_READINESS_AUDIT_H_
