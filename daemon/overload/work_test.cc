#include "daemon/overload/work.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sip/parse.h"

namespace understudy::daemon {
namespace {

std::string Request(absl::string_view method, absl::string_view to_tag, absl::string_view fields = "") {
  return absl::StrCat(method,
                      " sip:91@10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\n"
                      "Max-Forwards: 70\r\nFrom: <sip:a@10.0.0.1>;tag=a\r\nTo: <sip:91@10.0.0.9>",
                      to_tag, "\r\nCall-ID: c\r\nCSeq: 1 ", method, "\r\n", fields, "Content-Length: 0\r\n\r\n");
}

absl::optional<Work> Of(const std::string& text) {
  sip::Message message;
  sip::ParseError error;
  EXPECT_TRUE(sip::ParseMessage(text, sip::ParseLimits(), &message, &error)) << text;
  return WorkOf(message);
}

TEST(WorkTest, WhatBeginsSomethingIsOfItsKind) {
  EXPECT_EQ(Of(Request("INVITE", "")), Work::kInvite);
  EXPECT_EQ(Of(Request("REGISTER", "")), Work::kRegister);
  EXPECT_EQ(Of(Request("SUBSCRIBE", "")), Work::kSubscribe);
  EXPECT_EQ(Of(Request("MESSAGE", "")), Work::kMessage);
  EXPECT_EQ(Of(Request("OPTIONS", "")), Work::kOptions);
  EXPECT_EQ(Of(Request("PUBLISH", "")), Work::kOther);
  EXPECT_EQ(Of(Request("REFER", "")), Work::kOther);
}

TEST(WorkTest, NothingInADialogBeginsAnything) {
  for (absl::string_view method : {"INVITE", "BYE", "OPTIONS", "SUBSCRIBE", "NOTIFY", "UPDATE", "PRACK", "REFER"}) {
    EXPECT_EQ(Of(Request(method, ";tag=b")), absl::nullopt) << method;
  }
}

TEST(WorkTest, WhatIsAboutARequestOrACallBeginsNothing) {
  EXPECT_EQ(Of(Request("ACK", "")), absl::nullopt);
  EXPECT_EQ(Of(Request("CANCEL", "")), absl::nullopt);
  EXPECT_EQ(Of(Request("INVITE", "", "Replaces: c;to-tag=1;from-tag=2\r\n")), absl::nullopt);
}

TEST(WorkTest, AResponseBeginsNothing) {
  EXPECT_EQ(Of("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\nFrom: <sip:a@10.0.0.1>;tag=a\r\n"
               "To: <sip:91@10.0.0.9>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"),
            absl::nullopt);
}

}  // namespace
}  // namespace understudy::daemon
