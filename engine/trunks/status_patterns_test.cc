#include "engine/trunks/status_patterns.h"

#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

TEST(StatusPatternsTest, ACodeMatchesItselfAlone) {
  const StatusPatterns patterns("487,503");
  for (const int status : {487, 503}) EXPECT_TRUE(patterns.Matches(status)) << status;
  for (const int status : {486, 488, 500, 502, 504}) EXPECT_FALSE(patterns.Matches(status)) << status;
}

TEST(StatusPatternsTest, AnXStandsForAnyDigit) {
  for (int status = 300; status < 700; ++status) {
    EXPECT_EQ(StatusPatterns("487,50X").Matches(status), status == 487 || status / 10 == 50) << status;
    EXPECT_EQ(StatusPatterns("5XX").Matches(status), status / 100 == 5) << status;
  }
}

TEST(StatusPatternsTest, NothingAndWhatIsNoPatternMatchNothing) {
  for (const absl::string_view list : {"", "X03", "50", "5034", "5-3", "abc", ","}) {
    EXPECT_TRUE(StatusPatterns(list).empty()) << list;
    EXPECT_FALSE(StatusPatterns(list).Matches(503)) << list;
  }
}

}  // namespace
}  // namespace understudy::engine
