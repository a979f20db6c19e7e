#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/sim/fault.h"
#include "tests/sim/fault_plan.h"
#include "tests/sim/fault_schedule.h"
#include "tests/sim/swarm.h"

namespace understudy::sim {
namespace {

using replication::CommitMode;

constexpr uint64_t kSeeds = 3000;

Fault Of(FaultKind kind, Target target, int64_t at_ms, Trigger when = Trigger::kAtTime) {
  Fault fault;
  fault.kind = kind;
  fault.target = target;
  fault.at = Duration::Milliseconds(at_ms);
  fault.when = when;
  return fault;
}

Duration Ms(int64_t n) { return Duration::Milliseconds(n); }

TEST(Fault, EveryKindTargetAndTriggerSurvivesItsText) {
  for (const FaultTraits& traits : AllFaults()) {
    for (int t = 0; t < kTargets; ++t) {
      Fault fault = Of(traits.kind, static_cast<Target>(t), 12345, static_cast<Trigger>(t));
      fault.delay = Duration::Microseconds(17);
      fault.duration = Duration::Microseconds(2500001);
      fault.strength = 99;
      fault.draw = 0xfedcba9876543210;
      const absl::StatusOr<Fault> again = ParseFault(ToText(fault));
      ASSERT_TRUE(again.ok()) << ToText(fault) << ": " << again.status();
      EXPECT_EQ(*again, fault) << ToText(fault);
    }
  }
  for (int t = 0; t < kTriggers; ++t) {
    const Fault fault = Of(FaultKind::kKill, Target::kA, 1, static_cast<Trigger>(t));
    EXPECT_EQ(*ParseFault(ToText(fault)), fault) << ToText(fault);
  }
}

TEST(Fault, WhatItsTextCannotMeanIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"kill", "kind and its target"},       {"kil a at=1", "no fault is called 'kil'"},
      {"kill c at=1", "no target"},          {"kill a at=1s", "'1s' is no time"},
      {"kill a at=-1", "is no time"},        {"kill a at=1 when=noon", "no condition is called 'noon'"},
      {"kill a at=1 colour=red", "colour"},  {"kill a at=1 strength=-2", "strength=-2"},
      {"kill a at=1.1234567", "is no time"}, {"kill a at=1 draw=xyz", "draw=xyz"},
  };
  for (const auto& [text, why] : cases) {
    const absl::StatusOr<Fault> fault = ParseFault(text);
    ASSERT_FALSE(fault.ok()) << text;
    EXPECT_NE(fault.status().message().find(why), absl::string_view::npos) << text << ": " << fault.status();
  }
}

TEST(Relaxations, AreOfClassesThatAreNotStrictAndHaveAReason) {
  for (const Relaxation& relaxation : kRelaxations) {
    EXPECT_NE(relaxation.run_class, RunClass::kStrict);
    EXPECT_GT(relaxation.reason.size(), 20u);
  }
  for (Check never : {Check::kOneReleaser, Check::kDigestsEqual, Check::kReleaseAge, Check::kMemory, Check::kCrash}) {
    for (int c = 0; c < kRunClasses; ++c) EXPECT_FALSE(IsRelaxed(static_cast<RunClass>(c), never));
  }
}

TEST(Swarm, ASeedIsAlwaysTheSamePlanAndAnotherIsAnother) {
  for (uint64_t seed = 1; seed < 100; ++seed) {
    EXPECT_EQ(ToText(DrawPlan(seed)), ToText(DrawPlan(seed)));
    EXPECT_NE(DrawPlan(seed).faults, DrawPlan(seed + 1).faults);
  }
}

TEST(Swarm, EveryPlanChangesRolesTwiceAndEndsItsFaultsBeforeTheQuietEnd) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Plan plan = DrawPlan(seed);
    ASSERT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
    EXPECT_GE(RoleChangesMeant(plan), kRoleChanges) << seed;
    EXPECT_GE(plan.length, Duration::Seconds(60));
    EXPECT_GE(plan.workload.calls, 100u);
    for (const Fault& fault : plan.faults) {
      EXPECT_LE(fault.at, plan.faults_end) << seed << ": " << ToText(fault);
      const bool by_time = fault.when == Trigger::kAtTime;
      EXPECT_TRUE(!by_time || fault.at + fault.duration <= plan.faults_end) << seed << ": " << ToText(fault);
    }
  }
}

TEST(Swarm, EveryPlanSurvivesItsText) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Plan plan = DrawPlan(seed);
    const absl::StatusOr<Plan> again = ParsePlan(ToText(plan));
    ASSERT_TRUE(again.ok()) << again.status();
    ASSERT_EQ(*again, plan) << ToText(plan);
  }
}

