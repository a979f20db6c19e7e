// What a primary does while it does not know whether its peer hears it. Each a claim. The peer waits for a second.
#include "replication/pair.h"

#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "replication/pair_testing.h"
#include "replication/silence.h"

namespace understudy::replication {
namespace {

constexpr int64_t kStep = 20;  // ms

bool IsUnsure(const PairNode& node) { return node.pair().standing() == Standing::kUnsure; }

// The way from `primary` to its peer is cut, the other is not; ms until it is unsure, at most `longest`.
int64_t UnsureAfter(PairNode* primary, bool witness_answers, int64_t longest = 2000) {
  for (int64_t passed = 0; passed < longest; passed += kStep) {
    if (IsUnsure(*primary)) return passed;
    primary->Do(PeerHeard{});
    if (witness_answers) {
      primary->Pass(kStep);
    } else {
      primary->Leap(kStep);
    }
  }
  return longest;
}

TEST(Pair, WhoIsNotHeardIsUnsureLongBeforeItsPeerAsksForTheNextEpoch) {
  for (const bool witness_answers : {false, true}) {
    PairNode primary = Two();
    PairNode backup = Backup();
    int64_t unsure = 0;
    int64_t asks = 0;
    for (int64_t passed = kStep; passed <= 1500 && asks == 0; passed += kStep) {
      primary.Do(PeerHeard{});
      if (witness_answers) {
        primary.Pass(kStep);
      } else {
        primary.Leap(kStep);
      }
      if (unsure == 0 && IsUnsure(primary)) unsure = passed;
      if (backup.Pass(kStep).keep_promise) asks = passed;
      ASSERT_TRUE(unsure == 0 || IsUnsure(primary)) << passed;
    }
    EXPECT_GT(unsure, 0);
    EXPECT_GT(asks, 1000);
    EXPECT_LE(unsure, witness_answers ? 780 : 520);
    EXPECT_EQ(primary.limit(), 0u);
  }
}

TEST(Pair, WhoIsHeardIsSureForAsLongAsItIs) {
  PairNode node = Two();
  for (int i = 0; i < 200; ++i) {
    node.Hear();
    node.Pass(kStep);
    ASSERT_TRUE(node.pair().ready()) << i;
  }
}

TEST(Pair, TheAnswerToAPingEndsTheDoubtForAsLongAsThePingIsNew) {
  PairNode node = Two();
  ASSERT_LT(UnsureAfter(&node, false), 600);
  node.Hear();
  EXPECT_FALSE(IsUnsure(node));
  EXPECT_GT(UnsureAfter(&node, false), 200);
  EXPECT_TRUE(IsUnsure(node));
}

TEST(Pair, AnAckOfWhatWasAppendedSinceEndsTheDoubtAndOneOfWhatWasThereBeforeDoesNot) {
  PairNode node = Two();
  ASSERT_LT(UnsureAfter(&node, false), 600);
  node.Ack(10, 10);
  EXPECT_TRUE(IsUnsure(node));
  node.Log(11, 11);
  node.Ack(11, 11);
  EXPECT_FALSE(IsUnsure(node));
}

// The peer may be about to ask: it has heard nothing for nearly as long as it waits.
TEST(Pair, TheWitnessVouchesForAWhileAndNoLonger) {
  PairNode node = Two();
  const int64_t unsure = UnsureAfter(&node, true);
  EXPECT_GT(unsure, 700);
  EXPECT_LE(unsure, 780);
  node.Do(WitnessFailed{});
  node.Answer(Of(5, 2, kA, {kA, kB}));
  EXPECT_TRUE(IsUnsure(node));
}

TEST(Pair, WhoIsInDoubtReadsTheWitnessAtOnceAndAgainAndPingsOn) {
  PairNode node = Two();
  node.Pass(100);
  int reads = 0;
  int pings = 0;
  for (int64_t passed = 0; passed < 900; passed += kStep) {
    node.Do(PeerHeard{});
    const Output out = node.Leap(kStep);
    pings += out.ping.has_value();
    if (!out.read) continue;
    ++reads;
    node.Do(WitnessFailed{});
  }
  EXPECT_GE(reads, 3);
  EXPECT_GE(pings, 4);
}

TEST(Pair, ItsLastMomentIsTheDoubtsFirstWhateverTheTicks) {
  PairNode node = Two();
  EXPECT_FALSE(node.pair().Doubts(Duration::Seconds(100) + Duration::Milliseconds(500)));
  EXPECT_TRUE(node.pair().Doubts(Duration::Seconds(100) + Duration::Milliseconds(501)));
}

// Otherwise a backup that reaches nobody would keep the service from going on.
TEST(Pair, APeerThatDoesNotHearIsShrunkOutAlthoughItIsHeard) {
  PairNode node = Two();
  Output out;
  int64_t passed = 0;
  for (; passed < 1500 && !out.ask; passed += kStep) {
    node.Do(PeerHeard{});
    out = node.Pass(kStep);
  }
  ASSERT_TRUE(Asks(out, RegisterOperation::kShrink));
  EXPECT_TRUE(Says(out, PairEvent::kPeerSuspected));
  EXPECT_GT(passed, 1000);
  EXPECT_TRUE(IsUnsure(node));
  node.Answer(Of(6, 2, kA, {kA}));
  EXPECT_EQ(node.limit(), 10u);
}

// What it has acknowledged it has, but it would be a member that takes over in a moment.
TEST(Pair, GrowIsNotAskedForAPeerThatDoesNotHear) {
  PairNode node = Alone();
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  EXPECT_FALSE(node.Ack(10, 10).ask);
  EXPECT_FALSE(node.pair().outstanding());
  EXPECT_TRUE(Asks(node.Hear(), RegisterOperation::kGrow));
}

TEST(Pair, APauseOfItsOwnIsNotThePeersDeafness) {
  PairNode node = Two();
  ASSERT_LT(UnsureAfter(&node, false), 600);
  node.Leap(5000);
  EXPECT_FALSE(node.pair().outstanding());
  node.Hear();
  EXPECT_FALSE(IsUnsure(node));
}

// Its peer has been told nothing by it yet, and may have waited since the register named another.
TEST(Pair, WhoWasHandedTheReignIsUnsureUntilItIsHeard) {
  PairNode node(Facts(kA, 1, 9));
  node.BecomePrimary(Of(5, 2, kA, {kA, kB}));
  EXPECT_TRUE(IsUnsure(node));
  node.Do(PeerHello{kB, Epoch(2)});
  EXPECT_TRUE(IsUnsure(node));
  node.Hear();
  EXPECT_FALSE(IsUnsure(node));
}

// A backup of A's that has been handed epoch 3; its disk then took 600 ms to keep the promise.
PairNode HandedLongAgo(Output* kept) {
  PairNode node = Backup();
  node.Hear();
  EXPECT_EQ(node.Do(PeerRegister{Of(6, 3, kB, {kB, kA})}).keep_promise, Epoch(3));
  node.Do(LinkDown{});
  for (int64_t passed = 0; passed < 600; passed += kStep) node.Leap(kStep);
  *kept = node.Do(PromiseKept{Epoch(3)});
  return node;
}

TEST(Pair, AReignThatWasHandedOverLongAgoIsReplacedByOneThatOnlyOneNodeIsGiven) {
  for (const bool over : {false, true}) {
    Output kept;
    PairNode node = HandedLongAgo(&kept);
    EXPECT_FALSE(kept.serve);
    EXPECT_EQ(kept.keep_promise, Epoch(4));
    EXPECT_TRUE(Asks(node.Do(PromiseKept{Epoch(4)}), RegisterOperation::kAcquire));
    const Output out = node.Answer(over ? Of(7, 4, kA, {kA}) : Of(7, 4, kB, {kB}));
    EXPECT_EQ(out.serve.has_value(), !over);
    EXPECT_FALSE(IsUnsure(node));
  }
}

TEST(Pair, AReignThatWasHandedOverLongAgoIsNotBegunWithoutTheWitness) {
  Output kept;
  PairNode node = HandedLongAgo(&kept);
  node.Do(PromiseKept{Epoch(4)});
  for (int i = 0; i < 100; ++i) {
    node.Do(WitnessFailed{});
    EXPECT_FALSE(node.Leap(kStep).serve);
  }
  EXPECT_EQ(node.Answer(Of(7, 4, kB, {kB})).serve, Epoch(4));
}

// It may be learnt late as well: the witness tells of a Handover whose Register frame was lost with the link.
TEST(Pair, AReignIsAsOldAsTheLastWordOfThePrimaryBefore) {
  PairNode node = Backup();
  node.Hear();
  node.Do(LinkDown{});
  for (int64_t passed = 0; passed < 600; passed += kStep) node.Leap(kStep);
  node.Answer(Of(6, 3, kB, {kB, kA}));
  EXPECT_FALSE(node.Do(PromiseKept{Epoch(3)}).serve);
}

TEST(Pair, WhoFollowsAsksThePrimaryFiveTimesInItsPatienceAndWhoPreparesToDoesNot) {
  PairNode node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA, kB}));
  node.Pass(120);
  node.Do(LinkUp{});
  EXPECT_FALSE(node.Do(PeerWelcome{kA, Epoch(2), Plan::kTail}).ping);
  EXPECT_TRUE(node.Do(Prepared{}).ping);
  int pings = 0;
  for (int64_t passed = 0; passed < 1000; passed += kStep) {
    node.Do(PeerHeard{});
    pings += node.Leap(kStep).ping.has_value();
  }
  EXPECT_EQ(pings, 5);
}

