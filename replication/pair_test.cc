// Single behaviours of the state machine, each a claim: founding, answers of the witness, release, Shrink and Grow.
// What holds whatever happens is pair_model_test.cc's.
#include "replication/pair.h"

#include <vector>

#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "replication/pair_testing.h"

namespace understudy::replication {
namespace {

// ---- Start.

TEST(Pair, ARestartedPrimaryNeverResumesItsEpoch) {
  PairNode node(Facts({0xa0, 2}, 2, 10));
  const Output out = node.Answer(Of(5, 2, kA, {kA}));
  EXPECT_FALSE(out.serve);
  EXPECT_EQ(out.keep_promise, Epoch(3));
}

TEST(Pair, ARestartedMemberOfTwoFirstAsksItsPeer) {
  PairNode node(Facts({0xa0, 2}, 2, 10));
  const Output out = node.Answer(Of(5, 2, kA, {kA, kB}));
  EXPECT_FALSE(out.keep_promise);
  EXPECT_FALSE(out.serve);
}

TEST(Pair, ThePromiseIsKeptBeforeAcquireIsAsked) {
  PairNode node(Facts({0xa0, 2}, 2, 10));
  EXPECT_FALSE(node.Answer(Of(5, 2, kA, {kA})).ask);
  EXPECT_FALSE(node.Pass(200).ask);
  const Output out = node.Do(PromiseKept{Epoch(3)});
  ASSERT_TRUE(Asks(out, RegisterOperation::kAcquire));
  EXPECT_EQ(out.ask->epoch, Epoch(3));
  EXPECT_EQ(out.ask->version, 5u);
}

TEST(Pair, NothingIsAcceptedFromTheMomentThePromiseIsOrdered) {
  PairNode node = Backup();
  node.Do(LinkDown{true});
  EXPECT_FALSE(node.pair().accepts_append());
  node.Do(PromiseKept{Epoch(3)});
  EXPECT_FALSE(node.pair().accepts_append());
}

TEST(Pair, AnAcquireThatIsGrantedIsServedInThePromisedEpoch) {
  PairNode node(Facts({0xa0, 2}, 2, 10));
  node.Answer(Of(5, 2, kA, {kA}));
  node.Do(PromiseKept{Epoch(3)});
  const Output out = node.Answer(Of(6, 3, {0xa0, 2}, {{0xa0, 2}}));
  EXPECT_EQ(out.serve, Epoch(3));
  EXPECT_TRUE(Says(out, PairEvent::kUnprotected));
}

// ---- Founding.

TEST(Pair, OnlyAPristineNodeCreates) {
  NodeFacts facts = Facts(kA, 0, 0);
  facts.cluster_id = 0;
  facts.last_epoch = Epoch();
  PairNode pristine(facts);
  EXPECT_EQ(pristine.Do(WitnessAnswered{{RegisterVerdict::kBlank, absl::nullopt, ""}}).keep_promise, Epoch(1));
  pristine.Do(PromiseKept{Epoch(1)});
  ASSERT_TRUE(pristine.pair().outstanding());
  EXPECT_EQ(pristine.pair().outstanding()->operation, RegisterOperation::kCreate);
  PairNode used(Facts(kA, 2, 10));
  EXPECT_TRUE(Says(used.Do(WitnessAnswered{{RegisterVerdict::kBlank, absl::nullopt, ""}}), PairEvent::kWitnessBlank));
  EXPECT_FALSE(used.Pass(3000).ask);
}

// Both nodes of a new pair find the witness blank; one is first.
TEST(Pair, WhoLosesTheRaceToFoundThePairJoinsIt) {
  NodeFacts facts = Facts(kB, 0, 0);
  facts.cluster_id = 0;
  facts.last_epoch = Epoch();
  PairNode node(facts);
  node.Do(WitnessAnswered{{RegisterVerdict::kBlank, absl::nullopt, ""}});
  node.Do(PromiseKept{Epoch(1)});
  node.Pass(200);
  ASSERT_TRUE(node.pair().outstanding());
  const Output out = node.Answer(Of(1, 1, kA, {kA}), RegisterVerdict::kOtherCluster);
  EXPECT_EQ(out.adopt_cluster, kCluster);
  EXPECT_FALSE(Says(out, PairEvent::kWitnessOther));
  EXPECT_FALSE(node.pair().outstanding());
  node.Follow(1);
}

TEST(Pair, ARegisterOfAnotherClusterIsNotLookedAt) {
  PairNode node(Facts(kB, 2, 10));
  Register other = Of(50, 9, kB, {kB});
  other.cluster_id = 8;
  EXPECT_TRUE(Says(node.Answer(other), PairEvent::kWitnessOther));
  node.Pass(120);
  node.Do(LinkUp{});
  node.Do(PeerRefusal{RefusalReason::kOtherCluster, kA, other});
  node.Do(PeerRegister{other});
  EXPECT_FALSE(node.pair().view());
}

// ---- Answers.

TEST(Pair, AnUnknownAnswerIsAskedForAgainWithTheSameVersion) {
  PairNode node(Facts({0xa0, 2}, 2, 10));
  node.Answer(Of(5, 2, kA, {kA}));
  const Output first = node.Do(PromiseKept{Epoch(3)});
  node.Do(WitnessFailed{});
  const Output second = node.Pass(200);
  ASSERT_TRUE(second.ask);
  EXPECT_EQ(*second.ask, *first.ask);
}

TEST(Pair, ARegisterOfTheSameVersionIsNoAnswer) {
  PairNode node = Two();
  node.Do(LinkDown{});
  ASSERT_TRUE(node.pair().outstanding());
  node.Do(PeerRegister{Of(5, 2, kA, {kA, kB})});
  node.Answer(Of(5, 2, kA, {kA, kB}));
  EXPECT_TRUE(node.pair().outstanding());
  EXPECT_EQ(node.pair().standing(), Standing::kChanging);
}

// The hint of a witness refuses; the primary is heard of again, by a register of the same epoch.
TEST(Pair, ARefusedAcquireIsVoidedBeforeItsPromiseIsWithdrawn) {
  PairNode node = Backup();
  node.Do(LinkDown{true});
  node.Do(PromiseKept{Epoch(3)});
  ASSERT_TRUE(node.pair().outstanding());
  node.Answer(Of(5, 2, kA, {kA, kB}), RegisterVerdict::kRefused);
  node.Do(WitnessFailed{});
  EXPECT_EQ(node.pair().promise(), Epoch(3));
  const Output moved = node.Answer(Of(6, 2, kA, {kA}), RegisterVerdict::kOtherVersion);
  EXPECT_EQ(moved.keep_promise, Epoch(2));
}

TEST(Pair, APromiseOfAFormerLifeIsWithdrawnAfterATouch) {
  PairNode node(Facts({0xb0, 2}, 3, 10));
  const Output out = node.Answer(Of(5, 2, kA, {kA}));
  ASSERT_TRUE(Asks(out, RegisterOperation::kTouch));
  EXPECT_FALSE(out.keep_promise);
  EXPECT_EQ(node.Answer(Of(6, 2, kA, {kA})).keep_promise, Epoch(2));
}

// What the peer last saw may be older than what the former life asked with.
TEST(Pair, ARegisterToldByThePeerWithdrawsNoPromiseOfAFormerLife) {
  PairNode node(Facts({0xb0, 2}, 3, 10));
  node.Do(WitnessFailed{});
  for (uint64_t version = 3; version < 6; ++version) {
    node.Do(PeerRegister{Of(version, 2, kA, {kA, kB})});
    EXPECT_FALSE(node.Do(Tick{}).keep_promise);
  }
  EXPECT_TRUE(Asks(node.Answer(Of(7, 2, kA, {kA, kB})), RegisterOperation::kTouch));
}

// ---- Release, Shrink and Grow.

TEST(Pair, ABackupThatIsLostIsShrunkOutAfterTheOwnLogIsSyncedUpToThere) {
  PairNode node = Two();
  node.Log(14, 10);
  EXPECT_FALSE(node.Do(LinkDown{}).ask);
  EXPECT_EQ(node.pair().standing(), Standing::kChanging);
  EXPECT_FALSE(node.Log(20, 13).ask);
  EXPECT_TRUE(Asks(node.Log(20, 14), RegisterOperation::kShrink));
}

TEST(Pair, WhileShrinkIsOnItsWayOnlyWhatBothHaveIsReleased) {
  for (const CommitMode mode : {CommitMode::kDurable, CommitMode::kReceived}) {
    PairNode node = Two(mode);
    node.Log(20, 12);
    node.Do(HeldSince{Duration::Seconds(1)});
    node.Pass(300);
    ASSERT_EQ(node.pair().standing(), Standing::kChanging);
    node.Ack(15, 15);
    EXPECT_EQ(node.limit(), 12u);
    node.Log(20, 18);
    EXPECT_EQ(node.limit(), 15u);
  }
}

TEST(Pair, ASlowBackupIsShrunkOutAlthoughItIsHeard) {
  PairNode node = Two();
  node.Log(20, 20);
  node.Do(HeldSince{Duration::Seconds(100)});
  Output out;
  for (int i = 0; i < 30 && !out.ask; ++i) {
    node.Do(PeerHeard{});
    out = node.Pass(20);
  }
  EXPECT_TRUE(Asks(out, RegisterOperation::kShrink));
  EXPECT_TRUE(Says(out, PairEvent::kBackupSlow));
}

TEST(Pair, AnOwnDiskThatIsSlowIsNotTheBackupsFault) {
  PairNode node = Two();
  node.Log(20, 10);
  node.Ack(20, 20);
  node.Do(HeldSince{Duration::Seconds(100)});
  for (int i = 0; i < 30; ++i) {
    node.Do(PeerHeard{});
    EXPECT_FALSE(node.Pass(20).ask);
  }
}

// What waited for this node's own disk comes to the backup when that is over.
TEST(Pair, ABackupHasMaxHoldFromWhenTheOwnDiskIsDone) {
  for (const CommitMode mode : {CommitMode::kDurable, CommitMode::kReceived}) {
    PairNode node = Two(mode);
    node.Do(HeldSince{Duration::Seconds(100)});
    for (int i = 0; i < 30; ++i) {
      node.Hear();
      EXPECT_FALSE(node.Pass(20).ask);
    }
    EXPECT_FALSE(node.Log(20, 20).ask);
    for (int i = 0; i < 12; ++i) {
      node.Hear();
      EXPECT_FALSE(node.Pass(20).ask);
    }
    node.Ack(15, 15);
    node.Hear();
    EXPECT_TRUE(Says(node.Pass(20), PairEvent::kBackupSlow));
  }
}

TEST(Pair, GrowIsAskedOnlyWhenThisSessionReachedItsGate) {
  PairNode node = Alone();
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  node.Hear();
  node.Ack(10, 10);
  node.Pass(40);
  node.Log(12, 12);
  EXPECT_EQ(node.limit(), node.pair().standing() == Standing::kAlone ? 12u : 10u);
  PairNode slow = Alone();
  slow.Do(PeerHello{kB, Epoch(2)});
  slow.Do(SessionLive{true});
  slow.Hear();
  EXPECT_FALSE(slow.Ack(9, 9).ask);
  EXPECT_FALSE(slow.pair().outstanding());
  EXPECT_TRUE(Asks(slow.Ack(10, 10), RegisterOperation::kGrow));
}

TEST(Pair, EffectsWaitForThePeerFromTheGateOn) {
  PairNode node = Alone();
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  node.Hear();
  node.Log(12, 12);
  node.Ack(11, 11);
  ASSERT_EQ(node.pair().standing(), Standing::kGated);
  EXPECT_EQ(node.limit(), 11u);
}

TEST(Pair, ANewSessionGatesAnew) {
  PairNode node = Alone();
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  node.Hear();
  node.Log(12, 12);
  node.Ack(11, 11);
  ASSERT_EQ(node.pair().standing(), Standing::kGated);
  node.Do(PeerHello{{0xb0, 2}, Epoch(2)});
  EXPECT_EQ(node.pair().standing(), Standing::kAlone);
  node.Do(SessionLive{true});
  node.Hear();
  EXPECT_FALSE(node.Ack(11, 11).ask);
  EXPECT_FALSE(node.pair().outstanding());
}

TEST(Pair, WhileGrowIsOnItsWayOnlyTheNodeItNamesCounts) {
  for (const CommitMode mode : {CommitMode::kDurable, CommitMode::kReceived}) {
    PairNode node = Alone(mode);
    node.Do(PeerHello{kB, Epoch(2)});
    node.Do(SessionLive{true});
    node.Hear();
    node.Ack(10, 10);
    ASSERT_TRUE(node.pair().outstanding());
    EXPECT_EQ(node.limit(), 10u);
    node.Do(PeerHello{{0xc0, 1}, Epoch(0)});
    node.Log(12, 12);
    node.Ack(12, 12);
    EXPECT_EQ(node.limit(), 0u);
  }
}

TEST(Pair, AGateThatTakesTooLongIsGivenUp) {
  PairNode node = Alone();
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  node.Hear();
  node.Log(12, 12);
  node.Ack(11, 11);
  EXPECT_TRUE(Says(node.Pass(400), PairEvent::kGateGivenUp));
  EXPECT_EQ(node.limit(), 12u);
}

TEST(Pair, TheGateIsNeverBelowWhatWasSynced) {
  PairNode node = Alone();
  node.Do(LogDurable{Lsn(12)});
  EXPECT_EQ(node.limit(), 12u);
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  node.Hear();
  EXPECT_FALSE(node.Ack(10, 10).ask);
  EXPECT_FALSE(node.pair().outstanding());
}

TEST(Pair, ALaterLifeOfTheMemberIsNoMemberAndIsShrunkOutAtOnce) {
  PairNode node = Two(CommitMode::kReceived);
  const Output out = node.Do(PeerHello{{0xb0, 2}, Epoch(2)});
  EXPECT_FALSE(node.pair().ready());
  EXPECT_TRUE(Asks(out, RegisterOperation::kShrink));
}

// Filled with the state it would be another store, and nobody could take over.
TEST(Pair, AMemberIsFilledOnlyWhenItIsOneNoMore) {
  const PeerHello filled{.node = kB, .promise = Epoch(2), .refills = true};
  for (const CommitMode mode : {CommitMode::kDurable, CommitMode::kReceived}) {
    PairNode node = Two(mode);
    const Output out = node.Do(filled);
    EXPECT_EQ(out.refuse, RefusalReason::kBusy);
    EXPECT_FALSE(out.welcome);
    EXPECT_TRUE(Asks(out, RegisterOperation::kShrink));
    EXPECT_EQ(node.Do(filled).refuse, RefusalReason::kBusy);
    node.Answer(Of(6, 2, kA, {kA}, mode));
    EXPECT_TRUE(node.Do(filled).welcome);
  }
}

// It is filled only when the register names it no more, and until then nothing leaves the primary.
TEST(Pair, AMemberMayNotLeaveWhileTheWitnessIsSilent) {
  PairNode node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA, kB}));
  EXPECT_TRUE(node.pair().may_leave());
  node.Do(WitnessFailed{});
  EXPECT_FALSE(node.pair().may_leave());
  node.Answer(Of(5, 2, kA, {kA, kB}));
  EXPECT_TRUE(node.pair().may_leave());
}

