#include "daemon/cti/frame_json.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/config/option_table.h"
#include "daemon/cti/client_limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/message_codec.h"
#include "tlib/message_samples_testing.h"
#include "tlib/message_type.h"

namespace understudy::daemon {
namespace {

using testing::HasSubstr;
using tlib::Attribute;
using tlib::Message;
using tlib::MessageType;

// Of an event's message in octets, however it is made; escapes of one octet are six.
constexpr size_t kMostGrowth = 6;
constexpr size_t kMostAround = 128;

size_t JsonOctets(const Message& message) {
  constexpr uint64_t kMostNumber = ~uint64_t{0};
  constexpr int64_t kLongest = std::numeric_limits<int64_t>::min();
  return FrameToJson(tlib::EventFrame{kMostNumber, kLongest, tlib::EncodeMessage(message)}).size();
}

std::vector<tlib::Frame> OneOfEach() {
  tlib::Hello hello;
  hello.application = "crm \"north\"";
  hello.password = "open";
  hello.addp_milliseconds = 5000;
  tlib::Welcome welcome;
  welcome.server = "sip-a";
  welcome.program = "understudyd 1";
  welcome.role = tlib::ServerRole::kBackup;
  welcome.session_timeout_milliseconds = 60000;
  const Message request = Message(MessageType::kRequestRegisterAddress).Set(Attribute::kThisDN, "1001");
  const Message event = Message(MessageType::kEventRinging).Set(Attribute::kConnID, int64_t{-2});
  return {hello,
          welcome,
          tlib::Attach{~uint64_t{0}, 2, 3},
          tlib::Attached{uint64_t{1} << 63, 2, 3},
          tlib::RequestFrame{7, request},
          tlib::EventFrame{8, 9, tlib::EncodeMessage(event)},
          tlib::EventFrame{0, absl::nullopt, tlib::EncodeMessage(event)},
          tlib::Acknowledge{10},
          tlib::Ping{},
          tlib::Pong{},
          tlib::Role{tlib::ServerRole::kPrimary},
          tlib::Goodbye{tlib::ErrorCode::kSlowClient, "read faster"}};
}

std::string Hello(const std::string& application, const std::string& password) {
  return absl::StrCat(R"({"Frame":"Hello","Application":")", application, R"(","Password":")", password, "\"}");
}

TEST(FrameJsonTest, EveryFrameIsReadBack) {
  for (const tlib::Frame& frame : OneOfEach()) {
    const std::string text = FrameToJson(frame);
    EXPECT_THAT(text, testing::Not(HasSubstr("\n")));
    const absl::StatusOr<tlib::Frame> back = FrameFromJson(text);
    ASSERT_TRUE(back.ok()) << text << back.status();
    EXPECT_TRUE(*back == frame) << text;
  }
}

TEST(FrameJsonTest, TextsAreThoseOfTheHeader) {
  EXPECT_EQ(FrameToJson(tlib::Attach{0xabc, 0, 4}),
            R"({"Frame":"Attach","Session":"0000000000000abc","Token":"0000000000000000","SeenEvent":4})");
  const Message request = Message(MessageType::kRequestRegisterAddress)
                              .Set(Attribute::kReferenceID, int64_t{1})
                              .Set(Attribute::kThisDN, "1001");
  EXPECT_THAT(FrameToJson(tlib::RequestFrame{1, request}),
              testing::StartsWith(R"({"Frame":"Request","Number":1,"Message":{"Request":"RequestRegisterAddress",)"));
  EXPECT_EQ(FrameToJson(tlib::Goodbye{tlib::ErrorCode::kSlowClient, "x"}),
            R"({"Frame":"Goodbye","Code":"SlowClient","Text":"x"})");
}

TEST(FrameJsonTest, WhatIsLeftOutHasItsUsualValue) {
  const tlib::Frame hello = *FrameFromJson(R"({"Frame":"Hello","Application":"crm"})");
  EXPECT_EQ(std::get<tlib::Hello>(hello).version, tlib::kProtocolVersion);
  EXPECT_EQ(std::get<tlib::Attach>(*FrameFromJson(R"({"Frame":"Attach"})")), tlib::Attach{});
  EXPECT_EQ(std::get<tlib::Goodbye>(*FrameFromJson(R"({"Frame":"Goodbye"})")), tlib::Goodbye{});
}

TEST(FrameJsonTest, WhatIsNoFrameSaysWhy) {
  const std::pair<std::string, std::string> wrong[] = {
      {"", "JSON, at octet"},
      {"{", "JSON, at octet"},
      {R"({"Frame":"Ping"} {})", "something behind the end"},
      {std::string(1000, '['), "brackets in each other"},
      {"[]", "no object"},
      {"{}", "no object"},
      {R"({"Frame":5})", "no object"},
      {R"({"Frame":"Pint"})", "an unknown Frame"},
      {R"({"Frame":"Ping","Now":true})", "an unknown one"},
      {R"({"Frame":"Ping","Frame":"Ping"})", "a member twice"},
      {R"({"Frame":"Acknowledge","Number":1,"Number":2})", "a member twice"},
      {R"({"Frame":"Request","Message":{"Request":"RequestQueryAddress","ThisDN":"1","ThisDN":"2"}})", "stands twice"},
      {R"({"Frame":"Hello","Application":5})", "Application is not a text"},
      {R"({"Frame":"Hello"})", "Application is not the name of an application"},
      {R"({"Frame":"Hello","Application":""})", "Application is not the name of an application"},
      {R"({"Frame":"Hello","Application":"crm\u0000"})", "JSON, at octet"},
      {R"({"Frame":"Hello","Application":"crm","Password":"\u0000"})", "JSON, at octet"},
      {Hello(std::string(256, 'a'), "open"), "Application is not a text of at most 255 octets"},
      {Hello("crm", std::string(256, 'p')), "Password is not a text of at most 255 octets"},
      {absl::StrCat(R"({"Frame":"Goodbye","Text":")", std::string(1025, 't'), "\"}"), "Text is not a text of at most"},
      {R"({"Frame":"Hello","Version":-1})", "Version is not a number"},
      {R"({"Frame":"Hello","Version":4294967296})", "Version is not a number"},
      {R"({"Frame":"Acknowledge","Number":1.5})", "JSON, at octet"},
      {R"({"Frame":"Acknowledge","Number":"1"})", "Number is not a number"},
      {R"({"Frame":"Attach","Session":"00000000000000001"})", "16 hexadecimal"},
      {R"({"Frame":"Attach","Token":"xyz"})", "16 hexadecimal"},
      {R"({"Frame":"Goodbye","Code":"Enough"})", "a name of the reference"},
      {R"({"Frame":"Request","Number":1})", "Message is not there"},
      {R"({"Frame":"Request","Number":1,"Message":{"Request":"RequestNothing"}})", "no message has this name"},
  };
  for (const auto& [text, why] : wrong) {
    const absl::Status status = FrameFromJson(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(why)) << text;
  }
}

