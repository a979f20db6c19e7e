// A client's session against servers whose every word is in the test.
#include "tlib/client_session.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/message_codec.h"
#include "tlib/message_type.h"

namespace understudy::tlib {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr int kA = 0;
constexpr int kB = 1;

std::string NameOf(int server) {
  return server == kA ? "A" : "B";
}

// An output as a line of a transcript.
struct Line {
  std::string operator()(const ClientConnect& connect) const {
    return absl::StrCat("connect ", NameOf(connect.server));
  }
  std::string operator()(const ClientClose& close) const { return absl::StrCat("close ", NameOf(close.server)); }
  std::string operator()(const ClientSend& send) const {
    return absl::StrCat(NameOf(send.server), " < ",
                        std::visit([](const auto& frame) { return Text(frame); }, send.frame));
  }
  std::string operator()(const ClientEvent& event) const {
    const auto code = static_cast<ErrorCode>(event.message.Number(Attribute::kErrorCode));
    return absl::StrCat(event.local ? "local " : "event ", MessageTypeName(event.message.type()),
                        event.request != 0 ? absl::StrCat(" of ", event.request) : "",
                        event.reference_id.has_value() ? absl::StrCat(" reference ", *event.reference_id) : "",
                        code != ErrorCode::kNone ? absl::StrCat(" code ", static_cast<int>(code)) : "");
  }

  static std::string Text(const Hello& hello) {
    return absl::StrCat("Hello ", hello.application, " addp ", hello.addp_milliseconds);
  }
  static std::string Text(const Attach& attach) {
    return absl::StrCat("Attach ", attach.session, " token ", attach.token, " seen ", attach.seen_event);
  }
  static std::string Text(const RequestFrame& request) {
    return absl::StrCat("Request ", request.number, " ", MessageTypeName(request.message.type()), " ",
                        request.message.Text(Attribute::kThisDN));
  }
  static std::string Text(const Acknowledge& acknowledge) { return absl::StrCat("Acknowledge ", acknowledge.number); }
  static std::string Text(const Ping&) { return "Ping"; }
  static std::string Text(const Pong&) { return "Pong"; }
  static std::string Text(const Goodbye& goodbye) { return absl::StrCat("Goodbye ", static_cast<int>(goodbye.code)); }
  template <class Other>
  static std::string Text(const Other&) {
    return "a server's frame";
  }
};

class ClientSessionTest : public testing::Test {
 protected:
  ClientSessionTest() {
    options_.application = "desk";
    options_.servers = 2;
    options_.times.silence = Duration();
  }

  ClientSession& session() {
    if (session_ == nullptr) session_ = std::make_unique<ClientSession>(options_);
    return *session_;
  }

  std::vector<std::string> Out() {
    std::vector<std::string> lines;
    for (const ClientOutput& output : session().TakeOutputs()) {
      if (const auto* event = std::get_if<ClientEvent>(&output)) last_event_ = *event;
      if (const auto* send = std::get_if<ClientSend>(&output)) {
        if (const auto* request = std::get_if<RequestFrame>(&send->frame)) last_request_ = *request;
      }
      lines.push_back(std::visit(Line(), output));
    }
    return lines;
  }

  void Open(int server, ServerRole role) {
    session().OnOpened(server, now_);
    Welcome welcome;
    welcome.server = absl::StrCat("sip-", server == kA ? "a" : "b");
    welcome.role = role;
    welcome.request_window = window_;
    welcome.addp_milliseconds = addp_;
    session().OnFrame(server, welcome, now_);
  }

  // Linked to both, attached to A.
  void Attach() {
    session().Start(now_);
    Open(kA, ServerRole::kPrimary);
    if (options_.servers == 2) Open(kB, ServerRole::kBackup);
    Say(kA, Attached{7, 77, 0});
    Out();
  }

  void Reset() { session_ = nullptr; }

  // A says that there is no such session, and is linked to anew.
  void LoseSession() {
    Say(kA, Role{ServerRole::kPrimary});
    Say(kA, Goodbye{ErrorCode::kUnknownSession, "no such session"});
    session().OnAlarm(now_);
    Open(kA, ServerRole::kPrimary);
  }

