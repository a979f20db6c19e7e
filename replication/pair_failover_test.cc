// Single behaviours of the state machine, each a claim: being deposed, switchover, evidence of death, the operator.
#include "replication/pair.h"

#include <vector>

#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "replication/pair_testing.h"

namespace understudy::replication {
namespace {

// ---- Being deposed, and being stopped.

TEST(Pair, AHigherEpochEndsTheReleases) {
  PairNode node = Two();
  const Output out = node.Answer(Of(6, 3, kB, {kB}));
  EXPECT_TRUE(out.step_down);
  EXPECT_EQ(node.limit(), 0u);
  EXPECT_EQ(node.pair().role(), Role::kJoining);
}

TEST(Pair, AStoppedPrimaryReleasesNothingBeforeAFreshAnswer) {
  PairNode by_peer = Two();
  const Output woke = by_peer.Leap(700);
  EXPECT_EQ(by_peer.limit(), 0u);
  ASSERT_TRUE(woke.ping);
  by_peer.Do(PeerPong{*woke.ping - 1});
  EXPECT_EQ(by_peer.limit(), 0u);
  by_peer.Do(PeerPong{*woke.ping});
  EXPECT_EQ(by_peer.limit(), 10u);
  PairNode by_witness = Two();
  by_witness.Answer(Of(5, 2, kA, {kA, kB}));
  EXPECT_TRUE(by_witness.Leap(700).read);
  EXPECT_EQ(by_witness.limit(), 0u);
  by_witness.Answer(Of(5, 2, kA, {kA, kB}));
  EXPECT_EQ(by_witness.limit(), 10u);
}

TEST(Pair, APauseOfItsOwnIsNotThePeersSilence) {
  PairNode node = Backup();
  node.Leap(5000);
  EXPECT_FALSE(node.Pass(100).keep_promise);
  EXPECT_TRUE(node.pair().accepts_append());
}

// ---- Handover.

TEST(Pair, HandoverIsAskedOnlyWhenAllIsOnBothDisks) {
  PairNode node = Two();
  node.Log(12, 11);
  EXPECT_TRUE(node.Do(HandoverAsked{}).stop_input);
  EXPECT_FALSE(node.Ack(12, 12).ask);
  EXPECT_TRUE(Asks(node.Log(12, 12), RegisterOperation::kHandover) || node.pair().outstanding());
}

TEST(Pair, WhileHandoverIsOnItsWayNothingIsReleased) {
  PairNode node = Two();
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
  PairNode node = Two();
  node.Do(HandoverAsked{});
  const Output out = node.Answer(Of(7, 3, kB, {kB}));
  EXPECT_TRUE(out.step_down);
  EXPECT_FALSE(out.resume_input);
}

TEST(Pair, WhoHandedOverDialsAgainAtOnceUntilTheNextPrimaryServes) {
  PairNode node = Two();
  node.Do(HandoverAsked{});
  EXPECT_TRUE(node.Answer(Of(6, 3, kB, {kB, kA})).dial);
  node.Do(LinkUp{});
  EXPECT_TRUE(node.Do(PeerRefusal{RefusalReason::kNotPrimary, kB, absl::nullopt}).hang_up);
  EXPECT_TRUE(node.Pass(20).dial);
  node.Do(DialFailed{false});
  EXPECT_TRUE(node.Pass(20).dial);
  node.Leap(500);
  node.Do(LinkUp{});
  node.Do(PeerRefusal{RefusalReason::kNotPrimary, kB, absl::nullopt});
  EXPECT_FALSE(node.Pass(80).dial);
  EXPECT_TRUE(node.Pass(40).dial);
}

TEST(Pair, ANodeWithoutAPeerIsInAHurryOnlyForAMoment) {
  PairNode node = Backup();
  EXPECT_FALSE(node.pair().dials_soon());
  node.Do(LinkDown{});
  EXPECT_TRUE(node.pair().dials_soon());
  node.Do(DialFailed{});
  node.Leap(500);
  EXPECT_FALSE(node.pair().dials_soon());
  EXPECT_FALSE(PairNode(Facts(kB, 2, 10)).pair().dials_soon());
}

TEST(Pair, AHandoverLeavesTheSetOfTwo) {
  const Register before = Of(5, 2, kA, {kA, kB});
  const RegisterAnswer answer = Decide(before, {RegisterOperation::kHandover, kCluster, 5, kA, kB, Epoch(2)});
  ASSERT_EQ(answer.verdict, RegisterVerdict::kDone);
  EXPECT_EQ(answer.now->in_sync, (std::vector<Incarnation>{kB, kA}));
}

TEST(Pair, AHandoverThatCannotBeIsGivenUpAndInputResumed) {
  PairNode node = Two();
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

// It would leave nobody who may serve while it is away.
TEST(Pair, WhoIsAboutToEndDoesNotLeaveOutABackupThatIsSlow) {
  for (const bool ends : {false, true}) {
    PairNode node = Two();
    if (ends) node.Do(Ending{});
    node.Log(12, 12);
    node.Do(HeldSince{Duration::Seconds(100)});
    node.Do(HandoverAsked{});
    bool given_up = false;
    bool shrinks = false;
    for (int i = 0; i < 30; ++i) {
      node.Hear();
      const Output out = node.Pass(20);
      given_up |= Says(out, PairEvent::kHandoverGivenUp);
      shrinks |= Asks(out, RegisterOperation::kShrink);
    }
    EXPECT_TRUE(given_up);
    EXPECT_EQ(shrinks, !ends);
    EXPECT_EQ(node.limit(), 10u);
  }
}

// Of mode received nobody could serve if both processes ended with the set of two.
TEST(Pair, WhoIsAboutToEndLeavesOutABackupThatHasGone) {
  PairNode node = Two(CommitMode::kReceived);
  node.Do(Ending{});
  EXPECT_TRUE(Asks(node.Do(LinkDown{}), RegisterOperation::kShrink));
}

TEST(Pair, OfAWarmPairNothingHasToBeDrained) {
  PairOptions options;
  options.warm = true;
  PairNode node = Alone(CommitMode::kDurable, options);
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
  PairNode node = Backup();
  const Output out = node.Do(PeerRegister{Of(6, 3, kB, {kB, kA})});
  EXPECT_EQ(out.keep_promise, Epoch(3));
  EXPECT_FALSE(out.serve);
  EXPECT_FALSE(node.pair().accepts_append());
  EXPECT_EQ(node.Do(PromiseKept{Epoch(3)}).serve, Epoch(3));
}

// ---- Evidence of the primary's death, and following.

TEST(Pair, ARefusedDialIsDeathAndAnUnansweredOneIsNot) {
  for (const bool refused : {false, true}) {
    PairNode node = Backup();
    node.Do(LinkDown{});
    node.Do(Tick{});
    const Output out = node.Do(DialFailed{refused});
    EXPECT_EQ(out.keep_promise.has_value(), refused);
  }
}

TEST(Pair, AGoodbyeIsDeath) {
  PairNode node = Backup();
  EXPECT_EQ(node.Do(LinkDown{true}).keep_promise, Epoch(3));
}

TEST(Pair, ALaterLifeOfThePrimarysStoreIsDeath) {
  PairNode node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA, kB}));
  node.Pass(120);
  node.Do(LinkUp{});
  const Output out = node.Do(PeerRefusal{RefusalReason::kNotPrimary, {0xa0, 2}, absl::nullopt});
  EXPECT_EQ(out.keep_promise, Epoch(3));
}

