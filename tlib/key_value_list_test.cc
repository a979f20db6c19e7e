#include "tlib/key_value_list.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace understudy::tlib {
namespace {

KeyValueList AbA() {
  KeyValueList list;
  list.Append("a", 1);
  list.Append("b", "two");
  list.Append("a", "three");
  return list;
}

TEST(KeyValueLists, AppendKeepsOrderAndKeysThatStandTwice) {
  const KeyValueList list = AbA();
  ASSERT_EQ(list.pairs().size(), 3u);
  EXPECT_EQ(std::get<int64_t>(list.pairs()[0].value), 1);
  EXPECT_EQ(std::get<std::string>(list.pairs()[2].value), "three");
}

TEST(KeyValueLists, FindGivesTheFirst) {
  const KeyValueList list = AbA();
  EXPECT_EQ(list.Find("a"), &list.pairs()[0]);
  EXPECT_EQ(list.Find("A"), nullptr);
  EXPECT_EQ(list.Text("b"), "two");
  EXPECT_EQ(list.Text("a"), "") << "a number is no text";
  EXPECT_EQ(list.Text("c"), "");
}

TEST(KeyValueLists, UpdateReplacesTheFirstAndTakesTheOthersAway) {
  KeyValueList list = AbA();
  list.Update({"a", std::string("new")});
  KeyValueList expected;
  expected.Append("a", "new");
  expected.Append("b", "two");
  EXPECT_EQ(list, expected);
  list.Update({"c", int64_t{3}});
  expected.Append("c", 3);
  EXPECT_EQ(list, expected);
}

TEST(KeyValueLists, EraseTakesAllOfAKey) {
  KeyValueList list = AbA();
  EXPECT_TRUE(list.Erase("a"));
  EXPECT_FALSE(list.Erase("a"));
  EXPECT_EQ(list.pairs().size(), 1u);
  list.Clear();
  EXPECT_TRUE(list.empty());
}

TEST(KeyValueLists, OrderAndKindsOfValuesCountForEquality) {
  KeyValueList ab;
  ab.Append("a", "1");
  ab.Append("b", "2");
  KeyValueList ba;
  ba.Append("b", "2");
  ba.Append("a", "1");
  EXPECT_FALSE(ab == ba);
  KeyValueList text;
  text.Append("a", "1");
  KeyValueList binary;
  binary.Append(KeyValuePair{"a", Binary{"1"}});
  EXPECT_FALSE(text == binary);
}

TEST(KeyValueLists, OctetsAndDepthCountListsInLists) {
  KeyValueList inner;
  inner.Append("key", "value");
  EXPECT_EQ(inner.octets(), kPairOctets + 8);
  EXPECT_EQ(inner.depth(), 1);
  KeyValueList outer;
  outer.Append("n", 1);
  outer.Append("list", std::move(inner));
  outer.Append(KeyValuePair{"b", Binary{"12345"}});
  EXPECT_EQ(outer.octets(), 4 * kPairOctets + 1 + 4 + 8 + 6);
  EXPECT_EQ(outer.depth(), 2);
  EXPECT_EQ(KeyValueList().octets(), 0u);
}

TEST(KeyValueLists, TextsBecomeUtf8) {
  KeyValueList list;
  list.Append("k\xff", absl::string_view("v\0", 2));
  EXPECT_EQ(list.pairs()[0].key, "k?");
  EXPECT_EQ(list.Text("k?"), "v?");
  list.Append(KeyValuePair{"p\xff", std::string("w\0", 2)});
  EXPECT_EQ(list.Text("p?"), "w?");
  list.Append(KeyValuePair{"b", Binary{std::string("\xff\0", 2)}});
  EXPECT_EQ(std::get<Binary>(list.Find("b")->value).octets, std::string("\xff\0", 2)) << "octets are no text";
}

TEST(KeyValueLists, TextsThatReplaceOthersBecomeUtf8) {
  KeyValueList list;
  list.Append("k\xff", 1);
  list.Update({"k\xff", std::string("v\xff")});
  list.Update({"new\xff", std::string("w\xff")});
  KeyValueList expected;
  expected.Append("k?", "v?");
  expected.Append("new?", "w?");
  EXPECT_EQ(list, expected);
}

}  // namespace
}  // namespace understudy::tlib
