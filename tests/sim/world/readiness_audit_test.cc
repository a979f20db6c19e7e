// One that says that it is ready while the other one is gone is believed for as long as that takes to be noticed.
#include "tests/sim/world/readiness_audit.h"

#include "base/time.h"
#include "gtest/gtest.h"
#include "tests/sim/fault_plan.h"

namespace understudy::sim {
namespace {

constexpr Duration kGone = Duration::Seconds(20);
constexpr Duration kMoment = Duration::Milliseconds(1);

TEST(ReadyAloneTest, IsWrongAfterItsBound) {
  ReadyAlone alone{PairSettings()};
  const Duration bound = ReadyAlone::Bound(PairSettings());
  EXPECT_FALSE(alone.Look(true, true, kGone));
  EXPECT_FALSE(alone.Look(true, true, kGone + bound));
  EXPECT_EQ(alone.Look(true, true, kGone + bound + kMoment), kGone);
}

TEST(ReadyAloneTest, IsForgottenWhenTheOtherOneIsBackOrOneIsNotReadyAnyMore) {
  const Duration bound = ReadyAlone::Bound(PairSettings());
  for (const bool ready : {false, true}) {
    ReadyAlone alone{PairSettings()};
    EXPECT_FALSE(alone.Look(true, true, kGone));
    EXPECT_FALSE(alone.Look(ready, !ready, kGone + kMoment));
    EXPECT_FALSE(alone.Look(true, true, kGone + bound + kMoment));
  }
}

}  // namespace
}  // namespace understudy::sim
