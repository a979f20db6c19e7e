// What clients do with their sessions, entry by entry.
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/scenarios/checked_engine.h"
#include "tlib/message_codec.h"

namespace understudy::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using tests::CheckedEngine;
using tlib::Attribute;
using tlib::ErrorCode;
using tlib::Message;
using tlib::MessageType;

// What one entry sent over one link.
struct Sent {
  std::vector<tlib::Attached> attached;
  std::vector<tlib::EventFrame> events;
  std::vector<ErrorCode> closed;

  std::vector<uint64_t> numbers() const {
    std::vector<uint64_t> numbers;
    for (const tlib::EventFrame& event : events) numbers.push_back(event.number);
    return numbers;
  }
};

class SessionsTest : public testing::Test {
 protected:
  SessionsTest() {
    engine_.NextEpoch();
    engine_.Apply(EpochStart{{1, 2}, false});
    Configure({});
  }
  ~SessionsTest() override { EXPECT_THAT(engine_.faults(), IsEmpty()); }

  void Configure(const std::vector<std::pair<std::string, std::string>>& options) {
    ConfigurationChange change;
    change.options.emplace();
    for (const auto& [name, value] : options) (*change.options)["TServer"][name] = value;
    for (const char* number : {"1001", "1002"}) {
      Dn dn;
      dn.number = number;
      change.upserts.push_back(std::move(dn));
    }
    engine_.Apply(ConfigurationChanged{std::move(change)});
  }

  Sent Take(uint64_t link, const Effects& effects) const {
    Sent sent;
    for (const Effect& effect : effects.list) {
      const auto* close = std::get_if<CloseClient>(&effect);
      if (close != nullptr && close->link == LinkId(link)) sent.closed.push_back(close->goodbye.code);
      const auto* send = std::get_if<SendClient>(&effect);
      if (send == nullptr || send->link != LinkId(link)) continue;
      if (const auto* event = std::get_if<tlib::EventFrame>(&send->frame)) sent.events.push_back(*event);
      if (const auto* attached = std::get_if<tlib::Attached>(&send->frame)) sent.attached.push_back(*attached);
    }
    return sent;
  }

  Sent Attach(uint64_t link, const tlib::Attach& attach = {}, const std::string& application = "router") {
    return Take(link, engine_.Apply(ClientAttached{LinkId(link), attach, application, "10.0.0.9:50000"}));
  }
  tlib::Attach Open(uint64_t link) {
    const Sent sent = Attach(link);
    EXPECT_EQ(sent.attached.size(), 1u);
    return sent.attached.empty() ? tlib::Attach() : tlib::Attach{sent.attached[0].session, sent.attached[0].token, 0};
  }
  Sent Request(uint64_t link, uint64_t number, const Message& message) {
    return Take(link, engine_.Apply(ClientRequested{LinkId(link), tlib::RequestFrame{number, message}}));
  }
  Sent Query(uint64_t link, uint64_t number, int64_t reference_id = 0) {
    Message query(MessageType::kRequestQueryServer);
    query.Set(Attribute::kReferenceID, reference_id);
    return Request(link, number, query);
  }
  void Acknowledge(uint64_t link, uint64_t number) {
    engine_.Apply(ClientsAcknowledged{{{LinkId(link), number}}});
    EXPECT_TRUE(engine_.state().lsn.value() > 0);
  }
  void WaitTo(EngineTime end) {
    engine_.Pass(end - engine_.now(), [this](ClockAdvanced due) { engine_.Apply(due); });
  }
  const Session* Find(uint64_t session) const { return engine_.state().sessions.Find(SessionId(session)); }

  CheckedEngine engine_;
};

TEST_F(SessionsTest, AClientGetsASessionOfItsOwnAndATokenThatIsNoOthers) {
  const tlib::Attach one = Open(1);
  const tlib::Attach two = Open(2);
  EXPECT_NE(one.session, two.session);
  EXPECT_NE(one.token, two.token);
  EXPECT_EQ(engine_.state().sessions.size(), 2u);
}

TEST_F(SessionsTest, EverythingAfterWhatTheClientHasSeenComesAgainByteForByte) {
  tlib::Attach attach = Open(1);
  std::vector<tlib::EventFrame> first;
  for (uint64_t i = 1; i <= 5; ++i) first.push_back(Query(1, i, static_cast<int64_t>(100 + i)).events.at(0));
  Acknowledge(1, 1);
  engine_.Apply(ClientLinkLost{LinkId(1)});
  attach.seen_event = 3;
  const Sent again = Attach(2, attach);
  ASSERT_EQ(again.attached.size(), 1u);
  EXPECT_EQ(again.attached[0], (tlib::Attached{attach.session, attach.token, 5}));
  EXPECT_THAT(again.events, ElementsAre(first[3], first[4]));
  EXPECT_EQ(Query(2, 6).numbers(), std::vector<uint64_t>{6});
}

