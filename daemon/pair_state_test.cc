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

TEST(PairState, TrunksAreWhereTheirAddressesAreOrTheirNamesLead) {
  PairConfig pair;
  pair.dns = {DnAt("1001", DnType::kExtension, "*"), DnAt("1002", DnType::kExtension, "192.0.2.7:5060"),
              DnAt("gw", DnType::kTrunk, "192.0.2.1:5080"), DnAt("named", DnType::kTrunk, "gw.example.com")};
  engine::State state;
  state.configuration = ToEngineConfiguration(pair);
  EXPECT_THAT(TrunkContacts(state), testing::ElementsAre(Endpoint::V4(192, 0, 2, 1, 5080)));
  engine::LocateAnswer answer;
  answer.addresses = {{"gw.example.com", Endpoint::V4(192, 0, 2, 9, 0)}};
  state.names.SetAnswer(state.names.Add(state.configuration.trunks_by_name().begin()->first), answer);
  EXPECT_THAT(TrunkContacts(state),
              testing::ElementsAre(Endpoint::V4(192, 0, 2, 1, 5080), Endpoint::V4(192, 0, 2, 9, 0)));
}

TEST(PairState, ANameOfATrunkIsToldFromAPhones) {
  PairConfig pair;
  pair.dns = {DnAt("named", DnType::kTrunk, "gw.example.com")};
  engine::State state;
  state.configuration = ToEngineConfiguration(pair);
  engine::LocateQuery phone = state.configuration.trunks_by_name().begin()->first;
  const engine::NameId of_trunk = state.names.Add(phone).id;
  phone.host = "phone.example.com";
  const engine::NameId of_phone = state.names.Add(phone).id;
  EXPECT_TRUE(IsOfTrunk(state, of_trunk));
  EXPECT_FALSE(IsOfTrunk(state, of_phone));
  EXPECT_FALSE(IsOfTrunk(state, engine::NameId(77)));
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
