#include "daemon/overload/refused_requests.h"

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using net::MonotonicTime;

constexpr MonotonicTime kStart = MonotonicTime::FromNanoseconds(1'000'000'000'000);

sip::TransactionKey Key(uint64_t number) {
  return {7, number};
}

TEST(RefusedRequestsTest, ARefusedRequestIsKnownForAsLongAsItIsRepeated) {
  RefusedRequests refused;
  EXPECT_FALSE(refused.Holds(Key(1), kStart));
  refused.Add(Key(1), kStart);
  EXPECT_TRUE(refused.Holds(Key(1), kStart));
  EXPECT_FALSE(refused.Holds(Key(2), kStart));
  EXPECT_TRUE(refused.Holds(Key(1), kStart + Duration::Milliseconds(31999)));
}

TEST(RefusedRequestsTest, ItIsForgottenAfterTwiceThat) {
  RefusedRequests refused;
  refused.Add(Key(1), kStart);
  EXPECT_FALSE(refused.Holds(Key(1), kStart + Duration::Seconds(64)));
  EXPECT_TRUE(refused.empty());
}

TEST(RefusedRequestsTest, OneThatComesLateInAGenerationIsKnownAsLong) {
  RefusedRequests refused;
  refused.Add(Key(1), kStart);
  refused.Add(Key(2), kStart + Duration::Seconds(31));
  EXPECT_TRUE(refused.Holds(Key(2), kStart + Duration::Seconds(33)));
  EXPECT_TRUE(refused.Holds(Key(2), kStart + Duration::Milliseconds(62999)));
}

TEST(RefusedRequestsTest, AFloodForgetsTheOldestFirst) {
  RefusedRequests refused(10);
  for (uint64_t i = 0; i < 1000; ++i) {
    refused.Add(Key(i), kStart);
    ASSERT_LE(refused.size(), 20u);
  }
  EXPECT_FALSE(refused.Holds(Key(0), kStart));
  EXPECT_TRUE(refused.Holds(Key(999), kStart));
}

}  // namespace
}  // namespace understudy::daemon
