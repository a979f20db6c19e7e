#include "sip/params.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace understudy::sip {
namespace {

// "name=value,name" of everything read, then "!" when malformed.
std::string Read(absl::string_view params) {
  std::string out;
  ParamReader reader(params);
  for (Param param; reader.Next(&param);) {
    absl::StrAppend(&out, out.empty() ? "" : "|", param.name, param.has_value ? "=" : "", param.value);
  }
  return absl::StrCat(out, reader.ok() ? "" : "!");
}

std::string Unquoted(absl::string_view value) {
  std::string out;
  Unquote(value, &out);
  return out;
}

TEST(ParamsTest, ListMayStartWithOrWithoutSemicolon) {
  EXPECT_EQ(Read(";a=1;b;c=x"), "a=1|b|c=x");
  EXPECT_EQ(Read("a=1;b"), "a=1|b");
  EXPECT_EQ(Read(""), "");
}

TEST(ParamsTest, WhiteSpaceAndFoldsStandAroundSeparators) {
  EXPECT_EQ(Read(" ;\r\n  tag = 98asjd8 ;\r\n\tq\t=\r\n 0.33 "), "tag=98asjd8|q=0.33");
}

TEST(ParamsTest, QuotedStringsKeepSeparatorsAndQuotes) {
  EXPECT_EQ(Read(R"(;a="x;y\"z";b=1)"), R"(a="x;y\"z"|b=1)");
}

TEST(ParamsTest, ValuesMayBeHostsAndLooseText) {
  EXPECT_EQ(Read(";received=[2001:db8::1];maddr=10.0.0.1;branch=z9hG4bK/=@^"),
            "received=[2001:db8::1]|maddr=10.0.0.1|branch=z9hG4bK/=@^");
}

TEST(ParamsTest, EmptyParametersAreSkippedAndEmptyValuesKept) {
  EXPECT_EQ(Read(";;a;;rport=;"), "a|rport=");
}

TEST(ParamsTest, MalformedListsSaySo) {
  EXPECT_EQ(Read(";a=1;=2"), "a=1!");
  EXPECT_EQ(Read(";a=\"open"), "!");
  EXPECT_EQ(Read(";a=1 2"), "!");
  EXPECT_EQ(Read(";a b"), "!");
  EXPECT_EQ(Read(";a=<x>"), "!");
}

TEST(ParamsTest, EndlessListsAreMalformed) {
  std::string params;
  for (int i = 0; i <= kMaxParams; ++i) absl::StrAppend(&params, ";p");
  EXPECT_EQ(Read(params).back(), '!');
}

TEST(ParamsTest, FindIsCaseInsensitiveAndTakesTheFirst) {
  EXPECT_EQ(FindParam(";Tag=1;tag=2", "tAG"), "1");
  EXPECT_EQ(FindParam(";lr;x", "LR"), "");
  EXPECT_EQ(FindParam(";lrx", "lr"), absl::nullopt);
  EXPECT_EQ(FindParam(";a=1;\"", "a"), "1");
}

TEST(ParamsTest, UnquoteRemovesQuotesAndBackslashes) {
  EXPECT_EQ(Unquoted(R"("a \"b\" \\c")"), R"(a "b" \c)");
  EXPECT_EQ(Unquoted("plain"), "plain");
  EXPECT_EQ(Unquoted("\""), "\"");
  EXPECT_EQ(Unquoted(R"("end\")"), R"(end\)");
}

}  // namespace
}  // namespace understudy::sip
