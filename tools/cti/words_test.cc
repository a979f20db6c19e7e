// What users type, and what they see: words to messages, messages to text, and which call is meant.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/message_type.h"
#include "tlib/request_rules.h"
#include "tools/cti/call_choice.h"
#include "tools/cti/command_help.h"
#include "tools/cti/cti_command.h"
#include "tools/cti/message_text.h"
#include "tools/cti/message_words.h"

namespace understudy::tools {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using tlib::Attribute;
using tlib::ErrorCode;
using tlib::KeyValueList;
using tlib::Message;
using tlib::MessageType;
using tlib::PartyState;

using Words = std::vector<std::string>;

TEST(CtiCommand, WithoutItsOperandsNoCommandIsFitToBeDone) {
  for (const CtiCommand& command : CtiCommands()) {
    const bool needs_none = command.operands.empty();
    EXPECT_EQ(CheckOperands(command, {}, false).ok(), needs_none) << command.name;
    Words words = absl::StrSplit(command.example, ' ');
    words.erase(words.begin());
    EXPECT_TRUE(CheckOperands(command, words, false).ok()) << command.name;
  }
  EXPECT_TRUE(CheckOperands(**FindCtiCommand("watch"), {}, true).ok());
  EXPECT_FALSE(CheckOperands(**FindCtiCommand("register"), {}, true).ok());
}

TEST(CtiCommand, EachExampleIsARequestThatIsWellFormedOnceItsCallsAreKnown) {
  for (const CtiCommand& command : CtiCommands()) {
    SCOPED_TRACE(std::string(command.name));
    Words words = absl::StrSplit(command.example, ' ');
    ASSERT_EQ(words[0], command.name);
    words.erase(words.begin());
    if (command.make == nullptr) continue;
    absl::StatusOr<Message> request = MakeRequest(command, words);
    ASSERT_TRUE(request.ok()) << request.status();
    if (command.call != WantedCall::kNone) request->Set(Attribute::kConnID, 1);
    if (command.call == WantedCall::kTwo) request->Set(Attribute::kHeldConnID, 2);
    const absl::optional<tlib::Refusal> refusal = tlib::CheckRequest(*request);
    EXPECT_FALSE(refusal.has_value()) << refusal->text;
  }
}

TEST(CtiCommand, TooFewAndTooManyOperandsAreRefusedWithAnExample) {
  for (const CtiCommand& command : CtiCommands()) {
    if (command.make == nullptr) continue;
    SCOPED_TRACE(std::string(command.name));
    if (command.least > 0) {
      EXPECT_THAT(std::string(MakeRequest(command, Words(command.least - 1, "x=1")).status().message()),
                  HasSubstr(std::string(command.example)));
    }
    if (command.most > 0) {
      EXPECT_FALSE(MakeRequest(command, Words(command.most + 1, "x=1")).ok());
    }
  }
}

TEST(CtiCommand, HelpNamesEveryCommand) {
  for (const CtiCommand& command : CtiCommands()) {
    EXPECT_THAT(CommandList(), HasSubstr(std::string(command.name)));
    const std::string help = CommandHelp(command);
    EXPECT_THAT(help, HasSubstr(std::string(command.example)));
    EXPECT_THAT(help, HasSubstr("\nExit codes:\n  0  done\n"));
    EXPECT_THAT(help, HasSubstr("\nWhat to expect:\n  "));
    EXPECT_EQ(help.find("\nArguments:\n") == std::string::npos, command.operands.empty()) << command.name;
  }
}

TEST(CtiCommand, TheNearestIsOffered) {
  EXPECT_THAT(std::string(FindCtiCommand("make-cal").status().message()), HasSubstr("make-call"));
}

TEST(MessageWords, EachKindOfAttributeIsSet) {
  Message message(MessageType::kRequestMakeCall);
  const Words words = {"ThisDN=1001",        "ConnID=006c02462a161006", "CallType=Internal", "Timeout=5",
                       "UserData.case=4711", "UserData.priority:=3",    "ReferenceID=7"};
  ASSERT_TRUE(SetAttributes(words, &message).ok());
  EXPECT_EQ(message.Text(Attribute::kThisDN), "1001");
  EXPECT_EQ(message.Number(Attribute::kConnID), 0x006c02462a161006);
  EXPECT_EQ(message.Number(Attribute::kCallType), 1);
  EXPECT_EQ(message.Number(Attribute::kTimeout), 5);
  EXPECT_EQ(message.Number(Attribute::kReferenceID), 7);
  KeyValueList data;
  data.Append("case", "4711");
  data.Append("priority", 3);
  EXPECT_EQ(message.List(Attribute::kUserData), data);
}

TEST(MessageWords, WhatCannotBeIsRefusedWithWhatIsAllowed) {
  const struct {
    const char* word;
    const char* says;
  } kTable[] = {
      {"ThisDN", "name=text"},
      {"=1", "name=text"},
      {"ThisD=1", "is it ThisDN?"},
      {"Timeout=soon", "a number"},
      {"ConnID=xyz", "hexadecimal"},
      {"ConnID=00112233445566778", "hexadecimal"},
      {"CallType=Sideways", "allowed: Unknown, Internal, "},
      {"UserData=1", "UserData.key=text"},
      {"ThisDN.key=1", "is no list"},
      {"UserData.key:=x", "a number"},
  };
  for (const auto& row : kTable) {
    Message message(MessageType::kRequestMakeCall);
    const absl::Status set = SetAttributes(Words{row.word}, &message);
    EXPECT_EQ(set.code(), absl::StatusCode::kInvalidArgument) << row.word;
    EXPECT_THAT(std::string(set.message()), HasSubstr(row.says)) << row.word;
  }
}

TEST(MessageWords, MoreThanAnAttributeTakesIsRefused) {
  const Words words = {"key=" + std::string(tlib::MostOctets(Attribute::kUserData), 'x')};
  EXPECT_THAT(std::string(ParsePairs(words).status().message()), HasSubstr("allowed: "));
}

TEST(MessageWords, ARequestIsFoundWithAndWithoutItsFirstWord) {
  EXPECT_EQ(NamedRequest("MakeCall")->type(), MessageType::kRequestMakeCall);
  EXPECT_EQ(NamedRequest("RequestMakeCall")->type(), MessageType::kRequestMakeCall);
  EXPECT_THAT(std::string(NamedRequest("MakeCal").status().message()), HasSubstr("RequestMakeCall"));
  EXPECT_FALSE(NamedRequest("EventRinging").ok());
  EXPECT_THAT(RequestNames(), Contains("RequestMakeCall"));
  EXPECT_THAT(AttributeNames(), Contains("ThisDN"));
}

TEST(MessageText, ABlockHasALineAnAttributeInOneColumn) {
  Message event(MessageType::kEventDialing);
  KeyValueList data;
  data.Append("case", "4711");
  event.Set(Attribute::kConnID, 0x1a)
      .Set(Attribute::kCallType, 1)
      .Set(Attribute::kThisDN,
           "10\x1b"
           "01");
  event.Set(Attribute::kUserData, data).Set(Attribute::kTime, 1764259200123456);
  EXPECT_EQ(MessageBlock(event, 1),
            "EventDialing\n"
            "  ReferenceID            1\n"
            "  ConnID                 000000000000001a\n"
            "  CallType               Internal\n"
            "  ThisDN                 10\\x1b01\n"
            "  UserData               \n"
            "    case                 4711\n"
            "  Time                   2025-11-27T16:00:00.123Z\n");
}

TEST(MessageText, ALineBeginsWithTimeNameAndDn) {
  Message event(MessageType::kEventRinging);
  KeyValueList data;
  data.Append("case", "4711");
  event.Set(Attribute::kThisDN, "1002").Set(Attribute::kOtherDN, "1001").Set(Attribute::kTime, 1764259200123456);
  event.Set(Attribute::kUserData, data);
  EXPECT_EQ(MessageLine(event),
            "16:00:00.123  EventRinging               1002     OtherDN=1001 UserData={case=4711}\n");
}

TEST(MessageText, ANoticeNamesTheServerAndWhatHappened) {
  Message up(MessageType::kEventLinkConnected);
  up.Set(Attribute::kServerName, "sip-a").Set(Attribute::kServerRole, tlib::ServerRole::kBackup);
  EXPECT_EQ(NoticeText(up, "a:5070"), "EventLinkConnected a:5070 (sip-a, Backup)");
  Message down(MessageType::kEventLinkDisconnected);
  down.Set(Attribute::kErrorMessage, "connection refused");
  EXPECT_EQ(NoticeText(down, "a:5070"), "EventLinkDisconnected a:5070: connection refused");
}

TEST(CtiCommand, EveryArgumentOfACommandIsExplained) {
  for (const CtiCommand& command : CtiCommands()) {
    const std::string help = CommandHelp(command);
    const std::string words = absl::StrReplaceAll(command.operands, {{"...", ""}, {"[", ""}, {"]", ""}, {"|", " "}});
    for (absl::string_view word : absl::StrSplit(words, ' ', absl::SkipEmpty())) {
      EXPECT_THAT(help, HasSubstr(absl::StrCat("\n  ", word, " "))) << command.name;
    }
    const bool has_call = command.call != WantedCall::kNone;
    EXPECT_EQ(help.find("\n  --call ") != std::string::npos, has_call) << command.name;
  }
}

TEST(MessageText, ARefusalSaysOfWhichDn) {
  Message error(MessageType::kEventError);
  error.Set(Attribute::kErrorCode, ErrorCode::kUnknownDN).Set(Attribute::kErrorMessage, "ThisDN is not configured");
  error.Set(Attribute::kThisDN, "9999");
  EXPECT_THAT(RefusalText(error), HasSubstr("refused for 9999: UnknownDN: ThisDN is not configured\n"));
}

TEST(MessageText, ARefusalSaysWhatToDo) {
  Message error(MessageType::kEventError);
  error.Set(Attribute::kErrorCode, ErrorCode::kUnknownDN).Set(Attribute::kErrorMessage, "9 is not configured");
  EXPECT_THAT(RefusalText(error), HasSubstr("refused: UnknownDN: 9 is not configured\nwhat to do: add the DN"));
}

// ---- which call

CallOnDn Of(int64_t id, PartyState state) {
  return {id, state};
}

TEST(CallChoice, TheOnlyCallIsMeantWhateverItsState) {
  const auto chosen = ChooseCalls({Of(1, PartyState::kDialing)}, WantedCall::kHeld, "1001");
  EXPECT_EQ(*chosen, (ChosenCalls{1, absl::nullopt}));
}

TEST(CallChoice, OfSeveralTheOneWhoseStateFits) {
  const std::vector<CallOnDn> calls = {Of(1, PartyState::kHeld), Of(2, PartyState::kConnected),
                                       Of(3, PartyState::kAlerting)};
  const struct {
    WantedCall wanted;
    int64_t call;
  } kTable[] = {{WantedCall::kAlerting, 3}, {WantedCall::kTalking, 2}, {WantedCall::kHeld, 1}};
  for (const auto& row : kTable) EXPECT_EQ(ChooseCalls(calls, row.wanted, "1001")->call, row.call);
}

TEST(CallChoice, OfTwoCallsTheHeldOneAndTheOther) {
  const std::vector<CallOnDn> calls = {Of(1, PartyState::kHeld), Of(2, PartyState::kDialing)};
  EXPECT_EQ(*ChooseCalls(calls, WantedCall::kTwo, "1001"), (ChosenCalls{2, 1}));
}

TEST(CallChoice, WhenItIsNotClearTheCallsAreNamed) {
  const std::vector<CallOnDn> calls = {Of(1, PartyState::kConnected), Of(2, PartyState::kConnected)};
  const std::string said(ChooseCalls(calls, WantedCall::kTalking, "1001").status().message());
  EXPECT_THAT(said, HasSubstr("0000000000000001 (Connected), 0000000000000002 (Connected): say which with --call"));
  EXPECT_THAT(std::string(ChooseCalls({}, WantedCall::kAny, "1001").status().message()), HasSubstr("1001 has no call"));
}

}  // namespace
}  // namespace understudy::tools
