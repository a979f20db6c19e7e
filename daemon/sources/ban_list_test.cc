#include "daemon/sources/ban_list.h"

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using net::MonotonicTime;

const MonotonicTime kNow = MonotonicTime() + Duration::Seconds(1000);

Endpoint Host(uint8_t number) {
  return Endpoint::V4(10, 0, 0, number, 0);
}

TEST(BanListTest, SoManyInAMinuteAreBannedForTheirTime) {
  BanList bans({3, Duration::Seconds(10), 100});
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(bans.Note(Host(1), kNow)) << i;
  EXPECT_FALSE(bans.IsBanned(Host(1), kNow));
  EXPECT_TRUE(bans.Note(Host(1), kNow));
  EXPECT_FALSE(bans.Note(Host(1), kNow)) << "it is banned already";
  EXPECT_TRUE(bans.IsBanned(Host(1), kNow + Duration::Seconds(9)));
  EXPECT_FALSE(bans.IsBanned(Host(2), kNow));
  EXPECT_FALSE(bans.IsBanned(Host(1), kNow + Duration::Seconds(10)));
  EXPECT_EQ(bans.size(), 0u);
  EXPECT_EQ(bans.total(), 1u);
}

TEST(BanListTest, TheFirstIsEnoughWhereOneIsTheLimit) {
  BanList bans({1, Duration::Seconds(10), 100});
  EXPECT_TRUE(bans.Note(Host(1), kNow));
  EXPECT_TRUE(bans.IsBanned(Host(1), kNow));
}

TEST(BanListTest, ANumberThatDoesNotDivideAMinuteIsExact) {
  for (int most : {1, 7, 59, 1009}) {
    BanList bans({most, Duration::Seconds(10), 100});
    for (int i = 1; i < most; ++i) EXPECT_FALSE(bans.Note(Host(1), kNow)) << most << " " << i;
    EXPECT_TRUE(bans.Note(Host(1), kNow)) << most;
  }
}

TEST(BanListTest, TheTimeBetweenThemMakesRoomForNoOneMoreUntilItIsOnesWorth) {
  BanList bans({5, Duration::Seconds(10), 100});
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(bans.Note(Host(1), kNow + Duration::Milliseconds(10 * i))) << i;
  EXPECT_TRUE(bans.Note(Host(1), kNow + Duration::Milliseconds(40)));
}

TEST(BanListTest, WhatIsSpreadOverTimeIsForgotten) {
  BanList bans({3, Duration::Seconds(10), 100});
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(bans.Note(Host(1), kNow + Duration::Seconds(20 * i))) << i;
}

TEST(BanListTest, ABanIsListedAndLifted) {
  BanList bans({2, Duration::Seconds(10), 100});
  for (uint8_t host : {2, 1}) {
    bans.Note(Host(host), kNow);
    bans.Note(Host(host), kNow);
  }
  const auto listed = bans.Bans(kNow + Duration::Seconds(4));
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[0].source, Host(1));
  EXPECT_EQ(listed[0].left, Duration::Seconds(6));
  EXPECT_TRUE(bans.Lift(Host(1)));
  EXPECT_FALSE(bans.Lift(Host(1)));
  EXPECT_FALSE(bans.IsBanned(Host(1), kNow));
  EXPECT_FALSE(bans.Note(Host(1), kNow)) << "it begins anew";
  EXPECT_TRUE(bans.Bans(kNow + Duration::Seconds(10)).empty());
}

TEST(BanListTest, WithoutALimitNobodyIsBanned) {
  BanList bans({0, Duration::Seconds(10), 100});
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(bans.Note(Host(1), kNow));
}

TEST(BanListTest, FullListsCountNobodyNewUntilSomebodyIsForgotten) {
  BanList bans({2, Duration::Seconds(10), 2});
  for (uint8_t host : {1, 2, 3}) bans.Note(Host(host), kNow);
  EXPECT_TRUE(bans.Note(Host(1), kNow));
  EXPECT_TRUE(bans.Note(Host(2), kNow));
  bans.Note(Host(3), kNow);
  EXPECT_FALSE(bans.Note(Host(3), kNow)) << "two are banned";
  EXPECT_TRUE(bans.Note(Host(3), kNow + Duration::Seconds(10))) << "their time is over";
}

// Each time costs a look at every source.
TEST(BanListTest, FullListsAreGoneThroughTenTimesASecondAtMost) {
  BanList bans({2, Duration::Seconds(10), 2});
  const MonotonicTime paid = kNow + Duration::Seconds(30);  // the first owes nothing any more
  bans.Note(Host(1), kNow);
  bans.Note(Host(2), kNow + Duration::Milliseconds(29950));
  bans.Note(Host(3), kNow + Duration::Milliseconds(29950));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(bans.Note(Host(3), paid)) << "there was no room a moment ago";
  EXPECT_FALSE(bans.Note(Host(3), paid + Duration::Milliseconds(50)));
  EXPECT_TRUE(bans.Note(Host(3), paid + Duration::Milliseconds(50)));
}

}  // namespace
}  // namespace understudy::daemon