TEST(Pair, SilenceIsDeathOnlyAfterSuspect) {
  PairNode node = Backup();
  EXPECT_FALSE(node.Pass(980).keep_promise);
  const Output out = node.Pass(60);
  EXPECT_EQ(out.keep_promise, Epoch(3));
  EXPECT_TRUE(out.hang_up);
  EXPECT_TRUE(Says(out, PairEvent::kPeerSuspected));
}

// From either side: of a backup by Welcome, of a primary by Hello.
TEST(Pair, ThePeersWishShortensTheSilenceAndEndsWithItsSession) {
  PairNode backup(Facts(kB, 2, 10));
  backup.Answer(Of(5, 2, kA, {kA, kB}));
  backup.Pass(120);
  backup.Do(LinkUp{});
  backup.Do(PeerWelcome{kA, Epoch(2), Plan::kTail, Duration::Milliseconds(300)});
  EXPECT_EQ(backup.pair().suspect(), Duration::Milliseconds(300));
  EXPECT_EQ(backup.pair().stall(), Duration::Milliseconds(150));
  EXPECT_FALSE(backup.Pass(280).keep_promise);
  EXPECT_EQ(backup.Pass(60).keep_promise, Epoch(3));
  EXPECT_TRUE(Asks(backup.Do(PromiseKept{Epoch(3)}), RegisterOperation::kAcquire));
  EXPECT_EQ(backup.Answer(Of(6, 3, kB, {kB})).serve, Epoch(3));
  EXPECT_EQ(backup.pair().suspect(), Duration::Seconds(1));
  PairNode primary = Two();
  primary.Do(PeerHello{kB, Epoch(2), Duration::Milliseconds(300)});
  EXPECT_EQ(primary.pair().suspect(), Duration::Milliseconds(300));
  primary.Do(LinkDown{});
  EXPECT_EQ(primary.pair().suspect(), Duration::Seconds(1));
  EXPECT_EQ(primary.pair().stall(), Duration::Milliseconds(500));
}

