// What leaves the nodes of a simulated pair, against what is there and who serves: the checks one-releaser,
// released-survives and release-age.
//
//   ReleaseAudit audit(plan, world, &machines, violated);
//   audit.OnJournal(0, log);  audit.OnBatch(0, batch);  audit.OnServing(0);  audit.OnReleased(0, lsn, send);
//   audit.OnLeaving(0, outgoing);  audit.OnRegister();  audit.OnTurn(0);
//   audit.AtEnd();
//
// `violated` is told of each thing that must not be. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_RELEASE_AUDIT_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_RELEASE_AUDIT_H_

#include <cstddef>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "daemon/net/traffic.h"
#include "engine/effect.h"
#include "journal/batch.h"
#include "journal/log_store.h"
#include "tests/sim/checks/who_may_take_over.h"
#include "tests/sim/fault.h"
#include "tests/sim/fault_plan.h"
#include "tests/sim/node/machine.h"
#include "tests/sim/release_book.h"
#include "tests/sim/world/situation.h"

namespace understudy::sim {

class ReleaseAudit {
 public:
  // Whether a machine's disk is not to be believed.
  using IsHarmed = std::function<bool(size_t machine)>;
  using Violated = std::function<void(Check, std::string)>;

  // All outlive it.
  ReleaseAudit(const Plan& plan, const MachineWorld& world, const Machines* machines, IsHarmed harmed,
               Violated violated);

  void OnJournal(size_t machine, const journal::LogStore& log);
  void OnBatch(size_t machine, const journal::EncodedBatch& batch) {
    book_.Submitted(machine, batch, world_.events->now());
  }
  void OnServing(size_t machine);
  void OnReleased(size_t machine, Lsn lsn, const engine::SendSip& send);
  void OnLeaving(size_t machine, const net::Outgoing& outgoing);
  void OnRegister() { CheckCopies("the register changes"); }
  void OnTurn(size_t machine) { NoteDropped(*(*machines_)[machine]->core()); }
  // The operator has forced a node to serve: what the next one that serves does not have is given up.
  void NoteForce() { forced_ = force_was_used_ = true; }
  void AtEnd();

  const ReleaseBook& book() const { return book_; }

 private:
  void TakeFromBook();
  void NoteDropped(const daemon::Core& core) {
    if (core.outbox().too_old() > 0) book_.Dropped();
  }
  CopyOfEntry CopyOn(const Machine& machine, const BookedBatch& batch) const;
  bool IsSynced(const Machine& machine, const BookedBatch& batch) const;
  void CheckCopies(absl::string_view when);

  const MachineWorld world_;
  const Machines* const machines_;
  const IsHarmed harmed_;
  const Violated violated_;
  ReleaseBook book_;
  bool forced_ = false;
  bool force_was_used_ = false;
  Lsn copied_;  // whoever may take over has what was released up to there, by the registers that were possible then
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_RELEASE_AUDIT_H_
