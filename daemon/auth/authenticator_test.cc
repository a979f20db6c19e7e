#include "daemon/auth/authenticator.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "sip/challenge.h"
#include "sip/parse.h"

namespace understudy::auth {
namespace {

constexpr absl::string_view kRealm = "example";
const Endpoint kPhone = Endpoint::V4(10, 0, 0, 1, 5060);

// How a phone answers; each piece may be wrong.
struct Answer {
  std::string user = "1001";
  std::string password = "secret-1";
  std::string realm = std::string(kRealm);
  std::string algorithm = "SHA-256";
  std::string qop = "auth";
  uint32_t count = 1;
  std::string nonce = {};  // empty: the one that was given
  std::string method = "REGISTER";
  bool hash_user = false;
};

class AuthenticatorTest : public testing::Test {
 protected:
  AuthenticatorTest() { Adopt({}); }

  void Adopt(std::vector<DigestAlgorithm> offered, bool legacy = false) {
    Accounts accounts;
    accounts.realm = std::string(kRealm);
    for (const char* digit : {"1", "2"}) {
      Account account;
      account.user = absl::StrCat("100", digit);
      account.verifier = *daemon::MakePasswordVerifier(account.user, kRealm, absl::StrCat("secret-", digit));
      account.offered.assign(kStrongestFirst.begin(), kStrongestFirst.end());
      if (!offered.empty()) account.offered = offered;
      account.legacy = legacy;
      accounts.number_by_user[account.user] = account.user;
      accounts.by_number[account.user] = account;
    }
    authenticator_.Adopt(std::move(accounts));
  }

  Judgement Judge(const std::string& fields, absl::string_view number = "1001", const Endpoint& remote = kPhone) {
    text_ = absl::StrCat("REGISTER sip:example SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa\r\nFrom: ",
                         "<sip:1001@example>;tag=f\r\nTo: <sip:1001@example>\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n",
                         fields, "Content-Length: 0\r\n\r\n");
    sip::ParseError error;
    EXPECT_TRUE(sip::ParseMessage(text_, &message_, &error)) << error.text;
    return authenticator_.Judge(message_, number, remote, now_);
  }

  // The nonce of the challenge that the last request gets.
  std::string Nonce(bool stale = false) {
    std::string nonce;
    const std::string lines = authenticator_.Challenges(message_, "1001", kPhone, stale, now_);
    for (absl::string_view line : absl::StrSplit(lines, "\r\n", absl::SkipEmpty())) {
      sip::Challenge challenge;
      EXPECT_TRUE(absl::ConsumePrefix(&line, "WWW-Authenticate: ")) << line;
      EXPECT_TRUE(sip::ParseChallenge(line, &challenge)) << line;
      EXPECT_EQ(challenge.realm, kRealm);
      EXPECT_EQ(challenge.qop, "auth");
      EXPECT_EQ(challenge.stale, stale);
      EXPECT_TRUE(nonce.empty() || nonce == challenge.nonce);
      nonce = std::string(challenge.nonce);
    }
    return nonce;
  }

  std::string Field(const Answer& answer) {
    const DigestVariant variant = *DigestVariantFromName(answer.algorithm);
    const std::string nonce = answer.nonce.empty() ? Nonce() : answer.nonce;
    const std::string ha1 = *HexDigest(variant.algorithm, {answer.user, ":", answer.realm, ":", answer.password});
    const std::string count = absl::StrCat(absl::Hex(answer.count, absl::kZeroPad8));
    const std::string response =
        *DigestResponse(variant, ha1, {answer.method, "sip:example", nonce, count, "cn", answer.qop});
    const std::string user =
        answer.hash_user ? *HexDigest(variant.algorithm, {answer.user, ":", answer.realm}) : answer.user;
    return absl::StrCat("Authorization: Digest username=\"", user, "\", realm=\"", answer.realm, "\", nonce=\"", nonce,
                        "\", uri=\"sip:example\", response=\"", response, "\", algorithm=", answer.algorithm,
                        answer.hash_user ? ", userhash=true" : "",
                        answer.qop.empty() ? "" : absl::StrCat(", cnonce=\"cn\", qop=", answer.qop, ", nc=", count),
                        "\r\n");
  }

  Outcome Sign(const Answer& answer, absl::string_view number = "1001") {
    Judge("", number);
    return Judge(Field(answer), number).outcome;
  }

