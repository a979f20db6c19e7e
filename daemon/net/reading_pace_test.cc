#include "daemon/net/reading_pace.h"

#include <numeric>
#include <vector>

#include "daemon/net/io_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Duration kLong = Duration::Seconds(10);

class ReadingPaceTest : public ::testing::Test {
 protected:
  IoLoop loop_;
  TrafficLimits limits_;
  std::vector<uint64_t> read_;
  ReadingPace pace_{&loop_, &limits_, [this](uint64_t id) { read_.push_back(id); }};
};

TEST_F(ReadingPaceTest, WhatComesAfterALongSilenceIsNotHeld) {
  limits_.gather = kLong;
  EXPECT_FALSE(pace_.Holds(1));
}

TEST_F(ReadingPaceTest, WhatComesSoonAfterARoundIsReadTogetherInItsOrder) {
  limits_.gather = Duration::Milliseconds(1);
  pace_.Begin();
  EXPECT_TRUE(pace_.Holds(3));
  EXPECT_TRUE(pace_.Holds(1));
  loop_.RunTurn(kLong);
  EXPECT_THAT(read_, ElementsAre(3, 1));
  EXPECT_FALSE(pace_.Holds(2));
}

// A turn is of eight handlers at most, and each reads one here.
TEST_F(ReadingPaceTest, ALongRoundGoesOnInTheNextTurnsBeforeWhatHasComeSince) {
  limits_.gather = Duration::Milliseconds(1);
  limits_.longest_turn = Duration::Nanoseconds(1);
  pace_.Begin();
  std::vector<uint64_t> due(20);
  std::iota(due.begin(), due.end(), 1);
  for (uint64_t id : due) EXPECT_TRUE(pace_.Holds(id));
  loop_.RunTurn(kLong);
  EXPECT_LE(read_.size(), 8u);
  EXPECT_TRUE(pace_.Holds(21));
  due.push_back(21);
  while (read_.size() < due.size()) loop_.RunTurn(kLong);
  EXPECT_EQ(read_, due);
}

TEST_F(ReadingPaceTest, WithoutAPaceNothingIsHeld) {
  pace_.Begin();
  EXPECT_FALSE(pace_.Holds(1));
}

TEST_F(ReadingPaceTest, WhoNobodyWaitsForAnyMoreIsNotRead) {
  limits_.gather = Duration::Milliseconds(1);
  pace_.Begin();
  EXPECT_TRUE(pace_.Holds(1));
  pace_.Clear();
  while (loop_.RunTurn(Duration::Milliseconds(20)) > 0) continue;
  EXPECT_THAT(read_, IsEmpty());
  EXPECT_FALSE(pace_.Holds(1));
}

}  // namespace
}  // namespace understudy::net
