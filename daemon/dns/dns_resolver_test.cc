#include "daemon/dns/dns_resolver.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <vector>

#include "daemon/net/owned_fd.h"
#include "daemon/net/socket_address.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::dns {
namespace {

using engine::LocateFailure;
using testing::ElementsAre;

// A DNS server that never says anything.
class DnsResolverTest : public testing::Test {
 protected:
  DnsResolverTest() : silent_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 address;
    const socklen_t size = net::ToSockaddr(Endpoint::V4(127, 0, 0, 1, 0), AF_INET, &address);
    EXPECT_EQ(bind(silent_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    options_.servers = {net::LocalEndpoint(silent_.get())};
    options_.timeout = Duration::Seconds(30);
    options_.patience = Duration::Milliseconds(50);
  }

  void Resolve(DnsResolver* resolver, const std::string& host) {
    engine::LocateQuery query;
    query.host = host;
    resolver->Resolve(query, [this](const engine::LocateAnswer& answer) { failures_.push_back(answer.failure); });
  }

  net::OwnedFd silent_;
  DnsOptions options_;
  net::IoLoop loop_;
  std::vector<LocateFailure> failures_;
};

TEST_F(DnsResolverTest, ALookupThatNobodyAnswersEndsInItsTimeAndMakesRoom) {
  options_.most_lookups = 1;
  auto resolver = DnsResolver::Create(&loop_, options_);
  ASSERT_TRUE(resolver.ok()) << resolver.status();
  Resolve(resolver->get(), "a.example.com");
  Resolve(resolver->get(), "b.example.com");
  while (failures_.size() < 2) loop_.RunTurn(Duration::Milliseconds(100));
  EXPECT_THAT(failures_, ElementsAre(LocateFailure::kSilence, LocateFailure::kSilence));
  EXPECT_EQ((*resolver)->counters().given_up, 2u);
  Resolve(resolver->get(), "c.example.com");
  while (failures_.size() < 3) loop_.RunTurn(Duration::Milliseconds(100));
  EXPECT_EQ((*resolver)->counters().given_up, 3u);
  EXPECT_EQ((*resolver)->counters().refused, 0u);
}

}  // namespace
}  // namespace understudy::dns
