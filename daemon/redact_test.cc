#include "daemon/redact.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sip/parse.h"

namespace understudy::daemon {
namespace {

constexpr char kCanary[] = "canary";

class RedactTest : public testing::Test {
 protected:
  // A request with `uri`, one more header field and a body.
  std::string Redacted(absl::string_view uri, absl::string_view field, absl::string_view body = {}) {
    text_ = absl::StrCat("REGISTER ", uri, " SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bKr\r\n",
                         "From: <sip:1001@10.0.0.9>;tag=p\r\nTo: <sip:1001@10.0.0.9>\r\nCall-ID: a@b\r\n",
                         "CSeq: 1 REGISTER\r\nMax-Forwards: 70\r\n", field, "Content-Length: ", body.size(), "\r\n\r\n",
                         body);
    sip::Message message;
    sip::ParseError error;
    EXPECT_TRUE(sip::ParseMessage(text_, &message, &error)) << error.text;
    holds_ = HoldsSecrets(text_);
    return Redact(text_);
  }

  void ExpectOverwritten(absl::string_view uri, absl::string_view field) {
    const std::string redacted = Redacted(uri, field);
    EXPECT_TRUE(holds_) << text_;
    EXPECT_FALSE(absl::StrContains(redacted, kCanary)) << redacted;
    EXPECT_EQ(redacted.size(), text_.size());
    sip::Message message;
    sip::ParseError error;
    EXPECT_TRUE(sip::ParseMessage(redacted, &message, &error)) << error.text << "\n" << redacted;
  }

  void ExpectUntouched(absl::string_view uri, absl::string_view field, absl::string_view body = {}) {
    const std::string redacted = Redacted(uri, field, body);
    EXPECT_FALSE(holds_) << text_;
    EXPECT_EQ(redacted, text_);
  }

