#include <string>

#include "gtest/gtest.h"
#include "sip/cseq.h"
#include "sip/name_addr.h"
#include "sip/number.h"
#include "sip/via.h"

namespace understudy::sip {
namespace {

NameAddr Address(absl::string_view text) {
  NameAddr out;
  EXPECT_TRUE(ParseNameAddr(text, &out)) << text;
  return out;
}

bool BadAddress(absl::string_view text) {
  NameAddr out;
  return !ParseNameAddr(text, &out);
}

std::string Display(absl::string_view text) {
  std::string out;
  DisplayText(Address(text), &out);
  return out;
}

Via Hop(absl::string_view text) {
  Via out;
  EXPECT_TRUE(ParseVia(text, &out)) << text;
  return out;
}

bool BadVia(absl::string_view text) {
  Via out;
  return !ParseVia(text, &out);
}

TEST(NameAddrTest, NameAddrHasItsParts) {
  const NameAddr from = Address("\"Alice \\\"A\\\"\" <sip:alice@a.com;lr>;tag=88;x");
  EXPECT_EQ(from.display, "\"Alice \\\"A\\\"\"");
  EXPECT_EQ(from.uri, "sip:alice@a.com;lr");
  EXPECT_EQ(from.tag, "88");
  EXPECT_EQ(from.Param("x"), "");
  EXPECT_EQ(from.Param("lr"), absl::nullopt);
  EXPECT_TRUE(from.has_brackets);
}

TEST(NameAddrTest, ParametersOfABareUriBelongToTheHeader) {
  const NameAddr to = Address("sip:vivekg@h ;   tag    = 1918181833n");
  EXPECT_EQ(to.uri, "sip:vivekg@h");
  EXPECT_EQ(to.tag, "1918181833n");
  EXPECT_FALSE(to.has_brackets);
}

TEST(NameAddrTest, DisplayNamesComeOutReadable) {
  EXPECT_EQ(Display("\"J Rosenberg \\\\\\\"\"  <sip:j@e.com>"), "J Rosenberg \\\"");
  EXPECT_EQ(Display("A. Bell\r\n  Jr <sip:a@b.c>"), "A. Bell Jr");
  EXPECT_EQ(Display("caller<sip:c@e.com>"), "caller");
  EXPECT_EQ(Display("<sip:c@e.com>"), "");
  EXPECT_EQ(Display("\xd0\x90 <sip:c@e.com>"), "\xd0\x90");
}

TEST(NameAddrTest, QuotedParametersMayHoldBrackets) {
  const NameAddr contact = Address("<sip:a@b>;+sip.instance=\"<urn:uuid:1>\";q=0.5");
  EXPECT_EQ(contact.Param("+sip.instance"), "\"<urn:uuid:1>\"");
  EXPECT_EQ(contact.Param("q"), "0.5");
  EXPECT_EQ(Address("sip:a@b;x=\"<\";tag=1").tag, "1");
}

TEST(NameAddrTest, AmbiguousOrOpenElementsAreRejected) {
  for (absl::string_view text :
       {"", " ", "\"Mr. J. User <sip:j.user@example.com>", "sip:user@example.com?Route=%3Csip:sip.example.com%3E",
        "sip:a@b,c", "<sip:a@b", "<>", "\"a\"", "\"a\" sip:b@c", "Bell, Alexander <sip:a@b>", "<sip:a@b> x", "<a@b>",
        "sip:", "<sip:a b>", "<sip:a@b>;tag=\"", "<sip:a@b>tag=1", "sip:a>b@c", "tel:1>;tag=1"}) {
    EXPECT_TRUE(BadAddress(text)) << text;
  }
}

TEST(NameAddrTest, StarIsAContactOnly) {
  NameAddr out;
  ASSERT_TRUE(ParseContact(" * ", &out));
  EXPECT_TRUE(out.star);
  EXPECT_TRUE(BadAddress("*"));
  ASSERT_TRUE(ParseContact("<sip:a@b>", &out));
  EXPECT_FALSE(out.star);
}

TEST(ViaTest, AllPartsAreRead) {
  const Via via =
      Hop("SIP/2.0/UDP [2001:db8::1]:5062;rport=5;received=[2001:db8::2];maddr=1.2.3.4;branch=z9hG4bKx;y=z");
  EXPECT_EQ(via.protocol, "SIP");
  EXPECT_EQ(via.version, "2.0");
  EXPECT_EQ(via.transport, "UDP");
  EXPECT_EQ(via.host, "[2001:db8::1]");
  EXPECT_EQ(via.port, 5062);
  EXPECT_EQ(via.rport, 5);
  EXPECT_EQ(via.received, "2001:db8::2");
  EXPECT_EQ(via.maddr, "1.2.3.4");
  EXPECT_EQ(via.branch, "z9hG4bKx");
  EXPECT_TRUE(via.has_cookie);
  EXPECT_EQ(via.params, ";rport=5;received=[2001:db8::2];maddr=1.2.3.4;branch=z9hG4bKx;y=z");
}

TEST(ViaTest, WhiteSpaceMayStandNearlyEverywhere) {
  const Via via = Hop("SIP  /   2.0\r\n /UDP\r\n    192.0.2.2 : 5060 ; branch=\r\n 390skdjuw");
  EXPECT_EQ(via.transport, "UDP");
  EXPECT_EQ(via.host, "192.0.2.2");
  EXPECT_EQ(via.port, 5060);
  EXPECT_EQ(via.branch, "390skdjuw");
  EXPECT_FALSE(via.has_cookie);
}

TEST(ViaTest, RportMayHaveNoValue) {
  EXPECT_EQ(Hop("SIP/2.0/UDP h;rport").rport, 0);
  EXPECT_EQ(Hop("SIP/2.0/UDP h;rport=").rport, 0);
  EXPECT_EQ(Hop("SIP/2.0/UDP h").rport, absl::nullopt);
  EXPECT_TRUE(BadVia("SIP/2.0/UDP h;rport=x"));
  EXPECT_TRUE(BadVia("SIP/2.0/UDP h;rport=65536"));
}

TEST(ViaTest, MalformedElementsAreRejected) {
  for (absl::string_view text :
       {"", "SIP", "SIP/2.0", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0/UDP ;branch=1", "SIP/2.0/UDP 2001:db8::1",
        "SIP/2.0/UDP h:0", "SIP/2.0/UDPh", "SIP/2.0/UDP a b", "SIP/2.0/UDP h;branch=\"x"}) {
    EXPECT_TRUE(BadVia(text)) << text;
  }
}

TEST(CSeqTest, NumberAndMethodAreRead) {
  CSeq cseq;
  ASSERT_TRUE(ParseCSeq(" 0009\r\n  INVITE ", &cseq));
  EXPECT_EQ(cseq.number, 9u);
  EXPECT_EQ(cseq.method, Method::kInvite);
  ASSERT_TRUE(ParseCSeq("2147483647 NEW!", &cseq));
  EXPECT_EQ(cseq.method, Method::kUnknown);
  EXPECT_EQ(cseq.method_text, "NEW!");
}

TEST(CSeqTest, NumbersFromTwoToThe31AreRejected) {
  CSeq cseq;
  for (absl::string_view text : {"2147483648 INVITE", "9292394834772304023312 OPTIONS", "-1 BYE", "1", "INVITE",
                                 "1INVITE", "1 INVITE BYE", "1 ", ""}) {
    EXPECT_FALSE(ParseCSeq(text, &cseq)) << text;
  }
}

TEST(RAckTest, ThreePartsAreRead) {
  RAck rack;
  ASSERT_TRUE(ParseRAck("776656 1 INVITE", &rack));
  EXPECT_EQ(rack.rseq, 776656u);
  EXPECT_EQ(rack.cseq.number, 1u);
  EXPECT_EQ(rack.cseq.method, Method::kInvite);
  EXPECT_FALSE(ParseRAck("0 1 INVITE", &rack));
  EXPECT_FALSE(ParseRAck("1 INVITE", &rack));
  EXPECT_FALSE(ParseRAck("4294967296 1 INVITE", &rack));
}

TEST(NumberTest, NumbersHaveLimits) {
  uint32_t value = 7;
  EXPECT_TRUE(ParseNumber("0068", 255, &value));
  EXPECT_EQ(value, 68u);
  EXPECT_TRUE(ParseNumber("4294967295", 4294967295u, &value));
  for (absl::string_view bad : {"", "256", " 1", "1 ", "-1", "+1", "1x", "99999999999999999999999"}) {
    value = 7;
    EXPECT_FALSE(ParseNumber(bad, 255, &value)) << bad;
    EXPECT_EQ(value, 7u) << bad;
  }
}

TEST(NumberTest, DeltaSecondsIgnoreWhatFollows) {
  uint32_t value = 0;
  EXPECT_TRUE(ParseDeltaSeconds("1800;refresher=uac", &value));
  EXPECT_EQ(value, 1800u);
  EXPECT_TRUE(ParseDeltaSeconds("120 (I'm in a meeting)", &value));
  EXPECT_EQ(value, 120u);
  EXPECT_FALSE(ParseDeltaSeconds("949302838503028349304023988", &value));
  EXPECT_FALSE(ParseDeltaSeconds("Thu, 01 Dec 1994 16:00:00 GMT", &value));
  EXPECT_FALSE(ParseDeltaSeconds("12 34", &value));
}

}  // namespace
}  // namespace understudy::sip
