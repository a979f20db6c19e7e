#include "daemon/config/config.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daemon/config/config_text.h"
#include "daemon/config/option_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Config Accepted(absl::string_view text) {
  absl::StatusOr<Config> config = ParseConfig(text, "t.yaml");
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *config : Config();
}

std::vector<std::string> WarningsOf(const std::string& text) {
  std::vector<std::string> all;
  for (const Warning& warning : Accepted(text).warnings) all.push_back(ToString(warning));
  return all;
}

TEST(Config, TheSmallExampleIsReadWithoutAWarning) {
  Config config = Accepted(kConfigText);
  EXPECT_THAT(config.warnings, IsEmpty());
  EXPECT_EQ(config.node.name, "sip-a");
  EXPECT_EQ(config.node.http.ToText(), "127.0.0.1:8090");
  EXPECT_EQ(config.node.journal.path, "/var/lib/understudy/sip-a");
  EXPECT_EQ(config.node.journal.durability, Durability::kLocalSync);
  EXPECT_EQ(config.pair.switch_name, "Main");
  EXPECT_EQ(config.pair.service_address().ToText(), "127.0.0.1:5060");
  ASSERT_EQ(config.pair.dns.size(), 3u);
  EXPECT_EQ(config.pair.dns[0].number, "1001");
  EXPECT_TRUE(config.pair.dns[0].contact().by_registration);
  const DnConfig* gw = config.pair.FindDn("gw");
  ASSERT_NE(gw, nullptr);
  EXPECT_EQ(gw->type, DnType::kTrunk);
  EXPECT_EQ(gw->contact().uri, "sip:127.0.0.1:5080");
  EXPECT_EQ(gw->contact().endpoint->ToText(), "127.0.0.1:5080");
  EXPECT_EQ(gw->prefix(), "9");
  EXPECT_EQ(gw->replace_prefix(), absl::nullopt);
  EXPECT_EQ(config.pair.FindDn("1003"), nullptr);
}

TEST(Config, WhatIsNotGivenHasItsDefault) {
  Config config = Accepted(kConfigText);
  EXPECT_EQ(config.node.journal.snapshot_interval, Duration::Seconds(600));
  EXPECT_EQ(config.node.journal.retention.max_age, Duration::Seconds(7 * 86400));
  EXPECT_EQ(config.node.journal.retention.max_size, int64_t{20} << 30);
  EXPECT_EQ(config.node.log.level, LogLevel::kInfo);
  EXPECT_EQ(config.node.log.format, LogFormat::kText);
  EXPECT_EQ(config.node.log.file, "");
  EXPECT_EQ(config.node.limits.max_message_size, 65536);
  EXPECT_EQ(config.node.limits.max_tcp_connections, 10000);
  EXPECT_EQ(config.node.limits.max_tcp_connections_per_host, 1000);
  EXPECT_EQ(config.node.limits.tcp_idle_timeout, Duration::Seconds(7200));
  EXPECT_EQ(config.node.quarantine.path, "/var/lib/understudy/sip-a/quarantine");
  EXPECT_EQ(config.node.quarantine.time, Duration::Seconds(600));
  EXPECT_EQ(config.pair.registrar_min_timeout(), Duration::Seconds(60));
  EXPECT_EQ(config.pair.registrar_default_timeout(), Duration::Seconds(3600));
  EXPECT_EQ(config.pair.registrar_max_timeout(), Duration::Seconds(3600));
  EXPECT_EQ(config.pair.NoAnswerTimeout(config.pair.dns[0]), Duration::Seconds(180));
  EXPECT_EQ(config.pair.realm(), "Main");
}

