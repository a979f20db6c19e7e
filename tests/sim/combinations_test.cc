#include "tests/sim/combinations.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/sim/fault_plan.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {
namespace {

using replication::CommitMode;
using Course = std::vector<std::pair<FaultKind, Target>>;

constexpr uint64_t kDraws = 2000;

std::vector<Fault> Drawn(CommitMode mode, uint64_t seed) {
  Plan plan;
  plan.pair.mode = mode;
  Chance chance(seed);
  return DrawCombination(plan, &chance);
}

std::set<Course> CoursesOf(CommitMode mode) {
  std::set<Course> courses;
  for (uint64_t seed = 0; seed < kDraws; ++seed) {
    Course course;
    for (const Fault& fault : Drawn(mode, seed)) course.emplace_back(fault.kind, fault.target);
    courses.insert(course);
  }
  return courses;
}

TEST(Combinations, FitAStrictPlan) {
  for (const CommitMode mode : {CommitMode::kDurable, CommitMode::kReceived}) {
    for (uint64_t seed = 0; seed < kDraws; ++seed) {
      Plan plan;
      plan.pair.mode = mode;
      plan.faults = Drawn(mode, seed);
      ASSERT_GE(plan.faults.size(), 2u);
      std::stable_sort(plan.faults.begin(), plan.faults.end(),
                       [](const Fault& a, const Fault& b) { return a.at < b.at; });
      EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
      const absl::StatusOr<Plan> again = ParsePlan(ToText(plan));
      ASSERT_TRUE(again.ok()) << again.status();
      EXPECT_EQ(*again, plan);
    }
  }
}

TEST(Combinations, AreDrawnEachInItsMode) {
  const std::set<Course> durable = CoursesOf(CommitMode::kDurable);
  const std::set<Course> received = CoursesOf(CommitMode::kReceived);
  EXPECT_EQ(durable.size(), 6u);
  EXPECT_EQ(received.size(), 7u);
  const Course back_first = {{FaultKind::kDiskSlow, Target::kPrimary},
                             {FaultKind::kKill, Target::kBackup},
                             {FaultKind::kPowerLoss, Target::kPrimary}};
  EXPECT_TRUE(durable.contains(back_first));
  EXPECT_FALSE(received.contains(back_first));
}

TEST(Combinations, TheSameChanceIsTheSameCourse) {
  EXPECT_EQ(Drawn(CommitMode::kDurable, 7), Drawn(CommitMode::kDurable, 7));
  EXPECT_NE(Drawn(CommitMode::kDurable, 7), Drawn(CommitMode::kDurable, 8));
}

}  // namespace
}  // namespace understudy::sim
