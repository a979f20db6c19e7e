#include "engine/trunks/trunk_choice.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

using Options = absl::btree_map<std::string, std::string>;

class TrunkChoiceTest : public ::testing::Test {
 protected:
  void AddTrunk(const std::string& number, Options options) {
    options.emplace("contact", "10.0.0.1");
    Add(number, DnType::kTrunk, std::move(options));
  }

  void Add(const std::string& number, DnType type, Options options) {
    Dn dn;
    dn.number = number;
    dn.type = type;
    dn.options["TServer"] = std::move(options);
    ConfigurationChange change;
    change.upserts.push_back(std::move(dn));
    state_.configuration.Apply(change);
  }

  void Take(const std::string& number, int places) {
    for (int i = 0; i < places; ++i) {
      state_.legs.Occupy(state_.legs.Add(CallId(1)), TrunkUse{number});
    }
  }

  // In the order in which one call tries them.
  std::vector<std::string> Order(absl::string_view dialled, Place place = Place::kTaken) const {
    std::vector<std::string> tried;
    while (const Dn* trunk = ChooseTrunk(state_, dialled, place, tried)) tried.push_back(trunk->number);
    return tried;
  }

  State state_;
};

using Names = std::vector<std::string>;

TEST_F(TrunkChoiceTest, PriorityGoesBeforeThePrefixAndThatBeforeFreePlacesAndTheNumber) {
  AddTrunk("d", {{"prefix", "9"}, {"priority", "1"}});
  AddTrunk("c", {{"prefix", "90"}, {"priority", "2"}, {"capacity", "5"}});
  AddTrunk("e", {{"prefix", "90"}, {"priority", "2"}, {"capacity", "7"}});
  AddTrunk("f", {{"prefix", "9"}, {"priority", "2"}});
  AddTrunk("b", {{"prefix", "9"}, {"priority", "3"}});
  AddTrunk("a", {{"prefix", "9"}, {"priority", "3"}});
  AddTrunk("x", {{"prefix", "91"}});
  EXPECT_EQ(Order("9030"), (Names{"d", "e", "c", "f", "a", "b"}));
  Take("e", 3);
  EXPECT_EQ(Order("9030"), (Names{"d", "c", "e", "f", "a", "b"}));
  EXPECT_EQ(Order("80"), Names());
}

TEST_F(TrunkChoiceTest, WithoutPrioritiesTheLongestPrefixIsFirst) {
  AddTrunk("a", {{"prefix", "9"}});
  AddTrunk("b", {{"prefix", "903"}});
  AddTrunk("c", {{"prefix", "90"}});
  EXPECT_EQ(Order("9030"), (Names{"b", "c", "a"}));
}

TEST_F(TrunkChoiceTest, AFullTrunkTakesMessagesOnly) {
  AddTrunk("a", {{"prefix", "9"}, {"capacity", "2"}});
  Take("a", 1);
  EXPECT_EQ(Order("90"), Names{"a"});
  Take("a", 1);
  EXPECT_EQ(Order("90"), Names());
  EXPECT_EQ(Order("90", Place::kNone), Names{"a"});
  Take("a", 5);  // calls that came in
  EXPECT_EQ(Order("90"), Names());
}

TEST_F(TrunkChoiceTest, AGroupSharesItsPlaces) {
  AddTrunk("a", {{"prefix", "9"}, {"capacity", "3"}, {"capacity-group", "g"}});
  AddTrunk("b", {{"prefix", "9"}, {"capacity", "4"}, {"capacity-group", "g"}});
  AddTrunk("c", {{"prefix", "8"}, {"capacity-group", "g"}});
  Take("c", 2);
  EXPECT_EQ(PlacesTaken(state_, *state_.configuration.FindDn("a")), 2u);
  EXPECT_EQ(Order("90"), (Names{"b", "a"}));
  Take("b", 1);
  EXPECT_EQ(Order("90"), Names{"b"});
  Take("a", 1);
  EXPECT_EQ(Order("90"), Names());
  EXPECT_EQ(Order("80"), Names{"c"}) << "it has no limit of its own";
}

TEST_F(TrunkChoiceTest, WhatIsOutOfServiceRestsOrHasNoContactDoesNotCount) {
  AddTrunk("a", {{"prefix", "9"}});
  AddTrunk("b", {{"prefix", "9"}});
  Add("c", DnType::kTrunk, {{"prefix", "9"}});
  state_.devices.Add("a").out = true;
  EXPECT_EQ(Order("90"), Names{"b"});
  Device& b = state_.devices.Add("b");
  b.rest = state_.timers.Start(EngineTime(), Duration::Seconds(5), {TimerKind::kRest, b.id.value()});
  EXPECT_EQ(Order("90"), Names());
}

TEST_F(TrunkChoiceTest, SoftswitchesComeInTheOrderOfTheDn) {
  Add("1001", DnType::kExtension, {{"softswitch", "s2, s1,nobody"}});
  Add("s1", DnType::kOther, {{"contact", "10.0.0.1"}});
  Add("s2", DnType::kOther, {{"contact", "10.0.0.2"}, {"capacity", "1"}});
  const Dn& dn = *state_.configuration.FindDn("1001");
  EXPECT_EQ(ChooseSoftswitch(state_, dn, Place::kTaken)->number, "s2");
  const Names tried{"s2"};
  EXPECT_EQ(ChooseSoftswitch(state_, dn, Place::kTaken, tried)->number, "s1");
  Take("s2", 1);
  EXPECT_EQ(ChooseSoftswitch(state_, dn, Place::kTaken)->number, "s1");
  state_.devices.Add("s1").out = true;
  EXPECT_EQ(ChooseSoftswitch(state_, dn, Place::kTaken), nullptr);
}

TEST_F(TrunkChoiceTest, APlaceIsGivenBackWithItsLegOrWhenThatGoesElsewhere) {
  Leg& leg = state_.legs.Add(CallId(1));
  state_.legs.Occupy(leg, TrunkUse{"a"});
  EXPECT_EQ(state_.legs.PlacesTaken("a"), 1u);
  state_.legs.Occupy(leg, TrunkUse{"b"});
  EXPECT_EQ(state_.legs.PlacesTaken("a"), 0u);
  EXPECT_EQ(state_.legs.PlacesTaken("b"), 1u);
  state_.legs.Remove(leg.id);
  EXPECT_EQ(state_.legs.PlacesTaken("b"), 0u);
}

}  // namespace
}  // namespace understudy::engine
