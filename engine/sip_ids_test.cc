#include "engine/sip_ids.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

TEST(SipIdsTest, ABranchSaysItsTransaction) {
  for (uint64_t id : {uint64_t{0}, uint64_t{1}, uint64_t{0xabcdef}, UINT64_MAX}) {
    const absl::optional<BranchId> branch = ParseBranch(MakeBranch(TransactionId(id), id ^ 5));
    ASSERT_TRUE(branch.has_value());
    EXPECT_EQ(branch->transaction, TransactionId(id));
    EXPECT_EQ(branch->mac, id ^ 5);
  }
}

TEST(SipIdsTest, ATagSaysItsLeg) {
  for (uint64_t id : {uint64_t{0}, uint64_t{1}, uint64_t{0xabcdef}, UINT64_MAX}) {
    const absl::optional<TagId> tag = ParseTag(MakeTag(LegId(id), id ^ 5));
    ASSERT_TRUE(tag.has_value());
    EXPECT_EQ(tag->leg, LegId(id));
    EXPECT_EQ(tag->mac, id ^ 5);
  }
}

TEST(SipIdsTest, ATokenSaysItsReferAndIsNoTag) {
  for (uint64_t id : {uint64_t{0}, uint64_t{1}, uint64_t{0xabcdef}, UINT64_MAX}) {
    const std::string token = MakeReferToken(ReferId(id), id ^ 5);
    EXPECT_EQ(ParseReferToken(token), ReferId(id));
    EXPECT_FALSE(ParseTag(token).has_value());
  }
}

TEST(SipIdsTest, WhatIsNotOfOurMakingIsNobodys) {
  for (absl::string_view text :
       {"", "z9hG4bK", "z9hG4bK1", "z9hG4bK1.", "z9hG4bK.0123456789abcdef", "z9hG4bK1.0123456789abcde",
        "z9hG4bK1.0123456789abcdef0", "z9hG4bK1.0123456789ABCDEF", "z9hG4bK11112222333344445.0123456789abcdef",
        "z9hG4bKx.0123456789abcdef", "z9hg4bk1.0123456789abcdef", "1.0123456789abcdef"}) {
    EXPECT_FALSE(ParseBranch(text).has_value()) << text;
  }
  for (absl::string_view text : {"", ".", "..", "1", "1.", "1.0123", ".0123456789abcdef", "g.0123456789abcdef",
                                 "1.0.0123456789abcdef", "1.0123456789abcdef0", "1.0123456789abcdeF"}) {
    EXPECT_FALSE(ParseTag(text).has_value()) << text;
    EXPECT_FALSE(ParseReferToken(absl::StrCat("r", text)).has_value()) << text;
  }
  EXPECT_FALSE(ParseReferToken("").has_value());
  EXPECT_FALSE(ParseReferToken("1.0123456789abcdef").has_value());
  EXPECT_FALSE(ParseReferToken("R1.0123456789abcdef").has_value());
}

}  // namespace
}  // namespace understudy::engine