TEST(Swarm, EveryKindAndTriggerIsDrawnAndMostRunsHaveFewKinds) {
  std::array<uint64_t, kFaultKinds> kinds = {};
  std::array<uint64_t, kTriggers> triggers = {};
  std::array<uint64_t, kRunClasses> classes = {};
  uint64_t few = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Plan plan = DrawPlan(seed);
    std::array<bool, kFaultKinds> here = {};
    for (const Fault& fault : plan.faults) {
      here[static_cast<size_t>(fault.kind)] = true;
      ++triggers[static_cast<size_t>(fault.when)];
    }
    for (int k = 0; k < kFaultKinds; ++k) kinds[static_cast<size_t>(k)] += here[static_cast<size_t>(k)] ? 1 : 0;
    few += std::count(here.begin(), here.end(), true) <= kFaultKinds / 3 ? 1 : 0;
    ++classes[static_cast<size_t>(plan.run_class)];
  }
  for (const FaultTraits& traits : AllFaults()) {
    EXPECT_GT(kinds[static_cast<size_t>(traits.kind)], 0u) << traits.name;
    if (traits.changes_roles) continue;
    EXPECT_LT(kinds[static_cast<size_t>(traits.kind)], kSeeds / 2) << traits.name;
  }
  for (int t = 0; t < kTriggers; ++t) EXPECT_GT(triggers[static_cast<size_t>(t)], 0u) << TriggerName(Trigger(t));
  EXPECT_GT(few, kSeeds / 2);
  EXPECT_GT(classes[0], kSeeds * 8 / 10);
  EXPECT_GT(classes[1], 0u);
  EXPECT_GT(classes[2], 0u);
}

TEST(Plan, WhatCannotBeIsRefusedWithItsLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"seed 1\nspeed 3\n", "line 2: no option is called 'speed'"},
      {"seed x\n", "line 1: 'x' is not a number"},
      {"mode fast\n", "durable or received"},
      {"class lenient\n", "class of runs"},
      {"socket-holder maybe\n", "yes or no"},
      {"length 0\n", "length"},
      {"length 30\n", "follow each other"},
      {"alone-without-witness yes\n", "no option of a strict run"},
      {"fault force-promote a at=3\n", "never forced"},
      {"fault kill a-to-b at=3\n", "path"},
      {"fault link-cut-one-way a at=3\n", "path"},
      {"fault double-kill a at=3\n", "both"},
      {"fault link-break both at=49\n", "after the end"},
      {"fault kill a at=3\nfault kill a at=2\n", "order"},
  };
  for (const auto& [text, why] : cases) {
    const absl::StatusOr<Plan> plan = ParsePlan(text);
    ASSERT_FALSE(plan.ok()) << text;
    EXPECT_NE(plan.status().message().find(why), absl::string_view::npos) << text << ": " << plan.status();
  }
}

TEST(Plan, CommentsAndMissingOptionsAreFine) {
  const absl::StatusOr<Plan> plan = ParsePlan("# nothing\n\n  seed 7   # lucky\nfault kill primary at=3\n");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->seed, 7u);
  EXPECT_EQ(plan->length, Duration::Seconds(140));
  EXPECT_EQ(plan->faults.size(), 1u);
}

class Schedule : public testing::Test {
 protected:
  void Plans(std::vector<Fault> faults) {
    plan_.faults = std::move(faults);
    schedule_.emplace(&plan_);
  }
  // The kinds that begin.
  std::vector<FaultKind> Take(int64_t ms) {
    std::vector<FaultKind> kinds;
    last_ = schedule_->Take(Ms(ms), situation_);
    for (const Strike& strike : last_) kinds.push_back(strike.fault->kind);
    return kinds;
  }
  static std::vector<FaultKind> Nothing() { return {}; }

  Plan plan_;
  absl::optional<FaultSchedule> schedule_;
  Situation situation_;
  std::vector<Strike> last_;
};

TEST_F(Schedule, AFaultBeginsAtItsTimeAndOnce) {
  Plans({Of(FaultKind::kLinkBreak, Target::kBoth, 1000)});
  EXPECT_EQ(schedule_->NextAt(Duration()), Ms(1000));
  EXPECT_EQ(Take(999), Nothing());
  EXPECT_EQ(Take(1000), std::vector<FaultKind>{FaultKind::kLinkBreak});
  EXPECT_EQ(Take(1001), Nothing());
  EXPECT_EQ(schedule_->NextAt(Ms(1001)), absl::nullopt);
  EXPECT_EQ(schedule_->done(), 1u);
}

TEST_F(Schedule, AConditionCountsFromItsTimeOnAndItsDelayIsWaitedFor) {
  Fault fault = Of(FaultKind::kKill, Target::kPrimary, 1000, Trigger::kGrow);
  fault.delay = Ms(5);
  Plans({fault});
  situation_.at[1].Add(Trigger::kGrow);
  EXPECT_EQ(Take(900), Nothing());
  EXPECT_TRUE(schedule_->Armed(Ms(900)).empty());
  situation_ = Situation();
  EXPECT_EQ(Take(1000), Nothing());
  EXPECT_TRUE(schedule_->Armed(Ms(1000)).Has(Trigger::kGrow));
  EXPECT_EQ(schedule_->NextAt(Ms(1000)), absl::nullopt);
  situation_.at[0].Add(Trigger::kGrow);
  EXPECT_EQ(Take(2000), Nothing());
  EXPECT_EQ(schedule_->NextAt(Ms(2000)), Ms(2005));
  EXPECT_TRUE(schedule_->Armed(Ms(2000)).empty());
  situation_ = Situation();
  EXPECT_EQ(Take(2005), std::vector<FaultKind>{FaultKind::kKill});
}

