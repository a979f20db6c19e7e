// What faults do to processes and their machines.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/sim/world/fault_hands.h"

namespace understudy::sim {
namespace {

// A process that ends by itself is started again so soon.
constexpr Duration kShortestRestart = Duration::Milliseconds(20);
constexpr Duration kFirstRestart = Duration::Milliseconds(100);

// A handover waits for the peer and the witness, and the process may be stopped meanwhile.
constexpr Duration kLongestEnd = Duration::Seconds(20);

bool IsDouble(FaultKind kind) { return kind == FaultKind::kDoubleKill || kind == FaultKind::kDoublePowerLoss; }

}  // namespace

void FaultHands::Restart(size_t number, Duration after) {
  torn_[number] = nullptr;
  asked_to_end_[number] = nullptr;
  world_.events->Cancel(restart_[number]);
  restart_[number] = world_.events->After(std::max(after, kShortestRestart), [this, number] {
    Machine& machine = *(*machines_)[number];
    if (!machine.up()) machine.Start();
  });
}

void FaultHands::Ended(size_t number, const absl::Status& why) {
  const Fault* const asked = asked_to_end_[number];
  watch_->landmarks().OnEnded(number, asked != nullptr, why);
  const Duration now = world_.events->now();
  const Duration away = asked == nullptr ? kFirstRestart : asked->duration;
  watch_->NoteCause(asked == nullptr ? now + away : now);
  watch_->NoteAway(now + away);
  Restart(number, away);
}

void FaultHands::EndProcess(Machine& machine, const Fault& fault) {
  watch_->landmarks().BeforeFault(fault, machine);
  switch (fault.kind) {
    case FaultKind::kPowerLoss:
      watch_->NotePowerLoss(machine.number());
      machine.LosePower(fault.strength);
      break;
    case FaultKind::kTornWrite:
    case FaultKind::kDoublePowerLoss:
      watch_->NotePowerLoss(machine.number());
      machine.LosePower(fault.draw % 1001);
      break;
    case FaultKind::kBlank:
      machine.Blank();
      break;
    default:
      machine.Kill();
  }
  Restart(machine.number(), fault.duration);
}

void FaultHands::EndInOrder(Machine& machine, const Fault& fault) {
  watch_->landmarks().BeforeFault(fault, machine);
  asked_to_end_[machine.number()] = &fault;
  machine.EndInOrder();
  world_.events->After(kLongestEnd, [this, &machine, &fault] {
    if (asked_to_end_[machine.number()] != &fault || machine.stopped()) return;
    watch_->Violated(Check::kPairAgain, absl::StrCat(machine.name(), " was asked to end ", kLongestEnd.milliseconds(),
                                                     " ms ago, and has not"));
  });
}

void FaultHands::Crashed(Machine& machine) {
  const Fault* const fault = std::exchange(torn_[machine.number()], nullptr);
  if (fault == nullptr) return;
  sim::Strike strike{fault, {}};
  strike.struck[machine.number()] = true;
  watch_->NoteStrike(strike);
  EndProcess(machine, *fault);
  if (IsDouble(fault->kind)) SecondSoon(*fault, 1 - machine.number());
  watch_->landmarks().AfterFault(*fault);
  watch_->NoteService();
}

// Since the strike the copy that was to be left may have ceased to be a member's.
void FaultHands::Reconsider() {
  if (plan_->run_class == RunClass::kLastCopyMayBeLost) return;
  for (size_t i = 0; i < kNodes; ++i) {
    Machine& machine = *(*machines_)[i];
    if (!WillEnd(i) || machine.crashed()) continue;
    Fault ends;
    ends.kind = FaultKind::kTornWrite;
    sim::Strike strike{&ends, {}};
    strike.struck[i] = true;
    if (IsSpared(strike)) Withdraw(machine);
  }
}

void FaultHands::Withdraw(Machine& machine) {
  const size_t number = machine.number();
  ++spared_;
  if (std::exchange(torn_[number], nullptr) != nullptr) machine.CrashNoMore();
  if (std::exchange(AtWork(number, FaultKind::kDiskFull), 0) > 0) machine.disk().MakeRoom();
  if (std::exchange(AtWork(number, FaultKind::kFsyncFails), 0) > 0) machine.disk().FailSyncs(false);
}

void FaultHands::ByDouble(const sim::Strike& strike) {
  const Fault& fault = *strike.fault;
  const size_t first = fault.draw & 1;
  EndProcess(*(*machines_)[first], fault);
  SecondSoon(fault, 1 - first);
}

void FaultHands::SecondSoon(const Fault& fault, size_t number) {
  world_.events->After(Duration::Microseconds(fault.strength), [this, &fault, number] {
    sim::Strike second{&fault, {}};
    second.struck[number] = true;
    if (IsSpared(second)) return;
    watch_->NoteStrike(second);
    EndProcess(*(*machines_)[number], fault);
    watch_->landmarks().AfterFault(fault);
    watch_->NoteService();
  });
}

void FaultHands::OnProcess(const sim::Strike& strike) {
  const Fault& fault = *strike.fault;
  const Duration step = Duration::Milliseconds(static_cast<int64_t>(fault.strength));
  switch (fault.kind) {
    case FaultKind::kDoubleKill:
    case FaultKind::kDoublePowerLoss:
      return ByDouble(strike);
    case FaultKind::kOrderlyStop:
      return Each(strike, [&](Machine& machine) { EndInOrder(machine, fault); });
    case FaultKind::kStop:
      return During(strike, [](Machine& machine, bool on) { on ? machine.Stop() : machine.Continue(); });
    case FaultKind::kClockForward:
      watch_->NoteClockStep();
      return Each(strike, [&](Machine& machine) { machine.clock().StepWall(step); });
    case FaultKind::kClockBack:
      watch_->NoteClockStep();
      return Each(strike, [&](Machine& machine) { machine.clock().StepWall(Duration() - step); });
    default:
      return Each(strike, [&](Machine& machine) { EndProcess(machine, fault); });
  }
}

}  // namespace understudy::sim
