// Random walks of two nodes, a witness and all that can go wrong: the properties hold after every step, and when the
// faults are over there is a pair again. UNDERSTUDY_WALKS=100000 makes a long run of it, UNDERSTUDY_SEED=17 begins
// with that walk.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "gtest/gtest.h"
#include "replication/model_world_testing.h"

namespace understudy::replication {
namespace {

constexpr uint64_t kUsualWalks = 8000;

uint64_t Walks(uint64_t usual) {
  const char* wanted = std::getenv("UNDERSTUDY_WALKS");
  return wanted == nullptr ? usual : std::strtoull(wanted, nullptr, 10);
}

uint64_t FirstSeed() {
  const char* wanted = std::getenv("UNDERSTUDY_SEED");
  return wanted == nullptr ? 1 : std::strtoull(wanted, nullptr, 10);
}

void Explore(CommitMode mode, uint64_t walks, Coverage* coverage) {
  ModelOptions options;
  options.pair = ModelTimes(mode);
  for (uint64_t seed = FirstSeed(); seed < FirstSeed() + walks; ++seed) {
    World world(options, seed, coverage);
    ++coverage->walks;
    world.Walk(Bounds());
    ASSERT_EQ(world.broken(), "") << "seed " << seed << ": " << world.History();
    const bool well = world.Calm();
    ASSERT_EQ(world.broken(), "") << "seed " << seed << ", calm phase: " << world.History();
    ASSERT_TRUE(well) << "seed " << seed << " has no pair in the end: " << ToText(*world.witness()) << "\n"
                      << world.History().substr(0, 6000);
  }
}

// A blank witness, another pair's or a stale one, force, and the policy `alone` are other tests'.
void ExpectAllReached(const Coverage& coverage) {
  for (int e = 0; e < kPairEvents; ++e) {
    const auto event = static_cast<PairEvent>(e);
    const bool elsewhere = event == PairEvent::kWitnessBlank || event == PairEvent::kWitnessOther ||
                           event == PairEvent::kUnguarded || event == PairEvent::kForceGivenUp ||
                           event == PairEvent::kWitnessStale;
    EXPECT_TRUE(elsewhere || coverage.events[static_cast<size_t>(e)] > 0) << "event " << e;
  }
  for (int a = 0; a < kActs; ++a) EXPECT_GT(coverage.acts[static_cast<size_t>(a)], 0u) << ActName(static_cast<Act>(a));
  for (int o = 0; o < kRegisterOperations; ++o) {
    if (static_cast<RegisterOperation>(o) == RegisterOperation::kForce) continue;
    const auto& verdicts = coverage.verdicts[static_cast<size_t>(o)];
    EXPECT_GT(verdicts[static_cast<size_t>(RegisterVerdict::kDone)], 0u) << o;
    EXPECT_GT(verdicts[static_cast<size_t>(RegisterVerdict::kOtherVersion)], 0u) << o;
  }
}

class PairModel : public testing::TestWithParam<CommitMode> {};

TEST_P(PairModel, KeepsEveryPropertyInEveryWalkAndBecomesAPairAgain) {
  Coverage coverage;
  const uint64_t walks = Walks(kUsualWalks);
  Explore(GetParam(), walks, &coverage);
  std::cout << coverage.ToText() << "\n";
  if (walks >= kUsualWalks) ExpectAllReached(coverage);
}

INSTANTIATE_TEST_SUITE_P(Modes, PairModel, testing::Values(CommitMode::kDurable, CommitMode::kReceived),
                         [](const auto& i) { return std::string(ModeName(i.param)); });

}  // namespace
}  // namespace understudy::replication
