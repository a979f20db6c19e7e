#include "sip/parse.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

namespace understudy::sip {
namespace {

constexpr absl::string_view kInvite =
    "INVITE sip:bob@biloxi.com SIP/2.0\r\n"
    "Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds, SIP/2.0/TCP second\r\n"
    "Max-Forwards: 70\r\n"
    "To: Bob <sip:bob@biloxi.com>\r\n"
    "From: Alice <sip:alice@atlanta.com>;tag=1928301774\r\n"
    "Call-ID: a84b4c76e66710@pc33.atlanta.com\r\n"
    "CSeq: 314159 INVITE\r\n"
    "Contact: <sip:alice@pc33.atlanta.com>\r\n"
    "X-Own: one\r\n"
    "Content-Length: 4\r\n"
    "\r\n"
    "body";

// Parses what is put together from kInvite by one replacement.
class ParseTest : public testing::Test {
 protected:
  bool Accepts(absl::string_view bytes, ParseLimits limits = ParseLimits()) {
    bytes_ = std::string(bytes);
    return ParseMessage(bytes_, limits, &message_, &error_);
  }
  bool AcceptsWith(absl::string_view old_text, absl::string_view new_text) {
    const std::string changed = absl::StrReplaceAll(kInvite, {{old_text, new_text}});
    EXPECT_NE(changed, kInvite) << old_text;
    return Accepts(changed);
  }
  // What is wrong once `old_text` is `new_text`, and the answer: "cseq 400".
  std::string TroubleWith(absl::string_view old_text, absl::string_view new_text) {
    AcceptsWith(old_text, new_text);
    return Trouble();
  }
  std::string Trouble() const { return absl::StrCat(ParseErrorName(error_.what), " ", error_.answer_status); }

