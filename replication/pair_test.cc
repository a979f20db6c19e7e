// Single behaviours of the state machine, each a claim. What holds whatever happens is pair_model_test.cc's.
#include "replication/pair.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "gtest/gtest.h"

namespace understudy::replication {
namespace {

constexpr Incarnation kA{0xa0, 1};
constexpr Incarnation kB{0xb0, 1};
constexpr uint64_t kCluster = 7;

Register Of(uint64_t version, uint64_t epoch, const Incarnation& primary, std::vector<Incarnation> in_sync,
            CommitMode mode = CommitMode::kDurable) {
  return {kCluster, version, Epoch(epoch), primary, std::move(in_sync), mode, false};
}

NodeFacts Facts(const Incarnation& me, uint64_t promise, uint64_t end) {
  NodeFacts facts;
  facts.me = me;
  facts.cluster_id = kCluster;
  facts.new_cluster_id = 99;
  facts.promise = Epoch(promise);
  facts.last_epoch = Epoch(promise);
  facts.end = Lsn(end);
  return facts;
}

bool Says(const Output& out, PairEvent event) {
  return std::any_of(out.events.begin(), out.events.end(), [&](const auto& e) { return e.first == event; });
}

bool Asks(const Output& out, RegisterOperation operation) { return out.ask && out.ask->operation == operation; }

// A node, a clock, and verbs. While time passes the witness answers reads with what the node has seen before.
class Node {
 public:
  explicit Node(const NodeFacts& facts, const PairOptions& options = {}) : pair_(options, facts) { Do(Tick{}); }

  Output Do(const Input& input) { return last_ = pair_.Step(now_, input); }
  Output Pass(int64_t milliseconds) {
    Output all;
    for (int64_t passed = 0; passed < milliseconds; passed += 20) {
      now_ = now_ + Duration::Milliseconds(20);
      Gather(Do(Tick{}), &all);
      if (last_.read && pair_.view()) Gather(Answer(*pair_.view()), &all);
    }
    return all;
  }
  Output Leap(int64_t milliseconds) {
    now_ = now_ + Duration::Milliseconds(milliseconds);
    return Do(Tick{});
  }
  Output Answer(const Register& now, RegisterVerdict verdict = RegisterVerdict::kDone) {
    return Do(WitnessAnswered{{verdict, now, ""}});
  }
  Output Log(uint64_t end, uint64_t durable) {
    Do(LogGrew{Lsn(end)});
    return Do(LogDurable{Lsn(durable)});
  }
  Output Ack(uint64_t received, uint64_t durable) {
    return Do(PeerAck{{pair_.epoch(), Lsn(received), Lsn(durable), Lsn(received)}});
  }
  // Of `epoch`, of which `view` names it the primary.
  void BecomePrimary(const Register& view) {
    Output out = Answer(view);
    if (out.keep_promise) out = Do(PromiseKept{*out.keep_promise});
    ASSERT_TRUE(out.serve);
  }
  void Follow(uint64_t epoch) {
    if (!last_.dial) Pass(120);
    Do(LinkUp{});
    Do(PeerWelcome{kA, Epoch(epoch), Plan::kTail});
    const Output out = Do(Prepared{});
    if (out.keep_promise) Do(PromiseKept{*out.keep_promise});
    ASSERT_TRUE(pair_.accepts_append());
  }
  uint64_t limit() const { return pair_.release_limit().value(); }
  Pair& pair() { return pair_; }

 private:
  static void Gather(const Output& out, Output* all) {
    if (out.ask) all->ask = out.ask;
    if (out.keep_promise) all->keep_promise = out.keep_promise;
    all->dial |= out.dial;
    all->hang_up |= out.hang_up;
    all->resume_input |= out.resume_input;
    all->events.insert(all->events.end(), out.events.begin(), out.events.end());
  }

