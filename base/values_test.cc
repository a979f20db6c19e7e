#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/ids.h"
#include "base/lookup_index.h"
#include "base/time.h"
#include "gtest/gtest.h"

namespace understudy {
namespace {

TEST(StrongId, DefaultIsNone) {
  EXPECT_TRUE(Lsn().empty());
  EXPECT_FALSE(Lsn(1).empty());
  EXPECT_EQ(Lsn(1).Next(), Lsn(2));
  EXPECT_LT(Epoch(1), Epoch(2));
}

TEST(Time, PointsAndSpansKeepTheirUnits) {
  const EngineTime start = EngineTime::FromNanoseconds(5);
  const EngineTime later = start + Duration::Milliseconds(500);
  EXPECT_EQ((later - start).milliseconds(), 500);
  EXPECT_EQ(Duration::Seconds(4), Duration::Milliseconds(500) * 8);
}

TEST(LookupIndex, InsertKeepsTheFirstValue) {
  LookupIndex<std::string, int> index;
  EXPECT_TRUE(index.Insert("a", 1));
  EXPECT_FALSE(index.Insert("a", 2));
  EXPECT_EQ(*index.Find("a"), 1);
  EXPECT_TRUE(index.Erase("a"));
  EXPECT_FALSE(index.Erase("a"));
  EXPECT_EQ(index.Find("a"), nullptr);
}

TEST(CheckDeathTest, FailedCheckNamesThePlace) {
  EXPECT_DEATH(US_CHECK_EQ(1, 2), "values_test.cc:.*check failed: \\(1\\) == \\(2\\)");
}

}  // namespace
}  // namespace understudy
