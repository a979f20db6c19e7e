#include "daemon/core/peer_clock.h"

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

constexpr Duration Ms(int64_t ms) { return Duration::Milliseconds(ms); }

// The primary's machine was booted 40 s before this one.
class PeerClockTest : public testing::Test {
 protected:
  Duration AgeOf(Duration formed, Duration came) { return clock_.AgeOf(Epoch(3), formed + Ms(40000), came); }

  PeerClock clock_;
};

TEST_F(PeerClockTest, TheFirstBatchOfAReignCountsAsNew) {
  EXPECT_EQ(AgeOf(Ms(1000), Ms(1001)), Duration());
  EXPECT_EQ(clock_.AgeOf(Epoch(4), Ms(5), Ms(2000)), Duration());
  EXPECT_EQ(clock_.AgeOf(Epoch(4), Ms(5), Ms(2100)), Ms(100) - Duration::Microseconds(200));
}

TEST_F(PeerClockTest, WhatCameWhileTheProcessWasStoppedIsAsOldAsItIs) {
  AgeOf(Ms(1000), Ms(1001));
  for (const Duration formed : {Ms(1100), Ms(3000), Ms(6000)}) {
    const Duration age = AgeOf(formed, Ms(6101));
    EXPECT_LE(age, Ms(6100) - formed);
    EXPECT_GE(age, Ms(6100) - formed - Ms(11)) << "what the clocks may have drifted apart";
  }
}

TEST_F(PeerClockTest, AShorterWayThanAnyBeforeShowsHowOldTheNextOneIs) {
  EXPECT_EQ(AgeOf(Ms(1000), Ms(4000)), Duration()) << "nobody knows better";
  EXPECT_EQ(AgeOf(Ms(4000), Ms(4001)), Duration());
  EXPECT_EQ(AgeOf(Ms(2000), Ms(4001)), Ms(2000));
}

TEST_F(PeerClockTest, AfterAGreetingTheFirstBatchIsAsOldAsItIs) {
  clock_.Greeted(Epoch(3), Ms(41000), Ms(999), Ms(1001));
  EXPECT_EQ(clock_.AgeOf(Epoch(2), Ms(5), Ms(1002)), Duration()) << "of a reign before, nothing is known";
  const Duration age = AgeOf(Ms(1100), Ms(7101));
  EXPECT_LE(age, Ms(6000));
  EXPECT_GE(age, Ms(6000) - Ms(14));
}

TEST_F(PeerClockTest, AGreetingThatAStoppedProcessReadsLateIsAsOldAsTheQuestion) {
  clock_.Greeted(Epoch(3), Ms(41000), Ms(999), Ms(8000));
  const Duration age = AgeOf(Ms(1100), Ms(8000));
  EXPECT_LE(age, Ms(6900));
  EXPECT_GE(age, Ms(6900) - PeerClock::kLongestWay);
}

TEST_F(PeerClockTest, AClockThatGoesFasterByAThousandthMakesNothingOld) {
  for (int64_t s = 0; s < 100000; ++s) ASSERT_EQ(AgeOf(Ms(s * 1000), Ms(s * 1001)), Duration());
}

}  // namespace
}  // namespace understudy::daemon
