#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daemon/config/config.h"
#include "daemon/config/config_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

absl::StatusOr<Config> Parse(absl::string_view node) {
  return ParseConfig(
      absl::StrReplaceAll(kConfigText, {{"  http-port: 8090\n", absl::StrCat("  http-port: 8090\n", node)}}), "t.yaml");
}

TEST(DnsConfig, WithoutOptionsTheSystemsServersAreAsked) {
  const DnsConfig dns = Parse("").value().node.dns;
  EXPECT_THAT(dns.servers, IsEmpty());
  EXPECT_EQ(dns.timeout, Duration::Seconds(1));
  EXPECT_EQ(dns.tries, 2);
}

TEST(DnsConfig, ServersHaveAPortOfTheirOwnOr53) {
  const DnsConfig dns =
      Parse("  dns-servers: \"192.0.2.53, [2001:db8::53]:5353,2001:db8::54\"\n  dns-timeout: 250ms\n  dns-tries: 3\n")
          .value()
          .node.dns;
  EXPECT_THAT(dns.servers, ElementsAre(*Endpoint::Parse("192.0.2.53", uint16_t{53}),
                                       *Endpoint::Parse("2001:db8::53", uint16_t{5353}),
                                       *Endpoint::Parse("2001:db8::54", uint16_t{53})));
  EXPECT_EQ(dns.timeout, Duration::Milliseconds(250));
  EXPECT_EQ(dns.tries, 3);
}

TEST(DnsConfig, AServerThatIsNoAddressIsRefusedAtItsLine) {
  for (absl::string_view bad : {"ns.example", "192.0.2.53:0", "0.0.0.0", "192.0.2.53:70000"}) {
    const std::string error(Parse(absl::StrCat("  dns-servers: \"", bad, "\"\n")).status().message());
    EXPECT_THAT(error, HasSubstr("t.yaml:"));
    EXPECT_THAT(error, HasSubstr(absl::StrCat("node/dns-servers: found \"", bad, "\"; allowed: up to 8 IP addresses")));
  }
}

TEST(DnsConfig, TriesThatTakeLongerThanALookupAreRefused) {
  const std::string error(Parse("  dns-timeout: 5s\n  dns-tries: 3\n").status().message());
  EXPECT_THAT(error, HasSubstr("t.yaml:"));
  EXPECT_THAT(error, HasSubstr("node/dns-tries: 3 tries, the first of 5s (node/dns-timeout) and each twice as long as "
                               "the one before, take 35s of one server; allowed: up to 20s"));
  EXPECT_TRUE(Parse("  dns-timeout: 5s\n  dns-tries: 2\n").ok());
}

TEST(DnsConfig, NineServersAreTooMany) {
  std::string list;
  for (int i = 1; i <= 9; ++i) absl::StrAppend(&list, "192.0.2.", i, " ");
  EXPECT_THAT(std::string(Parse(absl::StrCat("  dns-servers: \"", list, "\"\n")).status().message()),
              HasSubstr("found \"192.0.2.9\""));
}

}  // namespace
}  // namespace understudy::daemon
