// What a node does, and leaves, while the witness does not answer, or answers with what is long over. Each a claim.
#include "replication/pair.h"

#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "replication/pair_testing.h"

namespace understudy::replication {
namespace {

// ---- Switchover and Grow.

TEST(Pair, ASwitchoverIsRefusedWhileTheWitnessDoesNotAnswer) {
  for (const bool blank : {false, true}) {
    PairNode node = Two();
    ASSERT_TRUE(node.pair().ready());
    node.Do(blank ? Input(WitnessAnswered{{RegisterVerdict::kBlank, absl::nullopt, ""}}) : Input(WitnessFailed{}));
    EXPECT_FALSE(node.pair().ready());
    const Output out = node.Do(HandoverAsked{});
    EXPECT_TRUE(Says(out, PairEvent::kHandoverGivenUp));
    EXPECT_FALSE(out.stop_input);
    EXPECT_FALSE(node.pair().outstanding());
    EXPECT_EQ(node.limit(), 10u);
    node.Answer(Of(5, 2, kA, {kA, kB}));
    EXPECT_TRUE(node.pair().ready());
  }
}

TEST(Pair, ASwitchoverIsGivenUpWhenTheWitnessIsLostBeforeItIsAsked) {
  PairNode node = Two();
  node.Log(12, 12);
  ASSERT_TRUE(node.Do(HandoverAsked{}).stop_input);
  const Output lost = node.Do(WitnessFailed{});
  EXPECT_TRUE(lost.resume_input);
  EXPECT_TRUE(Says(lost, PairEvent::kHandoverGivenUp));
  node.Ack(12, 12);
  EXPECT_FALSE(node.pair().outstanding());
  EXPECT_EQ(node.limit(), 12u);
}

TEST(Pair, ABackupIsNotReadyWhileTheWitnessDoesNotAnswerIt) {
  PairNode node = Backup();
  ASSERT_TRUE(node.pair().ready());
  node.Do(WitnessFailed{});
  EXPECT_FALSE(node.pair().ready());
}

TEST(Pair, ASwitchoverThatIsOvertakenIsGivenUpWithAWord) {
  PairNode node = Two();
  node.Log(12, 12);
  ASSERT_TRUE(node.Do(HandoverAsked{}).stop_input);
  const Output out = node.Answer(Of(6, 3, kB, {kB}));
  EXPECT_TRUE(out.step_down);
  EXPECT_TRUE(Says(out, PairEvent::kHandoverGivenUp));
  EXPECT_FALSE(out.resume_input);
}

// The peer may die before the witness is back: what was asked would hold everything.
TEST(Pair, GrowIsNotAskedWhileTheWitnessDoesNotAnswer) {
  PairOptions warm;
  warm.warm = true;
  for (const PairOptions& options : {PairOptions(), warm}) {
    PairNode node = Alone(CommitMode::kDurable, options);
    node.Do(WitnessFailed{});
    node.Do(PeerHello{kB, Epoch(2)});
    node.Do(SessionLive{true});
    node.Hear();
    node.Ack(10, 10);
    EXPECT_FALSE(node.pair().outstanding());
    node.Log(14, 14);
    EXPECT_EQ(node.limit(), 14u);
    node.Ack(14, 14);
    node.Answer(Of(5, 2, kA, {kA}));
    ASSERT_TRUE(node.pair().outstanding());
    EXPECT_EQ(node.pair().outstanding()->operation, RegisterOperation::kGrow);
  }
}

TEST(Pair, AnOpenGateIsClosedWhenTheWitnessIsLost) {
  PairNode node = Alone();
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  node.Hear();
  node.Log(12, 12);
  node.Ack(11, 11);
  ASSERT_EQ(node.pair().standing(), Standing::kGated);
  node.Do(WitnessFailed{});
  EXPECT_EQ(node.limit(), 12u);
}

// ---- The policy `alone`.

TEST(Pair, TheWitnessesLossUnguardsNobodyWhosePeerIsAlive) {
  PairOptions options;
  options.alone_without_witness = true;
  PairNode node = Two(CommitMode::kDurable, options);
  node.Log(12, 12);
  node.Do(HeldSince{Duration::Seconds(100)});
  for (int i = 0; i < 500; ++i) {
    node.Hear();
    node.Do(WitnessFailed{});
    EXPECT_FALSE(Says(node.Pass(20), PairEvent::kUnguarded));
  }
  ASSERT_TRUE(node.pair().outstanding());
  EXPECT_EQ(node.pair().outstanding()->operation, RegisterOperation::kShrink);
  EXPECT_EQ(node.limit(), 10u);
  EXPECT_TRUE(Says(node.Do(LinkDown{}), PairEvent::kUnguarded));
  EXPECT_EQ(node.limit(), 12u);
  node.Do(PeerHello{kB, Epoch(2)});
  EXPECT_EQ(node.pair().standing(), Standing::kChanging);
}

// ---- Force.

// A backup of A that is no member, whose link has ended, forced while the witness is silent. Its promise is of epoch 3.
PairNode ForcedInVain() {
  PairNode node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA}));
  node.Follow(2);
  node.Do(LinkDown{});
  node.Do(WitnessFailed{});
  EXPECT_EQ(node.Do(ForceAsked{}).keep_promise, Epoch(3));
  node.Do(PromiseKept{Epoch(3)});
  return node;
}

