#include "daemon/core/clock.h"

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

TEST(SystemClock, ProcessesOfOneBootKnowIt) {
  EXPECT_EQ(SystemClock().BootId(), SystemClock().BootId());
}

// CLOCK_BOOTTIME of two boots cannot be compared: without the id nobody may think he is still in the same one.
TEST(SystemClock, AnUnreadableBootIdIsLikeNoOther) {
  EXPECT_NE(SystemClock("/nowhere").BootId(), SystemClock("/nowhere").BootId());
}

}  // namespace
}  // namespace understudy::daemon