// Its network was cut: heartbeats and the Register frame were repeated by TCP when it was mended, and come in time by
// this node's clock.
TEST(Pair, AReignIsAsOldAsTheQuestionThatThePrimaryLastAnsweredHoweverMuchItSays) {
  for (const bool answers : {false, true}) {
    PairNode node = Backup();
    node.Hear();
    for (int64_t passed = 0; passed < 600; passed += kStep) {
      node.Pass(kStep);
      node.Do(PeerHeard{});
      if (answers) node.Hear();
    }
    node.Do(PeerHeard{});
    const Output told = node.Do(PeerRegister{Of(6, 3, kB, {kB, kA})});
    EXPECT_EQ(told.keep_promise, answers ? Epoch(3) : Epoch(4));
    node.Do(LinkDown{});
    const Output kept = node.Do(PromiseKept{*told.keep_promise});
    EXPECT_EQ(kept.serve.has_value(), answers);
    EXPECT_EQ(Asks(kept, RegisterOperation::kAcquire), !answers);
  }
}

TEST(Pair, AReignThatIsOverWhenItsNodeLearnsOfItIsNotBegun) {
  PairNode node = Backup();
  node.Hear();
  node.Leap(1400);
  node.Answer(*node.pair().view());
  const Output told = node.Do(PeerRegister{Of(6, 3, kB, {kB, kA})});
  node.Do(LinkDown{});
  EXPECT_TRUE(Asks(node.Do(PromiseKept{*told.keep_promise}), RegisterOperation::kAcquire));
  EXPECT_FALSE(node.Answer(Of(7, 4, kA, {kA}), RegisterVerdict::kRefused).serve);
  EXPECT_EQ(node.pair().role(), Role::kJoining);
}

