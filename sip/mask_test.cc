#include "sip/mask.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace understudy::sip {
namespace {

constexpr char kMessage[] =
    "REGISTER sip:example.com SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\n"
    "From: \"Bob\" <sip:bob@example.com>;tag=1\r\n"
    "Authorization: Digest username=\"bob\", nonce=\"CANARY\",\r\n"
    "  response=\"CANARY\"\r\n"
    "proxy-authorization : Digest CANARY\r\n"
    "Contact: <sip:bob:CANARY@10.0.0.1:5060;transport=udp>;expires=60\r\n"
    "Content-Length: 0\r\n"
    "\r\n";

TEST(Mask, NothingOfASecretRemains) {
  const std::string masked = MaskSecrets(kMessage);
  EXPECT_FALSE(absl::StrContains(masked, "CANARY"));
  EXPECT_FALSE(absl::StrContains(masked, "response"));
}

TEST(Mask, EverythingElseComesOutAsItWentIn) {
  EXPECT_EQ(MaskSecrets(kMessage),
            "REGISTER sip:example.com SIP/2.0\r\n"
            "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\n"
            "From: \"Bob\" <sip:bob@example.com>;tag=1\r\n"
            "Authorization: Digest ***\r\n"
            "proxy-authorization : Digest ***\r\n"
            "Contact: <sip:bob:***@10.0.0.1:5060;transport=udp>;expires=60\r\n"
            "Content-Length: 0\r\n"
            "\r\n");
}

struct Case {
  const char* text;
  const char* masked;
};

TEST(Mask, PiecesOfMessages) {
  const Case cases[] = {
      {"", ""},
      {"\r\n", "\r\n"},
      {"INVITE sip:1002:CANARY@10.0.0.1 SIP/2.0", "INVITE sip:1002:***@10.0.0.1 SIP/2.0"},
      {"INVITE SIPS:a:b:c@d SIP/2.0", "INVITE SIPS:a:***@d SIP/2.0"},
      {"Contact: sip:a@b,sip:c:CANARY@d", "Contact: sip:a@b,sip:***@d"},
      {"Call-Info: <https://u:CANARY@h/x>", "Call-Info: <https://u:***@h/x>"},
      {"Contact: <sip:10.0.0.1:5060>", "Contact: <sip:10.0.0.1:5060>"},
      {"Call-ID: 12:34@host", "Call-ID: 12:34@host"},
      {"Refer-To: <sip:a@b?Authorization=CANARY&x=1>", "Refer-To: <sip:a@b?Authorization=***&x=1>"},
      {"Refer-To: <sip:a@b?proxy-authorization=CANARY>", "Refer-To: <sip:a@b?proxy-authorization=***>"},
      {"Authorization:", "Authorization:***"},
      {"Authorization: CANARY", "Authorization: ***"},
      {"Authorization:response=\"CANARY\", x=y", "Authorization:***"},
      {"Authentication-Info: rspauth=\"CANARY\"", "Authentication-Info: ***"},
      {"WWW-Authenticate: Digest realm=\"x\"", "WWW-Authenticate: Digest realm=\"x\""},
      {"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:CANARY|2^20;inline:CANARY", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 ***"},
      {"a=crypto:CANARY", "a=crypto:***"},
      {"a=ice-pwd:CANARY\na=sendrecv\n", "a=ice-pwd:***\na=sendrecv\n"},
      {"k=clear:CANARY", "k=***"},
      {"a=key-mgmt:mikey CANARY", "a=key-mgmt:***"},
  };
  for (const Case& c : cases) EXPECT_EQ(MaskSecrets(c.text), c.masked) << c.text;
}

TEST(Mask, HostileTextTakesLinearTime) {
  std::string text;
  for (int i = 0; i < 20000; ++i) absl::StrAppend(&text, "sip:a:b?Authorization=");
  EXPECT_FALSE(MaskSecrets(text).empty());
  EXPECT_FALSE(MaskSecrets(absl::StrCat(text, "@")).empty());
}

}  // namespace
}  // namespace understudy::sip
