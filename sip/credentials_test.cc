#include "sip/credentials.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

namespace understudy::sip {
namespace {

constexpr absl::string_view kWhole =
    R"(Digest username="1001", realm="example", nonce="n0", uri="sip:example", response="0a1b")";

std::string Read(absl::string_view text) {
  Credentials credentials;
  const CredentialsFault fault = ParseCredentials(text, &credentials);
  if (fault == CredentialsFault::kOtherScheme) return "another scheme";
  if (fault != CredentialsFault::kNone) return std::string(CredentialsFaultText(fault));
  std::string user;
  if (!credentials.UserName(&user)) return "malformed user";
  return absl::StrCat(user, " ", credentials.realm, " ", credentials.nonce, " ", credentials.uri, " ",
                      credentials.response, credentials.algorithm.empty() ? "" : " by ", credentials.algorithm,
                      credentials.qop.empty()
                          ? ""
                          : absl::StrCat(" ", credentials.qop, " ", credentials.cnonce, " ", credentials.nonce_count),
                      credentials.userhash ? " hashed" : "");
}

std::string With(absl::string_view more) {
  return absl::StrCat(kWhole, ", ", more);
}

TEST(CredentialsTest, WhatARequestNeedsIsRead) {
  EXPECT_EQ(Read(kWhole), R"(1001 "example" "n0" "sip:example" 0a1b)");
  EXPECT_EQ(Read(With(R"(algorithm=SHA-256, qop=auth, nc=0000000b, cnonce="c")")),
            R"(1001 "example" "n0" "sip:example" 0a1b by SHA-256 auth "c" 11)");
  EXPECT_EQ(Read(With("userhash=true")), R"(1001 "example" "n0" "sip:example" 0a1b hashed)");
}

TEST(CredentialsTest, NamesAndSchemeAreReadInAnyCaseAndSpace) {
  EXPECT_EQ(
      Read("dIGEST\r\n USERNAME = \"1001\" ,realm=\"example\",,NONCE=\"n0\",\turi=\"sip:example\"\r\n ,Response=0a1b,"),
      R"(1001 "example" "n0" "sip:example" 0a1b)");
}

TEST(CredentialsTest, WhatIsQuotedWithoutNeedAndUnquotedAgainstTheGrammarIsRead) {
  EXPECT_EQ(Read("Digest username=1001,realm=example,nonce=n+/0==,uri=sip:example;a=b,response=0a1b,qop=\"auth\","
                 "nc=\"0000000A\",cnonce=c,algorithm=\"MD5\""),
            "1001 example n+/0== sip:example;a=b 0a1b by MD5 auth c 10");
}

TEST(CredentialsTest, QuotesMayHoldCommasAndEscapes) {
  EXPECT_EQ(Read(absl::StrReplaceAll(kWhole, {{"\"1001\"", R"("a\"b, realm=\\x")"}})),
            R"(a"b, realm=\x "example" "n0" "sip:example" 0a1b)");
}

TEST(CredentialsTest, UnknownParametersAreIgnored) {
  EXPECT_EQ(Read(With("opaque=\"o\", x-auth=\"y\", x-auth=z")), Read(kWhole));
}

TEST(CredentialsTest, ANameInTheExtendedFormIsDecoded) {
  const auto star = [](absl::string_view name) {
    return Read(absl::StrReplaceAll(kWhole, {{"username=\"1001\"", absl::StrCat("username*=", name)}}));
  };
  EXPECT_EQ(star("UTF-8''J%C3%A4s%C3%B8n%20Doe"), "J\xC3\xA4s\xC3\xB8n Doe \"example\" \"n0\" \"sip:example\" 0a1b");
  for (absl::string_view name :
       {"1001", "UTF-8'1001", "ISO-8859-1''1001", "UTF-8''10%", "UTF-8''10%4", "UTF-8''%zz1"}) {
    EXPECT_EQ(star(name), "malformed user") << name;
  }
}

TEST(CredentialsTest, OtherSchemesAreNamedAsSuch) {
  EXPECT_EQ(Read("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), "another scheme");
  EXPECT_EQ(Read("Digestive username=\"1001\""), "another scheme");
}

TEST(CredentialsTest, WhatIsWrongIsSaid) {
  const struct {
    std::string text;
    CredentialsFault fault;
  } cases[] = {
      {"", CredentialsFault::kMalformed},
      {"=", CredentialsFault::kMalformed},
      {"Digest", CredentialsFault::kMissing},
      {"Digest=x", CredentialsFault::kMalformed},
      {absl::StrCat(kWhole, " x"), CredentialsFault::kMalformed},
      {With("x"), CredentialsFault::kMalformed},
      {With("x="), CredentialsFault::kMalformed},
      {With("x=\"open"), CredentialsFault::kMalformed},
      {With("x=y z"), CredentialsFault::kMalformed},
      {With("username*=UTF-8''1001"), CredentialsFault::kMalformed},
      {With("username=\"1002\""), CredentialsFault::kTwice},
      {With("NONCE=\"n1\""), CredentialsFault::kTwice},
      {With("qop=auth, nc=00000001"), CredentialsFault::kMissing},
      {With("qop=auth, cnonce=\"c\""), CredentialsFault::kMissing},
      {With("qop=auth, cnonce=\"c\", nc=1"), CredentialsFault::kCount},
      {With("qop=auth, cnonce=\"c\", nc=000000001"), CredentialsFault::kCount},
      {With("qop=auth, cnonce=\"c\", nc=0000000g"), CredentialsFault::kCount},
      {With("qop=auth, cnonce=\"c\", nc=00000000"), CredentialsFault::kCount},
      {With(absl::StrCat("x=", std::string(4096, 'x'))), CredentialsFault::kTooLong},
  };
  for (const auto& c : cases) EXPECT_EQ(Read(c.text), CredentialsFaultText(c.fault)) << c.text;
}

TEST(CredentialsTest, EachOfTheFiveMustBeThere) {
  for (absl::string_view name : {"username", "realm", "nonce", "uri", "response"}) {
    const std::string text = absl::StrReplaceAll(kWhole, {{absl::StrCat(name, "="), "x="}});
    EXPECT_EQ(Read(text), CredentialsFaultText(CredentialsFault::kMissing)) << text;
  }
}

TEST(CredentialsTest, ParametersAreLimited) {
  std::string text(kWhole);
  for (int i = 0; i < 123; ++i) absl::StrAppend(&text, ",x=y");
  EXPECT_EQ(Read(text), Read(kWhole));
  EXPECT_EQ(Read(absl::StrCat(text, ",x=y")), CredentialsFaultText(CredentialsFault::kMalformed));
}

}  // namespace
}  // namespace understudy::sip
