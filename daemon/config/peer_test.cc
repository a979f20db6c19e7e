// The peer, the witness and backup-sync as the file says them.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "daemon/config/config.h"
#include "daemon/config/config_text.h"
#include "daemon/config/peer_config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr absl::string_view kPeer =
    "  peer: {address: 127.0.0.1, port: 7002, listen-address: 127.0.0.1, listen-port: 7001}\n";
constexpr absl::string_view kWitness = "  witness: {endpoints: [\"http://127.0.0.1:7100\"]}\n";

// The small configuration as one node of a pair, these its lines 2 and 3 unless replaced.
std::string PairText(absl::string_view peer = kPeer, absl::string_view witness = kWitness) {
  return absl::StrReplaceAll(kConfigText,
                             {{"node:\n", absl::StrCat("node:\n", peer, witness)}, {"local-sync", "durable"}});
}

std::string PeerWith(absl::string_view more) {
  return absl::StrReplaceAll(kPeer, {{"}", absl::StrCat(", ", more, "}")}});
}

std::string WitnessWith(absl::string_view more) {
  return absl::StrReplaceAll(kWitness, {{"}", absl::StrCat(", ", more, "}")}});
}

Config Accepted(absl::string_view text) {
  absl::StatusOr<Config> config = ParseConfig(text, "t.yaml");
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *config : Config();
}

std::vector<std::string> ErrorsOf(absl::string_view text) {
  absl::StatusOr<Config> config = ParseConfig(text, "t.yaml");
  if (config.ok()) return {};
  return absl::StrSplit(config.status().message(), '\n');
}

std::vector<std::string> WarningsOf(const std::string& text) {
  std::vector<std::string> all;
  for (const Warning& warning : Accepted(text).warnings) all.push_back(ToString(warning));
  return all;
}

TEST(PeerConfig, WithoutAPeerANodeIsAlone) {
  const Config config = Accepted(kConfigText);
  EXPECT_FALSE(config.node.peer.has_value());
  EXPECT_FALSE(config.node.witness.has_value());
  EXPECT_EQ(config.node.EffectiveDurability(), Durability::kLocalSync);
  EXPECT_EQ(config.node.control, "/var/lib/understudy/sip-a/control");
  EXPECT_EQ(config.node.socket_holder, "");
  EXPECT_EQ(config.node.scripts.up, "");
  EXPECT_EQ(config.node.scripts.timeout, Duration::Seconds(10));
}

TEST(PeerConfig, WhatIsNotGivenHasItsDefault) {
  const Config config = Accepted(PairText());
  EXPECT_THAT(config.warnings, IsEmpty());
  ASSERT_TRUE(config.node.peer.has_value());
  const PeerConfig& peer = *config.node.peer;
  EXPECT_EQ(peer.remote.ToText(), "127.0.0.1:7002");
  EXPECT_EQ(peer.listen.ToText(), "127.0.0.1:7001");
  EXPECT_EQ(peer.redundancy_type, RedundancyType::kHotStandby);
  EXPECT_EQ(peer.max_hold, Duration::Milliseconds(250));
  EXPECT_EQ(peer.release_age, Duration::Seconds(2));
  EXPECT_EQ(peer.on_witness_loss, OnWitnessLoss::kHold);
  EXPECT_EQ(peer.witness_loss_time, Duration::Seconds(3));
  EXPECT_EQ(peer.peer_retention, Duration::Seconds(86400));
  EXPECT_FALSE(peer.tls.has_value());
  ASSERT_TRUE(config.node.witness.has_value());
  const WitnessConfig& witness = *config.node.witness;
  EXPECT_EQ(witness.type, WitnessType::kArbiter);
  EXPECT_THAT(witness.endpoints, ElementsAre(HttpUrl{false, "127.0.0.1", 7100}));
  EXPECT_EQ(witness.timeout, Duration::Seconds(1));
  EXPECT_TRUE(witness.tls.empty());
  const BackupSyncConfig& link = config.node.backup_sync;
  EXPECT_TRUE(link.addp);
  EXPECT_EQ(link.addp_timeout, Duration::Seconds(1));
  EXPECT_EQ(link.addp_remote_timeout, Duration::Seconds(1));
  EXPECT_EQ(link.addp_trace, AddpTrace::kOff);
  EXPECT_EQ(link.reconnect, Duration::Milliseconds(100));
  EXPECT_EQ(link.max_calls_at_once, 0);
}

TEST(PeerConfig, APeersCertificateIsForItsAddressUnlessAnotherNameIsGiven) {
  EXPECT_EQ(Accepted(PairText(PeerWith("tls: {ca: c, certificate: d, key: k}"))).node.peer->tls_name, "127.0.0.1");
}

