#include "daemon/health.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Health, NothingThatANewStartWouldNotHelpEndsANode) {
  const Health troubled = {
      .disk_waits = Duration::Seconds(9), .backlogged = true, .disk_low = true, .overloaded = true, .sip_silent = true};
  EXPECT_THAT(WhyNotAlive(troubled), IsEmpty());
  EXPECT_THAT(WhyNotReady(troubled), SizeIs(5));
}

TEST(Health, ADiskThatHasStoppedIsNoLife) {
  const Health stopped = {.disk_waits = Duration::Seconds(10)};
  EXPECT_THAT(WhyNotAlive(stopped), SizeIs(1));
  EXPECT_THAT(WhyNotReady(stopped), SizeIs(1));
}

TEST(Health, AWaitOfACommitIsNotTold) {
  EXPECT_THAT(WhyNotReady({.disk_waits = Duration::Milliseconds(1999)}), IsEmpty());
  EXPECT_THAT(WhyNotReady({.disk_waits = Duration::Seconds(2)}), SizeIs(1));
}

TEST(Health, ABackupIsAliveAndNoPlaceForCalls) {
  const Health backup = {.standby = "backup"};
  EXPECT_THAT(WhyNotAlive(backup), IsEmpty());
  EXPECT_THAT(WhyNotReady(backup), ElementsAre("backup: this node does not serve"));
}

TEST(Health, APrimaryThatThePairHoldsIsAliveAndSaysWhatItWaitsFor) {
  Health held = {.pair_waits = Duration::Seconds(3600)};
  EXPECT_THAT(WhyNotAlive(held), IsEmpty());
  EXPECT_THAT(WhyNotReady(held), ElementsAre("held by the pair for 3600000 ms: the backup has not acknowledged"));
  held.witness_lost = true;
  EXPECT_THAT(WhyNotReady(held), ElementsAre("held by the pair for 3600000 ms: the witness does not answer"));
  EXPECT_THAT(WhyNotReady({.pair_waits = Duration::Milliseconds(1999)}), IsEmpty());
}

TEST(Wait, AnyProgressBeginsItAnewAndTheEndOfItEndsIt) {
  const auto at = [](int64_t seconds) { return Duration::Seconds(seconds); };
  Wait wait;
  wait.Look(Lsn(5), Lsn(5), at(1));
  EXPECT_EQ(wait.Since(at(9)), Duration());
  wait.Look(Lsn(5), Lsn(7), at(10));
  wait.Look(Lsn(5), Lsn(8), at(12));
  EXPECT_EQ(wait.Since(at(13)), at(3));
  wait.Look(Lsn(6), Lsn(8), at(14));
  EXPECT_EQ(wait.Since(at(15)), at(1));
  wait.Look(Lsn(8), Lsn(8), at(16));
  EXPECT_EQ(wait.Since(at(99)), Duration());
}

}  // namespace
}  // namespace understudy::daemon
