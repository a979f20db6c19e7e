#include "tlib/text.h"

#include <string>

#include "gtest/gtest.h"

namespace understudy::tlib {
namespace {

TEST(Text, Utf8OfEveryLengthIsText) {
  for (absl::string_view text :
       {"", "a", "\x01\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xa4z"}) {
    EXPECT_TRUE(IsText(text)) << text;
    EXPECT_EQ(AsText(text, text.size()), text);
  }
}

TEST(Text, NulOverlongSurrogatesAndWhatIsPastTheLastCharacterAreNone) {
  for (absl::string_view text :
       {absl::string_view("\0", 1), absl::string_view("\x80"), absl::string_view("\xc0\x80"),
        absl::string_view("\xc1\xbf"), absl::string_view("\xe0\x9f\xbf"), absl::string_view("\xed\xa0\x80"),
        absl::string_view("\xf0\x8f\xbf\xbf"), absl::string_view("\xf4\x90\x80\x80"),
        absl::string_view("\xf5\x80\x80\x80"), absl::string_view("\xff"), absl::string_view("\xc3"),
        absl::string_view("\xe2\x82"), absl::string_view("\xf0\x90\x80"), absl::string_view("\xc3z"),
        absl::string_view("\xe2\x82z"), absl::string_view("\xe2z\x82")}) {
    EXPECT_FALSE(IsText(text));
    EXPECT_TRUE(IsText(AsText(text, 100)));
  }
}

TEST(Text, EachOctetThatIsNoneBecomesAQuestionMark) {
  EXPECT_EQ(AsText(absl::string_view("a\0\xff\xc3\xa4\xc3z", 7), 100), "a??\xc3\xa4?z");
}

TEST(Text, ALimitCutsWholeCharacters) {
  EXPECT_EQ(AsText("a\xe2\x82\xacz", 3), "a");
  EXPECT_EQ(AsText("a\xe2\x82\xacz", 4), "a\xe2\x82\xac");
  EXPECT_EQ(AsText("abc", 0), "");
}

}  // namespace
}  // namespace understudy::tlib