TEST(PeerConfig, EveryKeyIsRead) {
  const Config config = Accepted(PairText(
      PeerWith("redundancy-type: warm-standby, max-hold: 50ms, release-age: 32s, on-witness-loss: alone, "
               "witness-loss-time: 500ms, peer-retention: 3d, tls: {ca: c, certificate: d, key: k, name: sip-b.example}"),
      "  witness: {type: etcd, endpoints: [\"https://a.example:1\", \"https://[::1]:2\"], timeout: 300ms, key: /k, "
      "user: u, password: p, tls: {ca: c, certificate: d, key: k}}\n"
      "  control: s\n  socket-holder: h\n  service-up: /up\n  service-down: /down\n  service-script-timeout: 1m\n"));
  const PeerConfig& peer = *config.node.peer;
  EXPECT_EQ(peer.redundancy_type, RedundancyType::kWarmStandby);
  EXPECT_EQ(peer.max_hold, Duration::Milliseconds(50));
  EXPECT_EQ(peer.release_age, Duration::Seconds(32));
  EXPECT_EQ(peer.on_witness_loss, OnWitnessLoss::kAlone);
  EXPECT_EQ(peer.witness_loss_time, Duration::Milliseconds(500));
  EXPECT_EQ(peer.peer_retention, Duration::Seconds(3 * 86400));
  EXPECT_EQ(peer.tls->ca, "c");
  EXPECT_EQ(peer.tls->certificate, "d");
  EXPECT_EQ(peer.tls->key, "k");
  EXPECT_EQ(peer.tls_name, "sip-b.example");
  const WitnessConfig& witness = *config.node.witness;
  EXPECT_EQ(witness.type, WitnessType::kEtcd);
  EXPECT_THAT(witness.endpoints, ElementsAre(HttpUrl{true, "a.example", 1}, HttpUrl{true, "::1", 2}));
  EXPECT_EQ(witness.timeout, Duration::Milliseconds(300));
  EXPECT_EQ(witness.key, "/k");
  EXPECT_EQ(witness.user, "u");
  EXPECT_EQ(witness.password.view(), "p");
  EXPECT_EQ(witness.tls.certificate, "d");
  EXPECT_EQ(config.node.control, "s");
  EXPECT_EQ(config.node.socket_holder, "h");
  EXPECT_EQ(config.node.scripts.up, "/up");
  EXPECT_EQ(config.node.scripts.down, "/down");
  EXPECT_EQ(config.node.scripts.timeout, Duration::Seconds(60));
}

TEST(PeerConfig, ARegisterInEtcdHasTheSwitchsName) {
  const Config config = Accepted(PairText(kPeer, WitnessWith("type: etcd")));
  EXPECT_EQ(config.node.witness->key, "/understudy/Main");
}

TEST(PeerConfig, APeerNeedsItsAddressesAndPorts) {
  EXPECT_THAT(
      ErrorsOf(PairText("  peer: {}\n")),
      ElementsAre(HasSubstr("t.yaml:2:9: node.peer/address is missing"),
                  HasSubstr("node.peer/listen-address is missing"), HasSubstr("node.peer/listen-port is missing"),
                  HasSubstr("node.peer/port is missing; allowed: a whole number from 1 to 65535")));
}

TEST(PeerConfig, PeerAndWitnessBelongTogether) {
  EXPECT_THAT(
      ErrorsOf(PairText(kPeer, "")),
      ElementsAre("t.yaml:2:9: node.witness is missing; allowed with node.peer: a map with type and endpoints"));
  EXPECT_THAT(ErrorsOf(PairText("", kWitness)),
              ElementsAre("t.yaml:2:12: node.witness: found without node.peer; allowed: together with it"));
}

TEST(PeerConfig, APairsDurabilityIsItsOwn) {
  EXPECT_EQ(Accepted(PairText()).node.EffectiveDurability(), Durability::kDurable);
  EXPECT_EQ(Accepted(absl::StrReplaceAll(PairText(), {{"durability: durable", "durability: received"}}))
                .node.EffectiveDurability(),
            Durability::kReceived);
  EXPECT_EQ(Accepted(absl::StrReplaceAll(PairText(), {{", durability: durable", ""}})).node.EffectiveDurability(),
            Durability::kDurable);
  EXPECT_THAT(
      ErrorsOf(absl::StrReplaceAll(PairText(), {{"durability: durable", "durability: local-sync"}})),
      ElementsAre("t.yaml:6:58: node.journal/durability: found \"local-sync\"; allowed with node.peer: durable, "
                  "received"));
}

