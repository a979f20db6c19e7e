#include "tests/sim/world/outage_causes.h"

#include <algorithm>

namespace understudy::sim {
namespace {

constexpr Duration kMargin = Duration::Seconds(2);

// What a write or sync may take longer than usual, at most, and may still take when its disk is quick again.
constexpr Duration kSlowest = Duration::Milliseconds(4);

// A primary learns that its backup gives up what it has when their link ends.
constexpr Duration kLinkEnds = Duration::Milliseconds(100);

// The pair does not know that phones do not reach it, no primary is replaced for a disk that is slow, and a backup that
// answers just in time holds up each effect. A link that breaks again and again strikes a pair that is whole again.
// With a socket holder both nodes are on one host.
bool FailoverHelps(FaultKind kind, bool one_host) {
  if (kind == FaultKind::kHostCut) return !one_host;
  return kind != FaultKind::kPhoneCut && kind != FaultKind::kLinkSlow && kind != FaultKind::kLinkSwizzle &&
         kind != FaultKind::kDiskSlow && kind != FaultKind::kDiskFreeze;
}

bool CanFailOver(PairWas was, FaultKind kind) {
  switch (was) {
    case PairWas::kNotReady:
      return false;
    case PairWas::kReady:
      return true;
    case PairWas::kHandingOver:
      return !IsOfTheWitness(kind);
  }
  return false;
}

Duration LastsFor(const Fault& fault) {
  if (fault.kind == FaultKind::kResync) return kLinkEnds;
  if (!TraitsOf(fault.kind).lasts) return Duration();
  return fault.duration + (fault.kind == FaultKind::kDiskSlow ? kSlowest * fault.strength : Duration());
}

}  // namespace

Duration OutageCauses::Bound(const PairSettings& pair) {
  return pair.suspect + pair.max_hold + pair.reconnect + kMargin;
}

bool OutageCauses::CanStop(FaultKind kind) {
  switch (kind) {
    case FaultKind::kPhoneDelay:
    case FaultKind::kPhoneLoss:
    case FaultKind::kPhoneDuplicate:
    case FaultKind::kPhoneReorder:
    case FaultKind::kClockForward:
    case FaultKind::kClockBack:
    case FaultKind::kReconfigure:
    case FaultKind::kReadinessPolled:
    case FaultKind::kClientCut:
    case FaultKind::kClientStall:
    case FaultKind::kClientRestart:
      return false;
    case FaultKind::kPhoneCut:
    case FaultKind::kLinkCut:
    case FaultKind::kLinkCutOneWay:
    case FaultKind::kLinkSlow:
    case FaultKind::kLinkBreak:
    case FaultKind::kLinkSwizzle:
    case FaultKind::kHostCut:
    case FaultKind::kPowerLoss:
    case FaultKind::kTornWrite:
    case FaultKind::kBitFlip:
    case FaultKind::kMisdirectedWrite:
    case FaultKind::kDiskFull:
    case FaultKind::kDiskSlow:
    case FaultKind::kFsyncFails:
    case FaultKind::kDiskFreeze:
    case FaultKind::kKill:
    case FaultKind::kBlank:
    case FaultKind::kOrderlyStop:
    case FaultKind::kStop:
    case FaultKind::kDoubleKill:
    case FaultKind::kDoublePowerLoss:
    case FaultKind::kWitnessDown:
    case FaultKind::kWitnessSlow:
    case FaultKind::kWitnessAnswerLost:
    case FaultKind::kWitnessRequestLost:
    case FaultKind::kWitnessLateCopy:
    case FaultKind::kSwitchover:
    case FaultKind::kResync:
    case FaultKind::kForcePromote:
    case FaultKind::kWitnessKill:
    case FaultKind::kWitnessPowerLoss:
    case FaultKind::kWitnessBitFlip:
      return true;
  }
  return true;
}

void OutageCauses::Strike(const Fault& fault, bool both, PairWas was, Duration now) {
  if (!CanStop(fault.kind)) return;
  const Duration until = now + LastsFor(fault);
  const bool quiet = std::max(at_work_until_, single_until_) <= now;
  const bool single = CanFailOver(was, fault.kind) && !both && quiet && FailoverHelps(fault.kind, one_host_);
  if (fault.kind == FaultKind::kOrderlyStop) asked_at_ = now;
  if (single) {
    single_until_ = until + (IsOfTheLink(fault.kind) ? suspect_ : Duration());
    return Add(now);
  }
  Add(std::max(until, single_until_));
}

void OutageCauses::Away(Duration until) {
  single_until_ = std::max(single_until_, until);
  if (at_work_until_ > asked_at_) Add(until);
}

void OutageCauses::Add(Duration until) {
  at_work_until_ = std::max(at_work_until_, until);
}

}  // namespace understudy::sim
