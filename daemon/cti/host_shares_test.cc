#include "daemon/cti/host_shares.h"

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

Endpoint Host(uint8_t host, uint16_t port = 4000) {
  return Endpoint::V4(192, 0, 2, host, port);
}

TEST(HostShares, AHostTakesItsShareFromWhateverPortAndLeavesRoomForOthers) {
  HostShares shares(5, 2);
  EXPECT_TRUE(shares.Take(Host(1, 4000)));
  EXPECT_TRUE(shares.Take(Host(1, 4001)));
  EXPECT_FALSE(shares.Take(Host(1, 4002)));
  EXPECT_TRUE(shares.Take(Host(2)));
}

TEST(HostShares, AllHostsTogetherTakeNoMoreThanThereIs) {
  HostShares shares(3, 2);
  EXPECT_TRUE(shares.Take(Host(1)));
  EXPECT_TRUE(shares.Take(Host(1)));
  EXPECT_TRUE(shares.Take(Host(2)));
  EXPECT_FALSE(shares.Take(Host(3)));
}

TEST(HostShares, WhatIsGivenBackMayBeTakenAndNothingIsKeptOfWhoHasNothing) {
  HostShares shares(1, 1);
  EXPECT_TRUE(shares.Take(Host(1, 4000)));
  EXPECT_FALSE(shares.Take(Host(1, 4001)));
  EXPECT_EQ(shares.hosts(), 1u);
  shares.Give(Host(1, 4000));
  EXPECT_EQ(shares.hosts(), 0u);
  EXPECT_TRUE(shares.Take(Host(2)));
}

}  // namespace
}  // namespace understudy::daemon
