#include "base/source_address.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy {
namespace {

using testing::HasSubstr;

Endpoint At(absl::string_view ip) {
  return *Endpoint::Parse(ip, uint16_t{5060});
}

std::string Error(absl::string_view text) {
  const auto parsed = ParseSourceAddresses(text);
  return parsed.ok() ? "read" : std::string(parsed.status().message());
}

TEST(SourceAddress, TheSmallestNetworkCounts) {
  const auto all = ParseSourceAddresses("10.0.0.0/8 10.1.1.1, 10.20.0.0/16 10.20.0.5, 2001:db8:1::/48 2001:db8:1::5");
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(FindSourceAddress(*all, At("10.20.255.255"))->address.HostText(), "10.20.0.5");
  EXPECT_EQ(FindSourceAddress(*all, At("10.21.0.0"))->address.HostText(), "10.1.1.1");
  EXPECT_EQ(FindSourceAddress(*all, At("2001:db8:1:ff::1"))->address.HostText(), "[2001:db8:1::5]");
  EXPECT_EQ(FindSourceAddress(*all, At("11.0.0.1")), nullptr);
  EXPECT_EQ(FindSourceAddress(*all, At("2001:db8:2::1")), nullptr);
}

TEST(SourceAddress, PrefixesNeedNotEndAtAnOctet) {
  const auto all = ParseSourceAddresses("192.0.2.64/27 192.0.2.65,192.0.2.9/32 192.0.2.9");
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_NE(FindSourceAddress(*all, At("192.0.2.95")), nullptr);
  EXPECT_EQ(FindSourceAddress(*all, At("192.0.2.96")), nullptr);
  EXPECT_EQ(FindSourceAddress(*all, At("192.0.2.63")), nullptr);
  EXPECT_NE(FindSourceAddress(*all, At("192.0.2.9")), nullptr);
}

TEST(SourceAddress, AnIpv6NetworkCoversNoIpv4Host) {
  const auto all = ParseSourceAddresses("8000::/1 8000::1");
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(FindSourceAddress(*all, At("192.0.2.9")), nullptr);
}

TEST(SourceAddress, NothingIsNone) {
  EXPECT_TRUE(ParseSourceAddresses("")->empty());
  EXPECT_TRUE(ParseSourceAddresses("  ")->empty());
}

TEST(SourceAddress, WhatIsWrongIsSaid) {
  EXPECT_THAT(Error("10.0.0.0/8"), HasSubstr("1 words; allowed: NETWORK/BITS ADDRESS"));
  EXPECT_THAT(Error("10.0.0.0/33 10.0.0.1"), HasSubstr("allowed: 1 to 32"));
  EXPECT_THAT(Error("10.0.0.0 10.0.0.1"), HasSubstr("allowed: 1 to 32"));
  EXPECT_THAT(Error("2001:db8::/129 2001:db8::1"), HasSubstr("allowed: 1 to 128"));
  EXPECT_THAT(Error("10.0.0.1/8 10.0.0.1"), HasSubstr("bits beyond the prefix are set"));
  EXPECT_THAT(Error("10.0.0.0/8 11.0.0.1"), HasSubstr("the address is not in the network"));
  EXPECT_THAT(Error("10.0.0.0/8 sip.example.org"), HasSubstr("no address"));
  EXPECT_THAT(Error("10.0.0.0/8 10.0.0.1,10.0.0.0/8 10.0.0.2"), HasSubstr("twice"));
  EXPECT_THAT(Error("10.0.0.0/8 10.0.0.1,"), HasSubstr("0 words"));
  std::string many = "10.0.0.0/8 10.0.0.1";
  for (int i = 9; i <= 25; ++i) many += ",10.0.0.0/" + std::to_string(i) + " 10.0.0.1";
  EXPECT_THAT(Error(many), HasSubstr("18 networks; allowed: up to 16"));
}

}  // namespace
}  // namespace understudy
