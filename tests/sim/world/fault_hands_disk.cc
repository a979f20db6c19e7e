// What faults do to disks.
#include "journal/memory_log_store.h"
#include "tests/sim/world/fault_hands.h"

namespace understudy::sim {
namespace {

// A power loss in the midst of something comes within so many changes of files: a group commit is two or three, a
// snapshot a dozen.
constexpr uint64_t kMostChanges = 40;
constexpr uint64_t kMostLeftFree = uint64_t{64} << 10;

}  // namespace

// What is armed and does not come to pass is over with the process.
void FaultHands::Tear(Machine& machine, const Fault& fault) {
  torn_[machine.number()] = &fault;
  machine.CrashAfter(fault.draw % kMostChanges);
}

// Where there is no snapshot, in the log, and where that has nothing, in the mark.
void FaultHands::FlipBit(Machine& machine, uint64_t draw) {
  SimDisk& disk = machine.disk();
  const uint64_t where = draw % 8;
  bool flipped = where == 0 && disk.FlipBitInMark();
  if (!flipped && where == 1) flipped = disk.FlipBitInSnapshot();
  if (!flipped) flipped = disk.FlipBitInLog().has_value() || disk.FlipBitInMark();
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

}  // namespace understudy::sim
