#include "sip/framing.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace understudy::sip {
namespace {

using Event = StreamFramer::Event;

std::string MessageOf(absl::string_view body) {
  return absl::StrCat("MESSAGE sip:a SIP/2.0\r\nl: ", body.size(), "\r\nX: y\r\n\r\n", body);
}

// A framer whose whole output is one text: "[message]", "ping", "error:content-length[header part]".
class FramingTest : public testing::Test {
 protected:
  std::string Fed(absl::string_view octets) {
    if (!framer_.Feed(octets)) return "refused";
    std::string out;
    for (;;) {
      StreamFramer::Frame frame;
      switch (framer_.Next(&frame)) {
        case Event::kNeedMore:
          return out;
        case Event::kMessage:
          absl::StrAppend(&out, "[", frame.message, "]");
          break;
        case Event::kPing:
          absl::StrAppend(&out, "ping");
          break;
        case Event::kError:
          return absl::StrCat(out, "error:", ParseErrorName(frame.error), "[", frame.message, "]");
      }
    }
  }
  std::string FedOneByOne(absl::string_view octets) {
    std::string out;
    for (char c : octets) absl::StrAppend(&out, Fed(absl::string_view(&c, 1)));
    return out;
  }

  StreamFramer framer_;
};

TEST_F(FramingTest, MessagesBackToBackComeOneByOne) {
  const std::string a = MessageOf("one");
  const std::string b = MessageOf("");
  EXPECT_EQ(Fed(a + b + a), absl::StrCat("[", a, "][", b, "][", a, "]"));
  EXPECT_EQ(framer_.buffered(), 0u);
}

TEST_F(FramingTest, OctetsMayComeOneByOne) {
  const std::string a = MessageOf("body\r\n\r\nwith empty line");
  EXPECT_EQ(FedOneByOne(absl::StrCat(a, "\r\n", a, "\r\n\r\n", a)), absl::StrCat("[", a, "][", a, "]ping[", a, "]"));
}

TEST_F(FramingTest, AMessageSplitAnywhereIsWhole) {
  const std::string a = MessageOf("body");
  for (size_t cut = 0; cut <= a.size(); ++cut) {
    std::string out = Fed(a.substr(0, cut));
    out += Fed(a.substr(cut));
    EXPECT_EQ(out, absl::StrCat("[", a, "]")) << cut;
  }
}

TEST_F(FramingTest, TwoLineEndsAreAPingAndOneIsNot) {
  EXPECT_EQ(Fed("\r\n\r\n"), "ping");
  EXPECT_EQ(Fed("\r\n"), "");
  EXPECT_EQ(Fed("\r"), "");
  EXPECT_EQ(Fed("\n"), "ping");
  EXPECT_EQ(Fed("\r\n"), "");
  const std::string a = MessageOf("");
  EXPECT_EQ(Fed(a), absl::StrCat("[", a, "]"));
  EXPECT_EQ(Fed("\r\n"), "");
}

TEST_F(FramingTest, BareLineFeedsEndLines) {
  EXPECT_EQ(Fed("A sip:a SIP/2.0\nContent-Length:\n 2\n\nok"), "[A sip:a SIP/2.0\nContent-Length:\n 2\n\nok]");
}

TEST_F(FramingTest, MissingContentLengthBreaksTheStream) {
  EXPECT_EQ(Fed("A sip:a SIP/2.0\r\nX: y\r\n\r\nrest"),
            "error:missing-content-length[A sip:a SIP/2.0\r\nX: y\r\n\r\n]");
  EXPECT_EQ(Fed("x"), "refused");
  StreamFramer::Frame frame;
  EXPECT_EQ(framer_.Next(&frame), Event::kError);
  EXPECT_EQ(frame.message, "");
  EXPECT_EQ(frame.error, ParseErrorKind::kMissingContentLength);
}

TEST_F(FramingTest, InvalidContentLengthBreaksTheStream) {
  EXPECT_EQ(Fed("A sip:a SIP/2.0\r\nl: -1\r\n\r\n"), "error:content-length[A sip:a SIP/2.0\r\nl: -1\r\n\r\n]");
}

TEST_F(FramingTest, RepeatedContentLengthBreaksTheStream) {
  EXPECT_EQ(Fed("A a SIP/2.0\r\nl: 0\r\nContent-Length: 0\r\n\r\n"),
            "error:repeated-header[A a SIP/2.0\r\nl: 0\r\nContent-Length: 0\r\n\r\n]");
}

TEST_F(FramingTest, AContentLengthBeyondTheLimitBreaksTheStreamAtOnce) {
  EXPECT_EQ(Fed("A a SIP/2.0\r\nl: 4294967295\r\n\r\n"),
            "error:message-too-long[A a SIP/2.0\r\nl: 4294967295\r\n\r\n]");
}

TEST_F(FramingTest, EndlessHeadersBreakTheStreamAtTheLimit) {
  const std::string line = "X: " + std::string(8000, 'x') + "\r\n";
  std::string out;
  size_t fed = 0;
  while (out.empty() && fed < 1000000) {
    out = Fed(line);
    fed += line.size();
  }
  EXPECT_EQ(out, "error:message-too-long[]");
  EXPECT_LT(fed, ParseLimits().message_octets + 2 * line.size());
}

TEST_F(FramingTest, TooMuchAtOnceIsRefused) {
  EXPECT_EQ(Fed(std::string(StreamFramer::kMaxFeed + 1, 'x')), "refused");
  EXPECT_EQ(Fed("\r\n\r\n"), "ping");
}

TEST_F(FramingTest, ABufferNobodyEmptiesIsRefused) {
  const std::string a = MessageOf(std::string(60000, 'x'));
  EXPECT_TRUE(framer_.Feed(a));
  EXPECT_TRUE(framer_.Feed(a));
  EXPECT_FALSE(framer_.Feed(a));
}

}  // namespace
}  // namespace understudy::sip
