#include "daemon/pair_state.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

DnConfig DnAt(const char* number, DnType type, const char* contact) {
  DnConfig dn;
  dn.number = number;
  dn.type = type;
  dn.options["TServer"]["contact"] = contact;
  return dn;
}

TEST(PairState, OnlyTrunksWithAnAddressAreTrunkContacts) {
  PairConfig pair;
  pair.dns = {DnAt("1001", DnType::kExtension, "*"), DnAt("1002", DnType::kExtension, "192.0.2.7:5060"),
              DnAt("gw", DnType::kTrunk, "192.0.2.1:5080"), DnAt("named", DnType::kTrunk, "gw.example.com")};
  EXPECT_THAT(TrunkContacts(ToEngineConfiguration(pair)), testing::ElementsAre(Endpoint::V4(192, 0, 2, 1, 5080)));
}

TEST(PairState, TheDigestIsAnotherForOtherDnsAndForOtherClients) {
  PairConfig pair;
  const uint64_t digest = ConfigurationDigest(ToEngineConfiguration(pair), 7);
  EXPECT_EQ(ConfigurationDigest(ToEngineConfiguration(pair), 7), digest);
  EXPECT_NE(ConfigurationDigest(ToEngineConfiguration(pair), 8), digest);
  pair.dns = {DnAt("1001", DnType::kExtension, "*")};
  EXPECT_NE(ConfigurationDigest(ToEngineConfiguration(pair), 7), digest);
}

}  // namespace
}  // namespace understudy::daemon
