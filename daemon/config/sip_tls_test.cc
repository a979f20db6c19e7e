#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daemon/config/config.h"
#include "daemon/config/config_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using ::testing::HasSubstr;

constexpr absl::string_view kFiles = "  sip-tls-cert: c\n  sip-tls-key: k\n";

// `node`: lines of the node's part; `port`: of sip-tls-port, "": none.
absl::StatusOr<Config> Parse(absl::string_view node, absl::string_view port, absl::string_view contact = "*") {
  const std::string option = port.empty() ? "" : absl::StrCat(", sip-tls-port: ", port);
  return ParseConfig(
      absl::StrReplaceAll(kConfigText, {{"  http-port: 8090\n", absl::StrCat("  http-port: 8090\n", node)},
                                        {"5060}", absl::StrCat("5060", option, "}")},
                                        {"\"1001\", type: Extension, options: {TServer: {contact: \"*",
                                         absl::StrCat("\"1001\", type: Extension, options: {TServer: "
                                                      "{contact: \"",
                                                      contact)}}),
      "t.yaml");
}

std::string ErrorOf(absl::string_view node, absl::string_view port, absl::string_view contact = "*") {
  return std::string(Parse(node, port, contact).status().message());
}

TEST(SipTlsConfig, WithoutAPortThereIsNone) {
  const Config config = Parse("", "").value();
  EXPECT_FALSE(config.node.sip_tls.has_value());
  EXPECT_EQ(config.pair.service_address(Transport::kTls).port(), 0);
}

TEST(SipTlsConfig, CertificateAndKeyAreEnough) {
  const Config config = Parse(kFiles, "5061").value();
  EXPECT_EQ(config.pair.service_address(Transport::kTls).ToText(), "127.0.0.1:5061");
  EXPECT_EQ(config.node.sip_tls->files.certificate, "c");
  EXPECT_EQ(config.node.sip_tls->files.key, "k");
  EXPECT_FALSE(config.node.sip_tls->mutual);
  EXPECT_TRUE(config.node.sip_tls->checks_name);
  EXPECT_FALSE(config.node.sip_tls->only_1_3);
  EXPECT_THAT(DescribeConfig(config), HasSubstr("UDP and TCP, TLS at port 5061\n"));
  EXPECT_THAT(DescribeConfig(config), HasSubstr("believes everybody"));
}

TEST(SipTlsConfig, EveryOptionIsRead) {
  const SipTlsConfig tls = *Parse(absl::StrCat(kFiles,
                                               "  sip-tls-ca: ca\n  sip-tls-mutual: true\n"
                                               "  sip-tls-target-name-check: false\n  sip-tls-version: \"1.3\"\n"),
                                  "5061")
                                .value()
                                .node.sip_tls;
  EXPECT_EQ(tls.files.ca, "ca");
  EXPECT_TRUE(tls.mutual);
  EXPECT_FALSE(tls.checks_name);
  EXPECT_TRUE(tls.only_1_3);
}

TEST(SipTlsConfig, HalfOfItIsAnError) {
  EXPECT_THAT(ErrorOf("  sip-tls-cert: c\n", "5061"), HasSubstr("node/sip-tls-key is missing"));
  EXPECT_THAT(ErrorOf("  sip-tls-key: c\n", "5061"), HasSubstr("node/sip-tls-cert is missing"));
  EXPECT_THAT(ErrorOf(absl::StrCat(kFiles, "  sip-tls-mutual: true\n"), "5061"),
              HasSubstr("node/sip-tls-ca is missing; allowed beside sip-tls-mutual: a path"));
  EXPECT_THAT(ErrorOf("", "5061"),
              HasSubstr("node/sip-tls-cert is missing; allowed with TServer/sip-tls-port and sip-wss-port"));
  EXPECT_THAT(ErrorOf(absl::StrCat(kFiles, "  sip-tls-version: \"1.1\"\n"), "5061"), HasSubstr("allowed: 1.2, 1.3"));
}

TEST(SipTlsConfig, ThePortIsItsOwn) {
  EXPECT_THAT(ErrorOf(kFiles, "5060"), HasSubstr("TServer/sip-tls-port: found 127.0.0.1:5060, where SIP is served"));
  EXPECT_THAT(ErrorOf(kFiles, "8090"), HasSubstr("where SIP over TLS is served"));
}

TEST(SipTlsConfig, FilesWithoutThePortAreAWarning) {
  const Config config = Parse(kFiles, "").value();
  ASSERT_EQ(config.warnings.size(), 1u);
  EXPECT_THAT(ToString(config.warnings[0]), HasSubstr("without TServer/sip-tls-port or sip-wss-port nobody sees it"));
}

TEST(SipTlsConfig, AContactOverTlsNeedsThePort) {
  EXPECT_THAT(ErrorOf("", "", "sip:1001@10.0.0.1;transport=tls"),
              HasSubstr("DN 1001: TServer/contact: found \"sip:1001@10.0.0.1;transport=tls\" without"));
  EXPECT_THAT(ErrorOf("", "", "sips:1001@10.0.0.1"), HasSubstr("without TServer/sip-tls-port"));
  const Config config = Parse(kFiles, "5061", "sips:1001@10.0.0.1").value();
  EXPECT_EQ(config.pair.FindDn("1001")->contact().endpoint->port(), 5061);
}

std::string ErrorWithAddress(absl::string_view address, absl::string_view v6) {
  const std::string text = absl::StrReplaceAll(
      kConfigText,
      {{"sip-address: 127.0.0.1", absl::StrCat("sip-address: \"", address, "\", sip-address-v6: \"", v6, "\"")}});
  return std::string(ParseConfig(text, "t.yaml").status().message());
}

TEST(SipAddressV6, StandsBesideAnIpv4Address) {
  EXPECT_EQ(ErrorWithAddress("127.0.0.1", "::1"), "");
  EXPECT_THAT(ErrorWithAddress("127.0.0.1", "127.0.0.2"), HasSubstr("allowed: an IPv6 address beside an IPv4 one"));
  EXPECT_THAT(ErrorWithAddress("::1", "::2"), HasSubstr("found \"::2\" beside sip-address [::1]"));
}

std::string ErrorWithNetworks(absl::string_view networks) {
  const std::string text = absl::StrReplaceAll(
      kConfigText,
      {{"sip-address: 127.0.0.1", absl::StrCat("sip-address: 127.0.0.1, sip-address-by-network: \"", networks, "\"")}});
  return std::string(ParseConfig(text, "t.yaml").status().message());
}

TEST(SipAddressByNetwork, IsAnotherAddressInItsNetwork) {
  EXPECT_EQ(ErrorWithNetworks("10.20.0.0/16 10.20.0.5, 2001:db8::/32 2001:db8::5"), "");
  EXPECT_THAT(ErrorWithNetworks("10.20.0.0/16 10.21.0.5"),
              HasSubstr("sip-address-by-network: found \"10.20.0.0/16 10.21."));
  EXPECT_THAT(ErrorWithNetworks("127.0.0.0/8 127.0.0.1"),
              HasSubstr("127.0.0.1, which sip-address or sip-address-v6 is"));
}

}  // namespace
}  // namespace understudy::daemon
