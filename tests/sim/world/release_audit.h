// What leaves the nodes of a simulated pair, against what is there and who serves: the checks one-releaser,
// released-survives and release-age.
//
//   ReleaseAudit audit(plan, world, &machines, violated);
//   audit.OnJournal(0, log);  audit.OnBatch(0, batch);  audit.OnServing(0);  audit.OnReleased(0, lsn, send);
//   audit.AtEnd();
//
// `violated` is told of each thing that must not be. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_RELEASE_AUDIT_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_RELEASE_AUDIT_H_

#include <cstddef>
#include <functional>
#include <string>

#include "base/ids.h"
#include "engine/effect.h"
#include "journal/batch.h"
#include "journal/log_store.h"
#include "tests/sim/fault.h"
#include "tests/sim/fault_plan.h"
#include "tests/sim/node/machine.h"
#include "tests/sim/release_book.h"
#include "tests/sim/world/situation.h"

namespace understudy::sim {

class ReleaseAudit {
 public:
  using Violated = std::function<void(Check, std::string)>;

  // All outlive it.
  ReleaseAudit(const Plan& plan, const MachineWorld& world, const Machines* machines, Violated violated);

  void OnJournal(size_t machine, const journal::LogStore& log) { book_.Started(machine, log); }
  void OnBatch(size_t machine, const journal::EncodedBatch& batch) {
    book_.Submitted(machine, batch, world_.events->now());
  }
  void OnServing(size_t machine);
  void OnReleased(size_t machine, Lsn lsn, const engine::SendSip& send);
  // The operator has forced a node to serve: what the next one that serves does not have is given up.
  void NoteForce() { forced_ = true; }
  void AtEnd();

  const ReleaseBook& book() const { return book_; }

 private:
  void TakeFromBook();

  const MachineWorld world_;
  const Machines* const machines_;
  const Violated violated_;
  ReleaseBook book_;
  bool forced_ = false;
  Epoch highest_epoch_;  // served
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_RELEASE_AUDIT_H_
