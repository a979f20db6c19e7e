#include "sip/challenge.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace understudy::sip {
namespace {

std::string Read(absl::string_view text) {
  Challenge challenge;
  if (!ParseChallenge(text, &challenge)) return "malformed";
  return absl::StrCat(challenge.realm, " ", challenge.nonce, " ", challenge.algorithm, " ", challenge.qop,
                      challenge.stale ? " stale" : "");
}

TEST(ChallengeTest, WhatIsWrittenIsReadAgain) {
  std::string text;
  AppendChallenge({.realm = "example.org", .nonce = "0a1b", .algorithm = "SHA-256"}, &text);
  EXPECT_EQ(text, R"(Digest realm="example.org", nonce="0a1b", qop="auth", algorithm=SHA-256)");
  EXPECT_EQ(Read(text), "example.org 0a1b SHA-256 auth");
  text.clear();
  AppendChallenge({.realm = "r", .nonce = "n", .algorithm = "", .stale = true}, &text);
  EXPECT_EQ(text, R"(Digest realm="r", nonce="n", qop="auth", stale=true)");
  EXPECT_EQ(Read(text), "r n  auth stale");
}

// RFC 3261 20.44.
TEST(ChallengeTest, ThatOfTheRfcIsRead) {
  EXPECT_EQ(Read("Digest realm=\"atlanta.com\",\r\n domain=\"sip:boxesbybob.com\", qop=\"auth\",\r\n"
                 " nonce=\"f84f1cec41e6cbe5aea9c8e88d359\",\r\n opaque=\"\", stale=FALSE, algorithm=MD5"),
            "atlanta.com f84f1cec41e6cbe5aea9c8e88d359 MD5 auth");
}

TEST(ChallengeTest, RealmAndNonceAreThereOnce) {
  for (absl::string_view text : {"", "Digest", "Basic realm=\"r\"", "Digest realm=\"r\"", "Digest nonce=\"n\"",
                                 "Digest realm=\"r\", nonce=", "Digest realm=\"r\", nonce=\"n\", realm=\"s\"",
                                 "Digest realm=\"r\", nonce=\"n\" stale=true"}) {
    EXPECT_EQ(Read(text), "malformed") << text;
  }
}

}  // namespace
}  // namespace understudy::sip
