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

}  // namespace
}  // namespace understudy::sim