  Pair pair_;
  Duration now_ = Duration::Seconds(100);
  Output last_;
};

// A primary of epoch 2 whose set is of two, with a session of B that has acknowledged all of 10 entries.
Node Two(CommitMode mode = CommitMode::kDurable, PairOptions options = {}) {
  options.mode = mode;
  Node node(Facts(kA, 1, 9), options);
  node.BecomePrimary(Of(5, 2, kA, {kA, kB}, mode));
  node.Log(10, 10);
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  node.Ack(10, 10);
  return node;
}

Node Alone(CommitMode mode = CommitMode::kDurable, PairOptions options = {}) {
  options.mode = mode;
  Node node(Facts(kA, 1, 9), options);
  node.BecomePrimary(Of(5, 2, kA, {kA}, mode));
  node.Log(10, 10);
  return node;
}

// B, a member that follows A in epoch 2.
Node Backup(CommitMode mode = CommitMode::kDurable) {
  PairOptions options;
  options.mode = mode;
  Node node(Facts(kB, 2, 10), options);
  node.Answer(Of(5, 2, kA, {kA, kB}, mode));
  node.Follow(2);
  return node;
}

// ---- Start.

TEST(Pair, ARestartedPrimaryNeverResumesItsEpoch) {
  Node node(Facts({0xa0, 2}, 2, 10));
  const Output out = node.Answer(Of(5, 2, kA, {kA}));
  EXPECT_FALSE(out.serve);
  EXPECT_EQ(out.keep_promise, Epoch(3));
}

TEST(Pair, ARestartedMemberOfTwoFirstAsksItsPeer) {
  Node node(Facts({0xa0, 2}, 2, 10));
  const Output out = node.Answer(Of(5, 2, kA, {kA, kB}));
  EXPECT_FALSE(out.keep_promise);
  EXPECT_FALSE(out.serve);
}

TEST(Pair, ThePromiseIsKeptBeforeAcquireIsAsked) {
  Node node(Facts({0xa0, 2}, 2, 10));
  EXPECT_FALSE(node.Answer(Of(5, 2, kA, {kA})).ask);
  EXPECT_FALSE(node.Pass(200).ask);
  const Output out = node.Do(PromiseKept{Epoch(3)});
  ASSERT_TRUE(Asks(out, RegisterOperation::kAcquire));
  EXPECT_EQ(out.ask->epoch, Epoch(3));
  EXPECT_EQ(out.ask->version, 5u);
}

TEST(Pair, NothingIsAcceptedFromTheMomentThePromiseIsOrdered) {
  Node node = Backup();
  node.Do(LinkDown{true});
  EXPECT_FALSE(node.pair().accepts_append());
  node.Do(PromiseKept{Epoch(3)});
  EXPECT_FALSE(node.pair().accepts_append());
}

TEST(Pair, AnAcquireThatIsGrantedIsServedInThePromisedEpoch) {
  Node node(Facts({0xa0, 2}, 2, 10));
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
  Node pristine(facts);
  EXPECT_EQ(pristine.Do(WitnessAnswered{{RegisterVerdict::kBlank, absl::nullopt, ""}}).keep_promise, Epoch(1));
  pristine.Do(PromiseKept{Epoch(1)});
  ASSERT_TRUE(pristine.pair().outstanding());
  EXPECT_EQ(pristine.pair().outstanding()->operation, RegisterOperation::kCreate);
  Node used(Facts(kA, 2, 10));
  EXPECT_TRUE(Says(used.Do(WitnessAnswered{{RegisterVerdict::kBlank, absl::nullopt, ""}}), PairEvent::kWitnessBlank));
  EXPECT_FALSE(used.Pass(3000).ask);
}

// Both nodes of a new pair find the witness blank; one is first.
TEST(Pair, WhoLosesTheRaceToFoundThePairJoinsIt) {
  NodeFacts facts = Facts(kB, 0, 0);
  facts.cluster_id = 0;
  facts.last_epoch = Epoch();
  Node node(facts);
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
  Node node(Facts(kB, 2, 10));
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
  Node node(Facts({0xa0, 2}, 2, 10));
  node.Answer(Of(5, 2, kA, {kA}));
  const Output first = node.Do(PromiseKept{Epoch(3)});
  node.Do(WitnessFailed{});
  const Output second = node.Pass(200);
  ASSERT_TRUE(second.ask);
  EXPECT_EQ(*second.ask, *first.ask);
}

TEST(Pair, ARegisterOfTheSameVersionIsNoAnswer) {
  Node node = Two();
  node.Do(LinkDown{});
  ASSERT_TRUE(node.pair().outstanding());
  node.Do(PeerRegister{Of(5, 2, kA, {kA, kB})});
  node.Answer(Of(5, 2, kA, {kA, kB}));
  EXPECT_TRUE(node.pair().outstanding());
  EXPECT_EQ(node.pair().standing(), Standing::kChanging);
}

// The hint of a witness refuses; the primary is heard of again, by a register of the same epoch.
TEST(Pair, ARefusedAcquireIsVoidedBeforeItsPromiseIsWithdrawn) {
  Node node = Backup();
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
  Node node(Facts({0xb0, 2}, 3, 10));
  const Output out = node.Answer(Of(5, 2, kA, {kA}));
  ASSERT_TRUE(Asks(out, RegisterOperation::kTouch));
  EXPECT_FALSE(out.keep_promise);
  EXPECT_EQ(node.Answer(Of(6, 2, kA, {kA})).keep_promise, Epoch(2));
}

// What the peer last saw may be older than what the former life asked with.
TEST(Pair, ARegisterToldByThePeerWithdrawsNoPromiseOfAFormerLife) {
  Node node(Facts({0xb0, 2}, 3, 10));
  node.Do(WitnessFailed{});
  for (uint64_t version = 3; version < 6; ++version) {
    node.Do(PeerRegister{Of(version, 2, kA, {kA, kB})});
    EXPECT_FALSE(node.Do(Tick{}).keep_promise);
  }
  EXPECT_TRUE(Asks(node.Answer(Of(7, 2, kA, {kA, kB})), RegisterOperation::kTouch));
}

// ---- Release, Shrink and Grow.

TEST(Pair, ABackupThatIsLostIsShrunkOutAfterTheOwnLogIsSyncedUpToThere) {
  Node node = Two();
  node.Log(14, 10);
  EXPECT_FALSE(node.Do(LinkDown{}).ask);
  EXPECT_EQ(node.pair().standing(), Standing::kChanging);
  EXPECT_FALSE(node.Log(20, 13).ask);
  EXPECT_TRUE(Asks(node.Log(20, 14), RegisterOperation::kShrink));
}

TEST(Pair, WhileShrinkIsOnItsWayOnlyWhatBothHaveIsReleased) {
  for (const CommitMode mode : {CommitMode::kDurable, CommitMode::kReceived}) {
    Node node = Two(mode);
    node.Log(20, 12);
    node.Do(HeldSince{Duration::Seconds(1)});
    ASSERT_EQ(node.pair().standing(), Standing::kChanging);
    node.Ack(15, 15);
    EXPECT_EQ(node.limit(), 12u);
    node.Log(20, 18);
    EXPECT_EQ(node.limit(), 15u);
  }
}

TEST(Pair, ASlowBackupIsShrunkOutAlthoughItIsHeard) {
  Node node = Two();
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
  Node node = Two();
  node.Log(20, 10);
  node.Ack(20, 20);
  node.Do(HeldSince{Duration::Seconds(100)});
  for (int i = 0; i < 30; ++i) {
    node.Do(PeerHeard{});
    EXPECT_FALSE(node.Pass(20).ask);
  }
}

TEST(Pair, GrowIsAskedOnlyWhenThisSessionReachedItsGate) {
  Node node = Alone();
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  node.Ack(10, 10);
  node.Pass(40);
  node.Log(12, 12);
  EXPECT_EQ(node.limit(), node.pair().standing() == Standing::kAlone ? 12u : 10u);
  Node slow = Alone();
  slow.Do(PeerHello{kB, Epoch(2)});
  slow.Do(SessionLive{true});
  EXPECT_FALSE(slow.Ack(9, 9).ask);
  EXPECT_FALSE(slow.pair().outstanding());
  EXPECT_TRUE(Asks(slow.Ack(10, 10), RegisterOperation::kGrow));
}

TEST(Pair, EffectsWaitForThePeerFromTheGateOn) {
  Node node = Alone();
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  node.Log(12, 12);
  node.Ack(11, 11);
  ASSERT_EQ(node.pair().standing(), Standing::kGated);
  EXPECT_EQ(node.limit(), 11u);
}

TEST(Pair, ANewSessionGatesAnew) {
  Node node = Alone();
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  node.Log(12, 12);
  node.Ack(11, 11);
  ASSERT_EQ(node.pair().standing(), Standing::kGated);
  node.Do(PeerHello{{0xb0, 2}, Epoch(2)});
  EXPECT_EQ(node.pair().standing(), Standing::kAlone);
  node.Do(SessionLive{true});
  EXPECT_FALSE(node.Ack(11, 11).ask);
  EXPECT_FALSE(node.pair().outstanding());
}

TEST(Pair, WhileGrowIsOnItsWayOnlyTheNodeItNamesCounts) {
  for (const CommitMode mode : {CommitMode::kDurable, CommitMode::kReceived}) {
    Node node = Alone(mode);
    node.Do(PeerHello{kB, Epoch(2)});
    node.Do(SessionLive{true});
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
  Node node = Alone();
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  node.Log(12, 12);
  node.Ack(11, 11);
  EXPECT_TRUE(Says(node.Pass(400), PairEvent::kGateGivenUp));
  EXPECT_EQ(node.limit(), 12u);
}

TEST(Pair, TheGateIsNeverBelowWhatWasSynced) {
  Node node = Alone();
  node.Do(LogDurable{Lsn(12)});
  EXPECT_EQ(node.limit(), 12u);
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  EXPECT_FALSE(node.Ack(10, 10).ask);
  EXPECT_FALSE(node.pair().outstanding());
}

TEST(Pair, ALaterLifeOfTheMemberIsNoMemberAndIsShrunkOutAtOnce) {
  Node node = Two(CommitMode::kReceived);
  const Output out = node.Do(PeerHello{{0xb0, 2}, Epoch(2)});
  EXPECT_FALSE(node.pair().ready());
  EXPECT_TRUE(Asks(out, RegisterOperation::kShrink));
}

TEST(Pair, ANewSessionOfTheMemberIsReadyWhenItsAcksFlow) {
  Node node = Two();
  ASSERT_TRUE(node.pair().ready());
  node.Do(PeerHello{{0xb0, 2}, Epoch(2)});
  EXPECT_FALSE(node.pair().ready());
  node.Ack(10, 10);
  EXPECT_TRUE(node.pair().ready());
}

TEST(Pair, AcksOfAnotherEpochDoNotCount) {
  Node node = Two();
  node.Log(20, 20);
  node.Do(PeerAck{{Epoch(1), Lsn(20), Lsn(20), Lsn(20)}});
  EXPECT_EQ(node.limit(), 10u);
}

TEST(Pair, HoldIsTheRuleWhileTheWitnessIsSilentAndAloneIsThePolicy) {
  for (const bool alone : {false, true}) {
    PairOptions options;
    options.alone_without_witness = alone;
    Node node = Two(CommitMode::kDurable, options);
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

// ---- Being deposed, and being stopped.

TEST(Pair, AHigherEpochEndsTheReleases) {
  Node node = Two();
  const Output out = node.Answer(Of(6, 3, kB, {kB}));
  EXPECT_TRUE(out.step_down);
  EXPECT_EQ(node.limit(), 0u);
  EXPECT_EQ(node.pair().role(), Role::kJoining);
}

TEST(Pair, AStoppedPrimaryReleasesNothingBeforeAFreshAnswer) {
  Node by_peer = Two();
  const Output woke = by_peer.Leap(700);
  EXPECT_EQ(by_peer.limit(), 0u);
  ASSERT_TRUE(woke.ping);
  by_peer.Do(PeerPong{*woke.ping - 1});
  EXPECT_EQ(by_peer.limit(), 0u);
  by_peer.Do(PeerPong{*woke.ping});
  EXPECT_EQ(by_peer.limit(), 10u);
  Node by_witness = Two();
  by_witness.Answer(Of(5, 2, kA, {kA, kB}));
  EXPECT_TRUE(by_witness.Leap(700).read);
  EXPECT_EQ(by_witness.limit(), 0u);
  by_witness.Answer(Of(5, 2, kA, {kA, kB}));
  EXPECT_EQ(by_witness.limit(), 10u);
}

TEST(Pair, APauseOfItsOwnIsNotThePeersSilence) {
  Node node = Backup();
  node.Leap(5000);
  EXPECT_FALSE(node.Pass(100).keep_promise);
  EXPECT_TRUE(node.pair().accepts_append());
}

// ---- Handover.

TEST(Pair, HandoverIsAskedOnlyWhenAllIsOnBothDisks) {
  Node node = Two();
  node.Log(12, 11);
  EXPECT_TRUE(node.Do(HandoverAsked{}).stop_input);
  EXPECT_FALSE(node.Ack(12, 12).ask);
  EXPECT_TRUE(Asks(node.Log(12, 12), RegisterOperation::kHandover) || node.pair().outstanding());
}

TEST(Pair, WhileHandoverIsOnItsWayNothingIsReleased) {
  Node node = Two();
  EXPECT_EQ(node.limit(), 10u);
  node.Do(HandoverAsked{});
  ASSERT_TRUE(node.pair().outstanding());
  EXPECT_EQ(node.limit(), 0u);
  const Output out = node.Answer(Of(6, 3, kB, {kB, kA}));
  EXPECT_TRUE(out.step_down);
  EXPECT_FALSE(out.resume_input);
  EXPECT_TRUE(Says(out, PairEvent::kHandoverDone));
}

// The new primary may have shrunk the set before the old one hears of anything.
TEST(Pair, AHandoverThatIsSeenLateResumesNoInput) {
  Node node = Two();
  node.Do(HandoverAsked{});
  const Output out = node.Answer(Of(7, 3, kB, {kB}));
  EXPECT_TRUE(out.step_down);
  EXPECT_FALSE(out.resume_input);
}

TEST(Pair, AHandoverLeavesTheSetOfTwo) {
  const Register before = Of(5, 2, kA, {kA, kB});
  const RegisterAnswer answer = Decide(before, {RegisterOperation::kHandover, kCluster, 5, kA, kB, Epoch(2)});
  ASSERT_EQ(answer.verdict, RegisterVerdict::kDone);
  EXPECT_EQ(answer.now->in_sync, (std::vector<Incarnation>{kB, kA}));
}

TEST(Pair, AHandoverThatCannotBeIsGivenUpAndInputResumed) {
  Node node = Two();
  node.Log(12, 12);
  node.Do(HandoverAsked{});
  Output out;
  for (int i = 0; i < 150 && !out.resume_input; ++i) {
    node.Do(PeerHeard{});
    out = node.Pass(20);
  }
  EXPECT_TRUE(out.resume_input);
  EXPECT_TRUE(Says(out, PairEvent::kHandoverGivenUp));
}

TEST(Pair, OfAWarmPairNothingHasToBeDrained) {
  PairOptions options;
  options.warm = true;
  Node node = Alone(CommitMode::kDurable, options);
  node.Do(PeerHello{kB, Epoch(2)});
  EXPECT_TRUE(node.pair().outstanding());
  node.Answer(Of(6, 2, kA, {kA, kB}));
  EXPECT_EQ(node.limit(), 10u);
  ASSERT_TRUE(node.pair().ready());
  node.Do(HandoverAsked{});
  ASSERT_TRUE(node.pair().outstanding());
  EXPECT_EQ(node.pair().outstanding()->operation, RegisterOperation::kHandover);
}

TEST(Pair, TheSuccessorPromisesBeforeItServes) {
  Node node = Backup();
  const Output out = node.Do(PeerRegister{Of(6, 3, kB, {kB, kA})});
  EXPECT_EQ(out.keep_promise, Epoch(3));
  EXPECT_FALSE(out.serve);
  EXPECT_FALSE(node.pair().accepts_append());
  EXPECT_EQ(node.Do(PromiseKept{Epoch(3)}).serve, Epoch(3));
}

// ---- Evidence of the primary's death, and following.

TEST(Pair, ARefusedDialIsDeathAndAnUnansweredOneIsNot) {
  for (const bool refused : {false, true}) {
    Node node = Backup();
    node.Do(LinkDown{});
    node.Do(Tick{});
    const Output out = node.Do(DialFailed{refused});
    EXPECT_EQ(out.keep_promise.has_value(), refused);
  }
}

TEST(Pair, AGoodbyeIsDeath) {
  Node node = Backup();
  EXPECT_EQ(node.Do(LinkDown{true}).keep_promise, Epoch(3));
}

TEST(Pair, ALaterLifeOfThePrimarysStoreIsDeath) {
  Node node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA, kB}));
  node.Pass(120);
  node.Do(LinkUp{});
  const Output out = node.Do(PeerRefusal{RefusalReason::kNotPrimary, {0xa0, 2}, absl::nullopt});
  EXPECT_EQ(out.keep_promise, Epoch(3));
}

TEST(Pair, SilenceIsDeathOnlyAfterSuspect) {
  Node node = Backup();
  EXPECT_FALSE(node.Pass(980).keep_promise);
  const Output out = node.Pass(60);
  EXPECT_EQ(out.keep_promise, Epoch(3));
  EXPECT_TRUE(out.hang_up);
  EXPECT_TRUE(Says(out, PairEvent::kPeerSuspected));
}

TEST(Pair, WhoIsNotInTheSetDoesNotAskHoweverDeadThePrimaryIs) {
  Node node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA}));
  EXPECT_TRUE(Says(node.Do(DialFailed{true}), PairEvent::kNotPromotable));
  EXPECT_FALSE(node.Pass(3000).ask);
}