TEST(FrameJsonTest, PairsOfOneKeyAreAllThere) {
  const tlib::Frame frame = *FrameFromJson(
      R"({"Frame":"Request","Number":1,"Message":{"Request":"RequestAttachUserData","UserData":{"k":1,"k":2}}})");
  EXPECT_EQ(std::get<tlib::RequestFrame>(frame).message.List(Attribute::kUserData).pairs().size(), 2u);
}

TEST(FrameJsonTest, TextsHaveTheLimitsOfTheOtherFraming) {
  EXPECT_TRUE(FrameFromJson(Hello(std::string(255, 'a'), std::string(255, 'p'))).ok());
  const std::string said = FrameToJson(tlib::Goodbye{tlib::ErrorCode::kSlowClient, std::string(5000, 't') + "\xff"});
  EXPECT_EQ(std::get<tlib::Goodbye>(*FrameFromJson(said)).text, std::string(1024, 't'));
  const std::string none = FrameToJson(tlib::Goodbye{tlib::ErrorCode::kSlowClient, std::string("a\0\xff", 3)});
  EXPECT_EQ(std::get<tlib::Goodbye>(*FrameFromJson(none)).text, "a??");
}

TEST(FrameJsonTest, TextsThatAreTooLongAreNotRead) {
  const std::string text = absl::StrCat(R"({"Frame":"Hello","Application":")", std::string(kMostFrameText, 'a'), "\"}");
  EXPECT_EQ(FrameFromJson(text).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(FrameJsonTest, AnEventGrowsBySixTimesAtMost) {
  std::vector<Message> messages = tlib::SampleMessages();
  messages.push_back(tlib::LargestMessage());
  Message escaped(MessageType::kEventUserEvent);
  escaped.Set(Attribute::kErrorMessage, std::string(1024, '\x01')).Set(Attribute::kThisDN, std::string(255, '\x1f'));
  tlib::KeyValueList data;
  for (size_t i = 0; i < 10; ++i) data.Append(std::string(i + 1, '\x02'), std::string(200, '\x03'));
  messages.push_back(escaped.Set(Attribute::kUserData, data));
  for (const Message& message : messages) {
    EXPECT_LE(JsonOctets(message), kMostGrowth * tlib::EncodeMessage(message).size() + kMostAround)
        << tlib::MessageTypeName(message.type());
  }
}

TEST(FrameJsonTest, TheFullestSessionFitsIntoOneLink) {
  const OptionRow* octets = FindOption("TServer", "client-queue-bytes");
  const OptionRow* events = FindOption("TServer", "client-queue-events");
  ASSERT_NE(octets, nullptr);
  ASSERT_NE(events, nullptr);
  const size_t most =
      kMostGrowth * static_cast<size_t>(octets->rule.max) + kMostAround * static_cast<size_t>(events->rule.max);
  EXPECT_LE(most, ClientLimits().most_queued_octets);
}

}  // namespace
}  // namespace understudy::daemon