TEST(PeerConfig, APeersTlsIsWholeOrNotThere) {
  EXPECT_THAT(ErrorsOf(PairText(PeerWith("tls: {ca: c}"))),
              ElementsAre(HasSubstr("node.peer.tls/certificate is missing; allowed: a path"),
                          HasSubstr("node.peer.tls/key is missing; allowed: a path")));
}

TEST(PeerConfig, ThePeerIsAnotherNode) {
  EXPECT_THAT(ErrorsOf(PairText(absl::StrReplaceAll(kPeer, {{"7002", "7001"}}))),
              ElementsAre("t.yaml:2:36: node.peer/port: found 127.0.0.1:7001, where this node listens; allowed: the "
                          "other node's"));
}

TEST(PeerConfig, ALinkThatOthersCanReachWantsTls) {
  const std::string open = absl::StrReplaceAll(kPeer, {{"listen-address: 127.0.0.1", "listen-address: 0.0.0.0"}});
  EXPECT_THAT(WarningsOf(PairText(open)), ElementsAre(HasSubstr("t.yaml:2:9: warning: node.peer: without tls")));
  const std::string closed = absl::StrReplaceAll(open, {{"}", ", tls: {ca: c, certificate: d, key: k}}"}});
  EXPECT_THAT(WarningsOf(PairText(closed)), IsEmpty());
}

TEST(PeerConfig, DoubtfulTimesAndChoicesWarn) {
  EXPECT_THAT(WarningsOf(PairText(PeerWith("max-hold: 3s"))),
              ElementsAre(HasSubstr("node.peer/max-hold 3s is not below release-age 2s")));
  EXPECT_THAT(WarningsOf(PairText(PeerWith("on-witness-loss: alone"))), ElementsAre(HasSubstr("both nodes may serve")));
}

TEST(PeerConfig, EndpointsAreAListOfDifferentUrls) {
  auto errors = [](absl::string_view list) {
    return ErrorsOf(PairText(kPeer, absl::StrCat("  witness: {endpoints: ", list, "}\n")));
  };
  constexpr absl::string_view kAllowed = "; allowed: a list of 1 to 9 different http://host:port or https://host:port";
  EXPECT_THAT(errors("[]"),
              ElementsAre(absl::StrCat("t.yaml:3:24: node.witness/endpoints: found 0 of them", kAllowed)));
  EXPECT_THAT(errors("x"), ElementsAre(HasSubstr(absl::StrCat("found \"x\"", kAllowed))));
  EXPECT_THAT(errors("[a, b, c, d, e, f, g, h, i, j]"), ElementsAre(HasSubstr("found 10 of them")));
  EXPECT_THAT(errors("[\"http://a.b:1\", \"ftp://a.b:1\"]"),
              ElementsAre(HasSubstr("t.yaml:3:41: node.witness/endpoints[1]: found \"ftp://a.b:1\"; allowed")));
  EXPECT_THAT(errors("[\"http://a.b:1\", \"http://a.b:1\"]"), ElementsAre(HasSubstr("found \"http://a.b:1\" again")));
  EXPECT_THAT(errors("[{a: b}]"), ElementsAre(HasSubstr("endpoints[0]: found a map")));
  EXPECT_THAT(errors("[\"http://a.b:1\", \"https://a.b:2\"]"),
              ElementsAre(HasSubstr("all http or all https"), HasSubstr("node.witness.tls/ca is missing")));
  EXPECT_THAT(errors("[\"http://me:Canary7@a.b:1\"]"), ElementsAre(Not(HasSubstr("Canary7"))));
}

TEST(PeerConfig, HttpsNeedsACaAndACertificateItsKey) {
  const std::string https = absl::StrReplaceAll(kWitness, {{"http:", "https:"}});
  EXPECT_THAT(ErrorsOf(PairText(kPeer, https)), ElementsAre(HasSubstr("node.witness.tls/ca is missing")));
  EXPECT_THAT(ErrorsOf(PairText(kPeer, absl::StrReplaceAll(https, {{"}", ", tls: {ca: c, key: k}}"}}))),
              ElementsAre(HasSubstr("node.witness.tls/key: found without certificate; allowed: both")));
  EXPECT_THAT(WarningsOf(PairText(kPeer, WitnessWith("tls: {ca: c}"))),
              ElementsAre(HasSubstr("node.witness.tls has no effect: no endpoint is https")));
}

