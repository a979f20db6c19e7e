#include "daemon/status_pages.h"

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

TEST(StatusPages, AHealthAnswerSaysWhy) {
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