TEST(Pair, WhoIsNoMemberMayLeaveThoughTheWitnessIsSilent) {
  PairNode node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA}));
  node.Do(WitnessFailed{});
  EXPECT_TRUE(node.pair().may_leave());
}

TEST(Pair, WhomARequestMayNameIsNotFilled) {
  const PeerHello filled{.node = kB, .promise = Epoch(2), .refills = true};
  PairNode grows = Alone();
  grows.Do(PeerHello{kB, Epoch(2)});
  grows.Do(SessionLive{true});
  grows.Ack(10, 10);
  grows.Hear();
  ASSERT_TRUE(grows.pair().outstanding());
  EXPECT_EQ(grows.Do(filled).refuse, RefusalReason::kBusy);
  EXPECT_TRUE(Asks(grows.Answer(Of(6, 2, kA, {kA, kB})), RegisterOperation::kShrink));
  PairNode hands_over = Two();
  hands_over.Do(HandoverAsked{});
  ASSERT_TRUE(hands_over.pair().outstanding());
  EXPECT_EQ(hands_over.Do(filled).refuse, RefusalReason::kBusy);
  EXPECT_TRUE(hands_over.Answer(Of(6, 3, kB, {kB, kA})).step_down);
}

TEST(Pair, ANodeThatIsNoMemberIsFilledAtOnce) {
  PairNode node = Two();
  EXPECT_TRUE(node.Do(PeerHello{.node = {0xc0, 1}, .promise = Epoch(2), .refills = true}).welcome);
}

