#include "daemon/sources/source_rates.h"

#include "daemon/sources/source.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using net::MonotonicTime;

constexpr Duration kSecond = Duration::Seconds(1);

Endpoint Host(uint8_t number) {
  return Endpoint::V4(10, 0, 0, number, 0);
}

int Taken(SourceRates& rates, const Endpoint& source, MonotonicTime now, int wanted = 100) {
  int taken = 0;
  for (int i = 0; i < wanted; ++i) taken += rates.Take(source, now) ? 1 : 0;
  return taken;
}

TEST(SourceRatesTest, EachSourceHasItsOwnSecondsWorth) {
  SourceRates rates(10);
  const MonotonicTime now = MonotonicTime() + kSecond;
  EXPECT_EQ(Taken(rates, Host(1), now), 10);
  EXPECT_EQ(Taken(rates, Host(2), now), 10);
  EXPECT_EQ(Taken(rates, Host(1), now + Duration::Milliseconds(500)), 5);
  EXPECT_EQ(Taken(rates, Host(1), now + Duration::Seconds(10)), 10);
}

TEST(SourceRatesTest, ARateThatDoesNotDivideASecondIsExact) {
  for (int rate : {1, 3, 7, 999}) {
    SourceRates rates(rate);
    EXPECT_EQ(Taken(rates, Host(1), MonotonicTime() + kSecond, 2000), rate);
  }
}

TEST(SourceRatesTest, APartOfOneIsNone) {
  SourceRates rates(2);
  const MonotonicTime now = MonotonicTime() + kSecond;
  EXPECT_EQ(Taken(rates, Host(1), now), 2);
  EXPECT_EQ(Taken(rates, Host(1), now + Duration::Milliseconds(499)), 0);
  EXPECT_EQ(Taken(rates, Host(1), now + Duration::Milliseconds(500)), 1);
}

TEST(SourceRatesTest, WithoutALimitEverythingPasses) {
  SourceRates rates(0);
  EXPECT_FALSE(rates.is_limited());
  EXPECT_EQ(Taken(rates, Host(1), MonotonicTime()), 100);
  EXPECT_EQ(rates.sources(), 0u);
}

TEST(SourceRatesTest, WhereTooManySendThoseThatAreNewShare) {
  SourceRates rates(10, 2);
  const MonotonicTime now = MonotonicTime() + kSecond;
  Taken(rates, Host(1), now);
  Taken(rates, Host(2), now);
  EXPECT_EQ(Taken(rates, Host(3), now, 6) + Taken(rates, Host(4), now, 6), 10);
  EXPECT_EQ(rates.sources(), 3u) << "the two and everybody's";
  EXPECT_EQ(Taken(rates, Host(5), now + Duration::Seconds(2)), 10) << "those that owe nothing have been forgotten";
  EXPECT_EQ(rates.sources(), 1u);
}

TEST(SourceRatesTest, ASourceIsAHostOrAnIpv6Network) {
  EXPECT_EQ(SourceOf(Endpoint::V4(10, 0, 0, 1, 5060)), Host(1));
  EXPECT_EQ(SourceOf(*Endpoint::Parse("2001:db8:1:2:3:4:5:6", uint16_t{5060})),
            *Endpoint::Parse("2001:db8:1:2::", uint16_t{0}));
  EXPECT_NE(SourceOf(*Endpoint::Parse("2001:db8:1:2::1", uint16_t{1})),
            SourceOf(*Endpoint::Parse("2001:db8:1:3::1", uint16_t{1})));
}

}  // namespace
}  // namespace understudy::daemon
