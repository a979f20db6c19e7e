#include "tools/entry_filter.h"

#include <utility>

#include "engine/input.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/message.h"

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

TEST(EntryMatcher, ARequestOfAClientIsOfTheDnsThatItNames) {
  tlib::Message request(tlib::MessageType::kRequestMakeCall);
  request.Set(tlib::Attribute::kThisDN, "1001").Set(tlib::Attribute::kOtherDN, "1002");
  DecodedEntry entry;
  entry.record.lsn = Lsn(1);
  entry.input = engine::ClientRequested{engine::LinkId(9), {1, request}};
  for (const auto& [dn, is_of_it] : {std::pair("1001", true), std::pair("1002", true), std::pair("100", false)}) {
    EntryFilter filter;
    filter.dn = dn;
    EXPECT_EQ(EntryMatcher(filter).Matches(entry), is_of_it) << dn;
  }
}

}  // namespace
}  // namespace understudy::tools