TEST(Pair, ThePeersWishLengthensNoSilence) {
  PairNode node = Two();
  node.Do(PeerHello{kB, Epoch(2), Duration::Seconds(100)});
  EXPECT_EQ(node.pair().suspect(), Duration::Seconds(1));
}

TEST(Pair, ALinkOnWhichThePrimarySaysNothingIsGivenUpAndDialledAnew) {
  PairNode greeting(Facts(kB, 2, 10));
  greeting.Answer(Of(5, 2, kA, {kA}));
  greeting.Pass(120);
  greeting.Do(LinkUp{});
  EXPECT_FALSE(greeting.Pass(1900).hang_up);
  EXPECT_TRUE(greeting.Pass(200).hang_up);
  EXPECT_TRUE(greeting.Pass(1000).dial);
  PairNode follows(Facts(kB, 2, 10));
  follows.Answer(Of(5, 2, kA, {kA}));
  follows.Follow(2);
  EXPECT_FALSE(follows.Pass(1900).hang_up);
  follows.Hear();
  EXPECT_FALSE(follows.Pass(1900).hang_up);
  EXPECT_TRUE(follows.Pass(200).hang_up);
}

TEST(Pair, WhoIsNotInTheSetDoesNotAskHoweverDeadThePrimaryIs) {
  PairNode node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA}));
  EXPECT_TRUE(Says(node.Do(DialFailed{true}), PairEvent::kNotPromotable));
  EXPECT_FALSE(node.Pass(3000).ask);
}

// Until the new one stands, the log that it has is whole (journal/refill.h), and the transfer ends with the link.
TEST(Pair, AMemberThatIsBeingFilledAsksWithTheLogItHas) {
  PairNode node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA, kB}));
  node.Pass(120);
  node.Do(LinkUp{});
  node.Do(PeerWelcome{kA, Epoch(2), Plan::kState});
  const Output out = node.Pass(1200);
  EXPECT_TRUE(out.hang_up);
  EXPECT_EQ(out.keep_promise, Epoch(3));
}

TEST(Pair, ABackupAcceptsBatchesAlthoughItsViewOfTheRegisterIsOld) {
  PairNode node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA, kB}));
  node.Follow(4);
  EXPECT_TRUE(node.pair().accepts_append());
}

TEST(Pair, AnOrderToPrepareThatComesLateLowersNoPromise) {
  PairNode node(Facts(kB, 2, 10));
  node.Answer(Of(5, 2, kA, {kA, kB}));
  node.Pass(120);
  node.Do(LinkUp{});
  node.Do(PeerWelcome{kA, Epoch(2), Plan::kTail});
  EXPECT_EQ(node.Do(PeerRegister{Of(6, 3, kB, {kB, kA})}).keep_promise, Epoch(3));
  EXPECT_FALSE(node.Do(Prepared{}).keep_promise);
  EXPECT_EQ(node.Do(PromiseKept{Epoch(3)}).serve, Epoch(3));
}

TEST(Pair, AHelloOfANodeThatHasPromisedMoreIsRefused) {
  PairNode node = Two();
  EXPECT_EQ(node.Do(PeerHello{kB, Epoch(3)}).refuse, RefusalReason::kPromisedMore);
}

// ---- The operator.

TEST(Pair, ForceTakesAnEpochWithoutBeingAMember) {
  PairNode node(Facts(kB, 2, 10));
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
  PairNode node = Backup();
  node.Do(LinkDown{true});
  node.Do(PromiseKept{Epoch(3)});
  node.Do(WitnessAnswered{{RegisterVerdict::kBlank, absl::nullopt, ""}});
  EXPECT_FALSE(node.pair().outstanding());
  node.Do(ForceAsked{});
  node.Pass(200);
  ASSERT_TRUE(node.pair().outstanding());
  EXPECT_EQ(node.pair().outstanding()->version, 0u);
  EXPECT_EQ(node.Answer(Of(1, 3, kB, {kB})).serve, Epoch(3));
  PairNode other = Two();
  EXPECT_TRUE(other.Answer(Of(1, 3, kB, {kB})).step_down);
}

TEST(Pair, APrimaryThatWaitsForABlankWitnessCanBeForced) {
  PairNode node = Two();
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
