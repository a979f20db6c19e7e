#include "tests/sim/clients/client_book.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/sim/virtual_time.h"
#include "tlib/message_codec.h"

namespace understudy::sim {
namespace {

using tlib::Attribute;
using tlib::Message;
using tlib::MessageType;

constexpr int64_t kReference = 7;
constexpr int64_t kConnID = 0x0100000000000001;

class ClientBookTest : public testing::Test {
 protected:
  ClientBookTest()
      : book_(
            Options(), [this](absl::string_view text) { wrong_.emplace_back(text); }, &events_) {}

  static ClientBookOptions Options() { return {Duration::Seconds(10), 30}; }

  // Link `link` of a client is there; it asks for `session` and gets `attached`.
  void Link(uint64_t link, absl::string_view client, tlib::Attach attach, tlib::Attached attached) {
    book_.Opened(client, link);
    book_.Said(link, attach);
    book_.Heard(link, attached);
  }
  // Client c1 in session 5 over link 1, with DN 1001.
  void Begin() {
    Link(1, "c1", {0, 0, 0}, {5, 99, 0});
    Ask(1, 1, Request(MessageType::kRequestRegisterAddress));
    Hear(1, 1, Event(MessageType::kEventRegistered, 100), kReference);
  }

  static Message Request(MessageType type) {
    Message request(type);
    request.Set(Attribute::kThisDN, "1001").Set(Attribute::kReferenceID, kReference);
    return request;
  }
  static Message Event(MessageType type, int64_t sequence) {
    Message event(type);
    event.Set(Attribute::kThisDN, "1001").Set(Attribute::kEventSequenceNumber, sequence);
    return event;
  }
  static Message OfCall(MessageType type, int64_t sequence, int64_t conn_id = kConnID) {
    Message event = Event(type, sequence);
    event.Set(Attribute::kConnID, conn_id).Set(Attribute::kCallUUID, std::to_string(conn_id));
    return event;
  }
  void Ask(uint64_t link, uint64_t number, const Message& request) {
    book_.Said(link, tlib::RequestFrame{number, request});
  }
  void Hear(uint64_t link, uint64_t number, const Message& event, absl::optional<int64_t> reference = absl::nullopt) {
    book_.Heard(link, tlib::EventFrame{number, reference, tlib::EncodeMessage(event)});
  }
  void HearGoodbye(uint64_t link, tlib::ErrorCode code) { book_.Heard(link, tlib::Goodbye{code, "so"}); }
  void Pass(int64_t seconds) { events_.RunUntil(events_.now() + Duration::Seconds(seconds)); }

  void End() {
    Pass(2);
    book_.AtEnd([](uint64_t) { return false; });
  }

  void ExpectFine() { EXPECT_EQ(wrong_, std::vector<std::string>()); }
  void ExpectWrong(absl::string_view part) {
    ASSERT_FALSE(wrong_.empty()) << "nothing is wrong, and should be: " << part;
    EXPECT_TRUE(absl::StrContains(wrong_.front(), part)) << wrong_.front();
  }

