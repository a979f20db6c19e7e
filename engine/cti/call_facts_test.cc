#include "engine/cti/call_facts.h"

#include <string>

#include "engine/archive.h"
#include "gtest/gtest.h"
#include "tlib/attribute.h"

namespace understudy::engine {
namespace {

CallFacts TwoParties() {
  CallFacts facts;
  facts.conn_id = 7;
  Party caller;
  caller.id = 1;
  caller.leg = LegId(1);
  caller.number = "0301234";
  caller.trunk = "gw";
  caller.state = tlib::PartyState::kConnected;
  Party called;
  called.id = 2;
  called.leg = LegId(2);
  called.number = "1002";
  facts.parties = {caller, called};
  return facts;
}

TEST(CallFacts, WhoIsBeyondATrunkIsNoDnOfItsNumber) {
  const CallFacts facts = TwoParties();
  EXPECT_EQ(facts.FindParty("0301234"), nullptr);
  EXPECT_EQ(facts.FindParty("gw"), nullptr);
  EXPECT_EQ(facts.FindParty("1002")->id, 2u);
  EXPECT_EQ(facts.FindParty(LegId(1))->id, 1u);
  EXPECT_EQ(facts.FindParty(LegId(3)), nullptr);
}

TEST(CallFacts, WhoIsOnlyCalledIsNotTold) {
  EXPECT_EQ(TwoParties().CountTold(), 1u);
}

TEST(CallFacts, UserDataComesBackAsItWas) {
  CallFacts facts;
  EXPECT_TRUE(UserDataOf(facts).empty());
  tlib::KeyValueList inner;
  inner.Append("a", int64_t{1});
  tlib::KeyValueList data;
  data.Append("key", "first");
  data.Append("key", "second");
  data.Append("list", inner);
  ASSERT_TRUE(SetUserData(data, &facts));
  EXPECT_EQ(UserDataOf(facts), data);
  ASSERT_TRUE(SetUserData({}, &facts));
  EXPECT_EQ(facts, CallFacts());
}

TEST(CallFacts, UserDataAtTheLimitIsTakenAndBeyondItIsNot) {
  CallFacts facts;
  tlib::KeyValueList data;
  data.Append("k", std::string(tlib::MostOctets(tlib::Attribute::kUserData) - tlib::kPairOctets - 1, 'x'));
  EXPECT_TRUE(SetUserData(data, &facts));
  const CallFacts before = facts;
  data.Append("k", int64_t{1});
  EXPECT_FALSE(SetUserData(data, &facts));
  EXPECT_EQ(facts, before);
}

TEST(CallFacts, SavedAndLoadedTheyAreTheSame) {
  CallFacts facts = TwoParties();
  tlib::KeyValueList data;
  data.Append("key", "value");
  ASSERT_TRUE(SetUserData(data, &facts));
  PendingRequest pending;
  pending.type = tlib::MessageType::kRequestAnswerCall;
  pending.cause = RequestCause{SessionId(3), -1};
  facts.parties[1].pending = pending;
  facts.parties[1].sent_by = "1001";
  facts.left_number = "1003";
  CallFacts loaded;
  ASSERT_TRUE(LoadRow(SaveRow(facts), loaded));
  EXPECT_EQ(loaded, facts);
}

}  // namespace
}  // namespace understudy::engine