TEST(Config, EveryNodeKeyIsRead) {
  Config config = Accepted(ConfigTextWith("  journal: {path: /var/lib/understudy/sip-a, durability: local-sync}\n",
                                          R"(  http-address: "::1"
  journal:
    path: j
    low-space: 5MiB
    snapshot-interval: 90s
    retention: {max-age: 12h, max-size: 100MiB}
  log: {level: debug, format: json, file: /tmp/log}
  limits:
    {max-message-size: 5000, max-tcp-connections: 7, max-tcp-connections-per-host: 3, tcp-idle-timeout: 1500ms,
     ban-after: 9, ban-time: 1m, max-answers-per-source: 8, max-messages-per-source: 7, nonce-lifetime: 30s,
     max-tls-handshakes-per-source: 6, overload-delay: 200ms}
  quarantine: {path: q, time: 1h}
)"));
  EXPECT_EQ(config.node.http.ToText(), "[::1]:8090");
  EXPECT_EQ(config.node.journal.low_space, 5 << 20);
  EXPECT_EQ(config.node.journal.snapshot_interval, Duration::Seconds(90));
  EXPECT_EQ(config.node.journal.retention.max_age, Duration::Seconds(43200));
  EXPECT_EQ(config.node.journal.retention.max_size, 100 << 20);
  EXPECT_EQ(config.node.log.level, LogLevel::kDebug);
  EXPECT_EQ(config.node.log.format, LogFormat::kJson);
  EXPECT_EQ(config.node.log.file, "/tmp/log");
  EXPECT_EQ(config.node.limits.max_message_size, 5000);
  EXPECT_EQ(config.node.limits.max_tcp_connections, 7);
  EXPECT_EQ(config.node.limits.max_tcp_connections_per_host, 3);
  EXPECT_EQ(config.node.limits.tcp_idle_timeout, Duration::Milliseconds(1500));
  EXPECT_EQ(config.node.limits.ban_after, 9);
  EXPECT_EQ(config.node.limits.ban_time, Duration::Seconds(60));
  EXPECT_EQ(config.node.limits.max_answers_per_source, 8);
  EXPECT_EQ(config.node.limits.max_messages_per_source, 7);
  EXPECT_EQ(config.node.limits.max_tls_handshakes_per_source, 6);
  EXPECT_EQ(config.node.limits.nonce_lifetime, Duration::Seconds(30));
  EXPECT_EQ(config.node.limits.overload_delay, Duration::Milliseconds(200));
  EXPECT_EQ(config.node.quarantine.path, "q");
  EXPECT_EQ(config.node.quarantine.time, Duration::Seconds(3600));
}

TEST(Config, ASiteBehindOneAddressHasItsConnectionsHoweverFewThereMayBeInAll) {
  Config config = Accepted(ConfigTextWith("node:\n", "node:\n  limits: {max-tcp-connections: 500}\n"));
  EXPECT_EQ(config.node.limits.max_tcp_connections_per_host, 200);
}

TEST(Config, EveryKeyOfTheNodeCanBeComparedAndNamed) {
  std::vector<std::string> names;
  for (const OptionRow& row : OptionTable()) {
    if ((row.levels & kNodeLevel) != 0 || row.section == "backup-sync") names.push_back(row.FullName());
  }
  std::vector<std::string> compared;
  for (const auto& [name, value] : NodeSettings(NodeConfig())) compared.push_back(name);
  EXPECT_EQ(compared, names);
}

TEST(Config, KeysThatDifferAreNamed) {
  const Config before = Accepted(kConfigText);
  EXPECT_THAT(ChangedKeys(before.node, before.node), IsEmpty());
  const Config after = Accepted(ConfigTextWith("http-port: 8090", "http-port: 8091\n  log: {level: debug}"));
  EXPECT_THAT(ChangedKeys(before.node, after.node), ElementsAre("node/http-port", "node.log/level"));
}

// Nobody writes into it a second time: waiting for that would hold back every later reload.
TEST(Config, APipeIsNotReadAgain) {
  const std::string path = absl::StrCat(testing::TempDir(), "/config_pipe_", getpid());
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const absl::Status status = ReloadConfig(path).status();
  unlink(path.c_str());
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("a pipe can be read once only"));
}