  std::string text_;
  bool holds_ = false;
};

TEST_F(RedactTest, CredentialsAreOverwritten) {
  ExpectOverwritten("sip:10.0.0.9", "Authorization: Digest username=\"a\", response=\"canary\"\r\n");
  ExpectOverwritten("sip:10.0.0.9", "Proxy-Authorization: Basic canary\r\n");
  ExpectOverwritten("sip:10.0.0.9", "aUTHORIZATION:\r\n  Digest response=\"canary\"\r\n");
}

TEST_F(RedactTest, PasswordsOfUrisAreOverwrittenWhereverTheyStand) {
  ExpectOverwritten("sip:alice:canary@10.0.0.9", "");
  ExpectOverwritten("sip:10.0.0.9", "Contact: <sips:alice:canary@10.0.0.3>\r\n");
  ExpectOverwritten("sip:10.0.0.9", "Contact: SIP:alice:canary@10.0.0.3\r\n");
  ExpectOverwritten("sip:10.0.0.9", "Contact: <sip:a:canary@10.0.0.3>, <sip:b:canary@10.0.0.4>\r\n");
  ExpectOverwritten("sip:10.0.0.9", "X-Own: sip:sip:canary@10.0.0.3\r\n");
}

TEST_F(RedactTest, WhatAnswersCredentialsIsOverwritten) {
  ExpectOverwritten("sip:10.0.0.9", "Authentication-Info: rspauth=\"canary\", nextnonce=\"canary\"\r\n");
  ExpectOverwritten("sip:10.0.0.9", "proxy-authentication-info :\r\n\trspauth=\"canary\"\r\n");
}

TEST_F(RedactTest, CredentialsInTheHeadersOfAUriAreOverwritten) {
  ExpectOverwritten("sip:10.0.0.9?Authorization=Digest%20canary", "");
  ExpectOverwritten("sip:10.0.0.9", "Refer-To: <sip:x@y?Authorization=canary&Subject=a>\r\n");
  ExpectOverwritten("sip:10.0.0.9", "Refer-To: <sip:x@y?Subject=a&proxy-authorization=canary>;x=1\r\n");
  ExpectOverwritten("sip:10.0.0.9", "Refer-To: <sip:x:canary@y?Authorization=canary&Proxy-Authorization=canary>\r\n");
  const std::string redacted = Redacted("sip:10.0.0.9", "Refer-To: <sip:x@y?Authorization=canary&Subject=a>\r\n");
  EXPECT_TRUE(absl::StrContains(redacted, "<sip:x@y?Authorization=xxxxxx&Subject=a>\r\n")) << redacted;
}

TEST_F(RedactTest, PasswordsOfOtherUrisAreOverwritten) {
  ExpectOverwritten("sip:10.0.0.9", "Call-Info: <http://user:canary@h/p>;purpose=icon\r\n");
  ExpectOverwritten("sip:10.0.0.9", "Alert-Info: <https://u:canary@h:80>, <ftp://v:canary@h>\r\n");
}

TEST_F(RedactTest, WhatCannotBeParsedIsRedactedToo) {
  const std::string text =
      "\r\n\r\nREGISTER sip:a:canary@b\nAuthorization:canary\nnonsense\n : x\nX: <http://a:canary@b\n\nsip:body:1@b";
  const std::string redacted = Redact(text);
  EXPECT_FALSE(absl::StrContains(redacted, kCanary)) << redacted;
  EXPECT_TRUE(absl::StrContains(redacted, "sip:body:1@b"));
  EXPECT_EQ(redacted.size(), text.size());
  for (size_t i = 0; i <= text.size(); ++i) EXPECT_EQ(Redact(text.substr(0, i)).size(), i);
}

TEST_F(RedactTest, WhatIsRedactedStaysAsItIs) {
  const std::string redacted = Redacted("sip:a:canary@b", "Authorization: Digest canary,\r\n canary\r\n");
  EXPECT_EQ(Redact(redacted), redacted);
  EXPECT_TRUE(absl::StrContains(redacted, "Authorization: xxxxxx xxxxxxx\r\n xxxxxx\r\n")) << redacted;
}

TEST_F(RedactTest, WhatIsNoPasswordStays) {
  ExpectUntouched("sip:alice@10.0.0.9:5060", "");
  ExpectUntouched("sip:10.0.0.9:5060", "Contact: <sip:alice@10.0.0.3:5070>\r\n");
  ExpectUntouched("sip:10.0.0.9:5060", "Subject: sip: see you @ ten\r\n");
  ExpectUntouched("sip:10.0.0.9", "Call-Info: <http://h:80/p?a@b>, <https://h/u:p@x>\r\n");
  ExpectUntouched("sip:10.0.0.9",
                  "X-Own: authorization=1;my-authorization=2\r\nWWW-Authenticate: Digest nonce=\"1\"\r\n");
  ExpectUntouched("sip:10.0.0.9", "", "v=0\r\nu=sip:alice:word@10.0.0.3\r\n");
}

TEST_F(RedactTest, SchemesThatRepeatWithoutAnEndHoldNoPassword) {
  std::string fields;
  for (int i = 0; i < 40; ++i) {
    absl::StrAppend(&fields, "X-Own: ");
    for (int k = 0; k < 200; ++k) absl::StrAppend(&fields, "sip:a:");
    absl::StrAppend(&fields, "\r\n");
  }
  ExpectUntouched("sip:10.0.0.9", fields);
}

TEST_F(RedactTest, ACallIdThatLooksLikeAUriStays) {
  const std::string text =
      "OPTIONS sip:a:canary@10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.3;branch=z9hG4bKr\r\nFrom: <sip:a@b>;tag=p\r\n"
      "To: <sip:a@b>\r\nCall-ID: sip:1:2@b\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
  sip::Message message;
  sip::ParseError error;
  ASSERT_TRUE(sip::ParseMessage(text, &message, &error)) << error.text;
  const std::string redacted = Redact(text);
  EXPECT_TRUE(absl::StrContains(redacted, "\r\nCall-ID: sip:1:2@b\r\n")) << redacted;
  EXPECT_FALSE(absl::StrContains(redacted, kCanary)) << redacted;
}

}  // namespace
}  // namespace understudy::daemon