TEST_F(SessionsTest, AnotherLinkTakesTheSessionAndTheFirstHearsWhy) {
  const tlib::Attach attach = Open(1);
  const Effects& effects = engine_.Apply(ClientAttached{LinkId(2), attach, "router", ""});
  EXPECT_THAT(Take(1, effects).closed, ElementsAre(ErrorCode::kSessionTaken));
  EXPECT_EQ(Take(2, effects).attached.size(), 1u);
  EXPECT_THAT(Query(1, 1).closed, ElementsAre(ErrorCode::kUnknownSession));
  engine_.Apply(ClientLinkLost{LinkId(1), true});
  EXPECT_EQ(Query(2, 1).events.size(), 1u) << "what the first link says is of no meaning any more";
}

TEST_F(SessionsTest, WhoDoesNotKnowTokenAndApplicationGetsNoSession) {
  const tlib::Attach attach = Open(1);
  EXPECT_THAT(Attach(2, {attach.session, attach.token + 1, 0}).closed, ElementsAre(ErrorCode::kUnknownSession));
  EXPECT_THAT(Attach(3, {attach.session + 1, attach.token, 0}).closed, ElementsAre(ErrorCode::kUnknownSession));
  EXPECT_THAT(Attach(4, attach, "other").closed, ElementsAre(ErrorCode::kUnknownSession));
  EXPECT_THAT(Attach(5, {attach.session, attach.token, 1}).closed, ElementsAre(ErrorCode::kUnknownSession));
  EXPECT_EQ(Query(1, 1).events.size(), 1u) << "the first link goes on";
}

TEST_F(SessionsTest, EventsThatWereAcknowledgedAreNotToBeHadAgain) {
  tlib::Attach attach = Open(1);
  Query(1, 1);
  Query(1, 2);
  Acknowledge(1, 2);
  attach.seen_event = 1;
  EXPECT_THAT(Attach(2, attach).closed, ElementsAre(ErrorCode::kUnknownSession));
}

TEST_F(SessionsTest, ARequestIsAppliedOnceHoweverOftenItComes) {
  Open(1);
  EXPECT_EQ(Query(1, 1).events.size(), 1u);
  for (uint64_t number : {uint64_t{1}, uint64_t{0}}) {
    EXPECT_TRUE(
        engine_.Apply(ClientRequested{LinkId(1), {number, Message(MessageType::kRequestQueryServer)}}).list.empty());
  }
  EXPECT_EQ(Query(1, 2).numbers(), std::vector<uint64_t>{2});
}

TEST_F(SessionsTest, ARequestThatIsMissingEndsTheLinkAndNotTheSession) {
  const tlib::Attach attach = Open(1);
  EXPECT_THAT(Query(1, 2).closed, ElementsAre(ErrorCode::kProtocolError));
  EXPECT_THAT(Query(1, 1).closed, ElementsAre(ErrorCode::kUnknownSession));
  const Sent again = Attach(2, attach);
  ASSERT_EQ(again.attached.size(), 1u);
  EXPECT_EQ(again.attached[0].last_request, 0u);
  EXPECT_EQ(Query(2, 1).events.size(), 1u);
}

TEST_F(SessionsTest, AThousandRequestsWithOneReferenceIDAreAllApplied) {
  Open(1);
  for (uint64_t i = 1; i <= 1000; ++i) {
    Message request(MessageType::kRequestRegisterAddress);
    request.Set(Attribute::kThisDN, i % 2 == 0 ? "1001" : "1002").Set(Attribute::kReferenceID, 7);
    const Sent sent = Request(1, i, request);
    ASSERT_EQ(sent.events.size(), 1u);
    EXPECT_EQ(sent.events[0].reference_id, 7);
    EXPECT_EQ(sent.events[0].number, i);
    if (i % 10 == 0) Acknowledge(1, i);
  }
  EXPECT_EQ(engine_.state().event_sequence, 1000u);
}

// As the edge puts it in the place of one that is in quarantine.
TEST_F(SessionsTest, ARequestThatIsWithheldIsAMistakeOfTheServersUnderItsNumber) {
  Open(1);
  Message withheld(MessageType::kEventError);
  withheld.Set(Attribute::kErrorCode, static_cast<int64_t>(ErrorCode::kInternal)).Set(Attribute::kReferenceID, 5);
  const Sent sent = Request(1, 1, withheld);
  ASSERT_EQ(sent.events.size(), 1u);
  EXPECT_EQ(sent.events[0].reference_id, 5);
  const Message reply = *tlib::DecodeMessage(sent.events[0].message.view());
  EXPECT_EQ(reply.type(), MessageType::kEventError);
  EXPECT_EQ(reply.Number(Attribute::kErrorCode), static_cast<int64_t>(ErrorCode::kInternal));
  EXPECT_EQ(Query(1, 2).events.size(), 1u);
}

