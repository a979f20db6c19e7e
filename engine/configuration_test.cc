#include "engine/configuration.h"

#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

Dn MakeDn(std::string number, DnType type, absl::btree_map<std::string, std::string> options) {
  Dn dn;
  dn.number = std::move(number);
  dn.type = type;
  dn.options["TServer"] = std::move(options);
  return dn;
}

Configuration With(std::vector<Dn> dns) {
  ConfigurationChange change;
  change.switch_name = "Main";
  change.options = OptionSections{{"TServer", {{"sip-address", "10.0.0.10"}, {"sip-port", "5070"}}}};
  change.upserts = std::move(dns);
  Configuration configuration;
  configuration.Apply(change);
  return configuration;
}

TEST(ConfigurationTest, ADifferenceAppliedGivesWhatWasWanted) {
  const Configuration empty;
  const Configuration one =
      With({MakeDn("1", DnType::kExtension, {{"contact", "*"}}), MakeDn("9", DnType::kTrunk, {})});
  const Configuration two =
      With({MakeDn("1", DnType::kExtension, {{"contact", "10.0.0.1"}}), MakeDn("2", DnType::kOther, {{"x", "y"}})});
  for (const Configuration* from : {&empty, &one, &two}) {
    for (const Configuration* to : {&one, &two}) {
      Configuration changed = *from;
      changed.Apply(from->DifferenceTo(*to));
      EXPECT_EQ(changed, *to);
      EXPECT_EQ(from->DifferenceTo(*to).empty(), from == to);
    }
  }
}

TEST(ConfigurationTest, WhatADnMustSignIsItsOwnOption) {
  const Configuration configuration =
      With({MakeDn("1", DnType::kExtension, {{"authenticate-requests", "register, invite"}}),
            MakeDn("2", DnType::kExtension, {{"authenticate-requests", "message,nonsense,"}}),
            MakeDn("3", DnType::kExtension, {})});
  const auto methods = [&](absl::string_view number) {
    std::vector<absl::string_view> names;
    for (int i = 0; i < sip::kMethodCount; ++i) {
      const auto method = static_cast<sip::Method>(i);
      if (configuration.FindDn(number)->profile.Authenticates(method)) names.push_back(sip::MethodName(method));
    }
    return names;
  };
  EXPECT_EQ(methods("1"), (std::vector<absl::string_view>{"INVITE", "REGISTER"}));
  EXPECT_EQ(methods("2"), (std::vector<absl::string_view>{"MESSAGE"}));
  EXPECT_TRUE(methods("3").empty());
}

TEST(ConfigurationTest, TheServiceAddressComesFromTheOptions) {
  EXPECT_EQ(With({}).service_address(), Endpoint::V4(10, 0, 0, 10, 5070));
  EXPECT_TRUE(Configuration().service_address().empty());
  EXPECT_FALSE(Configuration().Serves(Transport::kTls));
}

TEST(ConfigurationTest, TheLongestPrefixWins) {
  const Configuration configuration =
      With({MakeDn("a", DnType::kTrunk, {{"prefix", "9"}}), MakeDn("b", DnType::kTrunk, {{"prefix", "99"}}),
            MakeDn("c", DnType::kTrunk, {{"prefix", "sales"}}), MakeDn("d", DnType::kTrunk, {}),
            MakeDn("e", DnType::kExtension, {{"prefix", "999"}})});
  const auto trunk = [&](absl::string_view number) {
    const Dn* dn = configuration.FindTrunkByPrefix(number);
    return dn == nullptr ? std::string() : dn->number;
  };
  EXPECT_EQ(trunk("9"), "a");
  EXPECT_EQ(trunk("98"), "a");
  EXPECT_EQ(trunk("9990"), "b");
  EXPECT_EQ(trunk("sales-berlin"), "c");
  EXPECT_EQ(trunk("Sales"), "");
  EXPECT_EQ(trunk("8"), "");
  EXPECT_EQ(trunk(""), "");
}

