#include "tlib/message_json.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/message_samples_testing.h"

namespace understudy::tlib {
namespace {

using ::testing::HasSubstr;

void ExpectRefused(absl::string_view json, absl::string_view why) {
  const absl::StatusOr<Message> message = FromJson(json);
  ASSERT_FALSE(message.ok()) << json;
  EXPECT_EQ(message.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(message.status().message()), HasSubstr(std::string(why))) << json;
}

void ExpectComesBack(const Message& message) {
  const std::string json = ToJson(message);
  const absl::StatusOr<Message> again = FromJson(json);
  ASSERT_TRUE(again.ok()) << json << ": " << again.status();
  EXPECT_EQ(*again, message) << json;
}

TEST(MessageJson, AnEventReadsAsTheReferenceNamesIt) {
  Message ringing(MessageType::kEventRinging);
  ringing.Set(Attribute::kConnID, 0x006c02462a161006).Set(Attribute::kThisDN, "1002");
  ringing.Set(Attribute::kCallType, CallType::kInbound).Set(Attribute::kThisDNRole, DNRole::kDestination);
  ringing.Set(Attribute::kTime, 1700000000000001);
  KeyValueList data;
  data.Append("customer", "M\xc3\xbcller");
  data.Append("tries", 2);
  ringing.Set(Attribute::kUserData, data);
  EXPECT_EQ(
      ToJson(ringing, 7),
      "{\"Event\":\"EventRinging\",\"ReferenceID\":7,\"ConnID\":\"006c02462a161006\",\"CallType\":\"Inbound\","
      "\"ThisDN\":\"1002\",\"ThisDNRole\":\"Destination\",\"UserData\":{\"customer\":\"M\xc3\xbcller\",\"tries\":2},"
      "\"Time\":1700000000000001}");
}

TEST(MessageJson, ListsThatAreNoObjectsAreArraysOfPairs) {
  Message message(MessageType::kRequestAttachUserData);
  KeyValueList twice;
  twice.Append("a", 1);
  twice.Append("a", "2");
  message.Set(Attribute::kUserData, twice);
  EXPECT_EQ(ToJson(message), "{\"Request\":\"RequestAttachUserData\",\"UserData\":[[\"a\",1],[\"a\",\"2\"]]}");
  ExpectComesBack(message);
}

TEST(MessageJson, BinaryAndAListThatLooksLikeItStayApart) {
  Message message(MessageType::kRequestAttachUserData);
  KeyValueList like_binary;
  like_binary.Append("base64", "AA==");
  KeyValueList data;
  data.Append("list", like_binary);
  data.Append(KeyValuePair{"binary", Binary{std::string("\0", 1)}});
  message.Set(Attribute::kUserData, data);
  EXPECT_THAT(ToJson(message), HasSubstr("{\"list\":[[\"base64\",\"AA==\"]],\"binary\":{\"base64\":\"AA==\"}}"));
  ExpectComesBack(message);
  ExpectComesBack(Message(MessageType::kRequestAttachUserData).Set(Attribute::kUserData, like_binary));
}

TEST(MessageJson, EveryMessageComesBack) {
  for (const Message& message : SampleMessages()) ExpectComesBack(message);
  ExpectComesBack(FullMessage(MessageType::kEventEstablished));
  ExpectComesBack(LargestMessage());
}

TEST(MessageJson, EveryOctetOfTextComesBack) {
  std::string text;
  for (char octet = 1; octet < 127; ++octet) text += octet;
  ExpectComesBack(Message(MessageType::kEventUserEvent).Set(Attribute::kOtherDN, text + "\x7f\xf0\x9f\x98\x80"));
}

TEST(MessageJson, EveryNameOfAnEnumerationComesBackAndOtherNumbersToo) {
  for (Attribute attribute : AllAttributes()) {
    if (KindOf(attribute) != AttributeKind::kEnum) continue;
    int64_t value = 0;
    for (; !EnumName(attribute, value).empty(); ++value) {
      ExpectComesBack(Message(MessageType::kEventPrivateInfo).Set(attribute, value));
    }
    ExpectComesBack(Message(MessageType::kEventPrivateInfo).Set(attribute, value));
    ExpectComesBack(Message(MessageType::kEventPrivateInfo).Set(attribute, -1));
  }
}

TEST(MessageJson, NumbersMayStandForNamesAndShortIdsForLongOnes) {
  const absl::StatusOr<Message> message = FromJson(R"({"ConnID":"1F","CallType":4,"Event":"EventRinging"})");
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->Number(Attribute::kConnID), 31);
  EXPECT_EQ(message->Number(Attribute::kCallType), 4);
}

TEST(MessageJson, WhatIsNoMessageIsRefusedWithItsPlace) {
  ExpectRefused("", "JSON, at octet 0");
  ExpectRefused("[]", "expected an object");
  ExpectRefused("{}", "expected \"Request\" or \"Event\"");
  ExpectRefused(R"({"Event":"EventNothing"})", "Event: no message has this name");
  ExpectRefused(R"({"Event":"RequestMakeCall"})", "Event: no message has this name");
  ExpectRefused(R"({"Request":14})", "Request: no message has this name");
  ExpectRefused(R"({"Event":"EventRinging","Event":"EventRinging"})", "Event: stands twice");
  ExpectRefused(R"({"Event":"EventRinging","Colour":1})", "Colour: no attribute has this name");
  ExpectRefused(R"({"Event":"EventRinging","ThisDN":"1","ThisDN":"1"})", "ThisDN: stands twice");
  ExpectRefused(R"({"Event":"EventRinging","ThisDN":1})", "ThisDN: expected a string");
  ExpectRefused(R"({"Event":"EventRinging","ThisDN":null})", "ThisDN: expected a string");
  ExpectRefused(R"({"Event":"EventRinging","CallID":"1"})", "CallID: expected a number");
  ExpectRefused(R"({"Event":"EventRinging","CallID":true})", "CallID: expected a number");
  ExpectRefused(R"({"Event":"EventRinging","ConnID":1})", "ConnID: expected a string");
  ExpectRefused(R"({"Event":"EventRinging","ConnID":"1g"})", "ConnID: expected 1 to 16 hexadecimal digits");
  ExpectRefused(R"({"Event":"EventRinging","ConnID":"00000000000000001"})", "ConnID: expected 1 to 16");
  ExpectRefused(R"({"Event":"EventRinging","CallType":"Fax"})", "CallType: has no value \"Fax\"");
  ExpectRefused(R"({"Event":"EventRinging","UserData":"a"})", "UserData: expected a list");
  ExpectRefused(R"({"Event":"EventRinging","UserData":1})", "UserData: expected a number, a string or a list");
  ExpectRefused(R"({"Event":"EventRinging","UserData":{"a":null}})", "UserData: expected a number, a string or a list");
  ExpectRefused(R"({"Event":"EventRinging","UserData":[["a"]]})", "UserData: expected [\"key\", value]");
  ExpectRefused(R"({"Event":"EventRinging","UserData":[[1,2]]})", "UserData: expected [\"key\", value]");
  ExpectRefused(R"({"Event":"EventRinging","UserData":{"a":{"base64":"*"}}})", "UserData: base64 that is none");
}

TEST(MessageJson, WhatIsBeyondALimitIsRefused) {
  ExpectRefused(absl::StrCat(R"({"Event":"EventRinging","ThisDN":")", std::string(256, '1'), "\"}"),
                "ThisDN: more than 255 octets");
  ExpectRefused(absl::StrCat(R"({"Event":"EventRinging","Reasons":{"a":")", std::string(2048, '1'), "\"}}"),
                "Reasons: more than 2048 octets");
  ExpectRefused(R"({"Event":"EventRinging","Reasons":{"1":{"2":{"3":{"4":{"5":{"6":{"7":{"8":{"9":1}}}}}}}}}})",
                "Reasons: more than 8 lists in each other");
}

}  // namespace
}  // namespace understudy::tlib