TEST_F(SessionsTest, ACallThatIsWithheldInAnOverloadIsRefusedUnderItsNumber) {
  Open(1);
  Message withheld(MessageType::kEventError);
  withheld.Set(Attribute::kErrorCode, static_cast<int64_t>(ErrorCode::kServiceUnavailable))
      .Set(Attribute::kReferenceID, 5)
      .Set(Attribute::kThisDN, "1001");
  const Sent sent = Request(1, 1, withheld);
  ASSERT_EQ(sent.events.size(), 1u);
  EXPECT_EQ(sent.events[0].reference_id, 5);
  const Message reply = *tlib::DecodeMessage(sent.events[0].message.view());
  EXPECT_EQ(reply.type(), MessageType::kEventError);
  EXPECT_EQ(reply.Number(Attribute::kErrorCode), static_cast<int64_t>(ErrorCode::kServiceUnavailable));
  EXPECT_EQ(reply.Text(Attribute::kThisDN), "1001");
  EXPECT_EQ(Query(1, 2).events.size(), 1u);
}

TEST_F(SessionsTest, AnAcknowledgementOfWhatNeverWasOrIsLongKnownChangesNothing) {
  Open(1);
  for (uint64_t i = 1; i <= 3; ++i) Query(1, i);
  Acknowledge(1, 2);
  const SessionTable before = engine_.state().sessions;
  for (uint64_t number : {uint64_t{0}, uint64_t{1}, uint64_t{2}, uint64_t{4}, UINT64_MAX}) Acknowledge(1, number);
  Acknowledge(99, 3);
  EXPECT_EQ(engine_.state().sessions, before);
  Acknowledge(1, 3);
  EXPECT_TRUE(Find(1)->events.empty());
  EXPECT_EQ(Find(1)->queued_octets, 0u);
}