TEST_F(Schedule, AConditionOfANodeCountsAtTheNodeThatIsStruck) {
  Plans({Of(FaultKind::kKill, Target::kBackup, 0, Trigger::kPromise)});
  situation_.primary = 1;
  situation_.at[1].Add(Trigger::kPromise);
  EXPECT_EQ(Take(1), Nothing());
  situation_.at[0].Add(Trigger::kPromise);
  ASSERT_EQ(Take(2).size(), 1u);
  EXPECT_TRUE(last_[0].struck[0]);
  EXPECT_FALSE(last_[0].struck[1]);
}

TEST_F(Schedule, PrimaryAndBackupAreWhoTheyAreWhenItBegins) {
  Plans({Of(FaultKind::kKill, Target::kPrimary, 10), Of(FaultKind::kKill, Target::kPrimary, 20)});
  situation_.primary = 0;
  ASSERT_EQ(Take(10).size(), 1u);
  EXPECT_TRUE(last_[0].struck[0]);
  situation_.primary = 1;
  ASSERT_EQ(Take(20).size(), 1u);
  EXPECT_TRUE(last_[0].struck[1]);
}

TEST_F(Schedule, WhatNeverCameTrueIsGivenUpAndASwitchoverWaitsUntilTheQuietEnd) {
  Plans({Of(FaultKind::kLinkCut, Target::kBoth, 10, Trigger::kTransfer),
         Of(FaultKind::kSwitchover, Target::kPrimary, 10, Trigger::kReady)});
  EXPECT_EQ(Take(41000), Nothing());
  situation_.at[0].Add(Trigger::kTransfer);
  situation_.at[0].Add(Trigger::kReady);
  EXPECT_EQ(Take(43000), std::vector<FaultKind>{FaultKind::kSwitchover});
  EXPECT_EQ(schedule_->done(), 2u);
}

TEST(LastCopy, EveryCellOfTheTableHolds) {
  const Fault kill = Of(FaultKind::kKill, Target::kA, 1);
  const Fault blank = Of(FaultKind::kBlank, Target::kA, 1);
  const Fault both = Of(FaultKind::kDoublePowerLoss, Target::kBoth, 1);
  const Fault asked_to_end = Of(FaultKind::kOrderlyStop, Target::kA, 1);
  const Fault flipped = Of(FaultKind::kBitFlip, Target::kA, 1);
  const Strike a_asked_to_end{&asked_to_end, {true, false}};
  const Strike a_flipped{&flipped, {true, false}};
  const Strike a_killed{&kill, {true, false}};
  const Strike a_blanked{&blank, {true, false}};
  const Strike both_lost{&both, {true, true}};
  const Copy sound{.member = true, .only = false, .running = true, .whole = true};
  const Copy rotten{.member = true, .only = false, .running = true, .whole = false};
  const Copy dead{.member = true, .only = false, .running = false, .whole = true};
  const Copy only{.member = true, .only = true, .running = true, .whole = true};
  const Copy out{.member = false, .only = false, .running = true, .whole = true};
  const Copy ending{.member = true, .only = false, .running = false, .whole = true, .ending = true};
  const Copy ending_rotten{.member = true, .only = false, .running = false, .whole = false, .ending = true};
  struct Case {
    Strike strike;
    Copy a, b;
    bool durable, received;
  };
  const Case cases[] = {
      {a_killed, sound, sound, true, true},    // the other one takes over
      {a_killed, sound, dead, true, false},    // durable: either may start again
      {a_killed, sound, rotten, true, false},
      {a_killed, only, out, true, true},       // the only store in the set, in any start
      {a_blanked, sound, sound, true, true},
      {a_blanked, sound, dead, true, false},
      {a_blanked, sound, rotten, false, false},
      {a_blanked, only, out, false, false},
      {both_lost, sound, sound, true, false},  // what was acknowledged from memory is gone
      {a_asked_to_end, sound, sound, true, true},
      {a_asked_to_end, rotten, sound, false, false},  // it may leave b out before it ends
      {a_flipped, sound, sound, true, true},
      {a_flipped, ending, sound, false, false},       // likewise
      {a_killed, ending_rotten, sound, true, true},   // at once: b takes over
  };
  int row = 0;
  for (const Case& c : cases) {
    const Copy copies[kNodes] = {c.a, c.b};
    EXPECT_EQ(LeavesACopy(CommitMode::kDurable, copies, c.strike), c.durable) << "row " << row;
    EXPECT_EQ(LeavesACopy(CommitMode::kReceived, copies, c.strike), c.received) << "row " << row;
    ++row;
  }
}

}  // namespace
}  // namespace understudy::sim
