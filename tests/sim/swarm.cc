#include "tests/sim/swarm.h"

#include <algorithm>
#include <iterator>

#include "absl/types/span.h"
#include "base/check.h"
#include "tests/sim/combinations.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {
namespace {

using Mode = replication::CommitMode;

constexpr Duration kFirstFault = Duration::Milliseconds(500);
constexpr size_t kMostFaults = 16;

constexpr Target kNodeTargets[] = {Target::kA, Target::kB, Target::kPrimary, Target::kBackup};
constexpr Target kAnyTargets[] = {Target::kA, Target::kB, Target::kPrimary, Target::kBackup, Target::kBoth};
constexpr Target kBothTargets[] = {Target::kBoth};
constexpr Target kPaths[] = {Target::kPathAToB, Target::kPathBToA};
constexpr Target kPrimaryTarget[] = {Target::kPrimary};
constexpr Target kBackupTarget[] = {Target::kBackup};

constexpr Trigger kAtTime[] = {Trigger::kAtTime};
constexpr Trigger kDeaths[] = {Trigger::kReady,    Trigger::kUnprotected, Trigger::kCatchUp,  Trigger::kGate,
                               Trigger::kHandover, Trigger::kTransfer,    Trigger::kProof,    Trigger::kCreate,
                               Trigger::kShrink,   Trigger::kGrow,        Trigger::kAcquire,  Trigger::kHandoverAsked,
                               Trigger::kTouch,    Trigger::kSnapshot,    Trigger::kPromise,  Trigger::kRefill,
                               Trigger::kCommit,   Trigger::kPromotion,   Trigger::kRecovery};
constexpr Trigger kOrderlyMoments[] = {
    Trigger::kReady,   Trigger::kUnprotected, Trigger::kCatchUp,       Trigger::kGate,    Trigger::kHandover,
    Trigger::kTransfer, Trigger::kProof,      Trigger::kShrink,        Trigger::kGrow,    Trigger::kAcquire,
    Trigger::kHandoverAsked, Trigger::kTouch, Trigger::kPromise,       Trigger::kCommit,  Trigger::kPromotion,
    Trigger::kRecovery};
constexpr Trigger kLinkMoments[] = {Trigger::kReady,  Trigger::kCatchUp, Trigger::kGate,          Trigger::kHandover,
                                    Trigger::kTransfer, Trigger::kProof, Trigger::kGrow,          Trigger::kShrink,
                                    Trigger::kAcquire,  Trigger::kHandoverAsked, Trigger::kPromotion};
constexpr Trigger kDiskMoments[] = {Trigger::kReady,  Trigger::kSnapshot, Trigger::kPromise,  Trigger::kCommit,
                                    Trigger::kRefill, Trigger::kTransfer, Trigger::kPromotion, Trigger::kGate};
constexpr Trigger kAsked[] = {Trigger::kCreate,  Trigger::kShrink, Trigger::kGrow, Trigger::kAcquire,
                              Trigger::kHandoverAsked, Trigger::kTouch, Trigger::kHandover};
constexpr Trigger kClientMoments[] = {Trigger::kReady,  Trigger::kHandover, Trigger::kTransfer, Trigger::kAcquire,
                                      Trigger::kCommit, Trigger::kPromotion, Trigger::kUnprotected};
constexpr Trigger kRoleMoments[] = {Trigger::kReady, Trigger::kCatchUp, Trigger::kGrow, Trigger::kProof};

// How a kind is drawn: whom, when, for how long (milliseconds), how strongly, and how often in a run at most.
struct Draw {
  FaultKind kind;
  absl::Span<const Target> targets;
  absl::Span<const Trigger> moments;  // besides at-time
  int64_t shortest, longest;
  int64_t weakest, strongest;
  int most;
};

constexpr Draw kDraws[] = {
    {FaultKind::kPhoneDelay, kBothTargets, kAtTime, 500, 8000, 5, 400, 2},
    {FaultKind::kPhoneLoss, kBothTargets, kAtTime, 500, 10000, 5, 200, 2},
    {FaultKind::kPhoneDuplicate, kBothTargets, kAtTime, 500, 15000, 5, 300, 2},
    {FaultKind::kPhoneReorder, kBothTargets, kAtTime, 500, 15000, 5, 300, 2},
    {FaultKind::kPhoneCut, kNodeTargets, kAtTime, 50, 2500, 0, 0, 2},
    {FaultKind::kLinkCut, kBothTargets, kLinkMoments, 20, 6000, 0, 0, 4},
    {FaultKind::kLinkCutOneWay, kPaths, kLinkMoments, 20, 6000, 0, 0, 4},
    {FaultKind::kLinkSlow, kBothTargets, kLinkMoments, 100, 8000, 1, 400, 3},
    {FaultKind::kLinkBreak, kBothTargets, kLinkMoments, 0, 0, 0, 0, 6},
    {FaultKind::kLinkSwizzle, kBothTargets, kLinkMoments, 200, 4000, 2, 12, 2},
    {FaultKind::kHostCut, kNodeTargets, kLinkMoments, 50, 3000, 0, 0, 2},
    {FaultKind::kPowerLoss, kNodeTargets, kDeaths, 300, 5000, 0, 1000, 4},
    {FaultKind::kTornWrite, kNodeTargets, kDeaths, 300, 5000, 0, 0, 3},
    {FaultKind::kBitFlip, kNodeTargets, kDiskMoments, 0, 0, 0, 0, 2},
    {FaultKind::kMisdirectedWrite, kNodeTargets, kDiskMoments, 0, 0, 0, 0, 1},
    {FaultKind::kDiskFull, kNodeTargets, kDiskMoments, 100, 4000, 0, 0, 2},
    {FaultKind::kDiskSlow, kAnyTargets, kDiskMoments, 100, 6000, 10, 1000, 3},
    {FaultKind::kFsyncFails, kNodeTargets, kDiskMoments, 10, 2000, 0, 0, 2},
    {FaultKind::kDiskFreeze, kAnyTargets, kDiskMoments, 50, 3000, 0, 0, 3},
    {FaultKind::kKill, kNodeTargets, kDeaths, 100, 5000, 0, 0, 6},
    {FaultKind::kBlank, kNodeTargets, kDeaths, 100, 4000, 0, 0, 2},
    {FaultKind::kOrderlyStop, kNodeTargets, kOrderlyMoments, 100, 5000, 0, 0, 3},
    {FaultKind::kStop, kAnyTargets, kOrderlyMoments, 20, 6000, 0, 0, 4},
    {FaultKind::kClockForward, kAnyTargets, kAtTime, 0, 0, 1, 7200000, 2},
    {FaultKind::kClockBack, kAnyTargets, kAtTime, 0, 0, 1, 7200000, 2},
    {FaultKind::kDoubleKill, kBothTargets, kDeaths, 200, 4000, 0, 50000, 2},
    {FaultKind::kDoublePowerLoss, kBothTargets, kDeaths, 200, 4000, 0, 50000, 2},
    {FaultKind::kWitnessDown, kAnyTargets, kAsked, 50, 6000, 0, 0, 3},
    {FaultKind::kWitnessSlow, kBothTargets, kAsked, 100, 8000, 2, 100, 2},
    {FaultKind::kWitnessAnswerLost, kBothTargets, kAsked, 50, 4000, 20, 100, 4},
    {FaultKind::kWitnessRequestLost, kBothTargets, kAsked, 50, 4000, 20, 100, 3},
    {FaultKind::kWitnessLateCopy, kBothTargets, kAsked, 500, 15000, 20, 100, 3},
    {FaultKind::kSwitchover, kPrimaryTarget, kRoleMoments, 0, 0, 0, 0, 4},
    {FaultKind::kResync, kBackupTarget, kRoleMoments, 0, 0, 0, 0, 3},
    {FaultKind::kReconfigure, kPrimaryTarget, kRoleMoments, 0, 0, 0, 0, 3},
    {FaultKind::kReadinessPolled, kBothTargets, kAtTime, 5000, 30000, 20, 500, 1},
    {FaultKind::kForcePromote, kNodeTargets, kAtTime, 0, 0, 0, 0, 2},
    {FaultKind::kWitnessKill, kBothTargets, kAsked, 20, 4000, 0, 0, 4},
    {FaultKind::kWitnessPowerLoss, kBothTargets, kAsked, 50, 5000, 0, 0, 4},
    {FaultKind::kWitnessBitFlip, kBothTargets, kAsked, 20, 2000, 0, 0, 2},
    {FaultKind::kClientCut, kAnyTargets, kClientMoments, 10, 9000, 10, 100, 6},
    {FaultKind::kClientStall, kBothTargets, kClientMoments, 200, 15000, 10, 100, 4},
    {FaultKind::kClientRestart, kBothTargets, kClientMoments, 50, 4000, 10, 60, 3},
};
static_assert(std::size(kDraws) == kFaultKinds, "a line each");

constexpr FaultKind kRoleChangers[] = {FaultKind::kKill,       FaultKind::kKill,      FaultKind::kKill,
                                       FaultKind::kPowerLoss,  FaultKind::kTornWrite, FaultKind::kSwitchover,
                                       FaultKind::kSwitchover, FaultKind::kBlank,     FaultKind::kOrderlyStop};

Duration Microseconds(Duration d) { return Duration::Microseconds(d.nanoseconds() / 1000); }

template <class T>
T Pick(absl::Span<const T> from, Chance* chance) {
  return from[chance->Below(from.size())];
}

PairSettings DrawSettings(RunClass run_class, Chance chance) {
  constexpr int64_t kReleaseAges[] = {2000, 2000, 2000, 200, 500, 1000, 5000};
  constexpr int64_t kSuspects[] = {200, 500, 1000, 1000, 2000};
  constexpr int64_t kHolds[] = {50, 250, 250, 1000};
  constexpr int64_t kReconnects[] = {20, 100, 100, 400};
  constexpr int64_t kSnapshots[] = {2000, 10000, 20000, 30000};
  constexpr uint64_t kRetentions[] = {0, 32 << 10, 128 << 10, 512 << 10};
  constexpr int64_t kPeerRetentions[] = {1000, 3000, 86400000};
  const auto ms = [&chance](absl::Span<const int64_t> from) { return Duration::Milliseconds(Pick(from, &chance)); };
  PairSettings pair;
  pair.mode = chance.Percent(70) ? Mode::kDurable : Mode::kReceived;
  pair.release_age = ms(kReleaseAges);
  pair.suspect = ms(kSuspects);
  pair.max_hold = ms(kHolds);
  pair.reconnect = ms(kReconnects);
  pair.snapshot_interval = ms(kSnapshots);
  pair.retention_bytes = Pick(absl::Span<const uint64_t>(kRetentions), &chance);
  pair.peer_retention = ms(kPeerRetentions);
  pair.calls_sync_at_once = chance.Percent(20) ? 200 : 0;
  pair.socket_holder = chance.Percent(50);
  pair.alone_without_witness = run_class == RunClass::kAloneUnguarded;
  pair.witness_loss = chance.Percent(50) ? Duration::Milliseconds(500) : Duration::Seconds(3);
  return pair;
}

WorkloadSettings DrawWorkload(Chance chance) {
  WorkloadSettings workload;
  workload.phones = static_cast<uint32_t>(chance.Between(6, 14));
  workload.gateways = static_cast<uint32_t>(chance.Between(1, 3));
  workload.tcp_percent = chance.Percent(30) ? 0 : static_cast<uint32_t>(chance.Between(5, 60));
  return workload;
}

// Each in some runs only: what is rare in all of them meets little else.
HabitSettings DrawHabits(const Chance& chance) {
  HabitSettings habits;
  Chance pracks = chance.Fork("pracks");
  if (pracks.Percent(30)) habits.prack_percent = static_cast<uint32_t>(pracks.Between(5, 60));
  Chance forks = chance.Fork("forks");
  if (forks.Percent(30)) habits.fork_percent = static_cast<uint32_t>(forks.Between(10, 100));
  Chance lamps = chance.Fork("lamps");
  if (lamps.Percent(30)) habits.lamp_phones = static_cast<uint32_t>(lamps.Between(1, 3));
  Chance twins = chance.Fork("twins");
  if (twins.Percent(30)) habits.twins = static_cast<uint32_t>(twins.Between(1, 4));
  Chance offices = chance.Fork("offices");
  if (offices.Percent(30)) habits.transfer_offices = static_cast<uint32_t>(offices.Between(1, 3));
  Chance timers = chance.Fork("timers");
  if (timers.Percent(20)) habits.timer_percent = static_cast<uint32_t>(timers.Between(10, 80));
  if (habits.timer_percent > 0 && timers.OneIn(2)) habits.timed_percent = static_cast<uint32_t>(timers.Between(10, 60));
  return habits;
}

// Until the server's refreshes are due, 45 s after an answer, and the end of what nobody refreshes: 60 s after it, and
// 32 s after a time that nobody served.
void TalkLonger(Plan* plan) {
  constexpr Duration kLonger = Duration::Seconds(32);
  plan->quiet_from = plan->quiet_from + kLonger;
  plan->length = plan->length + kLonger;
}

// Half of the runs have some. Sessions that end soon, and queues that are soon full, are rare outside.
ClientSettings DrawClients(Chance chance) {
  constexpr int64_t kTimeouts[] = {4, 15, 60, 60};
  constexpr uint64_t kQueues[] = {60, 200, 10000, 10000};
  ClientSettings clients;
  if (!chance.Percent(50)) return clients;
  clients.clients = static_cast<uint32_t>(chance.Between(2, 8));
  clients.desk_phones = static_cast<uint32_t>(chance.Between(2, 6));
  clients.session_timeout = Duration::Seconds(Pick(absl::Span<const int64_t>(kTimeouts), &chance));
  clients.queue_events = Pick(absl::Span<const uint64_t>(kQueues), &chance);
  return clients;
}

Fault DrawFault(const Draw& draw, const Plan& plan, bool at_moments, Chance* chance) {
  Fault fault;
  fault.kind = draw.kind;
  fault.target = Pick(draw.targets, chance);
  fault.at = Microseconds(chance->Between(kFirstFault, plan.faults_end - Duration::Seconds(1)));
  if (at_moments) fault.when = Pick(draw.moments, chance);
  if (fault.when != Trigger::kAtTime && !IsWithin(fault.when) && chance->Percent(70)) {
    fault.delay = Microseconds(chance->Skewed(Duration(), Duration::Milliseconds(20)));
  }
  const Duration longest = std::min(Duration::Milliseconds(draw.longest), plan.faults_end - fault.at);
  const Duration shortest = std::min(Duration::Milliseconds(draw.shortest), longest);
  fault.duration = Microseconds(chance->Skewed(shortest, longest));
  fault.strength = static_cast<uint32_t>(chance->Between(draw.weakest, draw.strongest));
  fault.draw = chance->Bits() | 1;
  return fault;
}

bool MayHave(const Plan& plan, FaultKind kind) {
  if (IsOfClients(kind)) return plan.clients.clients > 0;
  return kind != FaultKind::kForcePromote || plan.run_class == RunClass::kLastCopyMayBeLost;
}

void AddRoleChanges(Chance chance, Plan* plan) {
  Duration at = chance.Between(Duration::Seconds(4), Duration::Seconds(12));
  for (int i = 0; i < kRoleChanges + static_cast<int>(chance.Below(2)); ++i) {
    const FaultKind kind = Pick(absl::Span<const FaultKind>(kRoleChangers), &chance);
    Fault fault = DrawFault(kDraws[static_cast<size_t>(kind)], *plan, false, &chance);
    fault.target = Target::kPrimary;
    fault.when = Trigger::kReady;
    fault.at = Microseconds(at);
    plan->faults.push_back(fault);
    at = at + chance.Between(Duration::Seconds(5), Duration::Seconds(13));
  }
}

void AddFaults(const Chance& chance, Plan* plan) {
  Chance how = chance.Fork("density");
  constexpr uint64_t kDensities[] = {5, 12, 25, 50};
  const uint64_t percent = Pick(absl::Span<const uint64_t>(kDensities), &how);
  std::vector<Fault> drawn;
  for (const Draw& draw : kDraws) {
    Chance own = chance.Fork("kind", static_cast<uint64_t>(draw.kind));
    if (!MayHave(*plan, draw.kind) || !own.Percent(percent)) continue;
    const bool hot = own.Percent(25);
    const int64_t number = hot ? draw.most : own.Between(1, std::max(1, draw.most / 2));
    for (int64_t i = 0; i < number; ++i) drawn.push_back(DrawFault(draw, *plan, own.Percent(60), &own));
  }
  while (drawn.size() > kMostFaults) drawn.erase(drawn.begin() + static_cast<int64_t>(how.Below(drawn.size())));
  plan->faults.insert(plan->faults.end(), drawn.begin(), drawn.end());
}

void SortByTime(Plan* plan) {
  std::stable_sort(plan->faults.begin(), plan->faults.end(),
                   [](const Fault& a, const Fault& b) { return a.at < b.at; });
  US_CHECK(CheckPlan(*plan).ok());
}

}  // namespace

