#include "replication/silence.h"

#include <cstdint>
#include <limits>

#include "absl/types/optional.h"
#include "gtest/gtest.h"

namespace understudy::replication {
namespace {

constexpr Duration kMs = Duration::Milliseconds(1);

TEST(Silence, TheSmallerOfTheOwnFigureAndOfThePeersWishCounts) {
  EXPECT_EQ(SilenceTimeout(kMs * 1000, kMs * 400), kMs * 400);
  EXPECT_EQ(SilenceTimeout(kMs * 400, kMs * 1000), kMs * 400);
  EXPECT_EQ(SilenceTimeout(kMs * 400, Duration()), kMs * 400);
}

TEST(Silence, WhatThePeerAsksForIsBroughtWithinTheLimits) {
  EXPECT_EQ(SilenceTimeout(kMs * 1000, Duration::Nanoseconds(1)), kShortestSilence);
  EXPECT_EQ(SilenceTimeout(kMs * 1000, Duration::Nanoseconds(std::numeric_limits<int64_t>::min())), kMs * 1000);
  EXPECT_EQ(SilenceTimeout(kLongestSilence, Duration::Nanoseconds(std::numeric_limits<int64_t>::max())),
            kLongestSilence);
}

TEST(Silence, WhoNeverTakesItForDeathDoesNotWhenAskedTo) {
  EXPECT_EQ(SilenceTimeout(kNoSilence, kMs * 400), kNoSilence);
}

TEST(Silence, AHeartbeatComesFiveTimesInATimeoutThatThePeerHas) {
  EXPECT_EQ(HeartbeatInterval(kMs * 1000), kMs * 200);
  EXPECT_EQ(HeartbeatInterval(Duration()), kMs * 200);
  EXPECT_EQ(HeartbeatInterval(Duration::Nanoseconds(1)), kMs * 10);
  EXPECT_EQ(HeartbeatInterval(Duration::Nanoseconds(std::numeric_limits<int64_t>::min())), kMs * 200);
  EXPECT_EQ(HeartbeatInterval(kNoSilence), absl::nullopt);
}

}  // namespace
}  // namespace understudy::replication
