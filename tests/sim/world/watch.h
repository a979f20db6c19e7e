// Looks at a simulated world after every step and says what must not be: the checks of fault.h. What a class of runs
// relaxes (kRelaxations) is looked at and not said.
//
//   Watch watch(&plan, world, &machines, &workload, &clientele);
//   watch.OnTurn(0);  watch.OnReleased(0, lsn, effect); ...       // as things happen
//   watch.NoteService();                                         // after anything that may begin or end the service
//   watch.Tick();                                                // every kTick: what looks at whole states
//   watch.AtEnd();
//   if (watch.violation().found()) ...
//
// One thread.
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_WATCH_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/time.h"
#include "daemon/log/log.h"
#include "daemon/net/traffic.h"
#include "engine/effect.h"
#include "journal/batch.h"
#include "journal/log_store.h"
#include "tests/sim/agents/workload.h"
#include "tests/sim/checks/call_audit.h"
#include "tests/sim/checks/digest_audit.h"
#include "tests/sim/clients/clientele.h"
#include "tests/sim/coverage.h"
#include "tests/sim/fault.h"
#include "tests/sim/fault_plan.h"
#include "tests/sim/fault_schedule.h"
#include "tests/sim/node/machine.h"
#include "tests/sim/release_book.h"
#include "tests/sim/run.h"
#include "tests/sim/world/client_audit.h"
#include "tests/sim/world/disk_harm.h"
#include "tests/sim/world/engine_clock_audit.h"
#include "tests/sim/world/landmarks.h"
#include "tests/sim/world/memory_audit.h"
#include "tests/sim/world/outages.h"
#include "tests/sim/world/readiness_audit.h"
#include "tests/sim/world/release_audit.h"
#include "tests/sim/world/situation.h"

namespace understudy::sim {

class Watch {
 public:
  static constexpr Duration kTick = Duration::Milliseconds(500);

  // All outlive it.
  Watch(const Plan* plan, const MachineWorld& world, const Machines* machines, Workload* workload,
        Clientele* clientele);

  // ---- What happens on a machine: MachineWatcher.
  void OnJournal(size_t machine, const journal::LogStore& log);
  void OnBatch(size_t machine, const journal::EncodedBatch& batch) { releases_.OnBatch(machine, batch); }
  void OnServing(size_t machine);
  void OnReleased(size_t machine, Lsn lsn, const engine::Effect& effect);
  void OnLeaving(size_t machine, const net::Outgoing& outgoing) { releases_.OnLeaving(machine, outgoing); }
  void OnLog(size_t machine, const log::LogEvent& event, absl::string_view line);
  void OnTurn(size_t machine);
  void OnEnded(size_t machine, const absl::Status& why);
  // It has another value.
  void OnRegister() { releases_.OnRegister(); }

  // What was stored on that machine's disk is not what was written; until its journal begins anew.
  void NoteHarm(size_t machine) { harm_.NoteHarm(machine); }
  // After a power loss the wall clocks alone say how long a node was away and how old something is (EngineClockAudit).
  void NoteClockStep() { engine_clock_.NoteClockStep(); }
  void NotePowerLoss(size_t machine) { engine_clock_.NotePowerLoss(machine); }
  void NoteForce() { releases_.NoteForce(); }
  bool harmed(size_t machine) const { return harm_.harmed(machine); }

  // Faults, and whatever else may stop the service.
  void NoteStrike(const Strike& strike) { outages_.OnStrike(strike); }
  void NoteCause(Duration until) { outages_.OnCause(until); }
  void NoteAway(Duration until) { outages_.OnAway(until); }
  void NoteService();
  void Tick();
  // There is a pair that stands at one lsn, it serves, and nobody has a call.
  bool IsQuiet() const;
  void AtEnd();
  // Said by the world or an agent.
  void Violated(Check check, std::string text);

  const Violation& violation() const { return violation_; }
  const ReleaseBook& book() const { return releases_.book(); }
  const Marks& marks() const { return marks_; }
  Landmarks& landmarks() { return landmarks_; }
  uint64_t role_changes() const { return role_changes_; }
  uint64_t epochs() const { return epochs_; }
  uint64_t acknowledgements() const { return clients_.acknowledgements(); }

 private:
  void CheckStates();
  void CheckDeadline(const Machine& machine);
  void CheckPairAgain();
  DigestAudit::Nodes States() const;
  bool IsPair() const;
  Duration now() const { return world_.events->now(); }

  const Plan* const plan_;
  const MachineWorld world_;
  const Machines* const machines_;
  Workload* const workload_;
  Clientele* const clientele_;
  ReleaseAudit releases_;
  DigestAudit digests_;
  CallAudit calls_;
  MemoryAudit memory_;
  Marks marks_;
  Landmarks landmarks_;
  ClientAudit clients_;
  Violation violation_;
  DiskHarm harm_;
  Outages outages_;
  ReadinessAudit readiness_;
  EngineClockAudit engine_clock_;
  bool releasing_by_clock_ = false;
  Epoch highest_served_;
  absl::optional<size_t> last_serving_;  // in it
  uint64_t role_changes_ = 0;
  uint64_t epochs_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_WATCH_H_
