// The ingress where a DN must sign its requests.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "daemon/auth/digest.h"
#include "daemon/ingress_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sip/challenge.h"
#include "sip/parse.h"

namespace understudy::daemon {
namespace {

using auth::DigestAlgorithm;
using engine::Kept;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr absl::string_view kPassword = "canary-password";

class IngressSignaturesTest : public IngressTest {
 protected:
  IngressSignaturesTest() {
    options_.authenticator = &authenticator_;
    auth::Accounts accounts;
    accounts.realm = "example";
    for (const char* number : {"1001", "1002"}) {
      auth::Account account;
      account.user = number;
      account.verifier = *MakePasswordVerifier(number, "example", kPassword);
      account.offered.assign(auth::kStrongestFirst.begin(), auth::kStrongestFirst.end());
      accounts.number_by_user[number] = number;
      accounts.by_number[number] = account;
    }
    authenticator_.Adopt(std::move(accounts));
  }

  engine::Configuration Configuration() const override {
    engine::ConfigurationChange change;
    for (const char* number : {"1001", "1002"}) {
      engine::Dn dn;
      dn.number = number;
      dn.options["TServer"]["contact"] = "*";
      dn.options["TServer"]["authenticate-requests"] = "register,invite";
      change.upserts.push_back(dn);
    }
    engine::Configuration configuration = TestPhones::Configuration();
    configuration.Apply(change);
    return configuration;
  }

  std::string From1001(absl::string_view method, absl::string_view id, absl::string_view field) {
    return absl::StrReplaceAll(Request(method, id, field),
                               {{"From: <sip:a@", "From: <sip:1001@"}, {"To: <sip:91@", "To: <sip:1001@"}});
  }

  // Says it, and returns what was answered at once.
  std::string Ask(const std::string& request) {
    Say(request);
    transport_.Flush();
    return phone_.Receive();
  }

  std::string Signature(absl::string_view method, absl::string_view answer, absl::string_view password,
                        absl::string_view user = "1001") {
    sip::Message message;
    sip::ParseError error;
    EXPECT_TRUE(sip::ParseMessage(answer, &message, &error)) << answer;
    sip::Challenge challenge;
    EXPECT_TRUE(sip::ParseChallenge(message.ValueOf(sip::HeaderName::kWwwAuthenticate), &challenge)) << answer;
    const auth::DigestVariant variant = *auth::DigestVariantFromName(challenge.algorithm);
    const std::string ha1 = *auth::HexDigest(variant.algorithm, {user, ":example:", password});
    const std::string response =
        *auth::DigestResponse(variant, ha1, {method, "sip:example", challenge.nonce, "00000001", "c", "auth"});
    return absl::StrCat("Authorization: Digest username=\"", user, "\", realm=\"example\", nonce=\"", challenge.nonce,
                        "\", uri=\"sip:example\", response=\"", response, "\", algorithm=", challenge.algorithm,
                        ", qop=auth, nc=00000001, cnonce=\"c\"\r\n");
  }

