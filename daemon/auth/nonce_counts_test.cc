#include "daemon/auth/nonce_counts.h"

#include "gtest/gtest.h"

namespace understudy::auth {
namespace {

TEST(NonceCountsTest, EachCountIsTakenOnce) {
  NonceCounts counts(10);
  const Nonces::Mark nonce{100, 7};
  for (uint32_t count : {1, 2, 5, 4, 70, 10, 7}) {
    EXPECT_TRUE(counts.Take(nonce, count, 0)) << count;
    EXPECT_FALSE(counts.Take(nonce, count, 0)) << count;
  }
  EXPECT_FALSE(counts.Take(nonce, 5, 0)) << "more than 63 below the highest: nobody can say";
  EXPECT_TRUE(counts.Take(nonce, 8, 0));
  EXPECT_TRUE(counts.Take(nonce, 0xFFFFFFFF, 0));
  EXPECT_FALSE(counts.Take(nonce, 71, 0));
  EXPECT_TRUE(counts.Take(nonce, 0xFFFFFFFF - 63, 0));
  EXPECT_FALSE(counts.Take(nonce, 0xFFFFFFFF - 64, 0));
}

TEST(NonceCountsTest, EveryNonceHasItsOwn) {
  NonceCounts counts(10);
  EXPECT_TRUE(counts.Take({100, 7}, 1, 0));
  EXPECT_TRUE(counts.Take({100, 8}, 1, 0));
  EXPECT_TRUE(counts.Take({101, 7}, 1, 0));
  EXPECT_EQ(counts.size(), 3u);
}

TEST(NonceCountsTest, TheOldestMakeRoomAndAreNeverTakenForUnused) {
  NonceCounts counts(2);
  EXPECT_TRUE(counts.Take({100, 1}, 1, 0));
  EXPECT_TRUE(counts.Take({101, 1}, 1, 0));
  EXPECT_TRUE(counts.Take({102, 1}, 1, 0));
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_FALSE(counts.Take({100, 1}, 1, 0)) << "a replay";
  EXPECT_FALSE(counts.Take({100, 1}, 2, 0)) << "nobody can say";
  EXPECT_FALSE(counts.Take({99, 5}, 1, 0)) << "older than what is remembered";
  EXPECT_TRUE(counts.Take({101, 1}, 2, 0));
  EXPECT_FALSE(counts.Take({100, 2}, 1, 0)) << "it would be the oldest, and go at once";
  EXPECT_TRUE(counts.Take({103, 1}, 1, 0));
  EXPECT_EQ(counts.size(), 2u);
}

TEST(NonceCountsTest, WhatIsTooOldToBeReadIsForgotten) {
  NonceCounts counts(10);
  EXPECT_TRUE(counts.Take({100, 1}, 1, 0));
  EXPECT_TRUE(counts.Take({200, 1}, 1, 150));
  EXPECT_EQ(counts.size(), 1u);
}

}  // namespace
}  // namespace understudy::auth