TEST(PeerConfig, OnlyEtcdHasAKeyAUserAndAPassword) {
  EXPECT_THAT(ErrorsOf(PairText(kPeer, WitnessWith("key: /k, user: u, password: p"))),
              ElementsAre(HasSubstr("node.witness/key: found with type: arbiter; allowed with type: etcd"),
                          HasSubstr("node.witness/user: found"), HasSubstr("node.witness/password: found")));
  EXPECT_THAT(ErrorsOf(PairText(kPeer, WitnessWith("type: etcd, user: u"))),
              ElementsAre(HasSubstr("node.witness/user: found without password; allowed: both")));
}

TEST(PeerConfig, TheWitnesssPasswordIsShownNowhere) {
  const Config config = Accepted(PairText(kPeer, WitnessWith("type: etcd, user: u, password: Canary7Secret")));
  std::string all = DescribeConfig(config);
  for (const Warning& warning : config.warnings) absl::StrAppend(&all, ToString(warning));
  for (const auto& [key, value] : NodeSettings(config.node)) absl::StrAppend(&all, key, " ", value, "\n");
  EXPECT_THAT(all, HasSubstr("it goes over http"));
  EXPECT_THAT(all, HasSubstr("u, password set"));
  EXPECT_THAT(all, HasSubstr("node.witness/password set\n"));
  EXPECT_THAT(all, Not(HasSubstr("Canary7")));
  for (absl::string_view wrong : {"pasword: Canary7Secret", "password: [Canary7Secret]", "password:Canary7Secret"}) {
    for (const std::string& error : ErrorsOf(PairText(kPeer, WitnessWith(absl::StrCat("type: etcd, ", wrong)))))
      EXPECT_THAT(error, Not(HasSubstr("Canary7"))) << wrong;
  }
}

TEST(PeerConfig, AnotherPasswordIsNamedAsAChange) {
  const Config before = Accepted(PairText(kPeer, WitnessWith("type: etcd, user: u, password: one")));
  const Config after = Accepted(PairText(kPeer, WitnessWith("type: etcd, user: u, password: two")));
  EXPECT_THAT(ChangedKeys(before.node, after.node), ElementsAre("node.witness/password"));
  EXPECT_THAT(ChangedKeys(before.node, before.node), IsEmpty());
}

TEST(PeerConfig, ChangesOfThePeerAndTheLinkAreNamed) {
  const Config before = Accepted(PairText());
  const Config after = Accepted(absl::StrReplaceAll(
      PairText(PeerWith("release-age: 1s")), {{"  switch:", "    backup-sync: {addp-timeout: 0.5}\n  switch:"}}));
  EXPECT_THAT(ChangedKeys(before.node, after.node), ElementsAre("backup-sync/addp-timeout", "node.peer/release-age"));
}

TEST(BackupSyncConfig, ItIsReadAndStaysOutOfTheState) {
  const Config config = Accepted(
      absl::StrReplaceAll(PairText(), {{"  switch:",
                                        "    backup-sync: {protocol: none, addp-timeout: 0.25, addp-remote-timeout: 5, "
                                        "addp-trace: both, sync-reconnect-tout: 1.5}\n  switch:"},
                                       {"sip-port: 5060", "ha-max-calls-sync-at-once: 300"}}));
  EXPECT_THAT(config.warnings, IsEmpty());
  const BackupSyncConfig& link = config.node.backup_sync;
  EXPECT_FALSE(link.addp);
  EXPECT_EQ(link.addp_timeout, Duration::Milliseconds(250));
  EXPECT_EQ(link.addp_remote_timeout, Duration::Seconds(5));
  EXPECT_EQ(link.addp_trace, AddpTrace::kBoth);
  EXPECT_EQ(link.reconnect, Duration::Milliseconds(1500));
  EXPECT_EQ(link.max_calls_at_once, 300);
  EXPECT_FALSE(config.pair.options.contains("backup-sync"));
}

TEST(BackupSyncConfig, SecondsMayHaveDecimals) {
  for (absl::string_view bad : {"0", "0.04", "3600.1", "1s", "0.1234", ".5", "1.", "-1", "1e1"}) {
    const std::string text = absl::StrReplaceAll(
        PairText(), {{"  switch:", absl::StrCat("    backup-sync: {addp-timeout: ", bad, "}\n  switch:")}});
    EXPECT_THAT(ErrorsOf(text),
                ElementsAre(HasSubstr("; allowed: seconds from 0.05 to 3600, with up to three decimals")))
        << bad;
  }
}

TEST(BackupSyncConfig, WithoutAPeerItHasNoEffect) {
  const std::string text = ConfigTextWith("  switch:", "    backup-sync: {addp-timeout: 5}\n  switch:");
  EXPECT_THAT(WarningsOf(text),
              ElementsAre("t.yaml:8:18: warning: backup-sync belongs to a pair; no peer configured: it "
                          "has no effect"));
}

