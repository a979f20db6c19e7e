#include "tools/entry_filter.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LsnRange, EveryForm) {
  const auto range = [](absl::string_view text) {
    const LsnRange r = ParseLsnRange(text).value();
    return std::pair(r.first.value(), r.last.value());
  };
  EXPECT_EQ(range("5"), std::pair(uint64_t{5}, uint64_t{5}));
  EXPECT_EQ(range("5..9"), std::pair(uint64_t{5}, uint64_t{9}));
  EXPECT_EQ(range("5.."), std::pair(uint64_t{5}, UINT64_MAX));
  EXPECT_EQ(range("..9"), std::pair(uint64_t{1}, uint64_t{9}));
}

TEST(LsnRange, RubbishIsRefused) {
  for (const char* text : {"", "..", "0", "-1", "x", "9..5", "1...2", "1..2..3"}) {
    EXPECT_FALSE(ParseLsnRange(text).ok()) << text;
  }
}

TEST(Kinds, AreNamedAndUnknownOnesNameAll) {
  EXPECT_THAT(ParseKinds("sip-received,clock-advanced").value(), ElementsAre(2, 6));
  EXPECT_THAT(ParseKinds("sip").status().message(), HasSubstr("sip-received, flow-opened"));
}

}  // namespace
}  // namespace understudy::tools
