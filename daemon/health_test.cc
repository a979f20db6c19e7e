#include "daemon/health.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST(Health, NothingThatANewStartWouldNotHelpEndsANode) {
  const Health troubled = {Duration::Seconds(9), true, true, true};
  EXPECT_THAT(WhyNotAlive(troubled), IsEmpty());
  EXPECT_THAT(WhyNotReady(troubled), SizeIs(4));
}

TEST(Health, ADiskThatHasStoppedIsNoLife) {
  const Health stopped = {Duration::Seconds(10)};
  EXPECT_THAT(WhyNotAlive(stopped), SizeIs(1));
  EXPECT_THAT(WhyNotReady(stopped), SizeIs(1));
}

TEST(Health, AWaitOfACommitIsNotTold) {
  EXPECT_THAT(WhyNotReady({Duration::Milliseconds(1999)}), IsEmpty());
  EXPECT_THAT(WhyNotReady({Duration::Seconds(2)}), SizeIs(1));
}

TEST(Health, TheAnswerSaysWhy) {
  const http::HttpResponse good = HealthAnswer({}, false);
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.body, "ok\n");
  EXPECT_EQ(HealthAnswer({}, true).body, "{\"ok\":true,\"why\":[]}\n");
  const http::HttpResponse bad = HealthAnswer({"this", "that"}, false);
  EXPECT_EQ(bad.status, 503);
  EXPECT_EQ(bad.body, "this\nthat\n");
  EXPECT_EQ(HealthAnswer({"this"}, true).body, "{\"ok\":false,\"why\":[\"this\"]}\n");
}

}  // namespace
}  // namespace understudy::daemon
