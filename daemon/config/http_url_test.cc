#include "daemon/config/http_url.h"

#include <string>

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

TEST(HttpUrl, SchemeHostAndPortAreRead) {
  EXPECT_EQ(ParseHttpUrl("http://127.0.0.1:7100"), (HttpUrl{false, "127.0.0.1", 7100}));
  EXPECT_EQ(ParseHttpUrl("https://w.example:2379/"), (HttpUrl{true, "w.example", 2379}));
  EXPECT_EQ(ParseHttpUrl("http://[::1]:1"), (HttpUrl{false, "::1", 1}));
}

TEST(HttpUrl, ItPrintsAsItIsRead) {
  for (absl::string_view text : {"http://127.0.0.1:7100", "https://w.example:2379", "http://[2001:db8::1]:65535"}) {
    EXPECT_EQ(ParseHttpUrl(text)->ToText(), text);
  }
}

TEST(HttpUrl, AnythingElseIsRefused) {
  for (absl::string_view bad : {"",
                                "http://",
                                "http://a",
                                "http://a.example",
                                "http://a.example:",
                                "http://a.example:0",
                                "http://a.example:65536",
                                "http://a.example:07",
                                "http://a.example:+7",
                                "ftp://a.example:1",
                                "a.example:1",
                                "http://u:p@a.example:1",
                                "http://a.example:1/path",
                                "http://a.example:1?q",
                                "http://::1:1",
                                "http://[::1:1",
                                "http://[1.2.3.4]:1",
                                "http://0.0.0.0:1",
                                "http://[::]:1",
                                "http://a b:1",
                                "HTTP://a.example:1",
                                "http://1.2.3:1",
                                "http://:1"}) {
    EXPECT_EQ(ParseHttpUrl(bad), absl::nullopt) << bad;
  }
  EXPECT_EQ(ParseHttpUrl("http://" + std::string(1000, 'a') + ":1"), absl::nullopt);
}

}  // namespace
}  // namespace understudy::daemon
