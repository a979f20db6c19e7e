#include "daemon/config/option_value.h"

#include <string>

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

ValueRule Of(ValueKind kind) {
  ValueRule rule;
  rule.kind = kind;
  return rule;
}

TEST(OptionValue, WholeNumbersHaveOneForm) {
  EXPECT_EQ(ParseWhole("0"), 0);
  EXPECT_EQ(ParseWhole("999999999999999999"), 999999999999999999);
  for (absl::string_view bad : {"", "-1", "+1", "01", "1 ", "1.0", "1e3", "0x1", "1000000000000000000"}) {
    EXPECT_EQ(ParseWhole(bad), absl::nullopt) << bad;
  }
}

TEST(OptionValue, TimesNeedAUnit) {
  EXPECT_EQ(ParseSpan("250ms"), Duration::Milliseconds(250));
  EXPECT_EQ(ParseSpan("30s"), Duration::Seconds(30));
  EXPECT_EQ(ParseSpan("10m"), Duration::Seconds(600));
  EXPECT_EQ(ParseSpan("24h"), Duration::Seconds(86400));
  EXPECT_EQ(ParseSpan("7d"), Duration::Seconds(604800));
  EXPECT_EQ(ParseSpan("36500d"), Duration::Seconds(int64_t{36500} * 86400));
  for (absl::string_view bad : {"", "10", "s", "1.5s", "-1s", "1 s", "36501d", "999999999999999999d", "1M"}) {
    EXPECT_EQ(ParseSpan(bad), absl::nullopt) << bad;
  }
}

TEST(OptionValue, SecondsMayHaveThreeDecimals) {
  EXPECT_EQ(ParseSeconds("5"), Duration::Seconds(5));
  EXPECT_EQ(ParseSeconds("0.25"), Duration::Milliseconds(250));
  EXPECT_EQ(ParseSeconds("1.005"), Duration::Milliseconds(1005));
  for (absl::string_view bad : {"", ".", "1.", ".5", "1.0005", "1s", "-1", "01", "1.-1", "9999999999999"}) {
    EXPECT_EQ(ParseSeconds(bad), absl::nullopt) << bad;
  }
  for (absl::string_view text : {"5", "0.25", "1.005", "0.1", "3600"})
    EXPECT_EQ(SecondsText(*ParseSeconds(text)), text);
}

TEST(OptionValue, ASocketsPathIsShort) {
  EXPECT_TRUE(IsAllowed(Of(ValueKind::kSocketPath), std::string(107, 'x')));
  EXPECT_FALSE(IsAllowed(Of(ValueKind::kSocketPath), std::string(108, 'x')));
}

TEST(OptionValue, SizesAreBinary) {
  EXPECT_EQ(ParseSize("512"), 512);
  EXPECT_EQ(ParseSize("64KiB"), 65536);
  EXPECT_EQ(ParseSize("1TiB"), int64_t{1} << 40);
  EXPECT_EQ(ParseSize("1024TiB"), int64_t{1} << 50);
  for (absl::string_view bad : {"", "KiB", "1KB", "1kib", "1025TiB", "999999999999999999GiB", "1.5GiB"}) {
    EXPECT_EQ(ParseSize(bad), absl::nullopt) << bad;
  }
}

TEST(OptionValue, TimesAndSizesPrintInTheirShortestForm) {
  for (absl::string_view text : {"1500ms", "90s", "10m", "36h", "7d"}) EXPECT_EQ(SpanText(*ParseSpan(text)), text);
  EXPECT_EQ(SpanText(*ParseSpan("3600s")), "1h");
  for (absl::string_view text : {"1000", "3KiB", "1MiB", "20GiB"}) EXPECT_EQ(SizeText(*ParseSize(text)), text);
}

TEST(OptionValue, HostAndPortAreCheckedTogether) {
  ValueRule rule = Of(ValueKind::kHostPort);
  for (absl::string_view good : {"10.0.0.1", "10.0.0.1:5060", "[::1]:5060", "a.example", "a.example:1"})
    EXPECT_TRUE(IsAllowed(rule, good)) << good;
  for (absl::string_view bad :
       {"", ":5060", "a.example:0", "a.example:65536", "a.example:", "0.0.0.0:1", "a:b:c", "10.0.0.1:0"}) {
    EXPECT_FALSE(IsAllowed(rule, bad)) << bad;
  }
}

TEST(OptionValue, ErrorCodesAreTheGuidesPatterns) {
  ValueRule rule = Of(ValueKind::kErrorCodes);
  for (absl::string_view good : {"503", "503,504", "487,50X", "487,5XX"}) EXPECT_TRUE(IsAllowed(rule, good)) << good;
  for (absl::string_view bad :
       {"", "5", "5X3", "X50", "5X3,5XX", "50X,487", "503,", "5033", "50x", "200", "183", "2XX", "503,200", "700"})
    EXPECT_FALSE(IsAllowed(rule, bad)) << bad;
}

TEST(OptionValue, SomeOfTheWordsHaveCommasBetweenThem) {
  ValueRule rule = Of(ValueKind::kSomeOf);
  rule.words = "talk|hold|dtmf";
  for (absl::string_view good : {"talk", "talk,hold", "hold, talk", "dtmf,hold,talk"})
    EXPECT_TRUE(IsAllowed(rule, good)) << good;
  for (absl::string_view bad : {"", ",", "talk,", "talk hold", "Talk", "talk,hodl", "talk|hold"})
    EXPECT_FALSE(IsAllowed(rule, bad)) << bad;
  EXPECT_EQ(AllowedText(rule), "one or more of talk, hold, dtmf, with commas between them");
}

TEST(OptionValue, TextsAreOneLineOfPrintableBytes) {
  ValueRule rule = Of(ValueKind::kText);
  EXPECT_TRUE(IsAllowed(rule, "Zürich 1"));
  EXPECT_TRUE(IsAllowed(rule, std::string(256, 'x')));
  EXPECT_FALSE(IsAllowed(rule, std::string(257, 'x')));
  EXPECT_FALSE(IsAllowed(rule, ""));
  EXPECT_FALSE(IsAllowed(rule, "a\nb"));
  EXPECT_FALSE(IsAllowed(rule, absl::string_view("a\0b", 3)));
}

TEST(OptionValue, EveryDefaultObeysItsOwnRule) {
  for (const OptionRow& row : OptionTable()) {
    if (row.rule.default_value.empty()) continue;
    EXPECT_TRUE(IsAllowed(row.rule, row.rule.default_value)) << row.FullName();
  }
}

TEST(OptionValue, EveryRuleCanSayWhatItAllows) {
  for (const OptionRow& row : OptionTable()) EXPECT_FALSE(AllowedText(row.rule).empty()) << row.FullName();
}

}  // namespace
}  // namespace understudy::daemon
