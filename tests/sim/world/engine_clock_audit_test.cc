// A jump of engine time is wrong, unless a machine that has lost its power must believe a wall clock that was stepped.
#include "tests/sim/world/engine_clock_audit.h"

#include "base/time.h"
#include "gtest/gtest.h"

namespace understudy::sim {
namespace {

constexpr Duration kJump = Duration::Seconds(5);

TEST(EngineClockRuleTest, AJumpIsWrong) {
  const EngineClockRule rule;
  EXPECT_TRUE(rule.IsWrong(0, kJump));
  EXPECT_FALSE(rule.IsWrong(0, EngineClockRule::kSlack));
  EXPECT_FALSE(rule.IsWrong(0, Duration() - kJump)) << "what comes late has not ended too early";
}

TEST(EngineClockRuleTest, AStepAloneExcusesNothingAndNeitherDoesAPowerLoss) {
  EngineClockRule stepped;
  stepped.NoteClockStep();
  EXPECT_TRUE(stepped.IsWrong(0, kJump));
  EngineClockRule rebooted;
  rebooted.NotePowerLoss(0);
  EXPECT_TRUE(rebooted.IsWrong(0, kJump));
}

TEST(EngineClockRuleTest, TheMachineThatHasLostItsPowerAloneIsExcused) {
  EngineClockRule rule;
  rule.NoteClockStep();
  rule.NotePowerLoss(1);
  EXPECT_TRUE(rule.IsWrong(0, kJump));
  EXPECT_FALSE(rule.IsWrong(1, kJump));
}

// By less than what is wrong elsewhere, too: a registration that ends a moment early has ended too early.
TEST(EngineClockRuleTest, TimeIsLostByAJumpForAReasonHoweverShort) {
  EngineClockRule rule;
  rule.NoteClockStep();
  rule.NotePowerLoss(1);
  EXPECT_TRUE(rule.LosesTime(1, Duration::Milliseconds(208)));
  EXPECT_FALSE(rule.LosesTime(1, EngineClockRule::kNoticed));
  EXPECT_FALSE(rule.LosesTime(1, Duration() - kJump));
  EXPECT_FALSE(rule.LosesTime(0, kJump)) << "without a reason nothing is excused";
}

}  // namespace
}  // namespace understudy::sim
