#include "daemon/config/host_name.h"

#include <string>

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

TEST(HostName, NamesFollowRfc1123) {
  for (absl::string_view good : {"a", "gw.example.com", "3com.example", "a-b.c"}) EXPECT_TRUE(IsHostName(good)) << good;
  for (absl::string_view bad : {"", ".", "a.", "-a", "a-", "a..b", "a_b", "10.0.0.1", "10.0.0.300", "a b"}) {
    EXPECT_FALSE(IsHostName(bad)) << bad;
  }
  EXPECT_FALSE(IsHostName(std::string(64, 'a')));
}

}  // namespace
}  // namespace understudy::daemon