Plan DrawPlan(uint64_t seed) {
  const Chance chance = Chance(seed).Fork("plan");
  Chance of_class = chance.Fork("class");
  Plan plan;
  plan.seed = seed;
  const uint64_t percent = of_class.Below(100);
  plan.run_class = percent < 92   ? RunClass::kStrict
                   : percent < 96 ? RunClass::kAloneUnguarded
                                  : RunClass::kLastCopyMayBeLost;
  plan.pair = DrawSettings(plan.run_class, chance.Fork("settings"));
  plan.workload = DrawWorkload(chance.Fork("workload"));
  plan.habits = DrawHabits(chance.Fork("habits"));
  if (plan.habits.timed_percent > 0) TalkLonger(&plan);
  plan.clients = DrawClients(chance.Fork("clients"));
  AddRoleChanges(chance.Fork("roles"), &plan);
  AddFaults(chance, &plan);
  SortByTime(&plan);
  return plan;
}

Plan DrawCombinedPlan(uint64_t seed) {
  Plan plan = DrawPlan(seed);
  if (plan.run_class != RunClass::kStrict) return plan;
  Chance chance = Chance(seed).Fork("combination");
  for (const Fault& fault : DrawCombination(plan, &chance)) plan.faults.push_back(fault);
  SortByTime(&plan);
  return plan;
}

}  // namespace understudy::sim