Output PassWithoutAnswer(int64_t milliseconds, PairNode* node) {
  Output all;
  for (int64_t passed = 0; passed < milliseconds; passed += 20) {
    node->Do(WitnessFailed{});
    const Output out = node->Leap(20);
    all.dial |= out.dial;
    all.events.insert(all.events.end(), out.events.begin(), out.events.end());
  }
  return all;
}

TEST(Pair, AForceThatNobodyAnswersIsGivenUpAndTheNodeDialsAgain) {
  PairNode node = ForcedInVain();
  ASSERT_TRUE(node.pair().outstanding());
  node.Do(DialFailed{});
  EXPECT_FALSE(PassWithoutAnswer(9900, &node).dial);
  EXPECT_TRUE(Says(PassWithoutAnswer(200, &node), PairEvent::kForceGivenUp));
  EXPECT_FALSE(node.pair().outstanding());
  node.Do(DialFailed{});
  EXPECT_TRUE(PassWithoutAnswer(200, &node).dial);
  EXPECT_FALSE(node.pair().outstanding());
}

// What was asked may be on its way for as long as it likes.
TEST(Pair, AForceThatWasGivenUpIsVoidedBeforeItsPromiseIsWithdrawn) {
  PairNode node = ForcedInVain();
  PassWithoutAnswer(12000, &node);
  node.Answer(Of(5, 2, kA, {kA}));
  EXPECT_EQ(node.pair().promise(), Epoch(3));
  ASSERT_TRUE(node.pair().outstanding());
  EXPECT_EQ(node.pair().outstanding()->operation, RegisterOperation::kTouch);
  EXPECT_EQ(node.Answer(Of(6, 2, kA, {kA})).keep_promise, Epoch(2));
}

TEST(Pair, AForceIsGivenUpWhenAnotherNodeIsGivenAnEpoch) {
  PairNode node = ForcedInVain();
  const Output out = node.Answer(Of(6, 3, kA, {kA}));
  EXPECT_TRUE(Says(out, PairEvent::kForceGivenUp));
  node.Pass(200);
  EXPECT_FALSE(node.pair().outstanding());
}

TEST(Pair, AForceThatAShrinkOvertookIsAskedForAgain) {
  PairNode node = ForcedInVain();
  EXPECT_FALSE(Says(node.Answer(Of(6, 2, kA, {kA})), PairEvent::kForceGivenUp));
  ASSERT_TRUE(node.pair().outstanding());
  EXPECT_EQ(node.pair().outstanding()->operation, RegisterOperation::kForce);
  EXPECT_EQ(node.pair().outstanding()->version, 6u);
}

// ---- A witness that was restored from an older copy.

TEST(Pair, AWitnessThatHasForgottenIsNamedAndAskedForNothing) {
  PairNode node = Two();
  node.Pass(100);
  const Output out = node.Answer(Of(4, 2, kA, {kA}));
  EXPECT_FALSE(Says(out, PairEvent::kWitnessStale));
  bool said = false;
  for (int i = 0; i < 20; ++i) {
    node.Do(PeerHeard{});
    node.Pass(100);
    said |= Says(node.Answer(Of(4, 2, kA, {kA})), PairEvent::kWitnessStale);
  }
  EXPECT_TRUE(said);
  EXPECT_TRUE(node.pair().witness_stale());
  EXPECT_FALSE(node.pair().ready());
  EXPECT_TRUE(Says(node.Do(HandoverAsked{}), PairEvent::kHandoverGivenUp));
  EXPECT_FALSE(node.Do(LinkDown{}).ask);
  node.Answer(Of(6, 2, kA, {kA}));
  EXPECT_FALSE(node.pair().witness_stale());
}

TEST(Pair, ForceEndsAWitnessThatHasForgotten) {
  PairNode node = Backup();
  for (int i = 0; i < 12; ++i) {
    node.Do(PeerHeard{});
    node.Pass(100);
  }
  node.Answer(Of(3, 1, kA, {kA}));
  ASSERT_TRUE(node.pair().witness_stale());
  EXPECT_EQ(node.Do(ForceAsked{}).keep_promise, Epoch(3));
  node.Do(PromiseKept{Epoch(3)});
  node.Pass(200);
  ASSERT_TRUE(node.pair().outstanding());
  EXPECT_EQ(node.pair().outstanding()->version, 3u);
  node.Answer(Of(4, 1, kA, {kA}));
  ASSERT_TRUE(node.pair().outstanding());
  EXPECT_EQ(node.pair().outstanding()->version, 4u);
  EXPECT_EQ(node.Answer(Of(5, 3, kB, {kB})).serve, Epoch(3));
}

}  // namespace
}  // namespace understudy::replication
