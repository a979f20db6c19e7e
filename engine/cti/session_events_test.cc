// Who hears an event, and with which ReferenceID.
#include <string>
#include <variant>
#include <vector>

#include "engine/cti/session_steps.h"
#include "engine/cti/sessions.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/message_codec.h"

namespace understudy::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using tlib::Attribute;
using tlib::Message;
using tlib::MessageType;

struct Heard {
  uint64_t session = 0;
  uint64_t number = 0;
  absl::optional<int64_t> reference_id;
  friend bool operator==(const Heard&, const Heard&) = default;
};

class SessionEventsTest : public testing::Test {
 protected:
  // Session `id` has link `id`.
  Session& Add() {
    SessionTable& sessions = state_.sessions;
    const SessionId id = sessions.Add().id;
    sessions.SetLink(*sessions.Find(id), LinkId(id.value()));
    return *sessions.Find(id);
  }
  Session& At(uint64_t id) { return *state_.sessions.Find(SessionId(id)); }

  std::vector<Heard> Take() {
    std::vector<Heard> heard;
    for (const Effect& effect : effects_.list) {
      const auto* send = std::get_if<SendClient>(&effect);
      if (send == nullptr) continue;
      const auto& event = std::get<tlib::EventFrame>(send->frame);
      heard.push_back({send->session.value(), event.number, event.reference_id});
    }
    effects_.Clear();
    return heard;
  }

  State state_;
  Effects effects_;
  Context context_{state_, effects_, 0, effects_.scratch, {}, {}, {}, {}, {}};
};

TEST_F(SessionEventsTest, WhoIsRegisteredHearsItAndWhoAskedGetsTheReferenceID) {
  for (int i = 0; i < 4; ++i) Add();
  state_.sessions.Register(At(1), "1001");
  state_.sessions.Register(At(2), "1002");
  state_.sessions.SetAllDns(At(3), true);
  Message event(MessageType::kEventRinging);
  const SharedBytes body = Stamp(context_, &event);
  EXPECT_TRUE(SendToDn(context_, "1001", event, body, {SessionId(3), 9}));
  EXPECT_THAT(Take(), ElementsAre(Heard{1, 1, absl::nullopt}, Heard{3, 1, 9}));
  EXPECT_FALSE(SendToDn(context_, "1001", event, body, {SessionId(4), 9}));
  EXPECT_FALSE(SendToDn(context_, "1001", event, body, {}));
  EXPECT_THAT(Take(), testing::SizeIs(4));
}

TEST_F(SessionEventsTest, AMaskedEventReachesOnlyWhoAskedForIt) {
  Add();
  Add();
  for (uint64_t id : {1, 2}) {
    state_.sessions.Register(At(id), "1001");
    At(id).masked = {static_cast<uint16_t>(MessageType::kEventRinging)};
  }
  Message event(MessageType::kEventRinging);
  const SharedBytes body = Stamp(context_, &event);
  EXPECT_TRUE(SendToDn(context_, "1001", event, body, {SessionId(2), 0}));
  EXPECT_THAT(Take(), ElementsAre(Heard{2, 1, 0}));
  Message other(MessageType::kEventDialing);
  SendToDn(context_, "1001", other, Stamp(context_, &other), {});
  EXPECT_THAT(Take(), ElementsAre(Heard{1, 1, absl::nullopt}, Heard{2, 2, absl::nullopt}));
}

TEST_F(SessionEventsTest, WithoutALinkAnEventWaits) {
  state_.sessions.SetLink(Add(), LinkId());
  Message event(MessageType::kEventRinging);
  const SharedBytes body = Stamp(context_, &event);
  SendToSession(context_, SessionId(1), body, 5);
  EXPECT_THAT(Take(), IsEmpty());
  ASSERT_EQ(At(1).events.size(), 1u);
  EXPECT_EQ(At(1).events[0], (QueuedEvent{5, body}));
}

TEST_F(SessionEventsTest, ASessionThatIsFullEndsWhileTheOthersHearTheEvent) {
  for (int i = 0; i < 3; ++i) state_.sessions.SetAllDns(Add(), true);
  ConfigurationChange change;
  change.options.emplace();
  (*change.options)["TServer"]["client-queue-events"] = "10";
  state_.configuration.Apply(change);
  Message event(MessageType::kEventRinging);
  const SharedBytes body = Stamp(context_, &event);
  for (int i = 0; i < 10; ++i) SendToSession(context_, SessionId(2), body, absl::nullopt);
  effects_.Clear();
  EXPECT_TRUE(SendToDn(context_, "1001", event, body, {SessionId(2), 3}));
  EXPECT_EQ(state_.sessions.Find(SessionId(2)), nullptr);
  ASSERT_EQ(effects_.list.size(), 4u);
  EXPECT_EQ(std::get<SendClient>(effects_.list[0]).session, SessionId(1));
  EXPECT_EQ(std::get<CloseClient>(effects_.list[1]).goodbye.code, tlib::ErrorCode::kSlowClient);
  EXPECT_EQ(std::get<SessionProgress>(effects_.list[2]).step, SessionProgress::Step::kEnded);
  EXPECT_EQ(std::get<SendClient>(effects_.list[3]).session, SessionId(3));
}

TEST_F(SessionEventsTest, MonitorsHearOfCallsAndOthersDoNot) {
  Add();
  EXPECT_FALSE(IsHeard(context_, "1001"));
  state_.sessions.SetMonitorsCalls(Add(), true);
  EXPECT_TRUE(IsHeard(context_, "1001"));
  Message event(MessageType::kEventCallCreated);
  SendToMonitors(context_, Stamp(context_, &event));
  EXPECT_THAT(Take(), ElementsAre(Heard{2, 1, absl::nullopt}));
}

TEST_F(SessionEventsTest, EveryEventHasATimeAndANumberOfItsOwn) {
  state_.wall_time = WallTime::FromNanoseconds(1'700'000'000'123'456'789);
  for (int64_t i = 1; i <= 3; ++i) {
    Message event(MessageType::kEventRinging);
    const SharedBytes body = Stamp(context_, &event);
    const Message decoded = *tlib::DecodeMessage(body.view());
    EXPECT_EQ(decoded, event);
    EXPECT_EQ(decoded.Number(Attribute::kEventSequenceNumber), i);
    EXPECT_EQ(decoded.Number(Attribute::kTime), 1'700'000'000'123'456);
  }
}

TEST_F(SessionEventsTest, ARefusalNamesWhatWasAskedAndWhoseRequestItWas) {
  Add();
  Message request(MessageType::kRequestRegisterAddress);
  request.Set(Attribute::kThisDN, "1001").Set(Attribute::kConnID, 17);
  Refuse(context_, {SessionId(1), 4}, request, tlib::ErrorCode::kUnknownDN, "why");
  EXPECT_THAT(Take(), ElementsAre(Heard{1, 1, 4}));
  const Message error = *tlib::DecodeMessage(At(1).events[0].message.view());
  EXPECT_EQ(error.type(), MessageType::kEventError);
  EXPECT_EQ(error.Number(Attribute::kErrorCode), static_cast<int64_t>(tlib::ErrorCode::kUnknownDN));
  EXPECT_EQ(error.Text(Attribute::kErrorMessage), "why");
  EXPECT_EQ(error.Text(Attribute::kThisDN), "1001");
  EXPECT_EQ(error.Number(Attribute::kConnID), 17);
  Refuse(context_, {SessionId(9), 4}, request, tlib::ErrorCode::kUnknownDN, "nobody asked");
  EXPECT_EQ(state_.event_sequence, 1u);
}

}  // namespace
}  // namespace understudy::engine