TEST(ConfigListeners, EachHasAPlaceOfItsOwn) {
  constexpr absl::string_view kSip = ", where SIP is served over TCP; allowed: a port of its own";
  EXPECT_THAT(ErrorsOf(ConfigTextWith("8090", "5060")),
              ElementsAre(absl::StrCat("t.yaml:3:14: node/http-port: found 127.0.0.1:5060", kSip)));
  EXPECT_THAT(ErrorsOf(ConfigTextWith("8090", "5060\n  http-address: 0.0.0.0")),
              ElementsAre(absl::StrCat("t.yaml:3:14: node/http-port: found 0.0.0.0:5060", kSip)));
  EXPECT_THAT(ErrorsOf(ConfigTextWith("8090", "5060\n  http-address: 127.0.0.2")), IsEmpty());
  EXPECT_THAT(ErrorsOf(ConfigTextWith("5060", "8090")), ElementsAre(HasSubstr("node/http-port: found")));
  EXPECT_THAT(ErrorsOf(ConfigTextWith("sip-port: 5060", "sip-port: 5060, sip-ws-port: 5060")),
              ElementsAre(absl::StrCat("t.yaml:7:68: TServer/sip-ws-port: found 127.0.0.1:5060", kSip)));
  EXPECT_THAT(ErrorsOf(PairText(absl::StrReplaceAll(kPeer, {{"7001", "5060"}}))),
              ElementsAre(absl::StrCat("t.yaml:2:82: node.peer/listen-port: found 127.0.0.1:5060", kSip)));
  EXPECT_THAT(ErrorsOf(PairText(absl::StrReplaceAll(kPeer, {{"7001", "8090"}}))),
              ElementsAre(HasSubstr("where HTTP is served")));
}

TEST(ConfigControl, ADefaultThatNoSocketCanHaveIsNotUsed) {
  const std::string deep(120, 'd');
  const std::string text = ConfigTextWith("/var/lib/understudy/sip-a", deep);
  EXPECT_THAT(WarningsOf(text), ElementsAre(HasSubstr("has 128 bytes; a socket's path has at most 107")));
  EXPECT_EQ(Accepted(text).node.control, "");
  EXPECT_THAT(ErrorsOf(ConfigTextWith("node:\n", absl::StrCat("node:\n  control: ", deep, "\n"))),
              ElementsAre(HasSubstr("allowed: a path of up to 107 bytes")));
}

TEST(PeerConfig, TheExamplesOfAPairAreRightAndFitEachOther) {
  absl::StatusOr<Config> a = LoadConfig("daemon/config/pair-a.yaml");
  absl::StatusOr<Config> b = LoadConfig("daemon/config/pair-b.yaml");
  ASSERT_TRUE(a.ok()) << a.status();
  ASSERT_TRUE(b.ok()) << b.status();
  EXPECT_THAT(a->warnings, IsEmpty());
  EXPECT_THAT(b->warnings, IsEmpty());
  EXPECT_EQ(a->node.peer->remote, b->node.peer->listen);
  EXPECT_EQ(b->node.peer->remote, a->node.peer->listen);
  EXPECT_EQ(a->node.witness->endpoints, b->node.witness->endpoints);
  EXPECT_EQ(a->node.socket_holder, b->node.socket_holder);
  EXPECT_NE(a->node.control, b->node.control);
  EXPECT_NE(a->node.journal.path, b->node.journal.path);
  EXPECT_NE(a->node.http, b->node.http);
  EXPECT_EQ(a->pair.options, b->pair.options);
  EXPECT_EQ(a->pair.dns.size(), b->pair.dns.size());
}

TEST(PeerConfig, TheDescriptionTellsOfPeerLinkAndWitness) {
  const Config config = Accepted(PairText(PeerWith("on-witness-loss: alone"), WitnessWith("type: etcd")));
  EXPECT_THAT(DescribeConfig(config), HasSubstr(R"(  control                    /var/lib/understudy/sip-a/control
peer
  connects to                127.0.0.1:7002, not encrypted
  listens at                 127.0.0.1:7001
  redundancy type            hot-standby
  effects wait               up to 250ms for the backup; not sent when older than 2s
  peer and witness lost      after 3s it serves alone
  log kept for the peer      up to 1d
  watch over the link        addp, silence of 1 s here, 1 s there, trace off
  connects again after       0.1 s
  missing calls              as fast as the link takes them
witness etcd
  endpoint                   http://127.0.0.1:7100
  timeout                    1s
  key                        /understudy/Main
pair at 127.0.0.1:5060, UDP and TCP
)"));
}

}  // namespace
}  // namespace understudy::daemon