// It was stopped, and the Register frame waited for it in its socket, behind the answer to what it had asked before.
TEST(Pair, AReignThatWasHandedOverWhileThisNodeWasStoppedIsAsOldAsThePause) {
  for (const int64_t stopped : {100, 800}) {
    PairNode node = Backup();
    const uint64_t asked_before = node.pinged();
    node.Leap(stopped);
    node.Answer(*node.pair().view());
    node.Do(PeerHeard{});
    node.Do(PeerPong{asked_before});
    const Output told = node.Do(PeerRegister{Of(6, 3, kB, {kB, kA})});
    EXPECT_EQ(told.keep_promise, stopped == 100 ? Epoch(3) : Epoch(4));
    node.Do(LinkDown{});
    const Output kept = node.Do(PromiseKept{*told.keep_promise});
    EXPECT_EQ(kept.serve.has_value(), stopped == 100);
    EXPECT_EQ(Asks(kept, RegisterOperation::kAcquire), stopped == 800);
  }
}

TEST(Pair, WhatIsToldBehindTheAnswerToAQuestionAfterAPauseIsNew) {
  PairNode node = Backup();
  node.Leap(800);
  node.Hear();
  EXPECT_EQ(node.Do(PeerRegister{Of(6, 3, kB, {kB, kA})}).keep_promise, Epoch(3));
  EXPECT_EQ(node.Do(PromiseKept{Epoch(3)}).serve, Epoch(3));
}

TEST(Pair, WhatAPeerThatIsNoMemberHearsEndsNoDoubt) {
  PairNode node = Two();
  ASSERT_LT(UnsureAfter(&node, false), 600);
  node.Do(PeerHello{{0xc0, 1}, Epoch(2)});
  node.Hear();
  EXPECT_TRUE(IsUnsure(node));
}

TEST(Pair, ThePeersOwnPatienceIsWhatCounts) {
  PairNode quick = Two();
  quick.Do(PeerHello{kB, Epoch(2), Duration(), Duration::Milliseconds(400)});
  quick.Hear();
  EXPECT_LE(UnsureAfter(&quick, false), 220);
  PairNode never = Two();
  never.Do(PeerHello{kB, Epoch(2), Duration(), kNoSilence});
  EXPECT_EQ(UnsureAfter(&never, true, 20000), 20000);
}

TEST(Pair, NobodyIsUnsureOfItsReignWhereNobodyElseMayAcquireOrTheOperatorWantsService) {
  PairNode alone = Alone();
  EXPECT_EQ(UnsureAfter(&alone, true, 5000), 5000);
  PairOptions options;
  options.warm = true;
  PairNode warm = Two(CommitMode::kDurable, options);
  EXPECT_EQ(UnsureAfter(&warm, true, 5000), 5000);
  options = PairOptions();
  options.alone_without_witness = true;
  PairNode unguarded = Two(CommitMode::kDurable, options);
  unguarded.Do(LinkDown{});
  for (int i = 0; i < 250; ++i) {
    unguarded.Do(WitnessFailed{});
    unguarded.Leap(kStep);
  }
  EXPECT_EQ(unguarded.pair().standing(), Standing::kUnguarded);
}

}  // namespace
}  // namespace understudy::replication
