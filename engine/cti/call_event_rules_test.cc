#include "engine/cti/call_event_rules.h"

#include <set>

#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

using tlib::Attribute;
using tlib::CallState;
using tlib::MessageType;

constexpr Presence N = Presence::kNever;
constexpr Presence O = Presence::kMay;
constexpr Presence C = Presence::kConsult;
constexpr Presence M = Presence::kAlways;

struct Expected {
  MessageType type;
  Presence role, queue, other, third, state, previous, ani, dnis;
};

// Section 4.2 of the reference, written down a second time.
constexpr Expected kMatrix[] = {
    {MessageType::kEventDialing, M, N, M, O, M, C, N, O},
    {MessageType::kEventNetworkReached, M, O, O, O, M, C, O, O},
    {MessageType::kEventDestinationBusy, M, O, O, N, M, C, O, O},
    {MessageType::kEventRinging, M, O, O, O, M, C, O, O},
    {MessageType::kEventEstablished, M, O, O, O, O, C, O, O},
    {MessageType::kEventHeld, M, O, O, N, O, C, O, O},
    {MessageType::kEventRetrieved, M, O, O, N, M, C, O, O},
    {MessageType::kEventReleased, M, O, O, O, M, C, O, O},
    {MessageType::kEventAbandoned, M, O, O, N, M, C, O, O},
    {MessageType::kEventPartyChanged, M, O, M, M, M, O, O, O},
    {MessageType::kEventPartyAdded, M, O, M, M, M, O, O, O},
    {MessageType::kEventPartyDeleted, M, O, M, M, M, O, O, O},
    {MessageType::kEventAttachedDataChanged, O, O, O, O, O, O, O, O},
    {MessageType::kEventDTMFSent, M, O, O, N, O, C, O, O},
};

TEST(CallEventRules, EveryCellIsTheReferences) {
  ASSERT_EQ(CallEventRules().size(), std::size(kMatrix));
  for (const Expected& row : kMatrix) {
    SCOPED_TRACE(tlib::MessageTypeName(row.type));
    EXPECT_EQ(PresenceOf(row.type, Attribute::kThisDNRole), row.role);
    EXPECT_EQ(PresenceOf(row.type, Attribute::kThisQueue), row.queue);
    EXPECT_EQ(PresenceOf(row.type, Attribute::kOtherDN), row.other);
    EXPECT_EQ(PresenceOf(row.type, Attribute::kThirdPartyDN), row.third);
    EXPECT_EQ(PresenceOf(row.type, Attribute::kCallState), row.state);
    EXPECT_EQ(PresenceOf(row.type, Attribute::kPreviousConnID), row.previous);
    EXPECT_EQ(PresenceOf(row.type, Attribute::kANI), row.ani);
    EXPECT_EQ(PresenceOf(row.type, Attribute::kDNIS), row.dnis);
  }
}

TEST(CallEventRules, NoEventHasTwoRows) {
  std::set<MessageType> types;
  for (const CallEventRule& rule : CallEventRules()) EXPECT_TRUE(types.insert(rule.type).second);
}

// 2.14 of the reference, and 487, which is no failure.
TEST(CallEventRules, EveryStatusHasACallState) {
  for (int status = 0; status < 700; ++status) {
    CallState expected = status < 300 ? CallState::kOk : CallState::kGeneralError;
    if (status == 486 || status == 600) expected = CallState::kBusy;
    if (status == 480 || status == 408) expected = CallState::kNoAnswer;
    if (status == 404 || status == 484) expected = CallState::kSitInvalidnum;
    if (status == 503) expected = CallState::kAllTrunksBusy;
    if (status == 487) expected = CallState::kOk;
    EXPECT_EQ(CallStateOf(status), expected) << status;
  }
}

}  // namespace
}  // namespace understudy::engine