TEST(ConfigurationTest, OfANumberOfThousandsOfOctetsNoMoreIsLookedAtThanAPrefixMayHave) {
  const std::string longest(64, '9');
  const Configuration configuration =
      With({MakeDn("a", DnType::kTrunk, {{"prefix", "9"}}), MakeDn("b", DnType::kTrunk, {{"prefix", longest}}),
            MakeDn("c", DnType::kTrunk, {{"prefix", longest + "9"}})});
  EXPECT_EQ(configuration.FindTrunkByPrefix(std::string(8'000, '9'))->number, "b");
  EXPECT_EQ(configuration.FindTrunks(std::string(8'000, '9')).size(), 2u);
}

TEST(ConfigurationTest, ATrunkIsFoundByItsContactOrItsSentByPort) {
  const Configuration configuration = With({MakeDn("gw", DnType::kTrunk, {{"contact", "10.0.0.50:5080"}})});
  EXPECT_NE(configuration.FindTrunkByContact(Endpoint::V4(10, 0, 0, 50, 5080), 5060), nullptr);
  EXPECT_NE(configuration.FindTrunkByContact(Endpoint::V4(10, 0, 0, 50, 40000), 5080), nullptr);
  EXPECT_EQ(configuration.FindTrunkByContact(Endpoint::V4(10, 0, 0, 50, 40000), 5060), nullptr);
  EXPECT_EQ(configuration.FindTrunkByContact(Endpoint::V4(10, 0, 0, 51, 5080), 5080), nullptr);
}

TEST(ConfigurationTest, ContactsAreAddressesWithOrWithoutAUri) {
  const struct {
    absl::string_view text;
    absl::optional<ContactAddress> address;
  } kCases[] = {
      {"10.0.0.1", ContactAddress{Transport::kUdp, Endpoint::V4(10, 0, 0, 1, 5060), false, "", {}}},
      {"10.0.0.1:5080", ContactAddress{Transport::kUdp, Endpoint::V4(10, 0, 0, 1, 5080), false, "", {}}},
      {"sip:gw@10.0.0.1;transport=tcp",
       ContactAddress{Transport::kTcp, Endpoint::V4(10, 0, 0, 1, 5060), false, "sip:gw@10.0.0.1;transport=tcp", {}}},
      {"sips:gw@10.0.0.1",
       ContactAddress{Transport::kTls, Endpoint::V4(10, 0, 0, 1, 5061), true, "sips:gw@10.0.0.1", {}}},
      {"sip:10.0.0.1;transport=pigeon", absl::nullopt},
      {"*", absl::nullopt},
      {"", absl::nullopt},
  };
  for (const auto& row : kCases) EXPECT_EQ(ParseContactAddress(row.text), row.address) << row.text;
}

TEST(ConfigurationTest, AContactThatIsANameSaysWhatToAskFor) {
  const struct {
    absl::string_view text;
    LocateQuery query;
    absl::string_view host;
  } kCases[] = {
      {"GW.example.com", {"gw.example.com", 0, Transport::kUdp, true, false, true}, "gw.example.com"},
      {"gw.example.com:5080", {"gw.example.com", 5080, Transport::kUdp, true, false, true}, "gw.example.com:5080"},
      {"sip:gw.example.com;transport=tcp",
       {"gw.example.com", 0, Transport::kTcp, false, false, true},
       "gw.example.com"},
      {"sips:gw.example.com.", {"gw.example.com", 0, Transport::kTls, true, true, true}, "gw.example.com"},
  };
  for (const auto& row : kCases) {
    const absl::optional<ContactAddress> address = ParseContactAddress(row.text, true);
    ASSERT_TRUE(address && address->query) << row.text;
    EXPECT_EQ(*address->query, row.query) << row.text;
    EXPECT_EQ(address->HostText(), row.host) << row.text;
    EXPECT_TRUE(address->endpoint.empty()) << row.text;
  }
}

TEST(ConfigurationTest, ATrunkIsFoundByItsName) {
  const Configuration configuration = With({MakeDn("gw", DnType::kTrunk, {{"contact", "gw.example.com"}})});
  ASSERT_EQ(configuration.trunks_by_name().size(), 1u);
  EXPECT_EQ(configuration.FindTrunkByName(configuration.trunks_by_name().begin()->first)->number, "gw");
  EXPECT_EQ(configuration.FindTrunkByName(LocateQuery()), nullptr);
  EXPECT_EQ(configuration.FindTrunkByContact(Endpoint(), 0), nullptr);
}

}  // namespace
}  // namespace understudy::engine
