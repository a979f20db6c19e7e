// A password in the file is found in nothing that comes out of reading it, however the file is wrong.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemon/config/config.h"
#include "daemon/config/config_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::string_view kCanary = "Canary7Secret";

std::string WithDnOptions(absl::string_view options) {
  return absl::StrCat(kConfigText, "      - {number: \"2001\", type: Extension, options: {TServer: {", options,
                      "}}}\n");
}

TEST(ConfigSecrets, APasswordBecomesAVerifierOfNumberRealmAndItself) {
  absl::StatusOr<Config> config = ParseConfig(WithDnOptions(absl::StrCat("password: ", kCanary)), "t.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  const DnConfig* dn = config->pair.FindDn("2001");
  ASSERT_TRUE(dn->password.has_value());
  EXPECT_EQ(*dn->password, *MakePasswordVerifier("2001", "Main", kCanary));
  EXPECT_FALSE(config->pair.FindDn("1001")->password.has_value());
}

TEST(ConfigSecrets, TheRealmCanBeSet) {
  std::string text = absl::StrReplaceAll(WithDnOptions(absl::StrCat("password: ", kCanary)),
                                         {{"sip-port: 5060", "sip-realm: example.org"}});
  absl::StatusOr<Config> config = ParseConfig(text, "t.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->pair.realm(), "example.org");
  EXPECT_EQ(*config->pair.FindDn("2001")->password, *MakePasswordVerifier("2001", "example.org", kCanary));
}

TEST(ConfigSecrets, NothingOfARightFileHoldsThePassword) {
  absl::StatusOr<Config> config = ParseConfig(WithDnOptions(absl::StrCat("password: ", kCanary)), "t.yaml");
  ASSERT_TRUE(config.ok());
  std::string all = DescribeConfig(*config);
  for (const Warning& warning : config->warnings) absl::StrAppend(&all, ToString(warning));
  for (const DnConfig& dn : config->pair.dns) {
    for (const auto& [section, options] : dn.options) {
      for (const auto& [name, value] : options) absl::StrAppend(&all, section, name, value);
    }
  }
  EXPECT_THAT(all, HasSubstr("password set"));
  EXPECT_THAT(all, Not(HasSubstr(std::string(kCanary))));
}

TEST(ConfigSecrets, NoErrorOfAWrongFileHoldsThePassword) {
  const std::string secret(kCanary);
  const std::string wrong[] = {
      WithDnOptions("password: [" + secret + "]"),
      WithDnOptions("password: {a: " + secret + "}"),
      WithDnOptions("password:" + secret),
      WithDnOptions(secret),
      WithDnOptions("passw " + secret),
      WithDnOptions("contact: \"*, pw: " + secret),
      WithDnOptions("password" + secret),
      WithDnOptions("password-" + secret + ": x"),
      WithDnOptions("password: ab," + secret),
      WithDnOptions("pasword: ab," + secret),
      WithDnOptions("passwd: ab, cd, cd, " + secret),
      WithDnOptions("password: ab," + secret + "," + secret),
      WithDnOptions("pasword:" + secret),
      WithDnOptions("pasword: " + secret),
      WithDnOptions("Password: " + secret),
      WithDnOptions("password: *" + secret),
      WithDnOptions("password: !" + secret + " x"),
      WithDnOptions("password: @" + secret),
      WithDnOptions("password: \"" + secret),
      WithDnOptions("password: \"\\q" + secret + "\""),
      WithDnOptions("password: " + secret + ": x"),
      WithDnOptions("password: " + secret + ", password: " + secret),
      WithDnOptions("password: " + std::string(200, 'x') + secret),
      WithDnOptions("contact: \"sip:2001:" + secret + "@10.0.0.1\""),
      WithDnOptions("contact: \"10.0.0.1 password: " + secret + "\""),
      absl::StrCat(kConfigText, "      - {number: x, type: Trunk, options: {TServer: password:" + secret + "}}\n"),
      absl::StrCat(kConfigText, "      - {number: x, type: Trunk, options: {TServer: {contact: \"\n  password: " +
                                    secret + "\"}}}\n"),
      absl::StrCat(kConfigText, "      - {number: x, type: Trunk, password: " + secret + "}\n"),
      absl::StrCat(kConfigText,
                   "      - {number: x, type: ACD Queue, options: {TServer: {password: " + secret + "}}}\n"),
      absl::StrCat(kConfigText, "      - {number: x, type: Trunk, password: ab," + secret + "}\n"),
      absl::StrCat(kConfigText, "password: " + secret + "\n"),
  };
  for (const std::string& text : wrong) {
    absl::StatusOr<Config> config = ParseConfig(text, "t.yaml");
    if (config.ok()) {
      ADD_FAILURE() << "accepted: " << text;
      continue;
    }
    EXPECT_THAT(std::string(config.status().message()), Not(HasSubstr(secret))) << text;
  }
}

TEST(ConfigSecrets, APasswordIsFrom1To128Bytes) {
  EXPECT_FALSE(ParseConfig(WithDnOptions("password: \"\""), "t.yaml").ok());
  EXPECT_FALSE(ParseConfig(WithDnOptions("password: " + std::string(129, 'x')), "t.yaml").ok());
  EXPECT_TRUE(ParseConfig(WithDnOptions("password: " + std::string(128, 'x')), "t.yaml").ok());
}

}  // namespace
}  // namespace understudy::daemon
