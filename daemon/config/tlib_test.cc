// What the file says of T-Library clients.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daemon/config/config.h"
#include "daemon/config/config_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr absl::string_view kCanary = "Canary7Secret";
constexpr absl::string_view kVerifier =
    "scrypt:16384:8:1:U29kaXVtQ2hsb3JpZGU=:cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=";

std::string With(absl::string_view node, absl::string_view clients) {
  return absl::StrReplaceAll(kConfigText, {{"  http-port: 8090\n", absl::StrCat("  http-port: 8090\n", node)},
                                           {"pair:\n", absl::StrCat("pair:\n", clients)}});
}

std::string ErrorOf(absl::string_view node, absl::string_view clients = "") {
  return std::string(ParseConfig(With(node, clients), "t.yaml").status().message());
}

Config Accepted(absl::string_view node, absl::string_view clients = "") {
  absl::StatusOr<Config> config = ParseConfig(With(node, clients), "t.yaml");
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *config : Config();
}

std::string Warnings(absl::string_view node, absl::string_view clients) {
  std::string all;
  for (const Warning& warning : Accepted(node, clients).warnings) absl::StrAppend(&all, ToString(warning));
  return all;
}

TEST(TlibConfig, WithoutAPortNobodyIsListenedForAndLimitsHaveDefaults) {
  const TlibConfig tlib = Accepted("").node.tlib;
  EXPECT_EQ(tlib.listen.port(), 0);
  EXPECT_EQ(tlib.websocket.port(), 0);
  EXPECT_FALSE(tlib.tls.has_value());
  EXPECT_EQ(tlib.addp_timeout, Duration::Seconds(10));
  EXPECT_EQ(tlib.max_clients, 10000);
  EXPECT_EQ(tlib.max_clients_per_host, 5000);
  EXPECT_EQ(tlib.max_requests, 1000);
  EXPECT_EQ(tlib.max_queue, 1 << 20);
}

TEST(TlibConfig, EveryOptionIsRead) {
  const TlibConfig tlib = Accepted(
                              "  tlib-address: 0.0.0.0\n  tlib-port: 7200\n  tlib-websocket-port: 7201\n"
                              "  tlib-websocket-origins: \"https://a.example, https://b.example\"\n"
                              "  tlib-addp-timeout: 0s\n  tlib-tls-ca: ca\n  tlib-tls-certificate: cert\n"
                              "  tlib-tls-key: key\n  limits: {max-clients: 5, max-clients-per-host: 4,"
                              " max-client-requests: 3, max-client-queue: 64KiB}\n")
                              .node.tlib;
  EXPECT_EQ(tlib.listen.ToText(), "0.0.0.0:7200");
  EXPECT_EQ(tlib.websocket.ToText(), "0.0.0.0:7201");
  EXPECT_THAT(tlib.origins, ElementsAre("https://a.example", "https://b.example"));
  EXPECT_EQ(tlib.addp_timeout, Duration());
  EXPECT_EQ(tlib.tls->ca, "ca");
  EXPECT_EQ(tlib.tls->certificate, "cert");
  EXPECT_EQ(tlib.tls->key, "key");
  EXPECT_EQ(tlib.max_clients, 5);
  EXPECT_EQ(tlib.max_clients_per_host, 4);
  EXPECT_EQ(tlib.max_requests, 3);
  EXPECT_EQ(tlib.max_queue, 65536);
}

TEST(TlibConfig, PortsThatAreTakenAndHalfATlsAreErrors) {
  EXPECT_THAT(ErrorOf("  tlib-port: 5060\n"), HasSubstr("node/tlib-port: found 127.0.0.1:5060, where SIP is served"));
  EXPECT_THAT(ErrorOf("  tlib-port: 8090\n"), HasSubstr("where HTTP is served"));
  EXPECT_THAT(ErrorOf("  tlib-port: 7200\n  tlib-websocket-port: 7200\n"), HasSubstr("where the T-Library is served"));
  EXPECT_THAT(ErrorOf("  tlib-tls-key: key\n"), HasSubstr("node/tlib-tls-certificate is missing"));
  EXPECT_THAT(ErrorOf("  tlib-tls-certificate: cert\n"), HasSubstr("node/tlib-tls-key is missing"));
}

