#include "tests/sim/witness_machine.h"

#include <string>

#include "daemon/witness/register_json.h"
#include "gtest/gtest.h"

namespace understudy::sim {
namespace {

using replication::RegisterOperation;
using replication::RegisterRequest;

std::string RequestOf(RegisterOperation operation, uint64_t version) {
  RegisterRequest request;
  request.operation = operation;
  request.cluster_id = 7;
  request.version = version;
  request.asker = {0xa, 1};
  return witness::RequestJson(request);
}
std::string Touch(uint64_t version) { return RequestOf(RegisterOperation::kTouch, version); }

class WitnessMachineTest : public testing::Test {
 protected:
  WitnessMachineTest() { EXPECT_TRUE(machine_.Ask(RequestOf(RegisterOperation::kCreate, 0)).has_value()); }
  uint64_t version() const { return machine_.value()->version; }

  WitnessMachine machine_;
};

TEST_F(WitnessMachineTest, WhatIsAnsweredSurvivesEveryDeath) {
  for (uint64_t draw = 0; draw < 100; ++draw) {
    ASSERT_TRUE(machine_.Ask(Touch(version())).has_value());
    machine_.Die({draw % 2 == 0, draw});
    EXPECT_EQ(machine_.Ask(absl::nullopt), absl::nullopt);
    EXPECT_EQ(machine_.dark(), draw % 2 == 0);
    ASSERT_TRUE(machine_.Start().ok());
    ASSERT_EQ(version(), draw + 2);
  }
}

TEST_F(WitnessMachineTest, ADeathAtAChangeIsNotAnsweredAndTornSlotsAreMet) {
  uint64_t granted = 0;
  uint64_t slots_lost = 0;
  for (uint64_t draw = 0; draw < 100; ++draw) {
    const uint64_t before = version();
    machine_.DieAfter(draw % 5, {true, draw / 5});
    ASSERT_EQ(machine_.Ask(Touch(before)), absl::nullopt);
    ASSERT_FALSE(machine_.up());
    ASSERT_TRUE(machine_.Start().ok());
    ASSERT_TRUE(version() == before || version() == before + 1);
    granted += version() - before;
    slots_lost += machine_.slot_was_lost() ? 1 : 0;
  }
  EXPECT_GT(granted, 20u);
  EXPECT_LT(granted, 100u);
  EXPECT_GT(slots_lost, 2u);
}

TEST_F(WitnessMachineTest, ADeathWhileItStartsLosesNothingAndTheOtherSlotSpeaks) {
  for (uint64_t changes = 0; changes <= 4; ++changes) {
    machine_.Die({});
    machine_.FlipBit(changes * 15000);
    machine_.DieAfter(changes, {true, changes});
    ASSERT_TRUE(machine_.Start().ok());
    ASSERT_FALSE(machine_.up());
    ASSERT_TRUE(machine_.Start().ok());
    ASSERT_EQ(version(), 1u);
  }
}

TEST_F(WitnessMachineTest, ARefusalChangesNothingAndADeathWaitsOn) {
  machine_.DieAfter(2, {});
  EXPECT_TRUE(machine_.Ask(Touch(77)).has_value());
  EXPECT_TRUE(machine_.dies());
  EXPECT_EQ(machine_.Ask(Touch(1)), absl::nullopt);
  EXPECT_FALSE(machine_.dies());
}

}  // namespace
}  // namespace understudy::sim
