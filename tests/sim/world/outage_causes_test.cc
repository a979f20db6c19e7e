// Nobody may serve for as long as what stops the service lasts, and a failover; no longer, and for nothing else.
#include "tests/sim/world/outage_causes.h"

#include "base/time.h"
#include "gtest/gtest.h"
#include "tests/sim/fault.h"
#include "tests/sim/fault_plan.h"

namespace understudy::sim {
namespace {

class OutageCausesTest : public testing::Test {
 protected:
  static constexpr Duration kAt = Duration::Seconds(20);
  static constexpr Duration kFor = Duration::Seconds(5);

  void Strike(FaultKind kind, PairWas was, Duration at = kAt, bool both = false) {
    Fault fault;
    fault.kind = kind;
    fault.duration = kFor;
    causes_.Strike(fault, both, was, at);
  }
  Duration MayLastUntil() const { return causes_.MayLastUntil() - OutageCauses::Bound(PairSettings()); }

  OutageCauses causes_{PairSettings()};
};

TEST_F(OutageCausesTest, WithoutAFaultAPairServesWithinItsBound) {
  EXPECT_EQ(MayLastUntil(), Duration());
}

TEST_F(OutageCausesTest, TheDeathOfAReadyPrimaryCostsAFailover) {
  Strike(FaultKind::kKill, PairWas::kReady);
  EXPECT_EQ(MayLastUntil(), kAt);
}

TEST_F(OutageCausesTest, OfAPairThatIsNotReadyEachFaultCostsItsTime) {
  Strike(FaultKind::kKill, PairWas::kNotReady);
  EXPECT_EQ(MayLastUntil(), kAt + kFor);
}

TEST_F(OutageCausesTest, AFaultOfBothCostsItsTime) {
  Strike(FaultKind::kStop, PairWas::kReady, kAt, true);
  EXPECT_EQ(MayLastUntil(), kAt + kFor);
}

TEST_F(OutageCausesTest, TheSecondFaultWhileTheFirstLastsCostsTheTimeOfBoth) {
  Strike(FaultKind::kKill, PairWas::kReady);
  Strike(FaultKind::kSwitchover, PairWas::kReady, kAt + Duration::Seconds(2));
  EXPECT_EQ(MayLastUntil(), kAt + kFor);
}

TEST_F(OutageCausesTest, WhoWasAskedToEndIsAwayFromItsEndOn) {
  Strike(FaultKind::kOrderlyStop, PairWas::kReady);
  causes_.Away(kAt + Duration::Seconds(8));
  EXPECT_EQ(MayLastUntil(), kAt) << "the other node serves";
  Strike(FaultKind::kBlank, PairWas::kNotReady, kAt + Duration::Seconds(2));
  EXPECT_EQ(MayLastUntil(), kAt + Duration::Seconds(8));
}

TEST_F(OutageCausesTest, WhatStrikesWhileANodeIsEndingStrikesOneThatIsNotWhole) {
  Strike(FaultKind::kOrderlyStop, PairWas::kReady);
  Strike(FaultKind::kMisdirectedWrite, PairWas::kHandingOver, kAt + Duration::Seconds(2));
  causes_.Away(kAt + Duration::Seconds(20));
  EXPECT_EQ(MayLastUntil(), kAt + Duration::Seconds(20)) << "the other node's copy is gone";
}

TEST_F(OutageCausesTest, TheSilenceOfACutLinkIsNoticedLater) {
  const Duration over = kAt + kFor;
  Strike(FaultKind::kLinkCutOneWay, PairWas::kReady);
  EXPECT_EQ(MayLastUntil(), kAt);
  Strike(FaultKind::kWitnessKill, PairWas::kReady, over + Duration::Milliseconds(30));
  EXPECT_EQ(MayLastUntil(), over + Duration::Milliseconds(30) + kFor) << "the primary asks to go on alone";
}

TEST_F(OutageCausesTest, TheSecondFaultWhenTheFirstIsOverIsAloneAgain) {
  Strike(FaultKind::kKill, PairWas::kReady);
  Strike(FaultKind::kKill, PairWas::kReady, kAt + kFor);
  EXPECT_EQ(MayLastUntil(), kAt + kFor);
}

TEST_F(OutageCausesTest, WhatThePairCannotSeeOrDoesNotMoveForCostsItsTime) {
  for (const FaultKind kind : {FaultKind::kPhoneCut, FaultKind::kLinkSlow, FaultKind::kLinkSwizzle,
                               FaultKind::kDiskSlow, FaultKind::kDiskFreeze}) {
    causes_ = OutageCauses(PairSettings());
    Strike(kind, PairWas::kReady);
    EXPECT_EQ(MayLastUntil(), kAt + kFor);
  }
}

TEST_F(OutageCausesTest, AHostWithoutNetworkCostsAFailoverWhereThereIsAnother) {
  for (const bool one_host : {false, true}) {
    PairSettings pair;
    pair.socket_holder = one_host;
    causes_ = OutageCauses(pair);
    Strike(FaultKind::kHostCut, PairWas::kReady);
    EXPECT_EQ(MayLastUntil(), one_host ? kAt + kFor : kAt);
  }
}

TEST_F(OutageCausesTest, OnlyTheWitnessKnowsWhoServesWhenASwitchoverIsUnderWay) {
  for (const FaultKind kind : {FaultKind::kWitnessDown, FaultKind::kWitnessRequestLost, FaultKind::kWitnessAnswerLost,
                               FaultKind::kWitnessKill}) {
    causes_ = OutageCauses(PairSettings());
    Strike(FaultKind::kSwitchover, PairWas::kReady);
    Strike(kind, PairWas::kHandingOver);
    EXPECT_EQ(MayLastUntil(), kAt + kFor);
  }
}

TEST_F(OutageCausesTest, AnythingElseThatStrikesASwitchoverCostsAFailover) {
  for (const FaultKind kind : {FaultKind::kKill, FaultKind::kStop, FaultKind::kLinkCut, FaultKind::kPowerLoss}) {
    causes_ = OutageCauses(PairSettings());
    Strike(FaultKind::kSwitchover, PairWas::kReady);
    Strike(kind, PairWas::kHandingOver);
    EXPECT_EQ(MayLastUntil(), kAt);
  }
}

TEST_F(OutageCausesTest, TheWitnessOfAPairAtRestCostsNothing) {
  Strike(FaultKind::kWitnessDown, PairWas::kReady);
  EXPECT_EQ(MayLastUntil(), kAt);
}

TEST_F(OutageCausesTest, AMemberThatGivesUpWhatItHasIsMissedAMomentLater) {
  Strike(FaultKind::kResync, PairWas::kReady);
  EXPECT_EQ(MayLastUntil(), kAt);
  Strike(FaultKind::kWitnessDown, PairWas::kReady, kAt + Duration::Milliseconds(1));
  EXPECT_EQ(MayLastUntil(), kAt + Duration::Milliseconds(1) + kFor);
}

TEST_F(OutageCausesTest, LostMessagesAndClocksStopNothing) {
  for (const FaultKind kind : {FaultKind::kPhoneLoss, FaultKind::kClockForward, FaultKind::kReconfigure}) {
    Strike(kind, PairWas::kNotReady);
  }
  EXPECT_EQ(MayLastUntil(), Duration());
}

}  // namespace
}  // namespace understudy::sim
