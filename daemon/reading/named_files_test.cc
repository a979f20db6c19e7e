#include "daemon/reading/named_files.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daemon/config/config_text.h"
#include "daemon/http/test_certificates.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class NamedFiles : public testing::Test {
 protected:
  static std::string FaultsOf(absl::string_view node) {
    const std::string text =
        absl::StrReplaceAll(kConfigText, {{"local-sync", "durable"},
                                          {"  http-port: 8090\n", node},
                                          {"sip-port: 5060}", "sip-port: 5060, sip-tls-port: 5061}"}});
    return std::string(CheckNamedFiles(ParseConfig(text, "t.yaml").value()).message());
  }
  static std::string Sip(absl::string_view certificate, absl::string_view key) {
    return absl::StrCat("  sip-tls-cert: ", certificate, "\n  sip-tls-key: ", key, "\n");
  }
  static std::string WithABrokenOne(const std::string& from, absl::string_view name) {
    const std::string path = absl::StrCat(testing::TempDir(), name);
    std::ofstream(path) << std::ifstream(from).rdbuf()
                        << "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    return path;
  }
  std::string Good() const { return Sip(good_.certificate, good_.key); }

  const http::TestCertificates pki_{testing::TempDir(), "named_files"};
  const http::TlsFiles good_ = pki_.server();
};

TEST_F(NamedFiles, ThoseThatFitAreFine) {
  EXPECT_EQ(FaultsOf(absl::StrCat(Good(), "  sip-tls-ca: ", good_.ca, "\n")), "");
}

TEST_F(NamedFiles, AMissingCertificateHasItsPlace) {
  EXPECT_EQ(
      FaultsOf(Sip("/nowhere/c.pem", good_.key)),
      "t.yaml:3:17: node/sip-tls-cert: found \"/nowhere/c.pem\", No such file or directory; allowed: a file with a "
      "certificate in PEM, with its chain");
}

TEST_F(NamedFiles, AKeyOfAnotherCertificateIsNamed) {
  EXPECT_THAT(FaultsOf(Sip(good_.certificate, pki_.client().key)),
              AllOf(HasSubstr("t.yaml:4:16: node/sip-tls-key: found "), HasSubstr(", not the key of ")));
}

TEST_F(NamedFiles, ABrokenCertificateBehindTheFirstIsNamedWhereItsFileIs) {
  const std::string chain = WithABrokenOne(good_.certificate, "/chain.pem");
  EXPECT_THAT(FaultsOf(Sip(chain, good_.key)), AllOf(HasSubstr("t.yaml:3:17: node/sip-tls-cert: found "),
                                                     HasSubstr("certificate 2 in it cannot be read")));
  const std::string bundle = WithABrokenOne(good_.ca, "/bundle.pem");
  EXPECT_THAT(
      FaultsOf(absl::StrCat(Good(), "  sip-tls-ca: ", bundle, "\n")),
      AllOf(HasSubstr("t.yaml:5:15: node/sip-tls-ca: found "), HasSubstr("certificate 2 in it cannot be read")));
  EXPECT_THAT(
      FaultsOf(absl::StrCat(Good(),
                            "  peer: {address: 127.0.0.1, port: 7002, listen-address: 127.0.0.1, listen-port: 7001}\n"
                            "  witness: {endpoints: [\"https://127.0.0.1:7100\"], tls: {ca: ",
                            bundle, "}}\n")),
      AllOf(HasSubstr(" node.witness.tls/ca: found "), HasSubstr("certificate 2 in it cannot be read")));
}

TEST_F(NamedFiles, ThoseOfTheTLibraryAndThePeerAreLookedAtToo) {
  const std::string faults = FaultsOf(absl::StrCat(
      Good(), "  tlib-port: 7007\n  tlib-tls-certificate: /no/t.pem\n  tlib-tls-key: /no/t.key\n",
      "  peer: {address: 127.0.0.1, port: 7002, listen-address: 127.0.0.1, listen-port: 7001, tls: {ca: /no/ca, "
      "certificate: /no/p.pem, key: /no/p.key}}\n  witness: {endpoints: [\"http://127.0.0.1:7100\"]}\n"));
  for (absl::string_view key : {"node/tlib-tls-certificate", "node/tlib-tls-key", "node.peer.tls/ca",
                                "node.peer.tls/certificate", "node.peer.tls/key"}) {
    EXPECT_THAT(faults, HasSubstr(absl::StrCat(": ", key, ": found \"/no/")));
  }
}

TEST_F(NamedFiles, ThoseThatNothingReadsAreNotLookedAt) {
  EXPECT_EQ(
      FaultsOf(absl::StrCat(Good(), "  tlib-tls-certificate: /no/t.pem\n  tlib-tls-key: /no/t.key\n",
                            "  peer: {address: 127.0.0.1, port: 7002, listen-address: 127.0.0.1, listen-port: 7001}\n",
                            "  witness: {endpoints: [\"http://127.0.0.1:7100\"], tls: {ca: /no/ca}}\n")),
      "");
}

}  // namespace
}  // namespace understudy::daemon