TEST(Config, ADnsOwnNoAnswerTimeoutWinsOverThePairs) {
  std::string text = ConfigTextWith("sip-port: 5060", "sip-port: 5060, no-answer-timeout: 30");
  text = absl::StrReplaceAll(text, {{"\"1002\", type: Extension, options: {TServer: {contact: \"*\"}}",
                                     "\"1002\", type: Extension, options: {TServer: {no-answer-timeout: 5}}"}});
  Config config = Accepted(text);
  EXPECT_EQ(config.pair.NoAnswerTimeout(*config.pair.FindDn("1001")), Duration::Seconds(30));
  EXPECT_EQ(config.pair.NoAnswerTimeout(*config.pair.FindDn("1002")), Duration::Seconds(5));
}

TEST(Config, AnExtensionWithoutAContactRegisters) {
  Config config = Accepted(absl::StrCat(kConfigText, "      - {number: \"1003\", type: Extension}\n"));
  EXPECT_TRUE(config.pair.FindDn("1003")->contact().by_registration);
  EXPECT_EQ(FindValue(config.pair.FindDn("1003")->options, "TServer", "contact"), "*");
}

TEST(Config, AContactThatIsMoreThanHostAndPortIsKeptAsAUri) {
  for (absl::string_view text : {"SIP:a@10.0.0.1", "a@10.0.0.1", "sip:a@10.0.0.1"}) {
    Config config = Accepted(ConfigTextWith("127.0.0.1:5080", text));
    EXPECT_EQ(FindValue(config.pair.FindDn("gw")->options, "TServer", "contact"), "sip:a@10.0.0.1");
  }
  Config config = Accepted(kConfigText);
  EXPECT_EQ(FindValue(config.pair.FindDn("gw")->options, "TServer", "contact"), "127.0.0.1:5080");
}

TEST(Config, AnEmptyReplacePrefixIsNotAnAbsentOne) {
  Config config = Accepted(ConfigTextWith("prefix: \"9\"", "prefix: \"9\", replace-prefix: \"\""));
  EXPECT_EQ(config.pair.FindDn("gw")->replace_prefix(), "");
}

TEST(Config, OptionsKeepTheTextOfTheFile) {
  Config config = Accepted(kConfigText);
  EXPECT_EQ(config.pair.options["TServer"]["sip-port"], "5060");
  EXPECT_EQ(FindValue(config.pair.FindDn("gw")->options, "TServer", "prefix"), "9");
  EXPECT_EQ(FindValue(config.pair.options, "TServer", "oos-check"), absl::nullopt);
}

TEST(Config, NumbersAreTextsAndDnsAreOrderedByThem) {
  Config config = Accepted(absl::StrReplaceAll(kConfigText, {{"\"1001\"", "0800"}, {"\"1002\"", "+49.30"}}));
  ASSERT_EQ(config.pair.dns.size(), 3u);
  EXPECT_EQ(config.pair.dns[0].number, "+49.30");
  EXPECT_EQ(config.pair.dns[1].number, "0800");
  EXPECT_EQ(config.pair.dns[2].number, "gw");
}

TEST(Config, OptionsWithoutEffectYetAreNamedOnceWithTheirCount) {
  std::string text = absl::StrReplaceAll(kConfigText, {{"contact: \"*\"", "contact: \"*\", geo-location: hq"},
                                                       {"sip-port: 5060", "sip-port: 5060, sip-nic-monitoring: true"}});
  EXPECT_THAT(WarningsOf(text),
              ElementsAre("t.yaml:7:55: warning: TServer/sip-nic-monitoring is accepted but has no effect yet (watches "
                          "sip-nic-address)",
                          "t.yaml:11:77: warning: TServer/geo-location is accepted but has no effect yet (place of the "
                          "device, to choose near services) (and 1 more place)"));
}

