#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "gtest/gtest.h"
#include "sip/header_name.h"
#include "sip/method.h"
#include "sip/parse_error.h"
#include "sip/status.h"

namespace understudy::sip {
namespace {

TEST(MethodTest, EveryNameIsFoundAgain) {
  for (int i = 1; i < kMethodCount; ++i) {
    const Method method = static_cast<Method>(i);
    EXPECT_FALSE(MethodName(method).empty()) << i;
    EXPECT_EQ(MethodFromName(MethodName(method)), method) << MethodName(method);
  }
}

TEST(MethodTest, NamesAreCaseSensitiveTokens) {
  EXPECT_EQ(MethodFromName("invite"), Method::kUnknown);
  EXPECT_EQ(MethodFromName("INVITED"), Method::kUnknown);
  EXPECT_EQ(MethodFromName("BYF"), Method::kUnknown);
  EXPECT_EQ(MethodFromName(""), Method::kUnknown);
  EXPECT_EQ(MethodName(Method::kUnknown), "");
}

TEST(HeaderNameTest, EveryNameIsFoundAgainInAnyCase) {
  std::set<std::string> seen;
  for (int i = 1; i < kHeaderNameCount; ++i) {
    const HeaderName name = static_cast<HeaderName>(i);
    const std::string text(CanonicalName(name));
    EXPECT_TRUE(seen.insert(absl::AsciiStrToLower(text)).second) << text;
    EXPECT_EQ(HeaderNameFromText(text), name) << text;
    EXPECT_EQ(HeaderNameFromText(absl::AsciiStrToLower(text)), name) << text;
    EXPECT_EQ(HeaderNameFromText(absl::AsciiStrToUpper(text)), name) << text;
  }
}

TEST(HeaderNameTest, CompactFormsAreTheSameHeader) {
  const struct {
    absl::string_view compact;
    absl::string_view name;
  } kTable[] = {
      {"a", "Accept-Contact"},
      {"b", "Referred-By"},
      {"c", "Content-Type"},
      {"d", "Request-Disposition"},
      {"e", "Content-Encoding"},
      {"f", "From"},
      {"i", "Call-ID"},
      {"j", "Reject-Contact"},
      {"k", "Supported"},
      {"l", "Content-Length"},
      {"m", "Contact"},
      {"n", "Identity-Info"},
      {"o", "Event"},
      {"r", "Refer-To"},
      {"s", "Subject"},
      {"t", "To"},
      {"u", "Allow-Events"},
      {"v", "Via"},
      {"x", "Session-Expires"},
      {"y", "Identity"},
  };
  for (const auto& row : kTable) {
    EXPECT_EQ(CanonicalName(HeaderNameFromText(row.compact)), row.name);
    EXPECT_EQ(CanonicalName(HeaderNameFromText(absl::AsciiStrToUpper(row.compact))), row.name);
  }
  for (absl::string_view none : {"g", "h", "p", "q", "w", "z", "1", "-"}) {
    EXPECT_EQ(HeaderNameFromText(none), HeaderName::kUnknown) << none;
  }
}

TEST(HeaderNameTest, OtherTextsAreUnknown) {
  for (absl::string_view text : {"", "Vi", "Viaa", "X-Custom", "Call_ID", "Contact ", "\xff\xff"}) {
    EXPECT_EQ(HeaderNameFromText(text), HeaderName::kUnknown) << text;
  }
  EXPECT_EQ(CanonicalName(HeaderName::kUnknown), "");
}

TEST(StatusTest, RegisteredCodesHaveTheirPhrase) {
  EXPECT_EQ(ReasonPhrase(100), "Trying");
  EXPECT_EQ(ReasonPhrase(200), "OK");
  EXPECT_EQ(ReasonPhrase(481), "Call/Transaction Does Not Exist");
  EXPECT_EQ(ReasonPhrase(503), "Service Unavailable");
  EXPECT_EQ(ReasonPhrase(603), "Decline");
}

TEST(StatusTest, OtherCodesAreTreatedAsTheirClass) {
  EXPECT_EQ(ReasonPhrase(299), "OK");
  EXPECT_EQ(ReasonPhrase(399), "Multiple Choices");
  EXPECT_EQ(ReasonPhrase(499), "Bad Request");
  EXPECT_EQ(ReasonPhrase(599), "Server Internal Error");
  EXPECT_EQ(ReasonPhrase(699), "Busy Everywhere");
  EXPECT_EQ(ReasonPhrase(99), "Unknown");
  EXPECT_EQ(ReasonPhrase(700), "Unknown");
}

TEST(ParseErrorTest, EveryKindHasANameOfItsOwnAndAText) {
  std::set<std::string> names;
  for (int i = 0; i < kParseErrorKinds; ++i) {
    const ParseErrorKind kind = static_cast<ParseErrorKind>(i);
    EXPECT_TRUE(names.insert(std::string(ParseErrorName(kind))).second) << i;
    EXPECT_FALSE(ParseErrorText(kind).empty()) << i;
  }
}

}  // namespace
}  // namespace understudy::sip
