#include "sip/header_values.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sip/parse.h"

namespace understudy::sip {
namespace {

// A request with these header lines besides the core ones.
class HeaderValuesTest : public testing::Test {
 protected:
  const Message& With(absl::string_view lines) {
    bytes_ = absl::StrCat(
        "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
        "Call-ID: c\r\nCSeq: 1 OPTIONS\r\n",
        lines, "\r\n");
    ParseError error;
    EXPECT_TRUE(ParseMessage(bytes_, &message_, &error)) << error.text;
    return message_;
  }
  static std::string Joined(const Message& message, HeaderName name) {
    std::string out;
    for (absl::string_view value : HeaderValues(message, name)) absl::StrAppend(&out, "{", value, "}");
    return out;
  }

 private:
  std::string bytes_;
  Message message_;
};

TEST_F(HeaderValuesTest, ElementsOfSeveralLinesComeInOrder) {
  const Message& message = With("Route: <sip:a>, <sip:b;x=1>\r\nSubject: s\r\nroute: <sip:c>\r\n");
  EXPECT_EQ(Joined(message, HeaderName::kRoute), "{<sip:a>}{<sip:b;x=1>}{<sip:c>}");
  EXPECT_EQ(Joined(message, HeaderName::kPath), "");
}

TEST_F(HeaderValuesTest, QuotesAndBracketsHideCommas) {
  const Message& message = With("m: \"a, \\\"b\" <sip:x,y@h>;q=1 ,\"c<\" <sip:d>\r\n");
  EXPECT_EQ(Joined(message, HeaderName::kContact), "{\"a, \\\"b\" <sip:x,y@h>;q=1}{\"c<\" <sip:d>}");
}

TEST_F(HeaderValuesTest, EmptyElementsAndLinesAreSkipped) {
  EXPECT_EQ(Joined(With("Supported:\r\nSupported: ,, a ,,b,\r\nk:\r\n"), HeaderName::kSupported), "{a}{b}");
  EXPECT_EQ(Joined(With("Supported:\r\n"), HeaderName::kSupported), "");
}

TEST_F(HeaderValuesTest, OpenQuotesReachToTheEndOfTheirLine) {
  EXPECT_EQ(Joined(With("Contact: \"a, b\r\nContact: <x, y\r\nContact: z\r\n"), HeaderName::kContact),
            "{\"a, b}{<x, y}{z}");
}

TEST_F(HeaderValuesTest, FoldsAreWhiteSpace) {
  EXPECT_EQ(Joined(With("Allow: INVITE,\r\n  ACK\r\n\t, BYE\r\n"), HeaderName::kAllow), "{INVITE}{ACK}{BYE}");
}

TEST_F(HeaderValuesTest, FirstValueIsTheFirstElement) {
  const Message& message = With("Route: <sip:a>,<sip:b>\r\n");
  EXPECT_EQ(FirstValue(message, HeaderName::kRoute), "<sip:a>");
  EXPECT_EQ(FirstValue(message, HeaderName::kPath), "");
}

TEST_F(HeaderValuesTest, TokensAreFoundWhateverTheirCaseAndParameters) {
  const Message& message = With("Supported: 100rel, Timer;x=1\r\nk: replaces\r\n");
  EXPECT_TRUE(HasToken(message, HeaderName::kSupported, "100REL"));
  EXPECT_TRUE(HasToken(message, HeaderName::kSupported, "timer"));
  EXPECT_TRUE(HasToken(message, HeaderName::kSupported, "replaces"));
  EXPECT_FALSE(HasToken(message, HeaderName::kSupported, "time"));
  EXPECT_FALSE(HasToken(message, HeaderName::kRequire, "timer"));
}

TEST(ValueTest, ParametersSplitOutsideQuotesAndBrackets) {
  EXPECT_EQ(WithoutParams("1800 ;refresher=uac"), "1800");
  EXPECT_EQ(ParamsOf("1800;refresher=uac"), ";refresher=uac");
  EXPECT_EQ(ParamsOf("<sip:a;lr>;q=1"), ";q=1");
  EXPECT_EQ(ParamsOf("plain"), "");
}

}  // namespace
}  // namespace understudy::sip