  auth::Authenticator authenticator_{HashKey{1, 2}, {}};
};

TEST_F(IngressSignaturesTest, WhoMustSignIsAskedAndLeavesNoEntry) {
  Start();
  const Lsn before = core_->state().lsn;
  for (absl::string_view method : {"REGISTER", "INVITE"}) {
    const std::string answer = Ask(From1001(method, method, ""));
    EXPECT_THAT(answer, StartsWith("SIP/2.0 401 Unauthorized\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nWWW-Authenticate: Digest realm=\"example\", nonce=\""));
    EXPECT_THAT(answer, HasSubstr("algorithm=SHA-512-256\r\n"));
    EXPECT_THAT(answer, HasSubstr("algorithm=MD5\r\n"));
  }
  EXPECT_EQ(core_->state().lsn, before);
  EXPECT_EQ(kept(Kept::kChallenged), 2u);
}

TEST_F(IngressSignaturesTest, ARepetitionGetsTheSameAnswerAndTheAckGoesNowhere) {
  Start();
  const std::string invite = From1001("INVITE", "i", "");
  const std::string answer = Ask(invite);
  EXPECT_EQ(Ask(invite), answer);
  const Lsn before = core_->state().lsn;
  Say(absl::StrReplaceAll(invite, {{"INVITE", "ACK"}}));
  EXPECT_EQ(core_->state().lsn, before);
  EXPECT_EQ(kept(Kept::kStray), 1u);
  EXPECT_EQ(Answered(), 2u);
}

TEST_F(IngressSignaturesTest, WhatIsSignedBecomesAnEntryWithTheVerdictAndWithoutTheSignature) {
  Start();
  const std::string answer = Ask(From1001("REGISTER", "r", ""));
  const std::string field = Signature("REGISTER", answer, kPassword);
  Say(From1001("REGISTER", "r2", field));
  ASSERT_EQ(applied_.size(), 1u);
  EXPECT_THAT(applied_[0], Not(HasSubstr("response")));
  EXPECT_THAT(applied_[0], HasSubstr("Authorization: xxx"));
  EXPECT_NE(core_->state().registrar.Latest("1001"), nullptr);
  EXPECT_EQ(authenticator_.judged(auth::Outcome::kSigned), 1u);
}

TEST_F(IngressSignaturesTest, ASignatureIsGoodOnceAndThenStale) {
  Start();
  const std::string field = Signature("REGISTER", Ask(From1001("REGISTER", "r", "")), kPassword);
  Say(From1001("REGISTER", "r2", field));
  EXPECT_THAT(Ask(From1001("REGISTER", "r3", field)), HasSubstr(", stale=true\r\n"));
  EXPECT_EQ(applied_.size(), 1u);
}

TEST_F(IngressSignaturesTest, ARepetitionOfWhatIsSignedIsNoReplay) {
  Start();
  const std::string field = Signature("REGISTER", Ask(From1001("REGISTER", "r", "")), kPassword);
  Say(From1001("REGISTER", "r2", field));
  Say(From1001("REGISTER", "r2", field));
  EXPECT_EQ(kept(Kept::kHeld), 1u);
  EXPECT_EQ(kept(Kept::kChallenged), 1u);
}

TEST_F(IngressSignaturesTest, AWrongPasswordIsAskedForAgainAndTold) {
  Start();
  const std::string answer = Ask(From1001("REGISTER", "r", ""));
  const std::string again = Ask(From1001("REGISTER", "r2", Signature("REGISTER", answer, "guess")));
  EXPECT_THAT(again, StartsWith("SIP/2.0 401"));
  EXPECT_THAT(again, Not(HasSubstr("stale")));
  EXPECT_THAT(ingress_->TakeWrongSignature(), HasSubstr(absl::StrCat("REGISTER from UDP ", phone_.at().ToText())));
  EXPECT_EQ(ingress_->TakeWrongSignature(), "");
  EXPECT_EQ(applied_.size(), 0u);
}

TEST_F(IngressSignaturesTest, AnothersPasswordIsForbidden) {
  Start();
  const std::string answer = Ask(From1001("REGISTER", "r", ""));
  EXPECT_THAT(Ask(From1001("REGISTER", "r2", Signature("REGISTER", answer, kPassword, "1002"))),
              StartsWith("SIP/2.0 403 Signed By Another\r\n"));
  EXPECT_EQ(applied_.size(), 0u);
  EXPECT_EQ(kept(Kept::kRefused), 1u);
}

TEST_F(IngressSignaturesTest, CredentialsThatCannotBeReadAreABadRequest) {
  Start();
  EXPECT_THAT(Ask(From1001("REGISTER", "r", "Authorization: Digest realm=\"example\", realm=\"example\"\r\n")),
              StartsWith("SIP/2.0 400 Credentials With A Parameter Twice\r\n"));
}

TEST_F(IngressSignaturesTest, WhoNeedNotSignIsNotAsked) {
  Start();
  Say(absl::StrReplaceAll(Request("REGISTER", "r", ""), {{"To: <sip:91@", "To: <sip:nobody@"}}));
  EXPECT_EQ(kept(Kept::kChallenged), 0u);
  EXPECT_EQ(kept(Kept::kRefused), 1u);
  EXPECT_EQ(authenticator_.judged(auth::Outcome::kUnsigned), 0u);
}

TEST_F(IngressSignaturesTest, WithoutPasswordsWhoMustSignIsRefusedByTheEngine) {
  options_.authenticator = nullptr;
  Start();
  Say(From1001("REGISTER", "r", ""));
  EXPECT_EQ(applied_.size(), 1u);
  EXPECT_EQ(core_->state().registrar.Latest("1001"), nullptr);
}

TEST_F(IngressSignaturesTest, WrongPasswordsShutOutWhoHasReadItsChallengesAndNobodyElse) {
  options_.bans = {2, Duration::Seconds(60), 100};
  Start();
  ingress_->SetTrunks({});
  for (int i = 0; i < 5; ++i) {
    const std::string answer = Ask(From1001("REGISTER", absl::StrCat("m", i), ""));
    const std::string forged =
        absl::StrReplaceAll(Signature("REGISTER", answer, "guess"), {{", nonce=\"", ", nonce=\"0"}});
    EXPECT_THAT(Ask(From1001("REGISTER", absl::StrCat("n", i), forged)), HasSubstr(", stale=true\r\n"));
  }
  EXPECT_EQ(ingress_->bans().size(), 0u) << "an address may be forged";
  for (int i = 0; i < 2; ++i) {
    const std::string answer = Ask(From1001("REGISTER", absl::StrCat("r", i), ""));
    Ask(From1001("REGISTER", absl::StrCat("s", i), Signature("REGISTER", answer, "guess")));
  }
  EXPECT_EQ(ingress_->bans().size(), 1u);
  EXPECT_THAT(ingress_->TakeBan(), HasSubstr(" for wrong passwords"));
  Say(From1001("REGISTER", "t", ""));
  EXPECT_EQ(kept(Kept::kBanned), 1u);
}

TEST_F(IngressSignaturesTest, ManyGuessesInOneRequestAreMany) {
  options_.bans = {2, Duration::Seconds(60), 100};
  Start();
  ingress_->SetTrunks({});
  const std::string answer = Ask(From1001("REGISTER", "r", ""));
  const std::string guess = Signature("REGISTER", answer, "guess");
  const std::string made_up = absl::StrReplaceAll(guess, {{", nonce=\"", ", nonce=\"0"}});
  Ask(From1001("REGISTER", "s", guess + made_up));
  EXPECT_EQ(ingress_->bans().size(), 0u);
  Ask(From1001("REGISTER", "t", guess + guess + made_up));
  EXPECT_EQ(ingress_->bans().size(), 1u);
}

TEST_F(IngressSignaturesTest, WhatWasSignedAndRefusedIsRefusedAgainAndNotStale) {
  Start();
  const std::string answer = Ask(From1001("INVITE", "i", ""));
  for (int i = 0; i < 6; ++i) {
    clock_.Advance(Duration::Milliseconds(100));
    const net::Received round[] = {{Transport::kUdp, 0, at_, phone_.at(), "\r\n", Duration::Milliseconds(400)}};
    ingress_->NoteRound(round);
  }
  ASSERT_TRUE(ingress_->overloaded());
  const std::string invite = From1001("INVITE", "i2", Signature("INVITE", answer, kPassword));
  ASSERT_THAT(Ask(invite), StartsWith("SIP/2.0 503"));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Ask(invite), StartsWith("SIP/2.0 503"));
  EXPECT_EQ(kept(Kept::kOverload), 4u);
  EXPECT_EQ(applied_.size(), 0u);
}

TEST_F(IngressSignaturesTest, GuessesForOneDnAreToldWhereverTheyComeFrom) {
  Start();
  const std::string answer = Ask(From1001("REGISTER", "r", ""));
  const std::string guess = Signature("REGISTER", answer, "guess");
  for (int i = 0; i < 20; ++i) Say(From1001("REGISTER", absl::StrCat("g", i), guess));
  EXPECT_EQ(ingress_->TakeAttackedDn(), "");
  Say(From1001("REGISTER", "last", guess));
  EXPECT_EQ(ingress_->TakeAttackedDn(), "1001");
  EXPECT_EQ(ingress_->TakeAttackedDn(), "");
}

TEST_F(IngressSignaturesTest, ChallengesHaveABudgetOfTheirOwn) {
  options_.challenges_per_second = 2;
  Start();
  for (int i = 0; i < 5; ++i) Say(From1001("REGISTER", absl::StrCat("r", i), ""));
  EXPECT_EQ(kept(Kept::kChallenged), 2u);
  EXPECT_EQ(kept(Kept::kOverload), 3u);
  Say(Options());
  EXPECT_EQ(Answered(), 3u) << "others have theirs";
  ingress_->Summarise();
  Say(From1001("REGISTER", "r9", ""));
  EXPECT_EQ(Answered(), 4u);
}

}  // namespace
}  // namespace understudy::daemon
