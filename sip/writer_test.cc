#include "sip/writer.h"

#include <string>

#include "gtest/gtest.h"
#include "sip/fold.h"
#include "sip/parse.h"

namespace understudy::sip {
namespace {

std::string Unfolded(absl::string_view value) {
  std::string out;
  Unfold(value, &out);
  return out;
}

TEST(WriterTest, RequestComesOutAsWritten) {
  std::string out;
  MessageWriter writer(&out);
  writer.RequestLine("OPTIONS", "sip:1001@192.0.2.1");
  writer.Header(HeaderName::kVia, "SIP/2.0/UDP ", "192.0.2.2", ":", 5060, ";branch=z9hG4bK1");
  writer.Header(HeaderName::kMaxForwards, 70);
  writer.Header("X-Own", "value");
  writer.Body("text/plain", "hi\n");
  EXPECT_EQ(out,
            "OPTIONS sip:1001@192.0.2.1 SIP/2.0\r\n"
            "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK1\r\n"
            "Max-Forwards: 70\r\n"
            "X-Own: value\r\n"
            "Content-Type: text/plain\r\n"
            "Content-Length: 3\r\n"
            "\r\n"
            "hi\n");
}

TEST(WriterTest, ResponseHasItsReason) {
  std::string out;
  MessageWriter writer(&out);
  writer.StatusLine(486);
  writer.StatusLine(183, "");
  writer.NoBody();
  EXPECT_EQ(out, "SIP/2.0 486 Busy Here\r\nSIP/2.0 183 \r\nContent-Length: 0\r\n\r\n");
}

TEST(WriterTest, NothingFromOutsideStartsALine) {
  std::string out;
  MessageWriter writer(&out);
  writer.RequestLine("BYE\r\nEvil: 1", "sip:a\r\n\r\nb");
  writer.StatusLine(200, "OK\nEvil: 2");
  writer.Header(HeaderName::kSubject, "a\r\nEvil: 3", "b\rEvil: 4");
  writer.Header("X\r\nEvil: 5", "c\n\nEvil: 6");
  writer.Body("text/plain\r\n\r\nEvil: 7", "");
  EXPECT_EQ(out,
            "BYE Evil: 1 sip:a b SIP/2.0\r\n"
            "SIP/2.0 200 OK Evil: 2\r\n"
            "Subject: a Evil: 3b Evil: 4\r\n"
            "X Evil: 5: c Evil: 6\r\n"
            "Content-Type: text/plain Evil: 7\r\n"
            "Content-Length: 0\r\n\r\n");
}

TEST(WriterTest, FoldedValuesAreUnfolded) {
  EXPECT_EQ(Unfolded("newfangled value\r\n continued \r\n\t newfangled"), "newfangled value continued newfangled");
  EXPECT_EQ(Unfolded("plain"), "plain");
  EXPECT_EQ(Unfolded(""), "");
  EXPECT_EQ(Unfolded("\r\n"), " ");
}

TEST(WriterTest, WhatIsWrittenIsParsed) {
  std::string out;
  MessageWriter writer(&out);
  writer.StatusLine(200);
  writer.Header(HeaderName::kVia, "SIP/2.0/TCP h;branch=z9hG4bK1");
  writer.Header(HeaderName::kFrom, "<sip:a@b>;tag=1");
  writer.Header(HeaderName::kTo, "<sip:c@d>;tag=2");
  writer.Header(HeaderName::kCallId, "x");
  writer.Header(HeaderName::kCSeq, 1, " ", "INVITE");
  writer.Body("application/sdp", "v=0\r\n");
  Message message;
  ParseError error;
  ASSERT_TRUE(ParseMessage(out, &message, &error)) << error.text;
  EXPECT_EQ(message.to_tag(), "2");
  EXPECT_EQ(message.body(), "v=0\r\n");
}

}  // namespace
}  // namespace understudy::sip