TEST(Config, OosForceWithoutOosCheckIsAWarning) {
  const auto warnings = [](absl::string_view more) {
    return Accepted(ConfigTextWith("prefix: \"9\"", absl::StrCat("prefix: \"9\", ", more))).warnings;
  };
  EXPECT_TRUE(warnings("oos-check: 10, oos-force: 2").empty());
  ASSERT_EQ(warnings("oos-force: 2").size(), 1u);
  ASSERT_EQ(warnings("oos-check: 0, oos-force: 2").size(), 1u);
  EXPECT_THAT(ToString(warnings("oos-force: 2")[0]), HasSubstr("DN gw: TServer/oos-force: without oos-check"));
}

TEST(Config, FurtherDnTypesAndSectionsAreAcceptedWithAWarning) {
  std::string text = ConfigTextWith("  switch:", "    sipproxy: {oos-check: 5, oos-force: 5}\n  switch:");
  absl::StrAppend(&text,
                  "      - {number: q1, type: ACD Queue}\n      - {number: rp, type: Routing Point, options: {}}\n");
  std::vector<std::string> warnings = WarningsOf(text);
  ASSERT_EQ(warnings.size(), 4u);
  EXPECT_THAT(warnings[0], HasSubstr("sipproxy/oos-check is accepted but has no effect yet"));
  EXPECT_THAT(warnings[2], HasSubstr("DN type ACD Queue is accepted but has no effect yet"));
}

TEST(Config, APairsDurabilityWarnsThatThereIsNoPeer) {
  for (absl::string_view durability : {"durable", "received"}) {
    std::string text = ConfigTextWith("local-sync", durability);
    EXPECT_THAT(WarningsOf(text),
                ElementsAre(absl::StrCat("t.yaml:4:58: warning: node.journal/durability: ", durability,
                                         " belongs to a pair; no peer configured: local-sync is used")));
    EXPECT_EQ(Accepted(text).node.EffectiveDurability(), Durability::kLocalSync);
  }
}

TEST(Config, DoubtfulTrunksWarn) {
  std::string text = absl::StrCat(
      kConfigText,
      "      - {number: gw2, type: Trunk, options: {TServer: {contact: \"127.0.0.1:5080\", prefix: \"8\"}}}\n",
      "      - {number: gw3, type: Trunk, options: {TServer: {contact: gw.example.com}}}\n");
  std::vector<std::string> warnings = WarningsOf(text);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0],
              HasSubstr("TServer/contact 127.0.0.1:5080 is that of 2 Trunks; requests from there count as from DN gw"));
}

TEST(Config, AFileIsLoadedUnderItsOwnName) {
  std::string path = absl::StrCat(::testing::TempDir(), "/load.yaml");
  std::ofstream(path) << ConfigTextWith("5060", "0");
  absl::StatusOr<Config> config = LoadConfig(path);
  EXPECT_EQ(std::string(config.status().message()),
            absl::StrCat(path, ":7:49: TServer/sip-port: found \"0\"; allowed: a whole number from 1 to 65535"));
  std::ofstream(path) << kConfigText;
  EXPECT_TRUE(LoadConfig(path).ok());
  std::remove(path.c_str());
}

TEST(Config, AFileThatIsNotThereIsNamed) {
  absl::StatusOr<Config> config = LoadConfig("/does/not/exist.yaml");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(config.status().message()), HasSubstr("/does/not/exist.yaml"));
  EXPECT_FALSE(LoadConfig("/").ok());
}