  void Say(int server, const Frame& frame) { session().OnFrame(server, frame, now_); }

  // What the server says of a request that it has seen as `sent`.
  void Event(int server, uint64_t number, MessageType type, absl::optional<int64_t> reference_id = absl::nullopt) {
    EventFrame frame;
    frame.number = number;
    frame.reference_id = reference_id;
    frame.message = EncodeMessage(Message(type));
    Say(server, frame);
  }

  // Returns the ReferenceID that the server sees.
  int64_t Ask(MessageType type, const char* dn, absl::optional<int64_t> reference_id = absl::nullopt) {
    Message request(type);
    request.Set(Attribute::kThisDN, dn);
    if (reference_id.has_value()) request.Set(Attribute::kReferenceID, *reference_id);
    return static_cast<int64_t>(session().Request(request, now_));
  }

  void Wait(Duration time) {
    now_ = now_ + time;
    session().OnAlarm(now_);
  }

  ClientSession::Options options_;
  uint32_t window_ = kRequestWindow;
  uint32_t addp_ = 0;
  ClientTime now_ = ClientTime::FromNanoseconds(1'000'000'000);
  ClientEvent last_event_;
  RequestFrame last_request_;

 private:
  std::unique_ptr<ClientSession> session_;
};

TEST_F(ClientSessionTest, SaysHelloOnBothLinksAndAttachesWhereThePrimaryIs) {
  session().Start(now_);
  EXPECT_THAT(Out(), ElementsAre("connect A", "connect B"));
  Open(kA, ServerRole::kBackup);
  EXPECT_THAT(Out(), ElementsAre("A < Hello desk addp 0", "local EventLinkConnected"));
  Open(kB, ServerRole::kPrimary);
  EXPECT_THAT(Out(), ElementsAre("B < Hello desk addp 0", "local EventLinkConnected", "B < Attach 0 token 0 seen 0"));
  Say(kB, Attached{7, 77, 0});
  EXPECT_THAT(Out(), ElementsAre("local EventServerConnected"));
  EXPECT_TRUE(session().is_attached());
}

TEST_F(ClientSessionTest, OneServerIsEnough) {
  options_.servers = 1;
  session().Start(now_);
  Open(kA, ServerRole::kPrimary);
  EXPECT_THAT(Out(), ElementsAre("connect A", "A < Hello desk addp 0", "local EventLinkConnected",
                                 "A < Attach 0 token 0 seen 0"));
}

TEST_F(ClientSessionTest, RequestsAreNumberedAndWaitForASession) {
  session().Start(now_);
  Ask(MessageType::kRequestRegisterAddress, "1001");
  Ask(MessageType::kRequestRegisterAddress, "1002");
  Open(kA, ServerRole::kPrimary);
  Out();
  Say(kA, Attached{7, 77, 0});
  EXPECT_THAT(Out(), ElementsAre("local EventServerConnected", "A < Request 1 RequestRegisterAddress 1001",
                                 "A < Request 2 RequestRegisterAddress 1002"));
}

TEST_F(ClientSessionTest, AnOutcomeHasTheApplicationsReferenceWhichMayRepeat) {
  Attach();
  const int64_t first = Ask(MessageType::kRequestMakeCall, "1001", 5);
  const int64_t second = Ask(MessageType::kRequestMakeCall, "1002", 5);
  const int64_t third = Ask(MessageType::kRequestMakeCall, "1003");
  Out();
  Event(kA, 1, MessageType::kEventDialing, second);
  Event(kA, 2, MessageType::kEventError, third);
  Event(kA, 3, MessageType::kEventDialing, first);
  EXPECT_THAT(Out(), ElementsAre(absl::StrCat("event EventDialing of ", second, " reference 5"),
                                 absl::StrCat("event EventError of ", third),
                                 absl::StrCat("event EventDialing of ", first, " reference 5")));
  EXPECT_EQ(session().pending_requests(), 0u);
}

TEST_F(ClientSessionTest, ARequestHasOneOutcome) {
  Attach();
  const int64_t request = Ask(MessageType::kRequestAlternateCall, "1001", 5);
  Out();
  Event(kA, 1, MessageType::kEventHeld, request);
  Event(kA, 2, MessageType::kEventRetrieved, request);
  EXPECT_THAT(Out(), ElementsAre(absl::StrCat("event EventHeld of ", request, " reference 5"), "event EventRetrieved"));
}

TEST_F(ClientSessionTest, EventsAreAcknowledgedATenthOfASecondAfterTheFirst) {
  Attach();
  Event(kA, 1, MessageType::kEventRinging);
  Wait(Duration::Milliseconds(60));
  Event(kA, 2, MessageType::kEventRinging);
  EXPECT_THAT(Out(), Each(StartsWith("event")));
  Wait(Duration::Milliseconds(40));
  EXPECT_THAT(Out(), ElementsAre("A < Acknowledge 2"));
  Wait(Duration::Seconds(10));
  EXPECT_THAT(Out(), IsEmpty());
}

TEST_F(ClientSessionTest, AFullHandOfEventsIsAcknowledgedAtOnce) {
  Attach();
  for (uint64_t number = 1; number <= kAcknowledgeEvery; ++number) Event(kA, number, MessageType::kEventRinging);
  EXPECT_EQ(Out().back(), absl::StrCat("A < Acknowledge ", kAcknowledgeEvery));
  EXPECT_FALSE(session().alarm().has_value());
}

TEST_F(ClientSessionTest, AfterTheLossOfThePrimaryTheSessionGoesOnWithTheOther) {
  Attach();
  Event(kA, 1, MessageType::kEventRinging);
  const int64_t applied = Ask(MessageType::kRequestAnswerCall, "1001");
  Ask(MessageType::kRequestHoldCall, "1001");
  Out();
  session().OnLost(kA, "reset", now_);
  EXPECT_THAT(Out(), ElementsAre("local EventLinkDisconnected"));
  Say(kB, Role{ServerRole::kPrimary});
  EXPECT_THAT(Out(), ElementsAre("B < Attach 7 token 77 seen 1"));
  Say(kB, Attached{7, 77, 1});
  EXPECT_THAT(Out(), ElementsAre("local EventPrimaryChanged", "local EventRestoreConnection",
                                 "B < Request 2 RequestHoldCall 1001"));
  Event(kB, 2, MessageType::kEventEstablished, applied);
  EXPECT_THAT(Out(), ElementsAre(absl::StrCat("event EventEstablished of ", applied)));
}

TEST_F(ClientSessionTest, TheOldPrimarysEventsCountUntilTheNewOneHasAnswered) {
  Attach();
  Say(kB, Role{ServerRole::kPrimary});
  Event(kA, 1, MessageType::kEventRinging);
  EXPECT_THAT(Out(), ElementsAre("B < Attach 7 token 77 seen 0", "event EventRinging"));
  Say(kB, Attached{7, 77, 0});
  Out();
  Event(kA, 2, MessageType::kEventEstablished);
  Event(kB, 1, MessageType::kEventRinging);
  EXPECT_THAT(Out(), IsEmpty());
  Event(kB, 2, MessageType::kEventEstablished);
  EXPECT_THAT(Out(), ElementsAre("event EventEstablished"));
}

TEST_F(ClientSessionTest, AServerThatBecomesThePrimaryAnewIsAttachedToAnew) {
  Attach();
  Say(kA, Role{ServerRole::kPrimary});
  EXPECT_THAT(Out(), ElementsAre("A < Attach 7 token 77 seen 0"));
  Say(kA, Attached{7, 77, 0});
  EXPECT_THAT(Out(), ElementsAre("local EventRestoreConnection"));
}

TEST_F(ClientSessionTest, APretenderThatDoesNotAnswerCostsTheSessionNothing) {
  Attach();
  Say(kB, Role{ServerRole::kPrimary});
  Wait(options_.times.opening);
  EXPECT_THAT(Out(), ElementsAre("B < Attach 7 token 77 seen 0", "close B", "local EventLinkDisconnected code 15"));
  EXPECT_TRUE(session().is_attached());
  Event(kA, 1, MessageType::kEventRinging);
  EXPECT_THAT(Out(), ElementsAre("event EventRinging"));
}

TEST_F(ClientSessionTest, WhoComesBackToAServerThatStillHasTheSessionComesOverANewLink) {
  Attach();
  Say(kB, Role{ServerRole::kPrimary});
  Say(kB, Attached{7, 77, 0});
  Out();
  session().OnLost(kB, "gone", now_);
  const std::vector<std::string> out = Out();
  EXPECT_THAT(out, Contains("close A"));
  EXPECT_THAT(out, Not(Contains(StartsWith("A < Attach"))));
  session().OnAlarm(now_);
  EXPECT_THAT(Out(), Contains("connect A"));
  Open(kA, ServerRole::kPrimary);
  EXPECT_THAT(Out(), Contains("A < Attach 7 token 77 seen 0"));
}

TEST_F(ClientSessionTest, TwoAddressesOfOneServerAreNotTwoPrimaries) {
  Attach();
  session().OnLost(kB, "reset", now_);
  Wait(Duration::Milliseconds(100));
  session().OnOpened(kB, now_);
  Welcome same;
  same.server = "sip-a";
  same.role = ServerRole::kPrimary;
  Out();
  Say(kB, same);
  EXPECT_THAT(Out(), ElementsAre("local EventLinkConnected"));
}

TEST_F(ClientSessionTest, AnEventThatCameBeforeIsDroppedAfterResumption) {
  Attach();
  Event(kA, 1, MessageType::kEventRinging);
  Event(kA, 2, MessageType::kEventEstablished);
  session().OnLost(kA, "reset", now_);
  Say(kB, Role{ServerRole::kPrimary});
  Say(kB, Attached{7, 77, 0});
  Out();
  Event(kB, 2, MessageType::kEventEstablished);
  Event(kB, 3, MessageType::kEventReleased);
  EXPECT_THAT(Out(), ElementsAre("event EventReleased"));
}

TEST_F(ClientSessionTest, AGapAndARegressEndTheLinkAndNothingOfThemIsDelivered) {
  for (const uint64_t wrong : {2, 4}) {
    Attach();
    Event(kA, 1, MessageType::kEventRinging);
    Event(kA, 2, MessageType::kEventEstablished);
    Out();
    Event(kA, wrong, MessageType::kEventReleased);
    EXPECT_THAT(Out(), ElementsAre("close A", "local EventLinkDisconnected code 26"));
    EXPECT_FALSE(session().is_attached());
    Wait(Duration::Milliseconds(100));
    Open(kA, ServerRole::kPrimary);
    EXPECT_EQ(Out().back(), "A < Attach 7 token 77 seen 2");
    session().Close(now_);
    Reset();
  }
}

TEST_F(ClientSessionTest, NoMoreRequestsAreUnderWayThanTheWindowLets) {
  window_ = 2;
  Attach();
  const int64_t first = Ask(MessageType::kRequestQueryAddress, "1001");
  Ask(MessageType::kRequestQueryAddress, "1002");
  Ask(MessageType::kRequestQueryAddress, "1003");
  EXPECT_THAT(Out(), ElementsAre("A < Request 1 RequestQueryAddress 1001", "A < Request 2 RequestQueryAddress 1002"));
  Event(kA, 1, MessageType::kEventAddressInfo, first);
  EXPECT_THAT(Out(), Contains("A < Request 3 RequestQueryAddress 1003"));
}

TEST_F(ClientSessionTest, ALostSessionFailsWhatWasUnderWayAndAsksForTheRegistrationsAgain) {
  Attach();
  const int64_t registered = Ask(MessageType::kRequestRegisterAddress, "1001", 9);
  const int64_t mask = Ask(MessageType::kRequestSetInputMask, "");
  const int64_t refused = Ask(MessageType::kRequestRegisterAddress, "1002");
  Event(kA, 1, MessageType::kEventRegistered, registered);
  Event(kA, 2, MessageType::kEventACK, mask);
  Event(kA, 3, MessageType::kEventError, refused);
  const int64_t under_way = Ask(MessageType::kRequestMakeCall, "1001", 5);
  session().OnLost(kA, "reset", now_);
  Ask(MessageType::kRequestQueryAddress, "1001");
  Say(kB, Role{ServerRole::kPrimary});
  Out();
  Say(kB, Goodbye{ErrorCode::kUnknownSession, "no such session"});
  EXPECT_THAT(Out(), ElementsAre("local EventServerDisconnected code 23",
                                 absl::StrCat("local EventError of ", under_way, " reference 5 code 23"), "close B",
                                 "local EventLinkDisconnected code 23"));
  EXPECT_THAT(std::string(last_event_.message.Text(Attribute::kErrorMessage)), HasSubstr("no such session"));
  session().OnAlarm(now_);
  Open(kB, ServerRole::kPrimary);
  EXPECT_EQ(Out().back(), "B < Attach 0 token 0 seen 0");
  Say(kB, Attached{8, 88, 0});
  EXPECT_THAT(Out(),
              ElementsAre("local EventServerConnected", "B < Request 1 RequestSetInputMask ",
                          "B < Request 2 RequestRegisterAddress 1001", "B < Request 3 RequestQueryAddress 1001"));
}

TEST_F(ClientSessionTest, ARegistrationThatIsRefusedInTheNewSessionIsToldAndNotAskedForAgain) {
  Attach();
  Event(kA, 1, MessageType::kEventRegistered, Ask(MessageType::kRequestRegisterAddress, "1001", 9));
  LoseSession();
  Say(kA, Attached{8, 88, 0});
  EXPECT_THAT(Out(), Contains("A < Request 1 RequestRegisterAddress 1001"));
  Event(kA, 1, MessageType::kEventError, last_request_.message.Number(Attribute::kReferenceID));
  EXPECT_THAT(Out(), ElementsAre("event EventError"));
  LoseSession();
  Say(kA, Attached{9, 99, 0});
  EXPECT_THAT(Out(), Not(Contains(HasSubstr("RequestRegisterAddress"))));
}

TEST_F(ClientSessionTest, WhyTheSessionIsOverSaysHowItsLastLinkEnded) {
  Attach();
  Say(kA, Goodbye{ErrorCode::kSlowClient, "no more are kept"});
  Wait(Duration::Seconds(1));
  Open(kA, ServerRole::kPrimary);
  Say(kA, Goodbye{ErrorCode::kUnknownSession, "no such session"});
  std::string why;
  for (const ClientOutput& output : session().TakeOutputs()) {
    const auto* event = std::get_if<ClientEvent>(&output);
    if (event == nullptr || event->message.type() != MessageType::kEventServerDisconnected) continue;
    EXPECT_EQ(event->message.Number(Attribute::kErrorCode), static_cast<int64_t>(ErrorCode::kUnknownSession));
    why = std::string(event->message.Text(Attribute::kErrorMessage));
  }
  EXPECT_EQ(why, "no such session; its last link ended with SlowClient: no more are kept");
}

TEST_F(ClientSessionTest, EitherServerIsAskedAboutItselfOutsideTheSession) {
  Attach();
  const Message query = Message(MessageType::kRequestQueryServer).Set(Attribute::kReferenceID, 5);
  const auto id = static_cast<int64_t>(session().QueryServer(kB, query, now_));
  EXPECT_THAT(Out(), ElementsAre("B < Request 0 RequestQueryServer "));
  Event(kA, 0, MessageType::kEventServerInfo, id);
  EXPECT_THAT(Out(), ElementsAre("event EventServerInfo"));
  Event(kB, 0, MessageType::kEventServerInfo, id);
  EXPECT_THAT(Out(), ElementsAre("event EventServerInfo of 1 reference 5"));
  Event(kB, 0, MessageType::kEventServerInfo, id);
  EXPECT_THAT(Out(), IsEmpty());
}

TEST_F(ClientSessionTest, AQueryWithoutALinkOrWhoseLinkEndsHasAnOutcomeToo) {
  session().Start(now_);
  Out();
  const Message query(MessageType::kRequestQueryServer);
  session().QueryServer(kA, query, now_);
  EXPECT_THAT(Out(), ElementsAre("local EventError of 1 code 20"));
  Open(kA, ServerRole::kBackup);
  session().QueryServer(kA, query, now_);
  Out();
  session().OnLost(kA, "gone", now_);
  EXPECT_THAT(Out(), Contains("local EventError of 2 code 20"));
}

TEST_F(ClientSessionTest, AServerThatIsNotThereCannotBeAsked) {
  Attach();
  for (const int server : {-1, 2, 1000}) {
    session().QueryServer(server, Message(MessageType::kRequestQueryServer), now_);
    EXPECT_EQ(Out().size(), 1u);
    EXPECT_EQ(last_event_.message.Number(Attribute::kErrorCode), static_cast<int64_t>(ErrorCode::kInvalidAttribute));
    EXPECT_EQ(last_event_.message.Text(Attribute::kErrorMessage),
              absl::StrCat("there is no server ", server, "; allowed: 0 to 1"));
    EXPECT_EQ(last_event_.server, server);
  }
}

TEST_F(ClientSessionTest, LinksAloneAreAskedAndBeginNoSession) {
  options_.has_session = false;
  session().Start(now_);
  Open(kA, ServerRole::kPrimary);
  EXPECT_THAT(Out(), Not(Contains(HasSubstr("Attach"))));
  const Message query(MessageType::kRequestQueryServer);
  const auto id = static_cast<int64_t>(session().QueryServer(kA, query, now_));
  EXPECT_THAT(Out(), ElementsAre("A < Request 0 RequestQueryServer "));
  Event(kA, 0, MessageType::kEventServerInfo, id);
  EXPECT_THAT(Out(), ElementsAre("event EventServerInfo of 1"));
  session().Request(query, now_);
  EXPECT_THAT(Out(), ElementsAre("local EventError of 2 code 23"));
  EXPECT_EQ(session().pending_requests(), 0u);
}

TEST_F(ClientSessionTest, ASlowClientMayHaveLostNoMoreThanItsLink) {
  for (const ErrorCode code : {ErrorCode::kSlowClient, ErrorCode::kUnknownSession, ErrorCode::kSessionTaken}) {
    Attach();
    Say(kA, Goodbye{code, "ended"});
    EXPECT_THAT(Out(),
                ElementsAre("close A", absl::StrCat("local EventLinkDisconnected code ", static_cast<int>(code))));
    Wait(Duration::Milliseconds(100));
    Open(kA, ServerRole::kPrimary);
    EXPECT_EQ(Out().back(), "A < Attach 7 token 77 seen 0");
    Reset();
  }
}

TEST_F(ClientSessionTest, AServerThatForgotRequestsWhoseOutcomeItToldHasLostTheSession) {
  Attach();
  Event(kA, 1, MessageType::kEventACK, Ask(MessageType::kRequestSetDNDOn, "1001"));
  session().OnLost(kA, "reset", now_);
  Say(kB, Role{ServerRole::kPrimary});
  Out();
  Say(kB, Attached{7, 77, 0});
  EXPECT_THAT(Out(),
              ElementsAre("local EventServerDisconnected code 26", "close B", "local EventLinkDisconnected code 26"));
}

TEST_F(ClientSessionTest, RetriesComeLaterEachTimeUpToALimit) {
  options_.servers = 1;
  session().Start(now_);
  Out();
  Duration before;
  for (int i = 0; i < 12; ++i) {
    session().OnLost(kA, "refused", now_);
    const Duration delay = *session().alarm() - now_;
    EXPECT_LE(delay, options_.times.last_retry);
    EXPECT_GE(delay * 2, std::min(options_.times.last_retry, before));
    before = delay;
    Wait(delay);
    EXPECT_THAT(Out(), ElementsAre("local EventLinkDisconnected", "connect A"));
  }
  EXPECT_GE(before * 2, options_.times.last_retry);
}

TEST_F(ClientSessionTest, AWrongPasswordIsToldAndTriedAgainLate) {
  options_.servers = 1;
  session().Start(now_);
  session().OnOpened(kA, now_);
  Out();
  Say(kA, Goodbye{ErrorCode::kInvalidPassword, "wrong password"});
  EXPECT_THAT(Out(), ElementsAre("close A", "local EventLinkDisconnected code 22"));
  EXPECT_GE(*session().alarm() - now_, Duration::Milliseconds(2500));
}

TEST_F(ClientSessionTest, AServerThatDoesNotWelcomeIsGivenUp) {
  options_.servers = 1;
  session().Start(now_);
  session().OnOpened(kA, now_);
  Out();
  Wait(options_.times.opening);
  EXPECT_THAT(Out(), ElementsAre("close A", "local EventLinkDisconnected code 15"));
}

TEST_F(ClientSessionTest, PingsSoOftenAsTheServerWantsToHearAndAnswersPings) {
  addp_ = 3000;
  Attach();
  Wait(Duration::Milliseconds(999));
  EXPECT_THAT(Out(), IsEmpty());
  Wait(Duration::Milliseconds(1));
  EXPECT_THAT(Out(), ElementsAre("A < Ping", "B < Ping"));
  Say(kB, Ping{});
  EXPECT_THAT(Out(), ElementsAre("B < Pong"));
}

TEST_F(ClientSessionTest, ASilentServerIsAskedOnceAndThenLost) {
  options_.servers = 1;
  options_.times.silence = Duration::Seconds(4);
  Attach();
  Wait(Duration::Seconds(2));
  Wait(Duration::Seconds(1));
  EXPECT_THAT(Out(), ElementsAre("A < Ping"));
  Wait(Duration::Seconds(1));
  EXPECT_THAT(Out(), ElementsAre("close A", "local EventLinkDisconnected code 30"));
}

TEST_F(ClientSessionTest, WhatIsNoRequestIsNotSent) {
  Attach();
  session().Request(Message(MessageType::kEventRinging), now_);
  EXPECT_THAT(Out(), ElementsAre("local EventError of 1 code 1"));
}

TEST_F(ClientSessionTest, ARequestIsSentAsAServerCanReadIt) {
  Attach();
  KeyValueList data;
  data.Append(KeyValuePair{"k\xff", std::string("v\0", 2)});
  Message request(MessageType::kRequestAttachUserData);
  session().Request(request.Set(Attribute::kThisDN, "1001\xff").Set(Attribute::kUserData, data), now_);
  EXPECT_THAT(Out(), ElementsAre("A < Request 1 RequestAttachUserData 1001?"));
  EXPECT_EQ(last_request_.message.List(Attribute::kUserData).Text("k?"), "v?");
  EXPECT_TRUE(DecodeMessage(EncodeMessage(last_request_.message).view()).ok());
}

TEST_F(ClientSessionTest, AnEventThatCannotBeReadIsToldAndPassed) {
  Attach();
  const int64_t request = Ask(MessageType::kRequestMakeCall, "1001");
  Out();
  EventFrame frame;
  frame.number = 1;
  frame.reference_id = request;
  frame.message = SharedBytes("rubbish");
  Say(kA, frame);
  Event(kA, 2, MessageType::kEventRinging);
  EXPECT_THAT(Out(), ElementsAre(absl::StrCat("local EventError of ", request, " code 26"), "event EventRinging"));
}

TEST_F(ClientSessionTest, FramesOutOfTurnEndTheLink) {
  const Frame wrong[] = {Hello{}, tlib::Attach{}, RequestFrame{}, Acknowledge{}, Attached{7, 77, 0}, Welcome{}};
  for (const Frame& frame : wrong) {
    Attach();
    Say(kA, frame);
    EXPECT_THAT(Out(), ElementsAre("close A", "local EventLinkDisconnected code 26")) << frame.index();
    Reset();
  }
}

TEST_F(ClientSessionTest, CloseSaysGoodbyeAndIsTheEnd) {
  Attach();
  session().Close(now_);
  EXPECT_THAT(Out(), ElementsAre("A < Goodbye 0", "close A", "B < Goodbye 0", "close B"));
  Event(kA, 1, MessageType::kEventRinging);
  EXPECT_THAT(Out(), IsEmpty());
  EXPECT_FALSE(session().alarm().has_value());
}

}  // namespace
}  // namespace understudy::tlib
