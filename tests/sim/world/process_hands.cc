// What faults do to processes, disks and the link between the nodes.
#include <memory>
#include <utility>

#include "tests/sim/world/fault_hands.h"

namespace understudy::sim {
namespace {

// A process that ends by itself is started again so soon.
constexpr Duration kShortestRestart = Duration::Milliseconds(20);
// A power loss in the midst of something comes within so many changes of files: a group commit is two or three, a
// snapshot a dozen.
constexpr uint64_t kMostChanges = 40;
constexpr uint64_t kMostLeftFree = uint64_t{64} << 10;

}  // namespace

void FaultHands::Restart(size_t number, Duration after) {
  torn_[number] = nullptr;
  world_.events->Cancel(restart_[number]);
  restart_[number] = world_.events->After(std::max(after, kShortestRestart), [this, number] {
    Machine& machine = *(*machines_)[number];
    if (!machine.up()) machine.Start();
  });
}

void FaultHands::EndProcess(Machine& machine, const Fault& fault) {
  watch_->landmarks().BeforeFault(fault, machine);
  switch (fault.kind) {
    case FaultKind::kPowerLoss:
    case FaultKind::kTornWrite:
    case FaultKind::kDoublePowerLoss:
      watch_->NotePowerLoss();
      machine.LosePower();
      break;
    case FaultKind::kBlank:
      machine.Blank();
      break;
    default:
      machine.Kill();
  }
  Restart(machine.number(), fault.duration);
}

// What is armed and does not come to pass is over with the process.
void FaultHands::Tear(Machine& machine, const Fault& fault) {
  if (!machine.up()) return;
  torn_[machine.number()] = &fault;
  machine.CrashAfter(fault.draw % kMostChanges);
}

void FaultHands::Crashed(Machine& machine) {
  const Fault* const fault = std::exchange(torn_[machine.number()], nullptr);
  if (fault == nullptr) return;
  EndProcess(machine, *fault);
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
  world_.events->After(Duration::Microseconds(fault.strength), [this, &fault, first] {
    sim::Strike second{&fault, {}};
    second.struck[1 - first] = true;
    if (IsSpared(second)) return;
    EndProcess(*(*machines_)[1 - first], fault);
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

void FaultHands::FlipBit(Machine& machine, uint64_t draw) {
  SimDisk& disk = machine.disk();
  const uint64_t where = draw % 8;
  const bool flipped = where == 0   ? disk.FlipBitInMark()
                       : where == 1 ? disk.FlipBitInSnapshot()
                                    : disk.FlipBitInLog().has_value();
  if (flipped) watch_->NoteHarm(machine.number());
}

void FaultHands::OnDisk(const sim::Strike& strike) {
  const Fault& fault = *strike.fault;
  switch (fault.kind) {
    case FaultKind::kPowerLoss:
      return Each(strike, [&](Machine& machine) { EndProcess(machine, fault); });
    case FaultKind::kTornWrite:
      return Each(strike, [&](Machine& machine) { Tear(machine, fault); });
    case FaultKind::kBitFlip:
      return Each(strike, [&](Machine& machine) { FlipBit(machine, fault.draw); });
    case FaultKind::kMisdirectedWrite:
      return Each(strike, [&](Machine& machine) {
        if (machine.disk().MisdirectWrite()) watch_->NoteHarm(machine.number());
      });
    case FaultKind::kDiskFull: {
      const uint64_t left = fault.draw % kMostLeftFree;
      return During(strike, [left](Machine& machine, bool on) {
        on ? machine.disk().LeaveFree(left) : machine.disk().MakeRoom();
      });
    }
    case FaultKind::kDiskSlow:
      return Each(strike, [&](Machine& machine) { machine.disk().Slow(fault.strength, fault.duration); });
    case FaultKind::kFsyncFails:
      return During(strike, [](Machine& machine, bool on) { machine.disk().FailSyncs(on); });
    case FaultKind::kDiskFreeze:
      return Each(strike, [&](Machine& machine) { machine.disk().Freeze(fault.duration); });
    default:
      return;
  }
}

void FaultHands::OnLink(const sim::Strike& strike) {
  const Fault& fault = *strike.fault;
  LinkNetwork* const link = world_.link;
  switch (fault.kind) {
    case FaultKind::kLinkCut:
    case FaultKind::kLinkCutOneWay:
      return During(strike, [link](Machine& machine, bool on) { link->SetCut(machine.number(), on); });
    case FaultKind::kLinkSlow: {
      const Duration more = Duration::Milliseconds(static_cast<int64_t>(fault.strength));
      return During(strike, [link, more](Machine& machine, bool on) {
        link->SetDelay(machine.number(), on ? more : Duration());
      });
    }
    case FaultKind::kLinkBreak:
      return link->Break();
    case FaultKind::kLinkSwizzle: {
      const auto times = std::max<int64_t>(1, fault.strength);
      for (int64_t i = 0; i < times; ++i) {
        world_.events->After(Duration::Nanoseconds(fault.duration.nanoseconds() / times * i),
                             [link] { link->Swizzle(); });
      }
      return;
    }
    case FaultKind::kHostCut:
      return During(strike, [this, link](Machine& machine, bool on) {
        world_.phones->SetCut(machine.number(), on);
        world_.reg->SetCut(machine.number(), on);
        for (size_t sender = 0; sender < kNodes; ++sender) link->SetCut(sender, on);
      });
    default:
      return;
  }
}

}  // namespace understudy::sim
