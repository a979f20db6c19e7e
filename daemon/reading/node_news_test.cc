#include "daemon/reading/node_news.h"

#include "absl/strings/str_replace.h"
#include "daemon/config/config_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Config With(absl::string_view piece, absl::string_view other) {
  return ParseConfig(ConfigTextWith(piece, other), "t.yaml").value();
}

NodeReading Reading(absl::string_view more, const tls::LoadedFiles& files) {
  const std::string text = absl::StrReplaceAll(
      kConfigText, {{"  http-port: 8090\n", more}, {", sip-port: 5060}", ", sip-port: 5060, sip-tls-port: 5061}"}});
  return {ParseConfig(text, "t.yaml").value().node, files};
}

constexpr absl::string_view kTls = "  sip-tls-cert: c\n  sip-tls-key: k\n";
constexpr absl::string_view kTls13 = "  sip-tls-cert: c\n  sip-tls-key: k\n  sip-tls-version: \"1.3\"\n";
constexpr absl::string_view kHttp =
    "  sip-tls-cert: c\n  sip-tls-key: k\n  sip-tls-version: \"1.3\"\n  http-port: 80\n";

TEST(NodeNews, WithoutAChangeItIsAsBefore) {
  EXPECT_EQ(NodeNews(Reading(kTls, {"x", "1", "1"}), Reading(kTls, {"x", "1", "1"})), "as before");
}

TEST(NodeNews, WhatIsInForceHasItsValue) {
  EXPECT_EQ(NodeNews(Reading(kTls, {}), Reading(kTls13, {})), "in force: node/sip-tls-version 1.3");
}

TEST(NodeNews, WhatWaitsForARestartIsNamedBehindIt) {
  EXPECT_EQ(NodeNews(Reading(kTls, {}), Reading(kHttp, {})),
            "in force: node/sip-tls-version 1.3; needs a restart: node/http-port");
}

TEST(NodeNews, ARenewedCertificateIsToldByItsFileAndEnd) {
  EXPECT_EQ(NodeNews(Reading(kTls, {"CN=old", "1", "1"}), Reading(kTls, {"CN=new, valid until 2030", "2", "1"})),
            "in force: node/sip-tls-cert c, CN=new, valid until 2030");
}

TEST(NodeNews, WhatIsTakenOutOfTheFileStaysUntilARestart) {
  const NodeReading without{With("5060}", "5060}").node, {"x", "1", "1"}};
  EXPECT_THAT(
      NodeNews(Reading(kTls, {"x", "1", "1"}), without),
      AllOf(HasSubstr("needs a restart: "), HasSubstr("node/sip-tls-cert"), Not(HasSubstr("sip-tls-cert none"))));
}

TEST(NodeNews, ARenewedCaIsTold) {
  EXPECT_EQ(NodeNews(Reading(kTls, {"x", "1", "1"}), Reading(kTls, {"x", "1", "2"})), "in force: node/sip-tls-ca none");
}

TEST(ListeningNews, EachOptionThatListensElsewhereHasItsPlaceAndBothValues) {
  const Config before = With("5060}", "5060}");
  EXPECT_EQ(ListeningNews(before, before), "");
  const Config after = With("sip-port: 5060}", "sip-port: 5062, sip-ws-port: 5080}");
  EXPECT_THAT(ListeningNews(before, after),
              StartsWith("t.yaml:7:49: TServer/sip-port: found \"5062\", in force is \"5060\"; allowed: the same, or a "
                         "restart\n"));
  EXPECT_THAT(ListeningNews(before, after), HasSubstr("TServer/sip-ws-port: found \"5080\", in force is none"));
  EXPECT_THAT(ListeningNews(after, before), HasSubstr("\nt.yaml: TServer/sip-ws-port: found none"));
}

}  // namespace
}  // namespace understudy::daemon
