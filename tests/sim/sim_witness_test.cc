#include "tests/sim/sim_witness.h"

#include <vector>

#include "gtest/gtest.h"
#include "tests/sim/sim_loop.h"

namespace understudy::sim {
namespace {

using replication::RegisterAnswer;
using replication::RegisterOperation;
using replication::RegisterRequest;

RegisterRequest Create() {
  RegisterRequest request;
  request.operation = RegisterOperation::kCreate;
  request.cluster_id = 7;
  request.asker = {1, 1};
  request.epoch = Epoch(1);
  return request;
}

struct Asked {
  EventQueue events;
  SimLoop loop{&events};
  SimRegister reg{&events, Chance(5)};
  SimWitness witness{&loop, &reg, 0};
  std::vector<absl::StatusOr<RegisterAnswer>> answers;

  void Ask(const RegisterRequest& request) {
    witness.Ask(request, [this](const absl::StatusOr<RegisterAnswer>& answer) { answers.push_back(answer); });
    events.RunUntil(events.now() + Duration::Seconds(2));
  }
};

TEST(SimWitnessTest, AQuestionIsAnsweredOnce) {
  Asked asked;
  asked.Ask(Create());
  ASSERT_EQ(asked.answers.size(), 1u);
  EXPECT_EQ(asked.answers[0]->now->primary.store_id, 1u);
  EXPECT_EQ(asked.reg.history().size(), 1u);
}

TEST(SimWitnessTest, AWitnessThatIsCutOffSaysNothingAndDecidesNothing) {
  Asked asked;
  asked.reg.SetCut(0, true);
  asked.Ask(Create());
  ASSERT_EQ(asked.answers.size(), 1u);
  EXPECT_FALSE(asked.answers[0].ok());
  EXPECT_FALSE(asked.reg.value().has_value());
}

TEST(SimWitnessTest, ALostAnswerIsDecidedAllTheSame) {
  Asked asked;
  asked.reg.SetTrouble({.lose_answer = 100});
  asked.Ask(Create());
  ASSERT_EQ(asked.answers.size(), 1u);
  EXPECT_FALSE(asked.answers[0].ok());
  EXPECT_TRUE(asked.reg.value().has_value());
}

TEST(SimWitnessTest, ALateCopyIsDecidedAgainByItsVersion) {
  Asked asked;
  asked.reg.SetTrouble({.late_copy = 100});
  asked.Ask(Create());
  asked.events.RunUntil(Duration::Seconds(60));
  ASSERT_EQ(asked.answers.size(), 1u);
  EXPECT_TRUE(asked.answers[0].ok());
  EXPECT_EQ(asked.reg.history().size(), 1u);
}

// The create's changes of the file: two writes, two syncs.
TEST(SimWitnessTest, ADeathOverARequestIsAnErrorToTheAskerAndWhetherItWasGrantedIsSaidAtTheNextStart) {
  for (uint64_t changes = 0; changes <= 4; ++changes) {
    Asked asked;
    std::vector<std::pair<WitnessFate, bool>> fates;
    asked.reg.OnFate([&](size_t, const RegisterRequest*, WitnessFate fate, bool granted) {
      fates.push_back({fate, granted});
    });
    asked.reg.OnWrong([](const std::string& what) { FAIL() << what; });
    asked.reg.DieAfter(changes, {});
    asked.Ask(Create());
    ASSERT_EQ(asked.answers.size(), 1u);
    EXPECT_FALSE(asked.answers[0].ok());
    EXPECT_FALSE(asked.reg.value().has_value());
    EXPECT_EQ(asked.reg.Possible().size(), 1u) << "what it died over may yet turn out to be granted";
    asked.reg.Start();
    const bool kept = changes > 0;  // written, whether it was synced or not: only the process has died
    EXPECT_EQ(asked.reg.value().has_value(), kept) << changes;
    EXPECT_EQ(asked.reg.Possible().size(), kept ? 1u : 0u);
    ASSERT_EQ(fates.size(), kept ? 2u : 1u);
    EXPECT_EQ(fates[0], std::make_pair(WitnessFate::kDied, false));
    if (kept) {
      EXPECT_EQ(fates[1], std::make_pair(WitnessFate::kDied, true));
    }
  }
}

TEST(SimWitnessTest, WhereNobodyListensThatIsSaidAtOnceAndADarkMachineSaysNothing) {
  for (const bool power : {false, true}) {
    Asked asked;
    asked.reg.Die({power, 1});
    absl::optional<Duration> answered;
    asked.witness.Read([&](const absl::StatusOr<RegisterAnswer>& answer) {
      EXPECT_FALSE(answer.ok());
      answered = asked.events.now();
    });
    asked.events.RunUntil(Duration::Seconds(2));
    ASSERT_TRUE(answered.has_value());
    EXPECT_EQ(*answered == SimRegister::kDeadline, power);
  }
}

}  // namespace
}  // namespace understudy::sim
