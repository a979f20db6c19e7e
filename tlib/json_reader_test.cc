#include "tlib/json_reader.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::tlib {
namespace {

using ::testing::HasSubstr;

JsonValue Parsed(absl::string_view text) {
  const absl::StatusOr<JsonValue> value = ParseJson(text);
  EXPECT_TRUE(value.ok()) << text << ": " << value.status();
  return value.ok() ? *value : JsonValue();
}

void ExpectRefused(absl::string_view text, absl::string_view why) {
  const absl::StatusOr<JsonValue> value = ParseJson(text);
  ASSERT_FALSE(value.ok()) << text;
  EXPECT_THAT(std::string(value.status().message()), HasSubstr(std::string(why))) << text;
}

TEST(Json, EveryKindOfValueIsRead) {
  EXPECT_TRUE(std::holds_alternative<JsonNull>(Parsed(" null ").value));
  EXPECT_TRUE(std::get<bool>(Parsed("true").value));
  EXPECT_FALSE(std::get<bool>(Parsed("false").value));
  EXPECT_EQ(std::get<int64_t>(Parsed("-0").value), 0);
  EXPECT_EQ(std::get<int64_t>(Parsed("9223372036854775807").value), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(std::get<int64_t>(Parsed("-9223372036854775808").value), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(std::get<std::string>(Parsed("\"a\"").value), "a");
  EXPECT_TRUE(std::get<JsonArray>(Parsed("[ ]").value).empty());
  EXPECT_TRUE(std::get<JsonObject>(Parsed("{ }").value).empty());
}

TEST(Json, MembersKeepTheirOrderAndMayStandTwice) {
  const JsonValue value = Parsed("\t{\"b\" : 1 , \"a\":[2,{\"c\":3}],\r\n\"b\":4}");
  const auto& object = std::get<JsonObject>(value.value);
  ASSERT_EQ(object.size(), 3u);
  EXPECT_EQ(object[0].name, "b");
  EXPECT_EQ(object[1].name, "a");
  EXPECT_EQ(std::get<JsonArray>(object[1].value.value).size(), 2u);
  EXPECT_EQ(std::get<int64_t>(object[2].value.value), 4);
}

TEST(Json, EscapesAreRead) {
  EXPECT_EQ(std::get<std::string>(Parsed(R"("\"\\\/\b\f\n\r\t")").value), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(std::get<std::string>(Parsed(R"("\u0041\u00e4\u20AC\ud83d\uDE00")").value),
            "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST(Json, WhatIsNoneIsRefusedWithItsPlace) {
  ExpectRefused("", "at octet 0: expected a value");
  ExpectRefused("[1,]", "at octet 3: expected a value");
  ExpectRefused("[1 2]", "expected , or ]");
  ExpectRefused("{\"a\":1,}", "expected a name");
  ExpectRefused("{\"a\" 1}", "expected :");
  ExpectRefused("{\"a\":1", "expected , or }");
  ExpectRefused("1 2", "at octet 2: something behind the end");
  ExpectRefused("nul", "expected a value");
  ExpectRefused("\"a", "a string without an end");
  ExpectRefused("\"\\", "a string without an end");
  ExpectRefused("\"\\x\"", "an escape that is none");
  ExpectRefused("\"\n\"", "a control character");
  ExpectRefused("\"\xff\"", "not UTF-8");
  ExpectRefused("\"\\u00\"", "four hexadecimal digits");
  ExpectRefused("\"\\u00zz\"", "four hexadecimal digits");
  ExpectRefused("\"\\u0000\"", "NUL");
  ExpectRefused("\"\\ud83d\"", "half a surrogate pair");
  ExpectRefused("\"\\ud83d\\u0041\"", "half a surrogate pair");
  ExpectRefused("\"\\ude00\"", "half a surrogate pair");
}

TEST(Json, NumbersThatAreNotWholeOrTooLargeAreRefused) {
  for (absl::string_view number : {"1.5", "1e3", "+1", "1-1", "0x10"}) EXPECT_FALSE(ParseJson(number).ok()) << number;
  ExpectRefused("1.5", "not whole");
  ExpectRefused("01", "begins with 0");
  ExpectRefused("-", "expected a value");
  ExpectRefused("9223372036854775808", "more than 64 bits");
  ExpectRefused("-9223372036854775809", "more than 64 bits");
}

TEST(Json, WhatIsTooDeepOrTooLongIsRefused) {
  const auto nested = [](int depth) {
    return absl::StrCat(std::string(static_cast<size_t>(depth), '['), std::string(static_cast<size_t>(depth), ']'));
  };
  EXPECT_TRUE(ParseJson(nested(kMostJsonDepth)).ok());
  ExpectRefused(nested(kMostJsonDepth + 1), "more than 24 brackets in each other");
  ExpectRefused(std::string(100000, '['), "more than 24 brackets in each other");
  ExpectRefused(std::string(kMostJsonOctets + 1, ' '), "at most 524288");
}

}  // namespace
}  // namespace understudy::tlib
