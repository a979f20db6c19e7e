#include "engine/cti/party_index.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Party PartyOf(uint32_t id, const char* number) {
  Party party;
  party.id = id;
  party.leg = LegId(id);
  party.number = number;
  return party;
}

TEST(PartyIndex, FindsACallByItsConnIdWhileItIsThere) {
  PartyIndex index;
  index.AddCall(CallId(3), 0x1234);
  EXPECT_EQ(index.FindCall(0x1234), CallId(3));
  EXPECT_TRUE(index.FindCall(0).empty());
  index.RemoveCall(0x1234);
  EXPECT_TRUE(index.FindCall(0x1234).empty());
  EXPECT_EQ(index, PartyIndex());
}

TEST(PartyIndex, FindsTheCallsOfADnInTheirOrderAndNoOthers) {
  PartyIndex index;
  index.AddParty(CallId(2), PartyOf(1, "1001"));
  index.AddParty(CallId(1), PartyOf(1, "1001"));
  index.AddParty(CallId(4), PartyOf(1, "100"));
  index.AddParty(CallId(5), PartyOf(1, "10010"));
  EXPECT_THAT(index.CallsOf("1001"), ElementsAre(CallId(1), CallId(2)));
  EXPECT_THAT(index.CallsOf("10"), IsEmpty());
}

TEST(PartyIndex, ADnThatIsTwiceInACallIsThereUntilBothPartsHaveGone) {
  PartyIndex index;
  CallFacts facts;
  facts.conn_id = 1;
  facts.parties = {PartyOf(1, "1001"), PartyOf(2, "1001")};
  index.Load(CallId(1), facts);
  const Party first = facts.parties.front();
  facts.parties.erase(facts.parties.begin());
  index.RemoveParty(CallId(1), facts, first);
  EXPECT_THAT(index.CallsOf("1001"), ElementsAre(CallId(1)));
  const Party second = facts.parties.front();
  facts.parties.clear();
  index.RemoveParty(CallId(1), facts, second);
  EXPECT_THAT(index.CallsOf("1001"), IsEmpty());
}

TEST(PartyIndex, WhatIsLoadedIsWhatWasBuilt) {
  CallFacts facts;
  facts.conn_id = 9;
  facts.parties = {PartyOf(1, "1001"), PartyOf(2, "0301234")};
  facts.parties[1].trunk = "gw";
  PartyIndex built;
  built.AddCall(CallId(1), 9);
  for (const Party& party : facts.parties) built.AddParty(CallId(1), party);
  PartyIndex loaded;
  loaded.Load(CallId(1), facts);
  EXPECT_EQ(loaded, built);
  EXPECT_THAT(loaded.CallsOf("0301234"), IsEmpty());
}

}  // namespace
}  // namespace understudy::engine