TEST_F(SessionsTest, ASessionWaitsForItsClientAsLongAsSessionTimeoutSays) {
  Configure({{"session-timeout", "40"}});
  const tlib::Attach attach = Open(1);
  Query(1, 1);
  engine_.Apply(ClientLinkLost{LinkId(1)});
  const EngineTime lost = engine_.now();
  WaitTo(lost + Duration::Milliseconds(39'999));
  EXPECT_NE(Find(attach.session), nullptr);
  const Sent back = Attach(2, attach);
  EXPECT_EQ(back.events.size(), 1u);
  WaitTo(lost + Duration::Seconds(500));
  EXPECT_NE(Find(attach.session), nullptr) << "it has a link";
  engine_.Apply(ClientLinkLost{LinkId(2)});
  WaitTo(lost + Duration::Seconds(541));
  EXPECT_EQ(Find(attach.session), nullptr);
  EXPECT_THAT(Attach(3, attach).closed, ElementsAre(ErrorCode::kUnknownSession));
}

TEST_F(SessionsTest, ANewReignHasNoLinksAndAllSessions) {
  const tlib::Attach attach = Open(1);
  Open(2);
  engine_.NextEpoch();
  engine_.Apply(EpochStart{{1, 2}, false});
  EXPECT_EQ(engine_.state().sessions.size(), 2u);
  EXPECT_THAT(Query(1, 1).closed, ElementsAre(ErrorCode::kUnknownSession));
  EXPECT_EQ(Attach(3, attach).attached.size(), 1u);
}

TEST_F(SessionsTest, AClientThatSaysGoodbyeLeavesNothing) {
  const State before = engine_.state();
  Open(1);
  engine_.Apply(ClientLinkLost{LinkId(1), true});
  EXPECT_EQ(engine_.state().sessions.size(), 0u);
  EXPECT_EQ(engine_.state().timers.size(), before.timers.size());
}

TEST_F(SessionsTest, WhoDoesNotTakeItsEventsIsDroppedAndNobodyElseIs) {
  Configure({{"client-queue-events", "100"}});
  Open(1);
  Open(2);
  std::vector<ErrorCode> closed;
  bool warned = false;
  for (uint64_t i = 1; i <= 101; ++i) {
    Query(2, i);
    Acknowledge(2, i);
    const Effects& effects = engine_.Apply(ClientRequested{LinkId(1), {i, Message(MessageType::kRequestQueryServer)}});
    const Sent sent = Take(1, effects);
    closed.insert(closed.end(), sent.closed.begin(), sent.closed.end());
    for (const Effect& effect : effects.list) {
      const auto* progress = std::get_if<SessionProgress>(&effect);
      if (progress == nullptr || progress->step != SessionProgress::Step::kSlow) continue;
      EXPECT_FALSE(std::exchange(warned, true));
      EXPECT_EQ(i, 50u) << "half full";
    }
    EXPECT_EQ(closed.empty(), i <= 100) << i;
  }
  EXPECT_TRUE(warned);
  EXPECT_THAT(closed, ElementsAre(ErrorCode::kSlowClient));
  EXPECT_EQ(Find(1), nullptr);
  EXPECT_EQ(Query(2, 102).events.size(), 1u);
}

TEST_F(SessionsTest, TheOctetsThatWaitAreBoundedToo) {
  Configure({{"client-queue-bytes", "4096"}});
  Open(1);
  uint64_t i = 0;
  for (Sent sent; sent.closed.empty() && i < 4096; ++i) {
    sent = Query(1, i + 1);
    if (Find(1) != nullptr) {
      EXPECT_LE(Find(1)->queued_octets, 4096u);
    }
  }
  EXPECT_EQ(Find(1), nullptr);
  EXPECT_GT(i, 10u);
}

TEST_F(SessionsTest, ThereAreNoMoreSessionsThanAreAllowed) {
  Configure({{"client-most-sessions", "2"}});
  Open(1);
  Open(2);
  EXPECT_THAT(Attach(3).closed, ElementsAre(ErrorCode::kTooManySessions));
  engine_.Apply(ClientLinkLost{LinkId(1)});
  EXPECT_THAT(Attach(4).closed, ElementsAre(ErrorCode::kTooManySessions)) << "one that waits counts, too";
  engine_.Apply(ClientLinkLost{LinkId(2), true});
  EXPECT_EQ(Attach(5).attached.size(), 1u);
}

TEST_F(SessionsTest, NobodyRegistersForMoreThanAThousandDns) {
  ConfigurationChange change;
  for (int i = 0; i < 1001; ++i) {
    Dn dn;
    dn.number = absl::StrCat(20'000 + i);
    change.upserts.push_back(std::move(dn));
  }
  engine_.Apply(ConfigurationChanged{std::move(change)});
  Open(1);
  for (uint64_t i = 1; i <= 1002; ++i) {
    Message request(MessageType::kRequestRegisterAddress);
    request.Set(Attribute::kThisDN, i == 1002 ? "20000" : absl::StrCat(20'000 + i - 1));
    const Message reply = *tlib::DecodeMessage(Request(1, i, request).events.at(0).message.view());
    EXPECT_EQ(reply.type(), i == 1001 ? MessageType::kEventError : MessageType::kEventRegistered) << i;
    if (i % 10 == 0) Acknowledge(1, i);
  }
}

// Links, sessions and numbers from outside may be anything, in any order.
TEST_F(SessionsTest, EveryInputHasAnOutcomeWhateverItNames) {
  Configure({{"client-queue-events", "5"}, {"client-most-sessions", "4"}, {"session-timeout", "2"}});
  std::mt19937_64 random(1);
  std::vector<tlib::Attach> known{{}};
  const std::vector<uint64_t> odd{0, 1, 2, 3, 7, UINT64_MAX - 1, UINT64_MAX};
  const auto pick = [&] { return odd[random() % odd.size()]; };
  for (int round = 0; round < 20'000; ++round) {
    const uint64_t link = random() % 6;
    engine_.Advance(Duration::Milliseconds(static_cast<int64_t>(random() % 300)));
    WaitTo(engine_.now());
    const Session* session = nullptr;
    for (const auto& [id, row] : engine_.state().sessions.rows()) session = row.link == LinkId(link) ? &row : session;
    const uint64_t next = session == nullptr ? 1 : session->last_request + 1;
    const uint64_t last = session == nullptr ? 1 : session->last_event();
    switch (random() % 8) {
      case 0:
        for (const tlib::Attached& a : Attach(link, known[random() % known.size()]).attached) {
          known.push_back({a.session, a.token, pick()});
        }
        break;
      case 1:
        Attach(link, {pick(), pick(), pick()});
        break;
      case 2:
      case 3:
      case 4:
        Query(link, random() % 4 == 0 ? pick() : next);
        break;
      case 5:
        engine_.Apply(ClientsAcknowledged{{{LinkId(link), last}, {LinkId(pick()), pick()}}});
        break;
      case 6:
        engine_.Apply(ClientLinkLost{LinkId(link), random() % 4 == 0});
        break;
      default:
        if (random() % 20 != 0) break;
        engine_.NextEpoch();
        engine_.Apply(EpochStart{{1, 2}, false});
    }
  }
  EXPECT_GT(engine_.state().event_sequence, 100u);
}

}  // namespace
}  // namespace understudy::engine
