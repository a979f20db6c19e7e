// Does to a simulated world what a fault says, and undoes it when its time is over.
//
//   FaultHands hands(&plan, world, &machines, &workload, &clientele, &watch);
//   hands.Strike(strike);              // one that is due (fault_schedule.h)
//   hands.StrikeWithin(strike, machine);  // within a task (fault.h: IsWithin)
//   hands.Ended(0, why);               // a process that ended by itself: its supervisor starts it again
//   hands.Crashed(machine);            // after a step in which its machine's power went
//   hands.WitnessDied();               // its process, or its machine
//   hands.Reconsider();                // after each step
//
// A process that a fault ended is started again when the fault is over. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_FAULT_HANDS_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_FAULT_HANDS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "base/time.h"
#include "engine/configuration.h"
#include "tests/sim/agents/workload.h"
#include "tests/sim/clients/clientele.h"
#include "tests/sim/fault.h"
#include "tests/sim/fault_plan.h"
#include "tests/sim/fault_schedule.h"
#include "tests/sim/node/machine.h"
#include "tests/sim/virtual_time.h"
#include "tests/sim/world/situation.h"
#include "tests/sim/world/watch.h"

namespace understudy::sim {

class FaultHands {
 public:
  // All outlive it.
  FaultHands(const Plan* plan, const MachineWorld& world, const Machines* machines, Workload* workload,
             Clientele* clientele, Watch* watch);

  // Passed over, and counted as spared, where a strict run might lose its last copy by it.
  void Strike(const sim::Strike& strike);
  // Of a fault that begins within a task of the one machine that it strikes first: what ends a process stops that task
  // at its next change of files, the rest is done at once.
  void StrikeWithin(const sim::Strike& strike, Machine& machine);
  // The process has ended by itself, or as it was asked to.
  void Ended(size_t machine, const absl::Status& why);
  // It stopped in the midst of a write, as a fault wanted.
  void Crashed(Machine& machine);
  // As a fault wanted.
  void WitnessDied();
  // Withdraws what will end a process, some time after its strike, where by now it might take the last copy.
  void Reconsider();

  // Those that found something to do.
  const std::array<uint64_t, kFaultKinds>& begun() const { return begun_; }
  uint64_t spared() const { return spared_; }

 private:
  using OnEach = std::function<void(Machine& machine)>;

  bool IsSpared(const sim::Strike& strike) const;
  int& AtWork(size_t machine, FaultKind kind) { return at_work_[machine][static_cast<size_t>(kind)]; }
  bool WillEnd(size_t machine) const;
  void Withdraw(Machine& machine);
  // Where there is no process to kill, or nothing to damage, there is no fault.
  bool Concerns(const Fault& fault, const Machine& machine) const;
  bool Begins(const sim::Strike& strike);
  Copy CopyOf(size_t machine) const;
  void Each(const sim::Strike& strike, const OnEach& what);
  // Counts what is at work of a kind on a machine, so that the end of one fault does not undo another.
  void During(const sim::Strike& strike, const std::function<void(Machine& machine, bool on)>& set);

  void Do(const sim::Strike& strike);
  void OnPhones(const sim::Strike& strike);
  void OnLink(const sim::Strike& strike);
  void OnDisk(const sim::Strike& strike);
  void OnProcess(const sim::Strike& strike);
  void OnWitness(const sim::Strike& strike);
  void OnWitnessMachine(const Fault& fault);
  void OnOperator(const sim::Strike& strike);
  void OnClients(const sim::Strike& strike);

  void StartWitness();
  void Restart(size_t machine, Duration after);
  void EndProcess(Machine& machine, const Fault& fault);
  void EndInOrder(Machine& machine, const Fault& fault);
  void ByDouble(const sim::Strike& strike);
  void SecondSoon(const Fault& fault, size_t machine);
  void Tear(Machine& machine, const Fault& fault);
  void FlipBit(Machine& machine, uint64_t draw);
  void ApplyPhoneTrouble();
  void ApplyWitnessTrouble();
  void Reconfigure();
  void Poll(const Fault& fault, Duration until);
  std::vector<const Fault*>& Active(FaultKind kind) { return active_[static_cast<size_t>(kind)]; }
  uint64_t Strongest(FaultKind kind) const;

  const Plan* const plan_;
  const MachineWorld world_;
  const Machines* const machines_;
  Workload* const workload_;
  Clientele* const clientele_;
  Watch* const watch_;
  const engine::Configuration configured_;
  std::array<std::vector<const Fault*>, kFaultKinds> active_;
  std::array<std::array<int, kFaultKinds>, kNodes> at_work_{};
  std::array<EventId, kNodes> restart_{};
  std::array<const Fault*, kNodes> torn_{};          // waits for a write
  std::array<const Fault*, kNodes> asked_to_end_{};  // waits for the process
  const Fault* at_witness_ = nullptr;                // from its strike until the witness runs again
  absl::optional<uint64_t> witness_dies_again_;      // after so many changes of its next start
  bool extra_dn_ = false;
  std::array<uint64_t, kFaultKinds> begun_{};
  uint64_t spared_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_FAULT_HANDS_H_
