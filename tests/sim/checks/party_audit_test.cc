// Parties and legs of a call agree in each of its states, and each way in which they do not is named.
#include "tests/sim/checks/party_audit.h"

#include <string>

#include "engine/call.h"
#include "engine/leg.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sim/checks/test_office.h"

namespace understudy::sim {
namespace {

using engine::Call;
using engine::Leg;
using engine::State;
using ::testing::HasSubstr;

class PartyAuditTest : public ::testing::Test {
 protected:
  PartyAuditTest() {
    office_.Register();
    office_.Invite();
    office_.Ring();
    office_.Answer();
    office_.Acknowledge();
    state_ = office_.state();
  }
  Call& call() { return *state_.calls.Find(office_.call()); }
  Leg& leg(size_t place) { return *state_.legs.Find(call().legs[place]); }

  TestOffice office_;
  State state_;
};

TEST_F(PartyAuditTest, AnEstablishedCallIsWhole) {
  ASSERT_EQ(call().facts.parties.size(), 2u);
  EXPECT_EQ(AuditParties(state_), "");
}

TEST_F(PartyAuditTest, ALegThatIsOverHasNoParty) {
  leg(0).phase = Leg::Phase::kReleased;
  EXPECT_THAT(AuditParties(state_), HasSubstr("has a leg that is over"));
}

TEST_F(PartyAuditTest, ALegThatLivesHasAParty) {
  call().facts.parties.pop_back();
  EXPECT_THAT(AuditParties(state_), HasSubstr("lives, and has no party"));
}

TEST_F(PartyAuditTest, ALegThatHasHandedItsCallOverNeedsNoParty) {
  call().facts.parties.pop_back();
  leg(1).referral.step = engine::Referral::Step::kTrying;
  EXPECT_THAT(AuditParties(state_), HasSubstr("lives, and has no party"));
  leg(1).referral.step = engine::Referral::Step::kDone;
  EXPECT_EQ(AuditParties(state_), "");
}

TEST_F(PartyAuditTest, OfSeveralPhonesThatRingForANumberOneIsAParty) {
  call().facts.parties.pop_back();
  leg(1).branching.set = engine::LegId(77);
  leg(1).phase = Leg::Phase::kAlerting;
  EXPECT_EQ(AuditParties(state_), "");
  leg(1).branching.leads = true;
  EXPECT_THAT(AuditParties(state_), HasSubstr("lives, and has no party"));
  leg(1).branching.leads = false;
  leg(1).phase = Leg::Phase::kConfirmed;
  EXPECT_THAT(AuditParties(state_), HasSubstr("lives, and has no party"));
}

TEST_F(PartyAuditTest, APartyHasALeg) {
  call().facts.parties.back().leg = engine::LegId(999);
  EXPECT_THAT(AuditParties(state_), HasSubstr("has no leg"));
}

TEST_F(PartyAuditTest, ADnIsInACallOnce) {
  call().facts.parties.back().number = call().facts.parties.front().number;
  EXPECT_THAT(AuditParties(state_), HasSubstr("is in call 1 twice"));
}

TEST_F(PartyAuditTest, AKnownCallHasPartiesAndIsFound) {
  call().facts.conn_id += 1;
  EXPECT_THAT(AuditParties(state_), HasSubstr("is not found by its ConnID"));
  call().facts.parties.clear();
  EXPECT_THAT(AuditParties(state_), HasSubstr("is known, and has no party"));
}

}  // namespace
}  // namespace understudy::sim
