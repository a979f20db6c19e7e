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
  node.Log(12, 12);
  node.Ack(11, 11);
  ASSERT_EQ(node.pair().standing(), Standing::kGated);
  node.Do(WitnessFailed{});
  EXPECT_EQ(node.limit(), 12u);
}

}  // namespace
}  // namespace understudy::replication