TEST(Config, TheCommentedExampleIsRight) {
  absl::StatusOr<Config> config = LoadConfig("daemon/config/example.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->warnings, IsEmpty());
  EXPECT_EQ(config->pair.dns.size(), 3u);
  EXPECT_EQ(config->pair.FindDn("1002")->contact().transport, Transport::kTcp);
}

TEST(Config, TheDescriptionTellsTheEffectiveSettings) {
  std::string text = absl::StrReplaceAll(kConfigText, {{"durability: local-sync", "durability: durable"},
                                                       {"prefix: \"9\"", "prefix: \"9\", replace-prefix: \"\""},
                                                       {"sip-port: 5060", "sip-nic-monitoring: true"}});
  absl::StrAppend(&text, "      - {number: q1, type: ACD Queue}\n");
  EXPECT_EQ(DescribeConfig(Accepted(text)), R"(node sip-a
  http                       127.0.0.1:8090
  T-Library                  none
  journal                    /var/lib/understudy/sip-a
  durability                 local-sync
  snapshot every             10m
  journal kept for           7d, up to 20GiB
  log                        standard error, info, text
  largest message            64KiB
  TCP connections            up to 10000, 1000 with one host, closed after 2h of silence
  messages of a source       no limit
  refusals to a source       1000 a second
  handshakes of a source     200 a second
  challenges are good for    5m
  shut out                   after 60 failures in a minute, for 5m
  overload                   when input waits for 100ms
  quarantine                 /var/lib/understudy/sip-a/quarantine, for 10m
  control                    /var/lib/understudy/sip-a/control
pair at 127.0.0.1:5060, UDP and TCP
  TServer/authenticate-algorithms SHA-512-256,SHA-256,MD5 (default)
  TServer/authenticate-legacy false (default)
  TServer/client-most-sessions 5000 (default)
  TServer/client-queue-bytes 4194304 (default)
  TServer/client-queue-events 10000 (default)
  TServer/contacts-order     parallel (default)
  TServer/contacts-rung      10 (default)
  TServer/ha-max-calls-sync-at-once 0 (default)
  TServer/no-answer-timeout  180 (default)
  TServer/registrar-default-timeout 3600 (default)
  TServer/registrar-max-timeout 3600 (default)
  TServer/registrar-min-timeout 60 (default)
  TServer/session-timeout    60 (default)
  TServer/sip-address        127.0.0.1
  TServer/sip-enable-rfc3263 false (default)
  TServer/sip-error-codes-overflow 503 (default)
  TServer/sip-min-se         90 (default)
  TServer/sip-next-server-timeout 4 (default)
  TServer/sip-nic-monitoring true (no effect yet)
  TServer/sip-pass-check     false (default)
  TServer/sip-port           5060 (default)
  TServer/sip-session-timer  0 (default)
  TServer/sip-udp-max-size   1300 (default)
T-Library clients: any name, no password
switch Main: 4 DNs
  1001             Extension registers, rings up to 3m
  1002             Extension registers, rings up to 3m
  gw               Trunk     sip:127.0.0.1:5080, prefix 9 becomes "", rings up to 3m
  q1               ACD Queue (no effect yet)
)");
}

TEST(Config, TheDescriptionTellsWhatADnsOptionsMean) {
  const std::string text =
      absl::StrCat(kConfigText,
                   "      - {number: d1, type: Extension, options: {TServer: {no-answer-timeout: 20, "
                   "sip-cti-control: \"talk,hold\", refer-enabled: true, line-type: 1}}}\n");
  EXPECT_THAT(DescribeConfig(Accepted(text)),
              HasSubstr("  d1               Extension registers, rings up to 20s, line-type 1 (no effect yet), "
                        "refer-enabled true, sip-cti-control talk,hold\n"));
}

TEST(Config, ALongSwitchIsDescribedInShort) {
  std::string text(kConfigText);
  for (int i = 0; i < 200; ++i) absl::StrAppend(&text, "      - {number: x", i, ", type: Extension}\n");
  EXPECT_THAT(DescribeConfig(Accepted(text)), HasSubstr("switch Main: 203 DNs\n"));
  EXPECT_THAT(DescribeConfig(Accepted(text)), HasSubstr("  and 103 more\n"));
}

}  // namespace
}  // namespace understudy::daemon
