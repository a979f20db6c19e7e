#include "engine/branches/best_failure.h"

#include <iterator>

#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

TEST(BestFailureTest, SaysWhatTheCallerHearsOfTwo) {
  EXPECT_TRUE(IsBetterFailure(486, 430));
  const int in_order[] = {603, 302, 484, 486, 408, 500, 503};
  for (const int better : in_order) {
    EXPECT_TRUE(IsBetterFailure(better, 0));
    EXPECT_FALSE(IsBetterFailure(better, better));
    for (const int* worse = &in_order[0]; worse != std::end(in_order); ++worse) {
      if (*worse == better) break;
      EXPECT_FALSE(IsBetterFailure(better, *worse)) << better << " " << *worse;
      EXPECT_TRUE(IsBetterFailure(*worse, better)) << better << " " << *worse;
    }
  }
}

TEST(BestFailureTest, TheFirstOfTwoAlikeCounts) {
  EXPECT_FALSE(IsBetterFailure(404, 486));
  EXPECT_FALSE(IsBetterFailure(486, 404));
  EXPECT_FALSE(IsBetterFailure(600, 603));
  EXPECT_FALSE(IsBetterFailure(503, 500));
}

TEST(BestFailureTest, WhatMayBeTriedOtherwiseIsWorthMore) {
  for (const int status : {401, 407, 415, 420, 484}) EXPECT_TRUE(IsBetterFailure(status, 404));
  for (const int status : {408, 481}) EXPECT_TRUE(IsBetterFailure(404, status));
}

}  // namespace
}  // namespace understudy::engine