TEST(TlibConfig, ClientsHaveAPasswordOrItsVerifier) {
  const Config config = Accepted("", absl::StrCat("  clients:\n    - {name: crm, password: ", kCanary,
                                                  "}\n    - {name: stat, verifier: \"", kVerifier, "\"}\n"));
  ASSERT_EQ(config.pair.clients.size(), 2u);
  EXPECT_EQ(config.pair.clients[0].name, "crm");
  EXPECT_TRUE(config.pair.clients[0].verifier.Matches(kCanary));
  EXPECT_EQ(config.pair.clients[1].verifier.ToText(), kVerifier);
  EXPECT_THAT(DescribeConfig(config), HasSubstr("T-Library clients: 2 names"));
  EXPECT_THAT(Accepted("").pair.clients, IsEmpty());
}

TEST(TlibConfig, TheSameClientsHaveTheSameDigestInEveryFile) {
  const auto digest = [](const std::string& clients) {
    return Accepted("", absl::StrCat("  clients: [", clients, "]\n")).pair.clients_digest;
  };
  const uint64_t two = digest("{name: crm, password: open}, {name: stat, password: shut}");
  EXPECT_NE(two, 0u);
  EXPECT_EQ(digest("{name: stat, password: shut}, {name: crm, password: open}"), two);
  EXPECT_NE(digest("{name: crm, password: open}, {name: stat, password: shu}"), two);
  EXPECT_EQ(Accepted("").pair.clients_digest, 0u);
}

TEST(TlibConfig, WrongClientsAreErrorsThatHoldNoPassword) {
  const std::string secret(kCanary);
  const std::pair<std::string, std::string> wrong[] = {
      {"{password: " + secret + "}", "pair.clients[0]: name: found nothing"},
      {"{name: crm}", "pair.clients[0]: found neither; allowed: password or verifier"},
      {"{name: crm, password: " + secret + ", verifier: " + secret + "}", "found both"},
      {"{name: crm, verifier: " + secret + "}", "not scrypt:<N>"},
      {"{name: crm, password: [" + secret + "]}", "password: allowed: a text"},
      {"{name: crm, password: " + secret + ", role: boss}", "unknown key"},
      {"{name: crm, password: a" + secret + "}\n    - {name: crm, password: b" + secret + "}", "is given twice"},
      {secret, "found a text; allowed: a map"},
      {"{name: " + std::string(256, 'n') + ", password: " + secret + "}", "found 256 octets"},
  };
  for (const auto& [client, why] : wrong) {
    const std::string error = ErrorOf("", absl::StrCat("  clients:\n    - ", client, "\n"));
    EXPECT_THAT(error, HasSubstr(why));
    EXPECT_THAT(error, Not(HasSubstr(secret)));
  }
  EXPECT_THAT(ErrorOf("", "  clients: all\n"), HasSubstr("pair.clients: found a text; allowed: a list"));
}

TEST(TlibConfig, AnOpenDoorIsWarnedOf) {
  const std::string open = "  tlib-address: 0.0.0.0\n  tlib-port: 7200\n";
  const std::string clients = "  clients: [{name: crm, password: secret}]\n";
  EXPECT_THAT(Warnings(open, ""), HasSubstr("without pair.clients whoever reaches it controls calls"));
  EXPECT_THAT(Warnings(open, clients), HasSubstr("passwords go where others may read them"));
  EXPECT_THAT(Warnings("  tlib-port: 7200\n", ""), IsEmpty());
  EXPECT_THAT(Warnings("  tlib-address: \"[::1]\"\n  tlib-port: 7200\n", ""), IsEmpty());
  EXPECT_THAT(Warnings(open + "  tlib-tls-certificate: a\n  tlib-tls-key: b\n", clients), IsEmpty());
}

TEST(TlibConfig, AWebsocketForEveryPageIsWarnedOfOnLoopbackToo) {
  const std::string clients = "  clients: [{name: crm, password: secret}]\n";
  for (const char* address : {"127.0.0.1", "\"[::1]\""}) {
    const std::string port = absl::StrCat("  tlib-address: ", address, "\n  tlib-websocket-port: 7201\n");
    EXPECT_THAT(Warnings(port, ""), HasSubstr("node/tlib-websocket-port: without pair.clients and"));
    EXPECT_THAT(Warnings(port, clients), IsEmpty());
    EXPECT_THAT(Warnings(port + "  tlib-websocket-origins: \"https://a.example\"\n", ""), IsEmpty());
  }
}

}  // namespace
}  // namespace understudy::daemon
