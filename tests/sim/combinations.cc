#include "tests/sim/combinations.h"

#include <algorithm>
#include <cstdint>

#include "absl/types/span.h"
#include "replication/register.h"

namespace understudy::sim {
namespace {

using Mode = replication::CommitMode;

constexpr Duration kEarliest = Duration::Seconds(6);
constexpr uint64_t kOfReceivedOnly = 50;  // percent, where that is the mode

// A fault of a combination: times in milliseconds, each drawn between its two ends.
struct Step {
  FaultKind kind;
  Target target;
  Trigger when;
  int64_t at;                 // after the combination's beginning
  int64_t earliest, latest;   // the delay after `when` holds
  int64_t suspects;           // so many times what the pair takes for death, and
  int64_t shortest, longest;  // so much more: the duration
  int64_t weakest, strongest;
};

// A successor serves alone, and starts again at once: the node that was primary before still believes that it is, and
// is all that it can ask. What the successor has promised is all that keeps it from giving up what it released.
constexpr Step kOldPrimaryKnowsNothing[] = {
    {FaultKind::kWitnessDown, Target::kPrimary, Trigger::kReady, 0, 0, 0, 2, 3000, 5000, 0, 0},
    {FaultKind::kLinkCut, Target::kBoth, Trigger::kReady, 0, 0, 0, 1, 300, 800, 0, 0},
    {FaultKind::kWitnessDown, Target::kBoth, Trigger::kUnprotected, 100, 90, 100, 0, 1500, 3000, 0, 0},
    {FaultKind::kKill, Target::kPrimary, Trigger::kUnprotected, 100, 100, 600, 0, 20, 400, 0, 0},
};

// Received: who takes over has in memory only what was acknowledged, and loses its power as soon as it serves.
constexpr Step kYoungPrimaryLosesPower[] = {
    {FaultKind::kDiskSlow, Target::kBackup, Trigger::kReady, 0, 0, 0, 0, 1500, 3000, 50, 400},
    {FaultKind::kKill, Target::kPrimary, Trigger::kReady, 0, 200, 900, 0, 2000, 3000, 0, 0},
    {FaultKind::kDiskFreeze, Target::kPrimary, Trigger::kPromotion, 210, 0, 0, 0, 100, 200, 0, 0},
    {FaultKind::kPowerLoss, Target::kPrimary, Trigger::kPromotion, 210, 1, 15, 0, 100, 1000, 0, 300},
};

// Received: a primary whose disk is behind is left alone by its backup, and loses its power.
constexpr Step kLonePrimaryLosesPower[] = {
    {FaultKind::kDiskSlow, Target::kPrimary, Trigger::kReady, 0, 0, 0, 0, 2000, 4000, 50, 400},
    {FaultKind::kKill, Target::kBackup, Trigger::kReady, 0, 200, 900, 0, 1500, 3000, 0, 0},
    {FaultKind::kDiskFreeze, Target::kPrimary, Trigger::kUnprotected, 100, 0, 0, 0, 100, 200, 0, 0},
    {FaultKind::kPowerLoss, Target::kPrimary, Trigger::kUnprotected, 100, 1, 30, 0, 100, 500, 0, 300},
};

// Durable: the backup has on its disk what the primary has not yet on its own. Both end, and the primary is back first.
constexpr Step kPrimaryIsBackFirst[] = {
    {FaultKind::kDiskSlow, Target::kPrimary, Trigger::kReady, 0, 0, 0, 0, 1000, 2500, 100, 1000},
    {FaultKind::kKill, Target::kBackup, Trigger::kReady, 0, 500, 502, 1, 2500, 4000, 0, 0},
    {FaultKind::kPowerLoss, Target::kPrimary, Trigger::kReady, 0, 501, 505, 0, 50, 300, 0, 300},
};

// A switchover that is given up, for the backup's disk takes nothing.
constexpr Step kSwitchoverGivenUp[] = {
    {FaultKind::kDiskFreeze, Target::kBackup, Trigger::kReady, 0, 0, 0, 0, 1300, 2500, 0, 0},
    {FaultKind::kSwitchover, Target::kPrimary, Trigger::kReady, 0, 5, 60, 0, 0, 0, 0, 0},
};

// A switchover is granted, and for a while neither of the two hears of it, nor of the other.
constexpr Step kHandedOverUnheard[] = {
    {FaultKind::kWitnessSlow, Target::kBoth, Trigger::kReady, 0, 0, 0, 0, 1500, 2500, 10, 40},
    {FaultKind::kSwitchover, Target::kPrimary, Trigger::kReady, 0, 1, 5, 0, 0, 0, 0, 0},
    {FaultKind::kLinkCut, Target::kBoth, Trigger::kHandoverAsked, 0, 0, 20, 0, 1000, 2000, 0, 0},
};

// The backup becomes a member, and the primary does not hear of it, nor of the backup.
constexpr Step kGrownUnheard[] = {
    {FaultKind::kLinkBreak, Target::kBoth, Trigger::kReady, 0, 0, 0, 0, 0, 0, 0, 0},
    {FaultKind::kWitnessDown, Target::kPrimary, Trigger::kGrow, 1, 1, 12, 1, 1500, 2500, 0, 0},
    {FaultKind::kLinkCut, Target::kBoth, Trigger::kGrow, 1, 10, 30, 1, 1000, 2000, 0, 0},
};

// A late copy of the request that made the backup a member arrives when it is one no longer; then the primary dies.
constexpr Step kGrownByALateCopy[] = {
    {FaultKind::kWitnessLateCopy, Target::kBoth, Trigger::kReady, 0, 0, 0, 0, 1500, 1500, 100, 100},
    {FaultKind::kLinkBreak, Target::kBoth, Trigger::kReady, 0, 5, 10, 0, 0, 0, 0, 0},
    {FaultKind::kKill, Target::kBackup, Trigger::kReady, 400, 50, 300, 0, 7000, 7500, 0, 0},
    {FaultKind::kWitnessDown, Target::kPrimary, Trigger::kUnprotected, 460, 20, 60, 0, 7100, 7400, 0, 0},
    {FaultKind::kKill, Target::kPrimary, Trigger::kUnprotected, 460, 6700, 7000, 1, 2000, 3000, 0, 0},
};

struct Combination {
  absl::Span<const Step> steps;
  bool durable, received;  // in which modes
};

constexpr Combination kCombinations[] = {
    {kOldPrimaryKnowsNothing, true, true},
    {kYoungPrimaryLosesPower, false, true},
    {kLonePrimaryLosesPower, false, true},
    {kPrimaryIsBackFirst, true, false},
    {kSwitchoverGivenUp, true, true},
    {kHandedOverUnheard, true, true},
    {kGrownUnheard, true, true},
    {kGrownByALateCopy, true, true},
};

Duration Whole(Duration d) { return Duration::Microseconds(d.nanoseconds() / 1000); }
Duration Drawn(int64_t shortest, int64_t longest, Chance* chance) {
  return Whole(chance->Between(Duration::Milliseconds(shortest), Duration::Milliseconds(longest)));
}

std::vector<Fault> Draw(const Combination& combination, const Plan& plan, Chance* chance) {
  const Duration begins = Whole(chance->Between(kEarliest, plan.faults_end - Duration::Seconds(2)));
  std::vector<Fault> faults;
  for (const Step& step : combination.steps) {
    Fault fault;
    fault.kind = step.kind;
    fault.target = step.target;
    fault.at = std::min(begins + Duration::Milliseconds(step.at), plan.faults_end);
    fault.when = step.when;
    fault.delay = Drawn(step.earliest, step.latest, chance);
    const Duration wanted = plan.pair.suspect * step.suspects + Drawn(step.shortest, step.longest, chance);
    fault.duration = std::min(wanted, plan.faults_end - fault.at);
    fault.strength = static_cast<uint32_t>(chance->Between(step.weakest, step.strongest));
    fault.draw = chance->Bits() | 1;
    faults.push_back(fault);
  }
  return faults;
}

}  // namespace

std::vector<Fault> DrawCombination(const Plan& plan, Chance* chance) {
  const bool durable = plan.pair.mode == Mode::kDurable;
  const bool of_received_only = !durable && chance->Percent(kOfReceivedOnly);
  std::vector<const Combination*> fit;
  for (const Combination& combination : kCombinations) {
    const bool fits = durable ? combination.durable : combination.received;
    if (fits && !(of_received_only && combination.durable)) fit.push_back(&combination);
  }
  return Draw(*chance->Pick(fit), plan, chance);
}

}  // namespace understudy::sim
