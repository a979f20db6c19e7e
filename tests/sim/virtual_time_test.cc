#include "tests/sim/virtual_time.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace understudy::sim {
namespace {

TEST(EventQueueTest, EventsRunInTheOrderOfTheirTimesAndOfAskingForThem) {
  EventQueue events;
  std::string ran;
  events.At(Duration::Milliseconds(2), [&] { ran += 'c'; });
  events.At(Duration::Milliseconds(1), [&] { ran += 'a'; });
  events.At(Duration::Milliseconds(1), [&] {
    ran += 'b';
    events.At(Duration(), [&] { ran += '!'; });
  });
  while (events.RunNext()) ran += std::to_string(events.now().milliseconds());
  EXPECT_EQ(ran, "a1b1!1c2");
  EXPECT_EQ(events.run(), 4u);
}

TEST(EventQueueTest, ACancelledEventNeverRunsAndItsNameIsNotUsedAgain) {
  EventQueue events;
  int ran = 0;
  const EventId first = events.After(Duration::Seconds(1), [&] { ++ran; });
  events.Cancel(first);
  const EventId second = events.After(Duration::Seconds(1), [&] { ++ran; });
  EXPECT_NE(first, second);
  events.Cancel(first);
  EXPECT_EQ(events.pending(), 1u);
  while (events.RunNext()) {
  }
  EXPECT_EQ(ran, 1);
}

TEST(EventQueueTest, RunUntilStopsAtItsTime) {
  EventQueue events;
  int ran = 0;
  events.Cancel(events.At(Duration::Seconds(1), [&] { ran += 100; }));
  events.At(Duration::Seconds(2), [&] { ++ran; });
  events.At(Duration::Seconds(3), [&] { ++ran; });
  events.RunUntil(Duration::Seconds(2));
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(events.now(), Duration::Seconds(2));
}

TEST(ChanceTest, OneSeedGivesOneStreamAndAForkDependsOnItsNameAlone) {
  Chance a(7);
  Chance b(7);
  EXPECT_EQ(a.Fork("x").Bits(), b.Fork("x").Bits());
  EXPECT_EQ(a.Bits(), b.Bits());
  EXPECT_EQ(a.Fork("x").Bits(), Chance(7).Fork("x").Bits());
  EXPECT_NE(a.Fork("x").Bits(), a.Fork("y").Bits());
  EXPECT_NE(a.Fork("x", 1).Bits(), a.Fork("x", 2).Bits());
}

TEST(ChanceTest, DrawsStayWithinTheirBoundsAndReachThem) {
  Chance chance(3);
  std::vector<int> seen(5);
  for (int i = 0; i < 1000; ++i) {
    ++seen[static_cast<size_t>(chance.Between(2, 4))];
    const Duration d = chance.Skewed(Duration::Milliseconds(1), Duration::Milliseconds(9));
    EXPECT_GE(d, Duration::Milliseconds(1));
    EXPECT_LE(d, Duration::Milliseconds(9));
  }
  EXPECT_EQ(seen[0] + seen[1], 0);
  EXPECT_GT(seen[2], 250);
  EXPECT_GT(seen[4], 250);
}

}  // namespace
}  // namespace understudy::sim
