#include "tlib/message.h"

#include <string>

#include "gtest/gtest.h"

namespace understudy::tlib {
namespace {

TEST(Messages, AttributesStandByNumberWhateverTheOrderOfSetting) {
  Message one(MessageType::kRequestMakeCall);
  one.Set(Attribute::kOtherDN, "1002").Set(Attribute::kThisDN, "1001");
  Message other(MessageType::kRequestMakeCall);
  other.Set(Attribute::kThisDN, "1001").Set(Attribute::kOtherDN, "1002");
  EXPECT_EQ(one, other);
  ASSERT_EQ(one.attributes().size(), 2u);
  EXPECT_EQ(one.attributes()[0].first, Attribute::kThisDN);
}

TEST(Messages, SetReplacesAndEraseTakesAway) {
  Message message(MessageType::kEventRinging);
  message.Set(Attribute::kCallType, CallType::kInbound).Set(Attribute::kCallType, CallType::kConsult);
  EXPECT_EQ(message.attributes().size(), 1u);
  EXPECT_EQ(message.Number(Attribute::kCallType), 4);
  message.Erase(Attribute::kCallType);
  message.Erase(Attribute::kCallType);
  EXPECT_FALSE(message.Has(Attribute::kCallType));
}

TEST(Messages, WhatIsNotThereIsEmpty) {
  const Message message(MessageType::kEventRinging);
  EXPECT_EQ(message.Number(Attribute::kCallID), 0);
  EXPECT_EQ(message.Number(Attribute::kCallID, -1), -1);
  EXPECT_EQ(message.Text(Attribute::kThisDN), "");
  EXPECT_TRUE(message.List(Attribute::kUserData).empty());
}

TEST(Messages, ATextThatIsNoneBecomesOneAndIsCut) {
  Message message(MessageType::kEventRinging);
  message.Set(Attribute::kANI, absl::string_view("1\0\xff", 3));
  EXPECT_EQ(message.Text(Attribute::kANI), "1??");
  message.Set(Attribute::kANI, std::string(MostOctets(Attribute::kANI) + 1, '1'));
  EXPECT_EQ(message.Text(Attribute::kANI).size(), MostOctets(Attribute::kANI));
}

TEST(Messages, NumbersOfEveryTypeOfCxxAreTaken) {
  Message message(MessageType::kEventRinging);
  message.Set(Attribute::kConnID, ~uint64_t{0}).Set(Attribute::kCallID, 0).Set(Attribute::kPartyID, uint16_t{7});
  EXPECT_EQ(message.Number(Attribute::kConnID), -1);
  EXPECT_EQ(message.Number(Attribute::kPartyID), 7);
}

TEST(MessagesDeathTest, AValueOfTheWrongKindIsOurMistake) {
  Message message(MessageType::kEventRinging);
  EXPECT_DEATH(message.Set(Attribute::kThisDN, 1), "check failed");
  EXPECT_DEATH(message.Set(Attribute::kCallID, "1"), "check failed");
  EXPECT_DEATH(message.Set(Attribute::kCallID, KeyValueList()), "check failed");
  EXPECT_DEATH(message.Text(Attribute::kCallID), "check failed");
}

TEST(MessagesDeathTest, AListBeyondItsLimitIsOurMistake) {
  Message message(MessageType::kEventRinging);
  KeyValueList list;
  list.Append("key", std::string(MostOctets(Attribute::kReasons), 'x'));
  EXPECT_DEATH(message.Set(Attribute::kReasons, list), "check failed");
}

}  // namespace
}  // namespace understudy::tlib