  EventQueue events_;
  std::vector<std::string> wrong_;
  ClientBook book_;
};

TEST_F(ClientBookTest, ASessionThatGoesOnOverAnotherLinkIsFine) {
  Begin();
  Hear(1, 2, OfCall(MessageType::kEventRinging, 101));
  book_.Said(1, tlib::Acknowledge{1});
  book_.Dead(1);
  Link(2, "c1", {5, 99, 2}, {5, 99, 1});
  Hear(2, 3, OfCall(MessageType::kEventEstablished, 102));
  Hear(2, 4, OfCall(MessageType::kEventReleased, 105));
  End();
  ExpectFine();
  EXPECT_EQ(book_.counts().events, 4u);
  EXPECT_EQ(book_.counts().resumed, 1u);
}

TEST_F(ClientBookTest, AnEventThatIsLeftOutIsWrong) {
  Begin();
  Hear(1, 3, OfCall(MessageType::kEventRinging, 101));
  ExpectWrong("event 3 comes where event 2 should");
}

TEST_F(ClientBookTest, AnEventThatComesAgainOverTheSameLinkIsWrong) {
  Begin();
  Hear(1, 1, Event(MessageType::kEventRegistered, 100), kReference);
  ExpectWrong("event 1 comes where event 2 should");
}

TEST_F(ClientBookTest, AnEventThatComesAgainAsAnotherOneIsWrong) {
  Begin();
  Hear(1, 2, OfCall(MessageType::kEventRinging, 101));
  book_.Dead(1);
  book_.Opened("c1", 2);
  book_.Said(2, tlib::Attach{5, 99, 1});
  ExpectWrong("it has heard events up to 2");
  wrong_.clear();
  book_.Heard(2, tlib::Attached{5, 99, 1});
  Hear(2, 2, OfCall(MessageType::kEventDialing, 101));
  ExpectWrong("event 2 comes again, and is another one");
}

TEST_F(ClientBookTest, ASecondOutcomeIsWrong) {
  Begin();
  Hear(1, 2, Event(MessageType::kEventRegistered, 101), kReference);
  ExpectWrong("outcome of no request that waits for one");
}

TEST_F(ClientBookTest, AnOutcomeThatIsPassedOverIsWrong) {
  Begin();
  Message first = Request(MessageType::kRequestDistributeUserEvent);
  PutMark("c1.1", &first);
  Message second = Request(MessageType::kRequestDistributeUserEvent);
  PutMark("c1.2", &second);
  Ask(1, 2, first);
  Ask(1, 3, second);
  Message outcome = Event(MessageType::kEventUserEvent, 101);
  PutMark("c1.2", &outcome);
  Hear(1, 2, outcome, kReference);
  ExpectWrong("none has come of request 2");
}

TEST_F(ClientBookTest, AThousandRequestsWithOneReferenceAreToldApartByTheirOrder) {
  Begin();
  for (uint64_t n = 2; n <= 1001; ++n) Ask(1, n, Request(MessageType::kRequestQueryAddress));
  for (uint64_t n = 2; n <= 1001; ++n) {
    Hear(1, n, Event(MessageType::kEventAddressInfo, static_cast<int64_t>(n) + 100), kReference);
  }
  End();
  ExpectFine();
}

TEST_F(ClientBookTest, ARequestWithoutAnOutcomeIsWrongInTheEnd) {
  Begin();
  Ask(1, 2, Request(MessageType::kRequestQueryAddress));
  ExpectFine();
  End();
  ExpectWrong("request 2, RequestQueryAddress for 1001, has no outcome");
}

TEST_F(ClientBookTest, ARequestThatIsSaidAgainMustBeTheSame) {
  Begin();
  Ask(1, 1, Request(MessageType::kRequestRegisterAddress));
  ExpectFine();
  Ask(1, 1, Request(MessageType::kRequestUnregisterAddress));
  ExpectWrong("said again as another one");
}

TEST_F(ClientBookTest, ARequestThatWasAppliedIsNotTakenBack) {
  Begin();
  book_.Dead(1);
  Link(2, "c1", {5, 99, 1}, {5, 99, 0});
  ExpectWrong("request 1 was applied, and now the last one is 0");
}

TEST_F(ClientBookTest, AnEventOfADnThatIsNotRegisteredIsWrong) {
  Link(1, "c1", {0, 0, 0}, {5, 99, 0});
  Hear(1, 1, OfCall(MessageType::kEventRinging, 101));
  ExpectWrong("comes to who is not registered");
}

TEST_F(ClientBookTest, EventsOfCallsAreForWhoMonitorsThem) {
  Begin();
  Message start(MessageType::kRequestStartCallMonitoring);
  start.Set(Attribute::kReferenceID, 8);
  Ask(1, 2, start);
  Message granted(MessageType::kEventACK);
  granted.Set(Attribute::kEventSequenceNumber, 101);
  Hear(1, 2, granted, 8);
  Hear(1, 3, OfCall(MessageType::kEventCallCreated, 102));
  ExpectFine();
  Link(2, "c2", {0, 0, 0}, {6, 98, 0});
  Hear(2, 1, OfCall(MessageType::kEventCallCreated, 102));
  ExpectWrong("comes to who does not monitor calls");
}

TEST_F(ClientBookTest, WhatOneClientHearsAllHearThatAreRegistered) {
  Begin();
  Link(2, "c2", {0, 0, 0}, {6, 98, 0});
  Ask(2, 1, Request(MessageType::kRequestRegisterAddress));
  Hear(2, 1, Event(MessageType::kEventRegistered, 101), kReference);
  Hear(2, 2, Event(MessageType::kEventUserEvent, 102));
  End();
  ExpectWrong("c1, session 5: EventUserEvent 102 of 1001 was heard by another client only");
}

TEST_F(ClientBookTest, WhatWasHeardJustNowMayBeOnItsWayToOthers) {
  Begin();
  Link(2, "c2", {0, 0, 0}, {6, 98, 0});
  Ask(2, 1, Request(MessageType::kRequestRegisterAddress));
  Hear(2, 1, Event(MessageType::kEventRegistered, 101), kReference);
  Pass(2);
  Hear(2, 2, Event(MessageType::kEventUserEvent, 102));
  book_.AtEnd([](uint64_t) { return false; });
  ExpectFine();
}

TEST_F(ClientBookTest, WhoRegistersAnewKnowsNothingOfCallsThatHadEnded) {
  DnView view;
  view.Hear(Event(MessageType::kEventRegistered, 100));
  EXPECT_EQ(view.Hear(OfCall(MessageType::kEventRinging, 101)), "");
  EXPECT_EQ(view.Hear(OfCall(MessageType::kEventReleased, 102)), "");
  EXPECT_NE(view.Hear(OfCall(MessageType::kEventAttachedDataChanged, 103)), "");
  view.Hear(Event(MessageType::kEventUnregistered, 104));
  view.Hear(Event(MessageType::kEventRegisteredAll, 105));
  EXPECT_EQ(view.Hear(OfCall(MessageType::kEventAttachedDataChanged, 106)), "");
}

TEST_F(ClientBookTest, TwoClientsThatHearOneEventDifferentlyAreWrong) {
  Begin();
  Link(2, "c2", {0, 0, 0}, {6, 98, 0});
  Ask(2, 1, Request(MessageType::kRequestRegisterAddress));
  Hear(2, 1, Event(MessageType::kEventRegistered, 101), kReference);
  Hear(1, 2, OfCall(MessageType::kEventRinging, 102));
  Hear(2, 2, OfCall(MessageType::kEventRinging, 102, kConnID + 1));
  ExpectWrong("with other attributes, to another client");
}

TEST_F(ClientBookTest, ACallBeginsOnceAndEndsOnce) {
  const std::vector<std::pair<MessageType, absl::string_view>> cases = {
      {MessageType::kEventRinging, "begins a call that is there"},
      {MessageType::kEventReleased, ""},
      {MessageType::kEventReleased, "is of a call that has ended"},
      {MessageType::kEventRinging, "begins a call that has ended"}};
  Begin();
  Hear(1, 2, OfCall(MessageType::kEventRinging, 101));
  uint64_t number = 3;
  for (const auto& [type, text] : cases) {
    Hear(1, number, OfCall(type, static_cast<int64_t>(number) + 100));
    text.empty() ? ExpectFine() : ExpectWrong(text);
    wrong_.clear();
    ++number;
  }
}

TEST_F(ClientBookTest, ACallThatHasNotEndedIsWrongInTheEnd) {
  Begin();
  Hear(1, 2, OfCall(MessageType::kEventDialing, 101));
  End();
  ExpectWrong("call 0100000000000001 of 1001 has not ended");
}

TEST_F(ClientBookTest, ACallThatTheServerStillHasNeedNotHaveEnded) {
  Begin();
  Hear(1, 2, OfCall(MessageType::kEventDialing, 101));
  book_.AtEnd([](uint64_t conn_id) { return conn_id == static_cast<uint64_t>(kConnID); });
  ExpectFine();
}

TEST_F(ClientBookTest, AConnIdIsOfOneCall) {
  Begin();
  Hear(1, 2, OfCall(MessageType::kEventDialing, 101));
  Message mixed = OfCall(MessageType::kEventEstablished, 102);
  mixed.Set(Attribute::kCallUUID, "another");
  Hear(1, 3, mixed);
  ExpectWrong("mixes the ids of two calls");
}

// A client that stood still reads of its link when that is long gone.
TEST_F(ClientBookTest, ALinkThatEndedBeforeItsClientReadOfItLeftTheSessionAloneThen) {
  Begin();
  book_.Opened("c1", 2);
  book_.Said(2, tlib::Attach{5, 99, 1});
  book_.Dead(1);
  book_.Dead(2);
  Pass(11);
  book_.Heard(2, tlib::Attached{5, 99, 1});
  book_.Opened("c1", 3);
  book_.Said(3, tlib::Attach{5, 99, 1});
  book_.Heard(3, tlib::Goodbye{tlib::ErrorCode::kUnknownSession, "gone"});
  ExpectFine();
}

TEST_F(ClientBookTest, ASessionEndsWhenItWasAloneForItsTimeAndNotBefore) {
  for (const int64_t seconds : {5, 11}) {
    wrong_.clear();
    ClientBook book(
        Options(), [this](absl::string_view text) { wrong_.emplace_back(text); }, &events_);
    book.Opened("c1", 1);
    book.Said(1, tlib::Attach{});
    book.Heard(1, tlib::Attached{5, 99, 0});
    book.Dead(1);
    Pass(seconds);
    book.Opened("c1", 2);
    book.Said(2, tlib::Attach{5, 99, 0});
    book.Heard(2, tlib::Goodbye{tlib::ErrorCode::kUnknownSession, "gone"});
    seconds < 10 ? ExpectWrong("it ended for no reason") : ExpectFine();
  }
}

TEST_F(ClientBookTest, WhoHasAcknowledgedItsEventsIsNotSlow) {
  Begin();
  uint64_t number = 2;
  const auto hear = [&] {
    for (int i = 0; i < 60; ++i, ++number) {
      Hear(1, number, Event(MessageType::kEventUserEvent, static_cast<int64_t>(number) + 100));
    }
  };
  hear();
  HearGoodbye(1, tlib::ErrorCode::kSlowClient);
  ExpectFine();
  book_.Said(1, tlib::Acknowledge{number - 1});
  Pass(3);
  HearGoodbye(1, tlib::ErrorCode::kSlowClient);
  ExpectWrong("it has acknowledged its events");
}

TEST_F(ClientBookTest, ACallThatHasEndedComesAgainOnlyWhenSomebodySendsIt) {
  Begin();
  Hear(1, 2, OfCall(MessageType::kEventRinging, 101));
  Hear(1, 3, OfCall(MessageType::kEventReleased, 102));
  Message sent = OfCall(MessageType::kEventRinging, 103);
  sent.Set(Attribute::kThirdPartyDN, "1003");
  Hear(1, 4, sent);
  ExpectFine();
}

// A literal table: what may come in each phase.
TEST_F(ClientBookTest, EventsComeToPartiesThatAreInAStateForThem) {
  struct Case {
    std::vector<MessageType> before;
    bool established;
    bool held;
    bool retrieved;
  };
  const Case cases[] = {
      {{}, true, false, false},
      {{MessageType::kEventEstablished}, false, true, false},
      {{MessageType::kEventEstablished, MessageType::kEventHeld}, false, false, true},
      {{MessageType::kEventEstablished, MessageType::kEventHeld, MessageType::kEventRetrieved}, false, true, false},
  };
  for (const Case& row : cases) {
    for (const auto& [type, fits] :
         {std::pair(MessageType::kEventEstablished, row.established), std::pair(MessageType::kEventHeld, row.held),
          std::pair(MessageType::kEventRetrieved, row.retrieved)}) {
      DnView view;
      view.Hear(Event(MessageType::kEventRegistered, 100));
      int64_t sequence = 101;
      EXPECT_EQ(view.Hear(OfCall(MessageType::kEventDialing, sequence++)), "");
      for (const MessageType before : row.before) EXPECT_EQ(view.Hear(OfCall(before, sequence++)), "");
      const std::string wrong = view.Hear(OfCall(type, sequence));
      EXPECT_EQ(wrong.empty(), fits) << tlib::MessageTypeName(type) << " after " << row.before.size() << ": " << wrong;
    }
  }
}

TEST_F(ClientBookTest, ACallThatBecomesAnotherGoesOnUnderItsNewConnId) {
  Begin();
  Hear(1, 2, OfCall(MessageType::kEventRinging, 101));
  Message changed = OfCall(MessageType::kEventPartyChanged, 102, kConnID + 1);
  changed.Set(Attribute::kPreviousConnID, kConnID).Set(Attribute::kOtherDN, "1003");
  Hear(1, 3, changed);
  Hear(1, 4, OfCall(MessageType::kEventEstablished, 103, kConnID + 1));
  ExpectFine();
  Hear(1, 5, OfCall(MessageType::kEventReleased, 104));
  ExpectWrong("is of a call that has ended");
}

// Who registers for all DNs has not seen the call begin that a transfer makes one with a call it has seen end.
TEST_F(ClientBookTest, AnUnseenCallMayBecomeOneThatTheDnHasLeft) {
  Begin();
  Ask(1, 2, Request(MessageType::kRequestRegisterAll));
  Hear(1, 2, Event(MessageType::kEventRegisteredAll, 101), kReference);
  Message changed = OfCall(MessageType::kEventPartyChanged, 104);
  int64_t sequence = 102;
  uint64_t number = 3;
  for (Message event :
       {OfCall(MessageType::kEventEstablished, sequence), OfCall(MessageType::kEventReleased, sequence + 1),
        changed.Set(Attribute::kPreviousConnID, kConnID + 1).Set(Attribute::kOtherDN, "1003")}) {
    Hear(1, number++, event.Set(Attribute::kThisDN, "1002"));
    ExpectFine();
  }
  Hear(1, number,
       OfCall(MessageType::kEventPartyChanged, 105).Set(Attribute::kThisDN, "1003").Set(Attribute::kOtherDN, "1002"));
  ExpectFine();
}

TEST_F(ClientBookTest, WhoLeavesIsThereAndWhoComesIsNot) {
  Begin();
  Hear(1, 2, OfCall(MessageType::kEventDialing, 101));
  uint64_t number = 3;
  const auto hear = [&](MessageType type, tlib::CallState state = tlib::CallState::kConferenced) {
    Message event = OfCall(type, static_cast<int64_t>(number) + 100);
    event.Set(Attribute::kOtherDN, "1003").Set(Attribute::kCallState, static_cast<int64_t>(state));
    Hear(1, number++, event);
  };
  hear(MessageType::kEventPartyAdded);
  hear(MessageType::kEventPartyDeleted);
  hear(MessageType::kEventPartyAdded);
  ExpectFine();
  hear(MessageType::kEventPartyAdded);
  ExpectWrong("adds 1003, who is there");
  wrong_.clear();
  hear(MessageType::kEventPartyDeleted);
  hear(MessageType::kEventPartyDeleted);
  ExpectWrong("deletes 1003, who has left");
  wrong_.clear();
  // The other one that is left may ring, and be redirected to 1003 without a word.
  hear(MessageType::kEventPartyAdded);
  hear(MessageType::kEventPartyDeleted, tlib::CallState::kOk);
  hear(MessageType::kEventPartyDeleted, tlib::CallState::kOk);
  ExpectFine();
}

TEST_F(ClientBookTest, AnOutcomeIsOfTheCallThatWasAskedAbout) {
  Begin();
  Hear(1, 2, OfCall(MessageType::kEventDialing, 101));
  Hear(1, 3, OfCall(MessageType::kEventDialing, 102, kConnID + 1));
  Message complete = Request(MessageType::kRequestCompleteTransfer);
  complete.Set(Attribute::kConnID, kConnID + 1).Set(Attribute::kHeldConnID, kConnID);
  Ask(1, 2, complete);
  Hear(1, 4, OfCall(MessageType::kEventReleased, 103, kConnID + 1), kReference);
  ExpectWrong("is of another call than request 2 is about");
}

TEST_F(ClientBookTest, AConsultCallNamesTheCallThatItIsAbout) {
  for (const int64_t previous : {kConnID, kConnID + 7}) {
    wrong_.clear();
    ClientBook book(
        Options(), [this](absl::string_view text) { wrong_.emplace_back(text); }, &events_);
    book.Opened("c1", 1);
    book.Said(1, tlib::Attach{});
    book.Heard(1, tlib::Attached{5, 99, 0});
    Message initiate = Request(MessageType::kRequestInitiateTransfer);
    initiate.Set(Attribute::kConnID, kConnID).Set(Attribute::kOtherDN, "1003");
    book.Said(1, tlib::RequestFrame{1, initiate});
    Message dialing = OfCall(MessageType::kEventDialing, 101, kConnID + 1);
    dialing.Set(Attribute::kPreviousConnID, previous);
    book.Heard(1, tlib::EventFrame{1, kReference, tlib::EncodeMessage(dialing)});
    previous == kConnID ? ExpectFine() : ExpectWrong("is of no consult call");
  }
}

TEST_F(ClientBookTest, WhatAClientDoesNotWantNeedNotComeAndMustNot) {
  Begin();
  Message mask(MessageType::kRequestSetInputMask);
  tlib::KeyValueList unwanted;
  unwanted.Append("EventUserEvent", int64_t{0});
  unwanted.Append("EventDNDOn", int64_t{1});
  mask.Set(Attribute::kInputMask, unwanted).Set(Attribute::kReferenceID, 8);
  Ask(1, 2, mask);
  Message granted(MessageType::kEventACK);
  granted.Set(Attribute::kEventSequenceNumber, 102);
  Hear(1, 2, granted, 8);
  Link(2, "c2", {0, 0, 0}, {6, 98, 0});
  Ask(2, 1, Request(MessageType::kRequestRegisterAddress));
  Hear(2, 1, Event(MessageType::kEventRegistered, 101), kReference);
  Hear(2, 2, Event(MessageType::kEventUserEvent, 103));
  End();
  ExpectFine();
  Hear(2, 3, Event(MessageType::kEventDNDOn, 104));
  End();
  ExpectWrong("EventDNDOn 104 of 1001 was heard by another client only");
  wrong_.clear();
  Hear(1, 3, Event(MessageType::kEventUserEvent, 103));
  ExpectWrong("comes, and its client does not want it");
}

TEST(RequestBook, MergeCallsIsWhatItsMergeTypeSays) {
  Message merge(MessageType::kRequestMergeCalls);
  EXPECT_EQ(OutcomeRuleOf(merge)->event, MessageType::kEventReleased);
  tlib::KeyValueList extensions;
  extensions.Append("MergeType", "Conference");
  merge.Set(Attribute::kExtensions, extensions);
  EXPECT_EQ(OutcomeRuleOf(merge)->event, MessageType::kEventRetrieved);
}

TEST(RequestBook, EachRequestThatClientsSayHasOneRule) {
  for (const OutcomeRule& rule : AllOutcomeRules()) {
    EXPECT_EQ(FindOutcomeRule(rule.request), &rule) << tlib::MessageTypeName(rule.request);
    EXPECT_TRUE(tlib::IsRequest(rule.request)) << tlib::MessageTypeName(rule.request);
    EXPECT_TRUE(tlib::IsEvent(rule.event)) << tlib::MessageTypeName(rule.event);
  }
}

}  // namespace
}  // namespace understudy::sim
