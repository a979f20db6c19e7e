#include "sip/uri.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sip/escape.h"
#include "sip/host.h"

namespace understudy::sip {
namespace {

Uri Parsed(absl::string_view text) {
  Uri uri;
  EXPECT_TRUE(ParseUri(text, &uri)) << text;
  return uri;
}

bool Rejected(absl::string_view text) {
  Uri uri;
  return !ParseUri(text, &uri);
}

bool Same(absl::string_view a, absl::string_view b) {
  const bool forth = Equivalent(Parsed(a), Parsed(b));
  EXPECT_EQ(forth, Equivalent(Parsed(b), Parsed(a))) << a << " and " << b;
  return forth;
}

TEST(UriTest, AllPartsAreSlicesOfTheText) {
  const Uri uri = Parsed("sips:alice:pw@Example.com:5061;lr;transport=tcp?Subject=hi&X=y");
  EXPECT_EQ(uri.scheme, "sips");
  EXPECT_TRUE(uri.is_sip);
  EXPECT_TRUE(uri.is_sips);
  EXPECT_TRUE(uri.has_user);
  EXPECT_EQ(uri.user, "alice");
  EXPECT_EQ(uri.password, "pw");
  EXPECT_EQ(uri.host, "Example.com");
  EXPECT_EQ(uri.port_text, "5061");
  EXPECT_EQ(uri.port, 5061);
  EXPECT_EQ(uri.params, "lr;transport=tcp");
  EXPECT_EQ(uri.headers, "Subject=hi&X=y");
}

TEST(UriTest, HostAloneIsEnough) {
  const Uri uri = Parsed("sip:10.0.0.1");
  EXPECT_FALSE(uri.has_user);
  EXPECT_EQ(uri.host, "10.0.0.1");
  EXPECT_EQ(uri.port, 0);
  EXPECT_EQ(uri.params, "");
}

TEST(UriTest, UserMayHoldSemicolonsAndQuestionMarks) {
  EXPECT_EQ(Parsed("sip:user;par=u%40example.net@example.com").user, "user;par=u%40example.net");
  EXPECT_EQ(Parsed("sip:a?b/c@example.com").user, "a?b/c");
  EXPECT_EQ(Parsed("sip:#31#123@example.com").user, "#31#123");
}

TEST(UriTest, ParamsAreFoundUnescapedAndCaseInsensitive) {
  const Uri uri = Parsed("sip:h;%6C%72;n%61me=v%61lue;Transport=UDP");
  EXPECT_EQ(uri.Param("lr"), "");
  EXPECT_EQ(uri.Param("name"), "v%61lue");
  EXPECT_EQ(uri.Param("transport"), "UDP");
  EXPECT_EQ(uri.Param("maddr"), absl::nullopt);
}

TEST(UriTest, Ipv6ReferencesKeepTheirBrackets) {
  EXPECT_EQ(Parsed("sip:[2001:db8::10:5070]").port, 0);
  EXPECT_EQ(Parsed("sip:[2001:db8::10:5070]").host, "[2001:db8::10:5070]");
  EXPECT_EQ(Parsed("sip:u@[2001:db8::10]:5070").port, 5070);
  EXPECT_TRUE(Rejected("sip:u@2001:db8::10"));
  EXPECT_TRUE(Rejected("sip:u@[2001:db8::10"));
  EXPECT_TRUE(Rejected("sip:u@[]"));
  EXPECT_TRUE(Rejected("sip:u@[zz::1]"));
}

TEST(UriTest, OtherSchemesAreOpaque) {
  EXPECT_EQ(Parsed("tel:+12015550123;phone-context=x").opaque, "+12015550123;phone-context=x");
  EXPECT_EQ(Parsed("nobodyKnowsThisScheme:totallyopaquecontent").scheme, "nobodyKnowsThisScheme");
  EXPECT_FALSE(Parsed("urn:service:sos").is_sip);
  EXPECT_TRUE(Rejected("tel:+1 201"));
  EXPECT_TRUE(Rejected("tel:<1>"));
}

TEST(UriTest, MalformedTextsAreRejected) {
  for (absl::string_view text : {"",
                                 "sip",
                                 "sip:",
                                 ":x",
                                 "1a:b",
                                 "<sip:a@b>",
                                 "sip:@host",
                                 "sip:a@",
                                 "sip:a@h:",
                                 "sip:a@h:0",
                                 "sip:a@h:65536",
                                 "sip:a@h:5060x",
                                 "sip:a@h;x y",
                                 "sip:a b@h",
                                 "sip:a%4@h",
                                 "sip:a%zz@h",
                                 "sip:a@h;p=%",
                                 "sip:a@b@c",
                                 "sip:a@h\r\n",
                                 "sip:a@h ",
                                 "sip: a@h",
                                 "sip:a@h\r:5060",
                                 "sip:a@h: 5060",
                                 "sip:a@h:5060 ",
                                 "sip:a@h;p=\"x\""}) {
    EXPECT_TRUE(Rejected(text)) << text;
  }
}

// RFC 3261 19.1.4, its own examples.
TEST(UriEquivalenceTest, ExamplesOfTheRfcAreEquivalent) {
  EXPECT_TRUE(Same("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"));
  EXPECT_TRUE(Same("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
  EXPECT_TRUE(Same("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"));
  EXPECT_TRUE(Same("sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                   "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"));
  EXPECT_TRUE(Same("sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                   "sip:alice@atlanta.com?priority=urgent&subject=project%20x"));
}

TEST(UriEquivalenceTest, ExamplesOfTheRfcAreNotEquivalent) {
  EXPECT_FALSE(Same("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"));
  EXPECT_FALSE(Same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
  EXPECT_FALSE(Same("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
  EXPECT_FALSE(Same("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"));
  EXPECT_FALSE(Same("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"));
  EXPECT_FALSE(Same("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"));
}

TEST(UriEquivalenceTest, ItIsNotTransitive) {
  EXPECT_TRUE(Same("sip:carol@chicago.com;security=on", "sip:carol@chicago.com"));
  EXPECT_FALSE(Same("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"));
}

TEST(UriEquivalenceTest, EscapedNulsAreOctetsLikeOthers) {
  EXPECT_FALSE(Same("sip:%00@host5.example.com", "sip:%00%00@host5.example.com"));
  EXPECT_TRUE(Same("sip:%00@host5.example.com", "sip:%00@host5.example.com"));
  EXPECT_FALSE(Same("sip:null-%00-null@example.com", "sip:null-@example.com"));
}

TEST(UriEquivalenceTest, ReservedOctetsDifferFromTheirEscapes) {
  EXPECT_FALSE(Same("sip:a%3Bb@h", "sip:a;b@h"));
  EXPECT_TRUE(Same("sip:a%3Bb@h", "sip:a%3bb@h"));
}

TEST(UriEquivalenceTest, SchemesUsersAndPasswordsMatter) {
  EXPECT_FALSE(Same("sip:a@h", "sips:a@h"));
  EXPECT_FALSE(Same("sip:a@h", "sip:h"));
  EXPECT_FALSE(Same("sip:a:p@h", "sip:a@h"));
  EXPECT_FALSE(Same("sip:a:p@h", "sip:a:P@h"));
  EXPECT_TRUE(Same("tel:+1", "TEL:+1"));
  EXPECT_FALSE(Same("tel:+1", "tel:+2"));
}

TEST(UriEquivalenceTest, Ipv6HostsCompareByAddress) {
  EXPECT_TRUE(Same("sip:[2001:db8::1]", "sip:[2001:DB8:0:0:0:0:0:1]"));
  EXPECT_TRUE(Same("sip:user@[2001:db8:::192.0.2.1]", "sip:user@[2001:db8::192.0.2.1]"));
  EXPECT_FALSE(Same("sip:[2001:db8::1]", "sip:[2001:db8::2]"));
}

TEST(UriEquivalenceTest, EndlessListsCompareAsText) {
  std::string params;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&params, ";p", i, "=1");
  EXPECT_TRUE(Same("sip:h" + params, "sip:h" + params));
  EXPECT_FALSE(Same("sip:h" + params, "sip:h" + params + ";q"));
}

TEST(EscapeTest, BadEscapesAreCopied) {
  std::string out;
  Unescape("a%41%zz%4%", &out);
  EXPECT_EQ(out, "aA%zz%4%");
  EXPECT_TRUE(EqualsUnescaped("a%3Bb", "a;b"));
  EXPECT_FALSE(EqualsUnescaped("a", "A"));
  EXPECT_TRUE(EqualsUnescapedIgnoreCase("%41", "a"));
}

TEST(HostTest, HostAndPortAreSplit) {
  HostPort parsed;
  ASSERT_TRUE(ParseHostPort("[2001:db8::9:1] : 6050", &parsed));
  EXPECT_EQ(parsed.host, "[2001:db8::9:1]");
  EXPECT_EQ(parsed.port, 6050);
  ASSERT_TRUE(ParseHostPort("under_score.example.com", &parsed));
  EXPECT_EQ(parsed.port, 0);
  for (absl::string_view bad : {"", ":5060", "a b", "h:", "h:x", "[1]", "[::1", "h:99999", "h:123456"}) {
    EXPECT_FALSE(ParseHostPort(bad, &parsed)) << bad;
  }
}

TEST(HostTest, Ipv6AddressesAreReadInEveryForm) {
  std::array<uint8_t, 16> address;
  for (absl::string_view good : {"::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "2001:db8:::1"}) {
    EXPECT_TRUE(ParseIpv6(good, &address)) << good;
  }
  for (absl::string_view bad : {"", "1", "192.0.2.1", "1:2", "::1::2", "12345::", "::::1",
                                "g::", "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc"}) {
    EXPECT_FALSE(ParseIpv6(bad, &address)) << bad;
  }
}

}  // namespace
}  // namespace understudy::sip
