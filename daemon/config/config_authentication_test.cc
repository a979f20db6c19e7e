// What a configuration file says of passwords and of who must sign requests with them.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daemon/config/config.h"
#include "daemon/config/config_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using auth::DigestAlgorithm;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr absl::string_view kMd5 = "0123456789abcdef0123456789abcdef";

std::string WithDn(absl::string_view options, absl::string_view pair = "") {
  const std::string text =
      absl::StrCat(kConfigText, "      - {number: \"2001\", type: Extension, options: {TServer: {", options, "}}}\n");
  return absl::StrReplaceAll(text, {{"sip-port: 5060", absl::StrCat("sip-port: 5060", pair)}});
}

Config Accepted(const std::string& text) {
  absl::StatusOr<Config> config = ParseConfig(text, "t.yaml");
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *std::move(config) : Config();
}

std::string ErrorOf(const std::string& text) {
  absl::StatusOr<Config> config = ParseConfig(text, "t.yaml");
  return config.ok() ? "none" : std::string(config.status().message());
}

std::string RequestsOf(const Config& config, absl::string_view number) {
  return std::string(
      FindValue(config.pair.FindDn(number)->options, "TServer", "authenticate-requests").value_or("none"));
}

TEST(ConfigAuthentication, ThePairsRequestsAreThoseOfEveryDnWithAPassword) {
  const Config config = Accepted(WithDn("password: x", ", authenticate-requests: \"register,invite\""));
  EXPECT_EQ(RequestsOf(config, "2001"), "register,invite");
  EXPECT_EQ(RequestsOf(config, "1001"), "none");
  ASSERT_EQ(config.warnings.size(), 1u);
  EXPECT_THAT(ToString(config.warnings[0]), HasSubstr("does not hold for 1001: an Extension without a password"));
}

TEST(ConfigAuthentication, ADnsOwnRequestsWin) {
  const Config config =
      Accepted(WithDn("password: x, authenticate-requests: message", ", authenticate-requests: \"register\""));
  EXPECT_EQ(RequestsOf(config, "2001"), "message");
}

TEST(ConfigAuthentication, WithoutAPasswordNobodyCanBeAsked) {
  EXPECT_EQ(ErrorOf(WithDn("authenticate-requests: register")),
            "t.yaml:14:86: DN 2001: TServer/authenticate-requests: found \"register\" without a password; allowed: "
            "together with password, or with password-md5, -sha-256 or -sha-512-256");
}

TEST(ConfigAuthentication, OnlyRequestsThatBeginSomethingAreSigned) {
  EXPECT_EQ(ErrorOf(WithDn("password: x, authenticate-requests: \"register,bye\"")),
            "t.yaml:14:99: DN 2001: TServer/authenticate-requests: found \"register,bye\"; allowed: one or more of "
            "register, invite, message, subscribe, refer, notify, with commas between them");
}

TEST(ConfigAuthentication, AVerifierMayStandInPlaceOfThePassword) {
  const Config config = Accepted(WithDn(absl::StrCat("password-md5: \"", kMd5, "\", authenticate-requests: invite")));
  const DnConfig& dn = *config.pair.FindDn("2001");
  EXPECT_EQ(dn.password->Of(DigestAlgorithm::kMd5), kMd5);
  EXPECT_EQ(dn.password->Of(DigestAlgorithm::kSha256), "");
  EXPECT_THAT(config.pair.AlgorithmsFor(dn), ElementsAre(DigestAlgorithm::kMd5));
  EXPECT_EQ(DescribeConfig(config).find(std::string(kMd5)), std::string::npos);
}

TEST(ConfigAuthentication, AVerifierIsWholeAndBesideNoPassword) {
  EXPECT_EQ(ErrorOf(WithDn("password-md5: 0123")),
            "t.yaml:14:77: DN 2001: TServer/password-md5: found a text that is not shown; allowed: 32 of 0 to 9 and a "
            "to f");
  EXPECT_THAT(
      ErrorOf(WithDn(absl::StrCat("password: x, password-md5: \"", kMd5, "\""))),
      HasSubstr("TServer/password: found beside password-md5, -sha-256 or -sha-512-256; allowed: one of the two"));
}

TEST(ConfigAuthentication, AlgorithmsAreOfferedStrongestFirst) {
  const Config config = Accepted(WithDn("password: x"));
  EXPECT_THAT(config.pair.AlgorithmsFor(*config.pair.FindDn("2001")),
              ElementsAre(DigestAlgorithm::kSha512_256, DigestAlgorithm::kSha256, DigestAlgorithm::kMd5));
  EXPECT_THAT(config.pair.AlgorithmsFor(*config.pair.FindDn("1001")), IsEmpty());
  const Config some = Accepted(WithDn("password: x, authenticate-algorithms: \"MD5, SHA-256\""));
  EXPECT_THAT(some.pair.AlgorithmsFor(*some.pair.FindDn("2001")),
              ElementsAre(DigestAlgorithm::kSha256, DigestAlgorithm::kMd5));
}

TEST(ConfigAuthentication, WhoeverIsAskedCanAnswer) {
  EXPECT_THAT(ErrorOf(WithDn(absl::StrCat("password-md5: \"", kMd5,
                                          "\", authenticate-requests: invite, authenticate-algorithms: SHA-256"))),
              HasSubstr("DN 2001: TServer/authenticate-algorithms: found \"SHA-256\", of which it has no verifier"));
}

TEST(ConfigAuthentication, ThePasswordIsThatOfTheUserNameWhereThereIsOne) {
  const Config config = Accepted(WithDn("password: x, sip-username: alice"));
  EXPECT_EQ(*config.pair.FindDn("2001")->password, *MakePasswordVerifier("alice", "Main", "x"));
}

TEST(ConfigAuthentication, ARealmHasNoQuotes) {
  EXPECT_EQ(ErrorOf(WithDn("password: x", ", sip-realm: 'a\"b'")),
            "t.yaml:7:66: TServer/sip-realm: found \"a\\\"b\"; allowed: no quote and no backslash");
  EXPECT_EQ(ErrorOf(WithDn("contact: \"*\"", ", sip-realm: 'a\"b'")), "none") << "nobody is asked";
}

TEST(ConfigAuthentication, APasswordChangesWhatTheNodesCompare) {
  const uint64_t one = Accepted(WithDn("password: x")).pair.clients_digest;
  EXPECT_EQ(Accepted(WithDn("password: x")).pair.clients_digest, one);
  EXPECT_NE(Accepted(WithDn("password: y")).pair.clients_digest, one);
  EXPECT_EQ(Accepted(WithDn("contact: \"*\"")).pair.clients_digest, 0u);
}

}  // namespace
}  // namespace understudy::daemon