// Between the Welcome and the end of the transfer the log is neither the old nor the new one.
TEST(Pair, ANodeThatIsBeingFilledDoesNotAsk) {
  Node node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA, kB}));
  node.Pass(120);
  node.Do(LinkUp{});
  node.Do(PeerWelcome{kA, Epoch(2), Plan::kState});
  EXPECT_FALSE(node.Pass(3000).keep_promise);
}

TEST(Pair, ABackupAcceptsBatchesAlthoughItsViewOfTheRegisterIsOld) {
  Node node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA, kB}));
  node.Follow(4);
  EXPECT_TRUE(node.pair().accepts_append());
}

TEST(Pair, AnOrderToPrepareThatComesLateLowersNoPromise) {
  Node node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA, kB}));
  node.Pass(120);
  node.Do(LinkUp{});
  node.Do(PeerWelcome{kA, Epoch(2), Plan::kTail});
  EXPECT_EQ(node.Do(PeerRegister{Of(6, 3, kB, {kB, kA})}).keep_promise, Epoch(3));
  EXPECT_FALSE(node.Do(Prepared{}).keep_promise);
  EXPECT_EQ(node.Do(PromiseKept{Epoch(3)}).serve, Epoch(3));
}

TEST(Pair, AHelloOfANodeThatHasPromisedMoreIsRefused) {
  Node node = Two();
  EXPECT_EQ(node.Do(PeerHello{kB, Epoch(3)}).refuse, RefusalReason::kPromisedMore);
}

