// Notices the rare things that a simulated world has come to, and hits their marks (coverage.h): those that no line of
// a node's log says.
//
//   Landmarks landmarks(world, &machines, &marks);
//   landmarks.OnTurn(0); ...                      // as things happen
//
// One thread.
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_LANDMARKS_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_LANDMARKS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>

#include "absl/status/status.h"
#include "base/ids.h"
#include "daemon/log/log.h"
#include "replication/register.h"
#include "tests/sim/coverage.h"
#include "tests/sim/fault.h"
#include "tests/sim/fault_schedule.h"
#include "tests/sim/node/machine.h"
#include "tests/sim/sim_witness.h"
#include "tests/sim/world/situation.h"

namespace understudy::sim {

class Landmarks {
 public:
  // All outlive it.
  Landmarks(const MachineWorld& world, const Machines* machines, Marks* marks)
      : world_(world), machines_(machines), marks_(marks) {}

  void OnServing(size_t machine);
  void OnLog(size_t machine, const log::LogEvent& event);
  void OnTurn(size_t machine);
  void OnQuestion(const replication::RegisterRequest* request, WitnessFate fate, bool granted);
  void OnWitnessStarted();
  // Before a fault begins at one of the machines it strikes.
  void BeforeFault(const Fault& fault, const Machine& machine);
  void AfterFault(const Fault& fault);
  // The process has ended by itself; `asked`: as it was asked to.
  void OnEnded(size_t machine, bool asked, const absl::Status& why);

 private:
  // Of one process of a machine.
  struct Life {
    uint64_t start = 0;
    bool looked = false;
    uint64_t too_old = 0;
    bool transfer_broken = false;
    bool filled = false;  // by the peer's state
  };

  void LookAtStart(const Machine& machine);
  void LookAtLink();
  void Died(const Machine& machine);

  const MachineWorld world_;
  const Machines* const machines_;
  Marks* const marks_;
  std::array<Life, kNodes> lives_;
  std::array<int, kNodes> refilled_{};
  std::array<bool, kNodes> ready_killed_{};
  std::array<bool, kNodes> stopped_serving_{};
  std::array<bool, kNodes> primary_asked_{};  // to end
  std::array<Duration, kNodes> lost_power_{Duration::Seconds(-9), Duration::Seconds(-9)};
  uint64_t half_open_ = 0;  // of the link's counts: seen
  uint64_t swizzled_ = 0;
  std::set<Epoch> served_;
  size_t histories_seen_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_LANDMARKS_H_
