#include "sip/replaces.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace understudy::sip {
namespace {

std::string Read(absl::string_view text) {
  Replaces replaces;
  if (!ParseReplaces(text, &replaces)) return "malformed";
  return absl::StrCat(replaces.call_id, " ", replaces.to_tag, " ", replaces.from_tag,
                      replaces.early_only ? " early" : "");
}

TEST(ReplacesTest, TheDialogIsNamedByCallIdAndBothTags) {
  EXPECT_EQ(Read("425928@bobster.example.org;to-tag=7743;from-tag=6472"), "425928@bobster.example.org 7743 6472");
  EXPECT_EQ(Read("12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only"), "12adf2f34456gs5 12345 54321 early");
  EXPECT_EQ(Read("c ; From-Tag = f ;x=\"y;to-tag=q\"; TO-TAG=t"), "c t f");
  EXPECT_EQ(Read("(a)<b>:\\\"/[]?{}.!%*_+`'~@h;to-tag=0;from-tag=1"), "(a)<b>:\\\"/[]?{}.!%*_+`'~@h 0 1");
}

TEST(ReplacesTest, BothTagsAreThereOnceAndAreTokens) {
  for (absl::string_view text :
       {"", "c", "c;", ";to-tag=t;from-tag=f", "c;to-tag=t", "c;from-tag=f", "c;to-tag=;from-tag=f",
        "c;to-tag;from-tag=f", "c;to-tag=t;from-tag=f;to-tag=t", "c;to-tag=\"t\";from-tag=f", "c;to-tag=t;from-tag=f@",
        "c;to-tag=t;from-tag=f,d;to-tag=t;from-tag=f", "c d;to-tag=t;from-tag=f", "a@b@c;to-tag=t;from-tag=f",
        "@c;to-tag=t;from-tag=f", "c@;to-tag=t;from-tag=f", "c,d;to-tag=t;from-tag=f"}) {
    EXPECT_EQ(Read(text), "malformed") << text;
  }
}

TEST(TargetDialogTest, ItsTagsAreLocalAndRemote) {
  TargetDialog target;
  ASSERT_TRUE(ParseTargetDialog("fa77as7dad8@host.example.org;local-tag=kkaz;remote-tag=6544", &target));
  EXPECT_EQ(target.call_id, "fa77as7dad8@host.example.org");
  EXPECT_EQ(target.local_tag, "kkaz");
  EXPECT_EQ(target.remote_tag, "6544");
  for (absl::string_view text : {"", "c", "c;local-tag=l", "c;remote-tag=r", "c;to-tag=l;from-tag=r"}) {
    EXPECT_FALSE(ParseTargetDialog(text, &target)) << text;
  }
}

TEST(ReplacesTest, WhatNoHeaderMayHoldIsMalformedAlsoInQuotes) {
  EXPECT_EQ(Read("c;to-tag=t;from-tag=f;x=\"a\tb\""), "c t f");
  for (const char c : {'\0', '\x01', '\x1F', '\x7F'}) {
    EXPECT_EQ(Read(absl::StrCat("c;to-tag=t;from-tag=f;x=\"", absl::string_view(&c, 1), "\"")), "malformed") << int{c};
  }
}

TEST(ReplacesTest, ItsLengthIsLimited) {
  const absl::string_view tags = ";to-tag=t;from-tag=f";
  EXPECT_NE(Read(absl::StrCat(std::string(kMostReplaces - tags.size(), 'c'), tags)), "malformed");
  EXPECT_EQ(Read(absl::StrCat(std::string(kMostReplaces - tags.size() + 1, 'c'), tags)), "malformed");
}

}  // namespace
}  // namespace understudy::sip