  std::string bytes_;
  Message message_;
  ParseError error_;
};

TEST_F(ParseTest, CoreOfARequestIsRead) {
  ASSERT_TRUE(Accepts(kInvite)) << error_.text;
  EXPECT_TRUE(message_.is_request());
  EXPECT_EQ(message_.method(), Method::kInvite);
  EXPECT_EQ(message_.request_uri_text(), "sip:bob@biloxi.com");
  EXPECT_EQ(message_.request_uri().user, "bob");
  EXPECT_EQ(message_.status(), 0);
  EXPECT_EQ(message_.top_via().branch, "z9hG4bK776asdhds");
  EXPECT_EQ(message_.top_via().text, "SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds");
  EXPECT_EQ(message_.from().uri, "sip:alice@atlanta.com");
  EXPECT_EQ(message_.from_tag(), "1928301774");
  EXPECT_EQ(message_.to().display, "Bob");
  EXPECT_EQ(message_.to_tag(), "");
  EXPECT_EQ(message_.call_id(), "a84b4c76e66710@pc33.atlanta.com");
  EXPECT_EQ(message_.cseq().number, 314159u);
  EXPECT_EQ(message_.max_forwards(), 70);
  EXPECT_EQ(message_.content_length(), 4u);
  EXPECT_EQ(message_.body(), "body");
  EXPECT_EQ(message_.raw(), kInvite);
}

TEST_F(ParseTest, CoreOfAResponseIsRead) {
  ASSERT_TRUE(AcceptsWith("INVITE sip:bob@biloxi.com SIP/2.0", "SIP/2.0 180 Ringing now"));
  EXPECT_FALSE(message_.is_request());
  EXPECT_EQ(message_.status(), 180);
  EXPECT_EQ(message_.reason(), "Ringing now");
  EXPECT_EQ(message_.method(), Method::kUnknown);
  EXPECT_EQ(message_.cseq().method, Method::kInvite);
}

TEST_F(ParseTest, ReasonMayBeEmpty) {
  EXPECT_TRUE(AcceptsWith("INVITE sip:bob@biloxi.com SIP/2.0", "SIP/2.0 100 "));
  EXPECT_TRUE(AcceptsWith("INVITE sip:bob@biloxi.com SIP/2.0", "SIP/2.0 100"));
  EXPECT_TRUE(AcceptsWith("INVITE sip:bob@biloxi.com SIP/2.0", "sip/2.0 100 x"));
}

TEST_F(ParseTest, FieldsKeepTheirOrderAndAreFound) {
  ASSERT_TRUE(Accepts(kInvite));
  ASSERT_EQ(message_.headers().size(), 9u);
  EXPECT_EQ(message_.headers()[0].id, HeaderName::kVia);
  EXPECT_EQ(message_.headers()[7].name, "X-Own");
  EXPECT_EQ(message_.Find(HeaderName::kContact)->value, "<sip:alice@pc33.atlanta.com>");
  EXPECT_EQ(message_.Find(HeaderName::kRoute), nullptr);
  EXPECT_EQ(message_.FindText("x-own")->value, "one");
  EXPECT_EQ(message_.FindText("m")->value, "<sip:alice@pc33.atlanta.com>");
  EXPECT_EQ(message_.FindText("x-other"), nullptr);
  EXPECT_EQ(message_.ValueOf(HeaderName::kRoute), "");
}

TEST_F(ParseTest, OctetsBeyondContentLengthAreIgnored) {
  ASSERT_TRUE(Accepts(absl::StrCat(kInvite, "more")));
  EXPECT_EQ(message_.body(), "body");
  EXPECT_EQ(message_.raw(), kInvite);
}

TEST_F(ParseTest, WithoutContentLengthTheBodyIsTheRest) {
  ASSERT_TRUE(AcceptsWith("Content-Length: 4\r\n", ""));
  EXPECT_EQ(message_.content_length(), absl::nullopt);
  EXPECT_EQ(message_.body(), "body");
}

TEST_F(ParseTest, LeadingLineEndsAreSkipped) {
  ASSERT_TRUE(Accepts(absl::StrCat("\r\n\r\n", kInvite)));
  EXPECT_EQ(message_.raw(), kInvite);
}

TEST_F(ParseTest, BareLineFeedsEndLines) {
  ASSERT_TRUE(AcceptsWith("\r\n", "\n")) << error_.text;
  EXPECT_EQ(message_.call_id(), "a84b4c76e66710@pc33.atlanta.com");
  EXPECT_EQ(message_.body(), "body");
}

TEST_F(ParseTest, FoldsStayInTheValue) {
  ASSERT_TRUE(AcceptsWith("X-Own: one\r\n", "X-Own\r\n :\r\n one\r\n\t two \r\n \r\n"));
  EXPECT_EQ(message_.FindText("X-Own")->value, "one\r\n\t two");
}

TEST_F(ParseTest, KeepAlivesAreToldFromErrors) {
  for (absl::string_view bytes : {absl::string_view(""), absl::string_view("\r\n"), absl::string_view("\r\n\r\n"),
                                  absl::string_view("\0", 1), absl::string_view("\0\0\0\0", 4)}) {
    EXPECT_FALSE(Accepts(bytes));
    EXPECT_EQ(Trouble(), "keep-alive 0");
  }
}

TEST_F(ParseTest, BrokenStartLinesAreAnswered400) {
  const absl::string_view line = "INVITE sip:bob@biloxi.com SIP/2.0";
  EXPECT_EQ(TroubleWith(line, "INVITE  sip:bob@biloxi.com SIP/2.0"), "start-line 400");
  EXPECT_EQ(TroubleWith(line, "INVITE sip:bob@biloxi.com SIP/2.0 "), "start-line 400");
  EXPECT_EQ(TroubleWith(line, "INVITE sip:bob@biloxi.com"), "start-line 400");
  EXPECT_EQ(TroubleWith(line, "INVITE sip:bob@biloxi.com HTTP/1.1"), "start-line 400");
  EXPECT_EQ(TroubleWith(line, "INVITE sip:bob@biloxi.com SIP/2.x"), "start-line 400");
  EXPECT_EQ(TroubleWith(line, "INVITE <sip:bob@biloxi.com> SIP/2.0"), "request-uri 400");
  EXPECT_EQ(TroubleWith(line, "INVITE bob SIP/2.0"), "request-uri 400");
  EXPECT_EQ(TroubleWith(line, "INVITE sip:bob@biloxi.com SIP/7.0"), "version 505");
}

TEST_F(ParseTest, WhatIsNoRequestIsDiscarded) {
  const absl::string_view line = "INVITE sip:bob@biloxi.com SIP/2.0";
  for (absl::string_view other : {"SIP/2.0 20 OK", "SIP/2.0 700 x", "SIP/2.0 99 x", "SIP/2.0 2000 x", "SIP/2.0",
                                  "SIP/3.0 200 OK", "SIP/2.0 abc x", "\x01\x02\x03", "(", "INVITE"}) {
    EXPECT_FALSE(AcceptsWith(line, other)) << other;
    EXPECT_EQ(error_.answer_status, 0) << other;
  }
}

TEST_F(ParseTest, BadHeaderLinesAreAnswered400) {
  EXPECT_EQ(TroubleWith("X-Own: one", "X-Own one"), "header-line 400");
  EXPECT_EQ(TroubleWith("X-Own: one", ": one"), "header-line 400");
  EXPECT_EQ(TroubleWith("X-Own: one", "X Own: one"), "header-line 400");
  EXPECT_EQ(TroubleWith("X-Own: one", "X-Own: o\rne"), "header-line 400");
  EXPECT_EQ(TroubleWith("Via: SIP/2.0/UDP", " Via: SIP/2.0/UDP"), "header-line 0");
  EXPECT_EQ(TroubleWith("\r\n\r\nbody", "\r\n"), "unterminated-headers 400");
}

TEST_F(ParseTest, EachCoreHeaderMustBeThere) {
  EXPECT_EQ(TroubleWith("To: Bob", "X: Bob"), "missing-to 400");
  EXPECT_EQ(TroubleWith("From: Alice", "X: Alice"), "missing-from 400");
  EXPECT_EQ(TroubleWith("Call-ID: ", "X: "), "missing-call-id 400");
  EXPECT_EQ(TroubleWith("CSeq: ", "X: "), "missing-cseq 400");
  EXPECT_EQ(TroubleWith("Via: ", "X: "), "missing-via 0");
  EXPECT_TRUE(AcceptsWith("Max-Forwards: 70\r\n", ""));
  EXPECT_EQ(message_.max_forwards(), absl::nullopt);
}

TEST_F(ParseTest, SingleHeadersMustNotBeRepeated) {
  for (absl::string_view again :
       {"t: <sip:x@y>", "From: <sip:x@y>", "i: 2", "CSeq: 2 INVITE", "Max-Forwards: 5", "Content-Length: 4"}) {
    EXPECT_EQ(TroubleWith("X-Own: one", again), "repeated-header 400") << again;
  }
  EXPECT_TRUE(AcceptsWith("X-Own: one", "Via: SIP/2.0/UDP third"));
  EXPECT_EQ(message_.top_via().host, "pc33.atlanta.com");
}

TEST_F(ParseTest, EachCoreHeaderMustBeValid) {
  EXPECT_EQ(TroubleWith("To: Bob", "To: \"Bob"), "to 400");
  EXPECT_EQ(TroubleWith("From: Alice", "From: \"Alice"), "from 400");
  EXPECT_EQ(TroubleWith("Call-ID: ", "Call-ID: a b"), "call-id 400");
  EXPECT_EQ(TroubleWith("CSeq: 314159", "CSeq: 4294967296"), "cseq 400");
  EXPECT_EQ(TroubleWith("CSeq: 314159 INVITE", "CSeq: 314159 BYE"), "cseq-method 400");
  EXPECT_EQ(TroubleWith("Max-Forwards: 70", "Max-Forwards: 256"), "max-forwards 400");
  EXPECT_EQ(TroubleWith("Content-Length: 4", "Content-Length: -4"), "content-length 400");
  EXPECT_EQ(TroubleWith("Content-Length: 4", "Content-Length: 5"), "body-too-short 400");
  EXPECT_EQ(TroubleWith("SIP/2.0/UDP pc33", "SIP/2.0 pc33"), "via 0");
}

TEST_F(ParseTest, ResponsesAndAcksAreNeverAnswered) {
  EXPECT_EQ(TroubleWith("INVITE", "ACK"), "none 0");
  const std::string ack = absl::StrReplaceAll(kInvite, {{"INVITE", "ACK"}, {"To: Bob", "To: \"Bob"}});
  EXPECT_FALSE(Accepts(ack));
  EXPECT_EQ(Trouble(), "to 0");
  const std::string response =
      absl::StrReplaceAll(kInvite, {{"INVITE sip:bob@biloxi.com SIP/2.0", "SIP/2.0 200 OK"}, {"To: Bob", "To: \"Bob"}});
  EXPECT_FALSE(Accepts(response));
  EXPECT_EQ(Trouble(), "to 0");
}

TEST_F(ParseTest, ARejectedRequestStillHasWhatItsAnswerEchoes) {
  EXPECT_EQ(TroubleWith("Max-Forwards: 70", "Max-Forwards: x"), "max-forwards 400");
  EXPECT_EQ(message_.top_via().branch, "z9hG4bK776asdhds");
  EXPECT_EQ(message_.from_tag(), "1928301774");
  EXPECT_EQ(message_.call_id(), "a84b4c76e66710@pc33.atlanta.com");
  EXPECT_EQ(message_.ValueOf(HeaderName::kCSeq), "314159 INVITE");
}

TEST_F(ParseTest, TheFirstTroubleIsReportedWithItsPlace) {
  EXPECT_EQ(TroubleWith("X-Own: one", "X-Own one"), "header-line 400");
  EXPECT_EQ(bytes_.substr(error_.offset, 9), "X-Own one");
}

TEST_F(ParseTest, LimitsHaveErrorsOfTheirOwn) {
  ParseLimits limits;
  limits.header_lines = 9;
  EXPECT_TRUE(Accepts(kInvite, limits));
  limits.header_lines = 8;
  EXPECT_FALSE(Accepts(kInvite, limits));
  EXPECT_EQ(Trouble(), "too-many-headers 400");
  limits = ParseLimits();
  limits.line_octets = 40;
  EXPECT_FALSE(Accepts(kInvite, limits));
  EXPECT_EQ(Trouble(), "header-too-long 0");
  limits.line_octets = 20;
  EXPECT_FALSE(Accepts(kInvite, limits));
  EXPECT_EQ(error_.what, ParseErrorKind::kRequestUriTooLong);
  limits = ParseLimits();
  limits.message_octets = kInvite.size() - 1;
  EXPECT_FALSE(Accepts(kInvite, limits));
  EXPECT_EQ(Trouble(), "message-too-long 513");
}

TEST_F(ParseTest, LinesThatAreNoHeadersCountAgainstTheLimit) {
  ParseLimits limits;
  limits.header_lines = 3;
  EXPECT_FALSE(Accepts(absl::StrReplaceAll(kInvite, {{"Via:", "x\r\nx\r\nx\r\nVia:"}}), limits));
  EXPECT_EQ(Trouble(), "header-line 0");
  EXPECT_TRUE(message_.headers().empty());
}

TEST_F(ParseTest, AMessageObjectCanBeUsedAgain) {
  ASSERT_TRUE(Accepts(kInvite));
  ASSERT_FALSE(Accepts("SIP/2.0 200 OK\r\n\r\n"));
  EXPECT_EQ(message_.call_id(), "");
  EXPECT_EQ(message_.headers().size(), 0u);
  EXPECT_FALSE(message_.Has(HeaderName::kVia));
  EXPECT_EQ(message_.max_forwards(), absl::nullopt);
}

TEST_F(ParseTest, IsWithinLimitsSaysWhatAParserAccepts) {
  ParseLimits limits;
  for (size_t octets = 70; octets < 90; ++octets) {
    limits.line_octets = octets;  // the longest line, a Via, has 79
    EXPECT_EQ(IsWithinLimits(kInvite, limits), Accepts(kInvite, limits)) << octets;
  }
  limits = ParseLimits();
  for (size_t lines = 5; lines < 15; ++lines) {
    limits.header_lines = lines;
    EXPECT_EQ(IsWithinLimits(kInvite, limits), Accepts(kInvite, limits)) << lines;
  }
  limits = ParseLimits();
  limits.message_octets = kInvite.size();
  EXPECT_TRUE(IsWithinLimits(kInvite, limits));
  limits.message_octets = kInvite.size() - 1;
  EXPECT_FALSE(IsWithinLimits(kInvite, limits));
}

}  // namespace
}  // namespace understudy::sip
