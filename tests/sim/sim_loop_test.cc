#include "tests/sim/sim_loop.h"

#include <string>

#include "gtest/gtest.h"

namespace understudy::sim {
namespace {

TEST(SimLoopTest, WhatIsReadyTogetherIsOneTurn) {
  EventQueue events;
  SimLoop loop(&events);
  std::string ran;
  loop.SetEndOfTurn([&] { ran += '.'; });
  loop.Post([&] {
    ran += 'a';
    loop.Post([&] { ran += 'c'; });
  });
  loop.Post([&] { ran += 'b'; });
  while (events.RunNext()) {
  }
  EXPECT_EQ(ran, "abc.");
}

TEST(SimLoopTest, AStoppedProcessDoesNothingAndThenWhatBecameDueInOrder) {
  EventQueue events;
  SimLoop loop(&events);
  std::string ran;
  net::Alarm late(&loop, [&] { ran += '2'; });
  net::Alarm early(&loop, [&] { ran += '1'; });
  late.SetAfter(Duration::Seconds(2));
  early.SetAfter(Duration::Seconds(1));
  loop.Stop();
  loop.Post([&] { ran += '0'; });
  events.RunUntil(Duration::Seconds(5));
  EXPECT_EQ(ran, "");
  loop.Continue();
  events.RunUntil(Duration::Seconds(5));
  EXPECT_EQ(ran, "012");
}

TEST(SimLoopTest, AnAlarmThatWasClearedOrSetAnewOrDestroyedDoesNotFireItsOldTime) {
  EventQueue events;
  SimLoop loop(&events);
  int fired = 0;
  net::Alarm alarm(&loop, [&] { ++fired; });
  alarm.SetAfter(Duration::Seconds(1));
  alarm.SetAfter(Duration::Seconds(3));
  {
    net::Alarm gone(&loop, [&] { fired += 100; });
    gone.SetAfter(Duration::Seconds(1));
    loop.Stop();
    events.RunUntil(Duration::Seconds(2));
  }
  loop.Continue();
  events.RunUntil(Duration::Seconds(2));
  EXPECT_EQ(fired, 0);
  EXPECT_TRUE(alarm.is_set());
  events.RunUntil(Duration::Seconds(4));
  EXPECT_EQ(fired, 1);
  alarm.SetAfter(Duration::Seconds(1));
  alarm.Clear();
  events.RunUntil(Duration::Seconds(9));
  EXPECT_EQ(fired, 1);
}

TEST(SimLoopTest, AnAlarmMayEndInsideItsCallback) {
  EventQueue events;
  SimLoop loop(&events);
  std::unique_ptr<net::Alarm> alarm;
  bool fired = false;
  alarm = std::make_unique<net::Alarm>(&loop, [&] {
    alarm.reset();
    fired = true;
  });
  alarm->SetAfter(Duration::Seconds(1));
  events.RunUntil(Duration::Seconds(2));
  EXPECT_TRUE(fired);
}

}  // namespace
}  // namespace understudy::sim
