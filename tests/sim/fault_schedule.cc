#include "tests/sim/fault_schedule.h"

#include <algorithm>

namespace understudy::sim {
namespace {

// A snapshot is a dozen changes of files, a refill some dozens.
constexpr uint64_t kMostPassed = 24;

Strike Resolve(const Fault& fault, int primary) {
  Strike strike;
  strike.fault = &fault;
  switch (fault.target) {
    case Target::kA:
    case Target::kPathAToB:
      strike.struck[0] = true;
      break;
    case Target::kB:
    case Target::kPathBToA:
      strike.struck[1] = true;
      break;
    case Target::kBoth:
      strike.struck[0] = strike.struck[1] = true;
      break;
    case Target::kPrimary:
      strike.struck[primary] = true;
      break;
    case Target::kBackup:
      strike.struck[1 - primary] = true;
      break;
  }
  return strike;
}

bool Holds(const Fault& fault, const Situation& situation) {
  if (fault.when == Trigger::kAtTime) return true;
  if (IsWithin(fault.when)) return false;
  if (!IsOfANode(fault.when)) return (situation.at[0] | situation.at[1]).Has(fault.when);
  const Strike strike = Resolve(fault, situation.primary);
  for (int node = 0; node < kNodes; ++node) {
    if (strike.struck[node] && situation.at[node].Has(fault.when)) return true;
  }
  return false;
}

bool Survives(replication::CommitMode mode, const Copy& copy, const FaultTraits& traits, bool struck) {
  if (!copy.member || !copy.whole || (struck && traits.harms_disk)) return false;
  if (mode == replication::CommitMode::kDurable || copy.only) return true;
  return copy.running && !(struck && traits.ends_process);
}

// In its own time: by then the other one may be a member no longer, and the next start finds what is on this disk.
bool EndsWithABadDisk(const Copy& copy, const Fault& fault) {
  if (EndsAtOnce(fault.kind)) return false;
  const bool ends = copy.ending || fault.kind == FaultKind::kOrderlyStop;
  return ends && (!copy.whole || TraitsOf(fault.kind).harms_disk);
}

}  // namespace

FaultSchedule::FaultSchedule(const Plan* plan) : plan_(plan) {
  for (const Fault& fault : plan->faults) pending_.push_back({&fault, Phase::kWaiting, Duration()});
}

bool FaultSchedule::Expired(const Fault& fault, Duration now) const {
  return now > (TraitsOf(fault.kind).changes_roles ? plan_->quiet_from : plan_->faults_end);
}

absl::optional<Duration> FaultSchedule::NextAt(Duration now) const {
  absl::optional<Duration> next;
  const auto take = [&next](Duration time) { next = next ? std::min(*next, time) : time; };
  for (size_t i = first_; i < pending_.size(); ++i) {
    const Pending& pending = pending_[i];
    if (pending.phase == Phase::kDelayed) take(pending.due);
    const bool armed = pending.fault->when != Trigger::kAtTime && pending.fault->at <= now;
    if (pending.phase != Phase::kWaiting || armed) continue;
    take(pending.fault->at);
    break;
  }
  return next;
}

Triggers FaultSchedule::Armed(Duration now) const {
  Triggers armed;
  for (size_t i = first_; i < pending_.size() && pending_[i].fault->at <= now; ++i) {
    const Fault& fault = *pending_[i].fault;
    const bool waits = pending_[i].phase == Phase::kWaiting && fault.when != Trigger::kAtTime;
    if (waits && !Expired(fault, now)) armed.Add(fault.when);
  }
  return armed;
}

std::vector<Strike> FaultSchedule::Take(Duration now, const Situation& situation) {
  std::vector<Strike> strikes;
  for (size_t i = first_; i < pending_.size() && pending_[i].fault->at <= now; ++i) {
    Pending& pending = pending_[i];
    const Fault& fault = *pending.fault;
    if (pending.phase == Phase::kWaiting && Holds(fault, situation)) {
      pending.phase = Phase::kDelayed;
      pending.due = now + fault.delay;
    }
    const bool expired = pending.phase != Phase::kDone && Expired(fault, now);
    if (pending.phase == Phase::kDelayed && pending.due <= now && !expired) {
      strikes.push_back(Resolve(fault, situation.primary));
      pending.phase = Phase::kDone;
    } else if (expired) {
      pending.phase = Phase::kDone;
    } else {
      continue;
    }
    ++done_;
  }
  while (first_ < pending_.size() && pending_[first_].phase == Phase::kDone) ++first_;
  return strikes;
}

absl::optional<Strike> FaultSchedule::TakeWithin(Duration now, Trigger when, int node, int primary, bool log) {
  for (size_t i = first_; i < pending_.size() && pending_[i].fault->at <= now; ++i) {
    Pending& pending = pending_[i];
    const Fault& fault = *pending.fault;
    if (pending.phase != Phase::kWaiting || fault.when != when || Expired(fault, now)) continue;
    const Strike strike = Resolve(fault, primary);
    if (!strike.struck[node]) continue;
    if (pending.passed < fault.draw % kMostPassed) {
      ++pending.passed;
    } else if (!log || EndsAtOnce(fault.kind)) {
      pending.phase = Phase::kDone;
      ++done_;
      return strike;
    }
  }
  return absl::nullopt;
}

bool LeavesACopy(replication::CommitMode mode, const Copy (&copies)[kNodes], const Strike& strike) {
  const FaultTraits& traits = TraitsOf(strike.fault->kind);
  for (int node = 0; node < kNodes; ++node) {
    if (strike.struck[node] && EndsWithABadDisk(copies[node], *strike.fault)) return false;
  }
  return Survives(mode, copies[0], traits, strike.struck[0]) || Survives(mode, copies[1], traits, strike.struck[1]);
}

}  // namespace understudy::sim