// ---- The operator.

TEST(Pair, ForceTakesAnEpochWithoutBeingAMember) {
  Node node(Facts(kB, 2, 10));
  node.Answer(Of(5, 4, kA, {kA}));
  node.Pass(1200);
  EXPECT_EQ(node.Do(ForceAsked{}).keep_promise, Epoch(5));
  node.Do(PromiseKept{Epoch(5)});
  ASSERT_TRUE(node.pair().outstanding());
  EXPECT_EQ(node.pair().outstanding()->operation, RegisterOperation::kForce);
  Register forced = Of(6, 5, kB, {kB});
  forced.forced = true;
  const Output out = node.Answer(forced);
  EXPECT_EQ(out.serve, Epoch(5));
  EXPECT_TRUE(out.forced);
}

// A witness that lost its register counts its versions from 1 again.
TEST(Pair, ForceEndsABlankWitnessForBothNodes) {
  Node node = Backup();
  node.Do(LinkDown{true});
  node.Do(PromiseKept{Epoch(3)});
  node.Do(WitnessAnswered{{RegisterVerdict::kBlank, absl::nullopt, ""}});
  EXPECT_FALSE(node.pair().outstanding());
  node.Do(ForceAsked{});
  node.Pass(200);
  ASSERT_TRUE(node.pair().outstanding());
  EXPECT_EQ(node.pair().outstanding()->version, 0u);
  EXPECT_EQ(node.Answer(Of(1, 3, kB, {kB})).serve, Epoch(3));
  Node other = Two();
  EXPECT_TRUE(other.Answer(Of(1, 3, kB, {kB})).step_down);
}

TEST(Pair, APrimaryThatWaitsForABlankWitnessCanBeForced) {
  Node node = Two();
  node.Do(LinkDown{});
  ASSERT_TRUE(node.pair().outstanding());
  node.Do(WitnessAnswered{{RegisterVerdict::kBlank, absl::nullopt, ""}});
  node.Do(ForceAsked{});
  ASSERT_TRUE(node.pair().outstanding());
  EXPECT_EQ(node.pair().outstanding()->operation, RegisterOperation::kForce);
  EXPECT_EQ(node.pair().outstanding()->epoch, Epoch(3));
  const Output out = node.Answer(Of(1, 3, kA, {kA}));
  EXPECT_TRUE(out.step_down);
  EXPECT_EQ(out.keep_promise, Epoch(3));
  EXPECT_EQ(node.Do(PromiseKept{Epoch(3)}).serve, Epoch(3));
}

}  // namespace
}  // namespace understudy::replication