  Authenticator authenticator_{HashKey{3, 4}, {Duration::Seconds(300), 100}};
  Duration now_ = Duration::Seconds(5000);
  std::string text_;
  sip::Message message_;
};

TEST_F(AuthenticatorTest, EveryAlgorithmIsOfferedStrongestFirstAndTaken) {
  Judge("");
  const std::string lines = authenticator_.Challenges(message_, "1001", kPhone, false, now_);
  EXPECT_LT(lines.find("algorithm=SHA-512-256"), lines.find("algorithm=SHA-256"));
  EXPECT_LT(lines.find("algorithm=SHA-256"), lines.find("algorithm=MD5"));
  for (const char* algorithm : {"SHA-512-256", "SHA-256", "MD5", "md5", "MD5-sess", "SHA-256-sess"}) {
    now_ = now_ + Duration::Seconds(1);
    EXPECT_EQ(Sign({.algorithm = algorithm}), Outcome::kSigned) << algorithm;
  }
  EXPECT_EQ(authenticator_.judged(Outcome::kSigned), 6u);
}

TEST_F(AuthenticatorTest, WhatIsNotOfferedIsNotTaken) {
  Adopt({DigestAlgorithm::kSha256});
  EXPECT_EQ(Sign({.algorithm = "MD5"}), Outcome::kUnsigned);
  EXPECT_FALSE(absl::StrContains(authenticator_.Challenges(message_, "1001", kPhone, false, now_), "MD5"));
  EXPECT_EQ(Sign({}), Outcome::kSigned);
}

TEST_F(AuthenticatorTest, NothingButThePasswordOfTheDnSignsForIt) {
  EXPECT_EQ(Judge("").outcome, Outcome::kUnsigned);
  EXPECT_EQ(Sign({.password = "secret-2"}), Outcome::kWrong);
  EXPECT_EQ(Sign({.user = "1009"}), Outcome::kWrong);
  EXPECT_EQ(Sign({.method = "INVITE"}), Outcome::kWrong) << "signed for another method";
  EXPECT_EQ(Sign({.user = "1002", .password = "secret-2"}), Outcome::kForbidden);
  EXPECT_EQ(Sign({.user = "1002", .password = "secret-2"}, "1002"), Outcome::kStale) << "the nonce's count is used up";
  EXPECT_EQ(Sign({.user = "1002", .password = "secret-2", .count = 2}, "1002"), Outcome::kSigned);
}

TEST_F(AuthenticatorTest, CredentialsOfOthersArePassedOver) {
  EXPECT_EQ(Judge("Authorization: Basic MTAwMTpzZWNyZXQtMQ==\r\n").outcome, Outcome::kUnsigned);
  EXPECT_EQ(Sign({.realm = "elsewhere"}), Outcome::kUnsigned);
  EXPECT_EQ(Judge(absl::StrCat("Authorization: Basic x\r\n", Field({.realm = "elsewhere"}), Field({}))).outcome,
            Outcome::kSigned);
  const std::string proxy = absl::StrCat("Proxy-", Field({.count = 2}));
  EXPECT_EQ(Judge(proxy).outcome, Outcome::kUnsigned) << "we are no proxy";
}

TEST_F(AuthenticatorTest, AMalformedOneIsSaidToBe) {
  EXPECT_EQ(Judge("Authorization: Digest username=\"1001\"\r\n").outcome, Outcome::kMalformed);
  Judge("");
  const Judgement judgement = Judge(Field({.qop = "auth-int"}));
  EXPECT_EQ(judgement.outcome, Outcome::kMalformed);
  EXPECT_EQ(judgement.reason, "qop Must Be auth");
}

TEST_F(AuthenticatorTest, ACountIsGoodOnce) {
  Judge("");
  const std::string nonce = Nonce();
  EXPECT_EQ(Sign({.count = 1, .nonce = nonce}), Outcome::kSigned);
  EXPECT_EQ(Sign({.count = 1, .nonce = nonce}), Outcome::kStale);
  EXPECT_EQ(Sign({.count = 3, .nonce = nonce}), Outcome::kSigned);
  EXPECT_EQ(Sign({.count = 2, .nonce = nonce}), Outcome::kSigned);
  EXPECT_EQ(Sign({.count = 2, .nonce = nonce}), Outcome::kStale);
}

TEST_F(AuthenticatorTest, AnOldNonceIsStaleWhoeverAnswersIt) {
  Judge("");
  const std::string nonce = Nonce();
  now_ = now_ + Duration::Seconds(301);
  EXPECT_EQ(Sign({.nonce = nonce}), Outcome::kStale);
  EXPECT_EQ(Sign({.password = "guess", .nonce = nonce}), Outcome::kStale) << "the answer tells nobody what is right";
  EXPECT_NE(Nonce(true), nonce);
}

// After a failover, or for whoever got its nonce elsewhere.
TEST_F(AuthenticatorTest, TheNonceOfAnotherProcessIsStale) {
  Judge("");
  const std::string nonce = Nonces(HashKey{5, 6}, Duration::Seconds(300)).Make(kPhone, "c", "f", now_);
  EXPECT_EQ(Sign({.nonce = nonce}), Outcome::kStale);
  EXPECT_EQ(Sign({}), Outcome::kSigned);
}

TEST_F(AuthenticatorTest, OnlyWhoGotTheNonceHasGuessedAndOnlyHeHearsWhetherItWasRight) {
  const Endpoint elsewhere = Endpoint::V4(10, 0, 0, 2, 5060);
  Judge("");
  EXPECT_EQ(Judge(Field({.password = "guess"})).guesses, 1);
  for (const char* password : {"guess", "secret-1"}) {
    const Judgement made_up = Judge(Field({.password = password, .nonce = "made-up"}));
    EXPECT_EQ(made_up.outcome, Outcome::kStale) << password;
    EXPECT_EQ(made_up.guesses, 0) << password;
    const std::string field = Field({.password = password});
    const Judgement of_another_host = Judge(field, "1001", elsewhere);
    EXPECT_EQ(of_another_host.outcome, Outcome::kStale) << password;
    EXPECT_EQ(of_another_host.guesses, 0) << password;
  }
}

TEST_F(AuthenticatorTest, EveryFieldIsAGuessWhateverStandsBehindIt) {
  Judge("");
  const std::string guess = Field({.password = "guess"});
  const std::string nowhere = Field({.password = "guess", .nonce = "made-up"});
  const std::string right = Field({});
  EXPECT_EQ(Judge(guess + nowhere).guesses, 1);
  EXPECT_EQ(Judge(guess + guess + guess + "Authorization: Digest username=\"1001\"\r\n").guesses, 3);
  const Judgement judgement = Judge(guess + right);
  EXPECT_EQ(judgement.outcome, Outcome::kSigned);
  EXPECT_EQ(judgement.guesses, 0) << "who knows it does not guess";
}

TEST_F(AuthenticatorTest, WithoutQopASignatureIsTakenWhereTheOldFormIsAllowedAndOnce) {
  EXPECT_EQ(Sign({.algorithm = "MD5", .qop = ""}), Outcome::kUnsigned);
  Adopt({}, true);
  EXPECT_EQ(Sign({.algorithm = "MD5", .qop = ""}), Outcome::kSigned);
  EXPECT_EQ(Sign({.algorithm = "MD5", .qop = ""}), Outcome::kStale);
}

TEST_F(AuthenticatorTest, AHashedUserNameIsKnown) {
  for (const char* algorithm : {"SHA-512-256", "SHA-256", "MD5"}) {
    now_ = now_ + Duration::Seconds(1);
    EXPECT_EQ(Sign({.algorithm = algorithm, .hash_user = true}), Outcome::kSigned) << algorithm;
  }
  EXPECT_EQ(Sign({.user = "1002", .password = "secret-2", .hash_user = true}), Outcome::kWrong);
}

TEST_F(AuthenticatorTest, WhoHasNoPasswordCannotSign) {
  const Judgement judgement = Judge("", "1009");
  EXPECT_EQ(judgement.outcome, Outcome::kForbidden);
  EXPECT_EQ(judgement.reason, "No Password Is Configured");
  EXPECT_EQ(authenticator_.Challenges(message_, "1009", kPhone, false, now_), "");
}

TEST_F(AuthenticatorTest, NoMoreThanEightFieldsAreLookedAt) {
  Judge("");
  const std::string right = Field({});
  std::string fields;
  for (int i = 0; i < 8; ++i) absl::StrAppend(&fields, Field({.password = "guess"}));
  EXPECT_EQ(Judge(absl::StrCat(fields, right)).outcome, Outcome::kWrong);
}

TEST_F(AuthenticatorTest, ANewPasswordCountsFromItsAdoptionOn) {
  EXPECT_EQ(Sign({}), Outcome::kSigned);
  authenticator_.Adopt({});
  EXPECT_EQ(Sign({.count = 2}), Outcome::kForbidden);
}

}  // namespace
}  // namespace understudy::auth
