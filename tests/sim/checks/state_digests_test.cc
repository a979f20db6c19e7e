#include "tests/sim/checks/state_digests.h"

#include <string>
#include <utility>

#include "engine/snapshot.h"
#include "gtest/gtest.h"
#include "tests/sim/checks/test_office.h"

namespace understudy::sim {
namespace {

using engine::DigestState;
using engine::State;

using Lane = engine::TransactionTable::Lane;

// With finished transactions of both kinds, the call's and those of the registrations.
void Talk(TestOffice* office) {
  office->Register();
  office->Invite();
  office->Ring();
  office->Answer();
  office->Acknowledge();
  office->HangUp();
  office->AnswerBye();
}

TEST(StateDigestsTest, TheyAreTheDigestsOfTheStatesWhileRowsComeAndGo) {
  TestOffice office;
  StateDigests digests;
  ASSERT_EQ(digests.Of(office.state()), DigestState(office.state()));
  for (int round = 0; round < 3; ++round) {
    Talk(&office);
    ASSERT_GT(office.state().transactions.finished(), 3u);
    for (int second = 0; second < 20; ++second) {
      office.Pass(Duration::Seconds(1));
      ASSERT_EQ(digests.Of(office.state()), DigestState(office.state())) << round << " " << second;
    }
  }
}

TEST(StateDigestsTest, StatesOfTwoNodesMayTakeTurns) {
  TestOffice office;
  Talk(&office);
  const State backup = office.state();
  office.Pass(Duration::Seconds(6));
  StateDigests digests;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(digests.Of(office.state()), DigestState(office.state()));
    EXPECT_EQ(digests.Of(backup), DigestState(backup));
    EXPECT_EQ(digests.Of(State()), DigestState(State()));
  }
}

TEST(StateDigestsTest, AChangeOfAnyFinishedRowIsSeen) {
  TestOffice office;
  Talk(&office);
  const State& state = office.state();
  StateDigests digests;
  const Hash128 before = digests.Of(state);
  for (const Lane lane : {Lane::kShort, Lane::kLong}) {
    for (size_t i = 0; i < state.transactions.lane(lane).size(); ++i) {
      State changed = state;
      auto& row = const_cast<engine::FinishedTransaction&>(changed.transactions.lane(lane).rows()[i]);
      row.cseq ^= 1;
      EXPECT_NE(digests.Of(changed), before);
      EXPECT_EQ(digests.Of(changed), DigestState(changed));
      row.cseq ^= 1;
      row.answer = SharedBytes(std::string(row.answer.view()) + "x");
      EXPECT_EQ(digests.Of(changed), DigestState(changed));
    }
  }
}

}  // namespace
}  // namespace understudy::sim
