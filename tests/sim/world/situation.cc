#include "tests/sim/world/situation.h"

#include "replication/pair.h"
#include "replication/register.h"

namespace understudy::sim {
namespace {

using replication::RegisterOperation;

Trigger TriggerOf(RegisterOperation operation) {
  switch (operation) {
    case RegisterOperation::kCreate:
    case RegisterOperation::kForce:
      return Trigger::kCreate;
    case RegisterOperation::kShrink:
      return Trigger::kShrink;
    case RegisterOperation::kGrow:
      return Trigger::kGrow;
    case RegisterOperation::kAcquire:
      return Trigger::kAcquire;
    case RegisterOperation::kHandover:
      return Trigger::kHandoverAsked;
    case RegisterOperation::kTouch:
      return Trigger::kTouch;
  }
  return Trigger::kTouch;
}

void LookAtPair(const Machine& machine, const daemon::PairDriver& driver, Triggers* now) {
  const replication::Pair& pair = driver.pair();
  if (pair.outstanding()) now->Add(TriggerOf(pair.outstanding()->operation));
  if (!machine.serving()) return;
  if (pair.ready()) now->Add(Trigger::kReady);
  if (pair.alone()) now->Add(Trigger::kUnprotected);
  if (pair.alone() && pair.connected()) now->Add(Trigger::kCatchUp);
  if (pair.standing() == replication::Standing::kGated) now->Add(Trigger::kGate);
  if (pair.handing_over()) now->Add(Trigger::kHandover);
  if (driver.sender().active()) now->Add(Trigger::kTransfer);
  if (driver.proving()) now->Add(Trigger::kProof);
}

void LookAtNode(const Machine& machine, Triggers* now) {
  if (!machine.up()) return;
  const daemon::Core* const core = machine.core();
  const daemon::PairDriver* const driver = machine.pair();
  if (machine.within()) now->Add(*machine.within());
  if (machine.keeping_promise()) now->Add(Trigger::kPromise);
  if (core == nullptr || driver == nullptr) return now->Add(Trigger::kRecovery);
  if (core->end() > core->durable()) now->Add(Trigger::kCommit);
  if (machine.reign_is_young()) now->Add(Trigger::kPromotion);
  if (driver->pair().role() == replication::Role::kJoining && !driver->pair().connected()) {
    now->Add(Trigger::kRecovery);
  }
}

}  // namespace

int PrimaryByRegister(const Machines& machines, const SimRegister& reg) {
  if (!reg.value()) return 0;
  for (int i = 0; i < kNodes; ++i) {
    if (machines[static_cast<size_t>(i)]->store_id() == reg.value()->primary.store_id) return i;
  }
  return 0;
}

Situation Look(const Machines& machines, const SimRegister& reg, Triggers armed) {
  Situation now;
  now.primary = PrimaryByRegister(machines, reg);
  if (armed.empty()) return now;
  for (int i = 0; i < kNodes; ++i) {
    const Machine& machine = *machines[static_cast<size_t>(i)];
    if (machine.pair() != nullptr) LookAtPair(machine, *machine.pair(), &now.at[i]);
    LookAtNode(machine, &now.at[i]);
  }
  return now;
}

}  // namespace understudy::sim
