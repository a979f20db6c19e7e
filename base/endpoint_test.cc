#include "base/endpoint.h"

#include <arpa/inet.h>

#include <string>

#include "absl/container/flat_hash_set.h"
#include "base/transport.h"
#include "gtest/gtest.h"

namespace understudy {
namespace {

std::string RoundTrip(absl::string_view ip) {
  const absl::optional<Endpoint> parsed = Endpoint::Parse(ip, "5060");
  return parsed.has_value() ? parsed->HostText() : "refused";
}

TEST(Endpoint, DottedAddressesPrintAsTheyCame) {
  EXPECT_EQ(RoundTrip("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(RoundTrip("0.0.0.0"), "0.0.0.0");
  EXPECT_EQ(RoundTrip("255.255.255.255"), "255.255.255.255");
  EXPECT_EQ(Endpoint::V4(10, 0, 0, 7, 5061).ToText(), "10.0.0.7:5061");
  EXPECT_EQ(Endpoint::Parse("10.0.0.7", "5061"), Endpoint::V4(10, 0, 0, 7, 5061));
}

TEST(Endpoint, Ipv6PrintsInTheCanonicalForm) {
  EXPECT_EQ(RoundTrip("2001:0DB8:0000:0000:0000:0000:0000:0001"), "[2001:db8::1]");
  EXPECT_EQ(RoundTrip("[2001:db8::1]"), "[2001:db8::1]");
  EXPECT_EQ(RoundTrip("::"), "[::]");
  EXPECT_EQ(RoundTrip("::1"), "[::1]");
  EXPECT_EQ(RoundTrip("2001:db8::"), "[2001:db8::]");
  EXPECT_EQ(RoundTrip("1:0:0:2:0:0:0:3"), "[1:0:0:2::3]");
  EXPECT_EQ(RoundTrip("1:0:0:2:0:0:3:4"), "[1::2:0:0:3:4]");
  EXPECT_EQ(RoundTrip("1:0:2:3:4:5:6:7"), "[1:0:2:3:4:5:6:7]");
  EXPECT_EQ(RoundTrip("1:2:3:4:5:6:7::"), "[1:2:3:4:5:6:7:0]");
}

TEST(Endpoint, TextAgreesWithTheSystemsOwn) {
  for (const char* text : {"1::8", "fe80::1:0:0:1", "0:0:1::", "ff02::1:ff00:0", "64:ff9b::192.0.2.33"}) {
    in6_addr system;
    char printed[INET6_ADDRSTRLEN];
    ASSERT_EQ(inet_pton(AF_INET6, text, &system), 1);
    inet_ntop(AF_INET6, &system, printed, sizeof printed);
    EXPECT_EQ(RoundTrip(text), "[" + std::string(printed) + "]");
  }
}

TEST(Endpoint, MappedAddressIsTheIpv4One) {
  EXPECT_EQ(Endpoint::Parse("::ffff:192.0.2.1", 1), Endpoint::Parse("192.0.2.1", 1));
  EXPECT_EQ(RoundTrip("[::ffff:192.0.2.1]"), "192.0.2.1");
}

TEST(Endpoint, RubbishIsRefused) {
  for (const char* text : {"",
                           ".",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "01.2.3.4",
                           "1.2.3.-4",
                           "1.2.3.4 ",
                           "example.com",
                           "[",
                           "]",
                           "[]",
                           "[1.2.3.4]",
                           ":",
                           ":::",
                           "1:2",
                           "1::2::3",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:8::",
                           "::1:2:3:4:5:6:7:8",
                           "12345::",
                           "g::",
                           "fe80::1%eth0",
                           "1.2.3.4::",
                           "::1.2.3",
                           "::1.2.3.4:5",
                           "1:",
                           ":1",
                           "1:2:3:4:5:6:7:"}) {
    EXPECT_EQ(RoundTrip(text), "refused") << text;
  }
  for (const char* port : {"", "65536", "99999", "123456", "-1", "5060x", " 1"}) {
    EXPECT_FALSE(Endpoint::Parse("1.2.3.4", port).has_value()) << port;
  }
}

TEST(Endpoint, HostAndPortAreSplitWithoutGuessing) {
  EXPECT_EQ(Endpoint::ParseHostPort("1.2.3.4:5080", 5060)->ToText(), "1.2.3.4:5080");
  EXPECT_EQ(Endpoint::ParseHostPort("1.2.3.4", 5060)->ToText(), "1.2.3.4:5060");
  EXPECT_EQ(Endpoint::ParseHostPort("[2001:db8::1]:5080", 5060)->ToText(), "[2001:db8::1]:5080");
  EXPECT_EQ(Endpoint::ParseHostPort("[2001:db8::1]", 5060)->ToText(), "[2001:db8::1]:5060");
  EXPECT_EQ(Endpoint::ParseHostPort("2001:db8::1", 5060)->ToText(), "[2001:db8::1]:5060");
  EXPECT_FALSE(Endpoint::ParseHostPort("1.2.3.4:", 5060).has_value());
  EXPECT_FALSE(Endpoint::ParseHostPort("[::1]x:5060", 5060).has_value());
}

TEST(Endpoint, ValuesCompareAndHash) {
  const Endpoint a = Endpoint::V4(192, 0, 2, 1, 5060);
  EXPECT_NE(a, a.WithPort(5061));
  EXPECT_TRUE(a.SameHost(a.WithPort(5061)));
  EXPECT_LT(a, Endpoint::V4(192, 0, 2, 2, 1));
  absl::flat_hash_set<Endpoint> set = {a, a.WithPort(5061), a};
  EXPECT_EQ(set.size(), 2u);
  EXPECT_TRUE(Endpoint().empty());
  EXPECT_TRUE(Endpoint::Parse("0.0.0.0", "0")->is_any());
  EXPECT_TRUE(Endpoint::Parse("::", "0")->is_any());
  EXPECT_FALSE(a.is_any());
}

TEST(Transport, NamesRoundTripInAnyCase) {
  for (int i = 0; i < kTransportCount; ++i) {
    const Transport transport = static_cast<Transport>(i);
    EXPECT_EQ(ParseTransport(TransportName(transport)), transport);
  }
  EXPECT_EQ(ParseTransport("tcp"), Transport::kTcp);
  EXPECT_FALSE(ParseTransport("sctp").has_value());
  EXPECT_FALSE(IsReliable(Transport::kUdp));
}

}  // namespace
}  // namespace understudy
