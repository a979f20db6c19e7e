#include "daemon/config/yaml_tree.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using ::testing::HasSubstr;

// The error of a text that must be refused.
std::string Refusal(absl::string_view text) {
  Diagnostics diagnostics("t");
  YamlTree tree;
  EXPECT_FALSE(tree.Parse(text, diagnostics));
  return std::string(diagnostics.ErrorStatus().message());
}

TEST(YamlTree, ValuesKeepTheirKindsAndPlaces) {
  Diagnostics diagnostics("t");
  YamlTree tree;
  ASSERT_TRUE(tree.Parse("a: 1\nb:\n  - \"x y\"\n  - {c: }\nd: []\n", diagnostics));
  const YamlNode& root = tree.root();
  ASSERT_EQ(root.members.size(), 3u);
  EXPECT_EQ(root.Find("a")->text, "1");
  EXPECT_EQ(root.Find("a")->place, (Place{1, 4}));
  EXPECT_EQ(root.members[1].place, (Place{2, 1}));
  const YamlNode& list = *root.Find("b");
  ASSERT_EQ(list.kind, YamlNode::Kind::kList);
  EXPECT_EQ(list.items[0].text, "x y");
  EXPECT_EQ(list.items[0].place, (Place{3, 5}));
  EXPECT_EQ(list.items[1].Find("c")->kind, YamlNode::Kind::kNothing);
  EXPECT_EQ(root.Find("d")->kind, YamlNode::Kind::kList);
  EXPECT_EQ(root.Find("e"), nullptr);
}

TEST(YamlTree, TextsStayTexts) {
  Diagnostics diagnostics("t");
  YamlTree tree;
  ASSERT_TRUE(tree.Parse("{a: 0800, b: yes, c: 1e3, d: \"\", e: ~}", diagnostics));
  EXPECT_EQ(tree.root().Find("a")->text, "0800");
  EXPECT_EQ(tree.root().Find("b")->text, "yes");
  EXPECT_EQ(tree.root().Find("c")->text, "1e3");
  EXPECT_EQ(tree.root().Find("d")->kind, YamlNode::Kind::kText);
  EXPECT_EQ(tree.root().Find("e")->kind, YamlNode::Kind::kNothing);
}

TEST(YamlTree, AnAliasBombIsRefusedAtItsFirstAlias) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'z'; ++c) {
    absl::StrAppend(&bomb, std::string(1, c), ": &", std::string(1, c), " [*", std::string(1, c - 1), ", *",
                    std::string(1, c - 1), "]\n");
  }
  EXPECT_THAT(Refusal(bomb), HasSubstr("t:2:8: aliases (*name) are not allowed"));
  EXPECT_THAT(Refusal("contact: *\n"),
              HasSubstr("not valid YAML: alias not found after *; a value that begins with * needs quotes: \"*\""));
  EXPECT_THAT(Refusal("contact: *name\n"), HasSubstr("; a value that begins with * needs quotes"));
}

TEST(YamlTree, DepthIsBounded) {
  EXPECT_THAT(Refusal(std::string(17, '[') + std::string(17, ']')), HasSubstr("t:1:17: nested deeper than 16 levels"));
  EXPECT_THAT(Refusal(std::string(1'000'000, '[')),
              testing::AnyOf(HasSubstr("nested deeper"), HasSubstr("a key is a list or a map")));
  EXPECT_THAT(Refusal(std::string(1'000'000, '{')), testing::AnyOf(HasSubstr("nested deeper"), HasSubstr("a key is")));
  std::string blocks;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&blocks, std::string(i, ' '), "a:\n");
  EXPECT_THAT(Refusal(blocks), HasSubstr("nested deeper than 16 levels"));
}

TEST(YamlTree, SizeIsBounded) {
  EXPECT_EQ(Refusal(std::string(YamlTree::kMaxBytes + 1, '#')),
            "t: the file has 8388609 bytes; allowed: up to 8388608");
}

TEST(YamlTree, TheNumberOfValuesIsBounded) {
  std::string text = "[";
  for (size_t i = 0; i <= YamlTree::kMaxValues; ++i) text += "x,";
  EXPECT_THAT(Refusal(text + "]"), HasSubstr("more than 1000000 values"));
}

TEST(YamlTree, KeysAreTextsAndDistinct) {
  EXPECT_THAT(Refusal("? [a]\n: b\n"), HasSubstr("a key is a list or a map; a key must be a text"));
  EXPECT_THAT(Refusal("{ : b}\n"), HasSubstr("a key is empty"));
  Diagnostics diagnostics("t");
  YamlTree tree;
  EXPECT_TRUE(tree.Parse("a: 1\nb: 2\na: 3\n", diagnostics));
  EXPECT_EQ(tree.root().Find("a")->text, "1");
  EXPECT_EQ(diagnostics.ErrorStatus().message(), "t:3:1: key \"a\" is given twice; first in line 1, column 1");
}

TEST(YamlTree, OneDocumentWithoutTagsIsAllowed) {
  EXPECT_THAT(Refusal("a: 1\n---\nb: 2\n"), HasSubstr("a second YAML document begins"));
  EXPECT_THAT(Refusal("a: !x 1\n"), HasSubstr("tags (!name) are not allowed"));
  EXPECT_THAT(Refusal("a: !x {}\n"), HasSubstr("tags (!name) are not allowed"));
  EXPECT_EQ(Refusal(""), "t: the file is empty");
  EXPECT_EQ(Refusal("# nothing\n"), "t: the file is empty");
}

TEST(YamlTree, RubbishIsRefusedWithoutACrash) {
  for (absl::string_view rubbish : {"\t",       "%",
                                    "@",        "`",
                                    "]",        "}",
                                    "[}",       "{]",
                                    ": :",      "- -\n -",
                                    "&",        "!",
                                    "|",        ">",
                                    "\"",       "'",
                                    "\"\\x\"",  "\"\\uD800\"",
                                    "a: b: c",  "--- ---",
                                    "...",      "%YAML 9.9\n---\na",
                                    "!!binary", "? ?"}) {
    Diagnostics diagnostics("t");
    YamlTree tree;
    bool usable = tree.Parse(rubbish, diagnostics);
    EXPECT_TRUE(usable || !diagnostics.ok()) << rubbish;
  }
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte.push_back(static_cast<char>(i));
  Diagnostics diagnostics("t");
  YamlTree tree;
  tree.Parse(every_byte, diagnostics);
}

}  // namespace
}  // namespace understudy::daemon
