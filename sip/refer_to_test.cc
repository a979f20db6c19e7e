#include "sip/refer_to.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sip/parse.h"

namespace understudy::sip {
namespace {

class ReferToTest : public testing::Test {
 protected:
  const Message& With(absl::string_view lines) {
    bytes_ = absl::StrCat(
        "REFER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\n"
        "Call-ID: c\r\nCSeq: 1 REFER\r\n",
        lines, "\r\n");
    ParseError error;
    EXPECT_TRUE(ParseMessage(bytes_, &message_, &error)) << error.text;
    return message_;
  }
  ReferToFault Fault(absl::string_view value) {
    ReferTo refer_to;
    return ReadReferTo(With(absl::StrCat("Refer-To: ", value, "\r\n")), &refer_to);
  }

 private:
  std::string bytes_;
  Message message_;
};

TEST_F(ReferToTest, TheTargetIsAUriOfTheSchemeSip) {
  ReferTo refer_to;
  ASSERT_EQ(ReadReferTo(With("r: \"C\" <sip:1003@10.0.0.10;method=INVITE>;x=1\r\n"), &refer_to), ReferToFault::kNone);
  EXPECT_EQ(refer_to.uri.user, "1003");
  EXPECT_EQ(refer_to.replaces, "");
  EXPECT_EQ(Fault("sip:1003@10.0.0.10"), ReferToFault::kNone);
}

TEST_F(ReferToTest, TheReplacesOfTheUriIsUnescaped) {
  ReferTo refer_to;
  ASSERT_EQ(
      ReadReferTo(With("Refer-To: <sip:1003@h?Subject=x&rePlaces=a%40b%3Bto-tag%3Dt%3Bfrom-tag%3Df>\r\n"), &refer_to),
      ReferToFault::kNone);
  EXPECT_EQ(refer_to.replaces, "a@b;to-tag=t;from-tag=f");
}

TEST_F(ReferToTest, WhatIsWrongHasAName) {
  ReferTo refer_to;
  EXPECT_EQ(ReadReferTo(With(""), &refer_to), ReferToFault::kNotOne);
  EXPECT_EQ(ReadReferTo(With("Refer-To: <sip:a@h>\r\nRefer-To: <sip:b@h>\r\n"), &refer_to), ReferToFault::kNotOne);
  EXPECT_EQ(Fault("<sip:a@h>, <sip:b@h>"), ReferToFault::kNotOne);
  EXPECT_EQ(Fault("1003"), ReferToFault::kMalformed);
  EXPECT_EQ(Fault("<sip:1003@>"), ReferToFault::kMalformed);
  EXPECT_EQ(Fault("sip:1003@h?Replaces=c"), ReferToFault::kMalformed);
  EXPECT_EQ(Fault("<sip:1003@h?Replaces=c>"), ReferToFault::kMalformed);
  EXPECT_EQ(Fault("<sip:1003@h?Replaces>"), ReferToFault::kMalformed);
  EXPECT_EQ(Fault("<sip:1003@h?Replaces=c%3Bto-tag%3Dt%3Bfrom-tag%3Df&Replaces=c%3Bto-tag%3Dt%3Bfrom-tag%3Df>"),
            ReferToFault::kMalformed);
  EXPECT_EQ(Fault("<tel:1003>"), ReferToFault::kScheme);
  EXPECT_EQ(Fault("<sips:1003@h>"), ReferToFault::kScheme);
  EXPECT_EQ(Fault("<http://h/>"), ReferToFault::kScheme);
  EXPECT_EQ(Fault("<sip:1003@h;method=BYE>"), ReferToFault::kMethod);
  EXPECT_EQ(Fault("<sip:1003@h;method>"), ReferToFault::kMethod);
}

TEST_F(ReferToTest, ReferredByStandsOnceOrNotAtAll) {
  NameAddr by;
  EXPECT_TRUE(ReadReferredBy(With(""), &by));
  EXPECT_EQ(by.uri, "");
  EXPECT_TRUE(ReadReferredBy(With("b: <sip:1002@h>;cid=\"1@h\"\r\n"), &by));
  EXPECT_EQ(by.uri, "sip:1002@h");
  EXPECT_FALSE(ReadReferredBy(With("Referred-By: <sip:1002@h>, <sip:1003@h>\r\n"), &by));
  EXPECT_FALSE(ReadReferredBy(With("Referred-By: 1002\r\n"), &by));
  EXPECT_FALSE(
      ReadReferredBy(With(absl::StrCat("Referred-By: <sip:", std::string(kMostReferredBy, 'a'), "@h>\r\n")), &by));
}

}  // namespace
}  // namespace understudy::sip