TEST(Pair, ANewSessionOfTheMemberIsReadyWhenItsAcksFlow) {
  PairNode node = Two();
  ASSERT_TRUE(node.pair().ready());
  node.Do(PeerHello{{0xb0, 2}, Epoch(2)});
  EXPECT_FALSE(node.pair().ready());
  node.Ack(10, 10);
  EXPECT_TRUE(node.pair().ready());
}

TEST(Pair, AcksOfAnotherEpochDoNotCount) {
  PairNode node = Two();
  node.Log(20, 20);
  node.Do(PeerAck{{Epoch(1), Lsn(20), Lsn(20), Lsn(20)}});
  EXPECT_EQ(node.limit(), 10u);
}

TEST(Pair, HoldIsTheRuleWhileTheWitnessIsSilentAndAloneIsThePolicy) {
  for (const bool alone : {false, true}) {
    PairOptions options;
    options.alone_without_witness = alone;
    PairNode node = Two(CommitMode::kDurable, options);
    node.Do(LinkDown{});
    node.Log(12, 12);
    ASSERT_TRUE(node.pair().outstanding());
    bool said = false;
    for (int i = 0; i < 40; ++i) {
      node.Do(WitnessFailed{});
      said |= Says(node.Pass(100), PairEvent::kUnguarded);
    }
    EXPECT_EQ(said, alone);
    EXPECT_EQ(node.limit(), alone ? 12u : 0u);
  }
}

}  // namespace
}  // namespace understudy::replication
