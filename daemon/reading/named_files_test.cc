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
using testing::ContainsRegex;
using testing::HasSubstr;

// Of 512 bits, which OpenSSL takes from nobody.
constexpr char kWeakCertificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdzCCASGgAwIBAgIUIIo3wHNjD1BcW4qcqWWTYJEq2EAwDQYJKoZIhvcNAQEL\n"
    "BQAwDzENMAsGA1UEAwwEd2VhazAgFw0yNjExMjgyMzI2MjNaGA8yMTI2MTEwNDIz\n"
    "MjYyM1owDzENMAsGA1UEAwwEd2VhazBcMA0GCSqGSIb3DQEBAQUAA0sAMEgCQQC3\n"
    "d3ynJ8cn/ftw//LBQ1fkzOcIukm8H2tCEHuXd8+/QfmGzekti+ZXvH4vn7cW0fLL\n"
    "a+PuFVQX8VR+v+ZrjGWxAgMBAAGjUzBRMB0GA1UdDgQWBBS9WOxrAeq2TTfxjhUW\n"
    "8lDqBQSi9zAfBgNVHSMEGDAWgBS9WOxrAeq2TTfxjhUW8lDqBQSi9zAPBgNVHRMB\n"
    "Af8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA0EAP+Lso7+IqCcZj97YkIgpOeupRurv\n"
    "VW4wEl8PnO8pAM2CvCG6WICUJMTSld8mwrUQV2LaW1m8lao+7lnjd1rUoA==\n"
    "-----END CERTIFICATE-----\n";
constexpr char kWeakKey[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEAt3d8pyfHJ/37cP/y\n"
    "wUNX5MznCLpJvB9rQhB7l3fPv0H5hs3pLYvmV7x+L5+3FtHyy2vj7hVUF/FUfr/m\n"
    "a4xlsQIDAQABAkARCwCBZqiRhn59GMmsOl1H2+D6ZpPC7ghAstdIUtDxqz8Gk9xQ\n"
    "3XSK9sBQgDvokkG5U+Btxmk6+DKvGtuwgJOBAiEA2tmTy7p2nUU8twxPTXgkqtcC\n"
    "TVujZohP5b762ODkyZ0CIQDWnEkhn7/y77YjAaaujECHDA+yFlzG0SseYQIo/C2q\n"
    "JQIgXGH2aszGn3MHwzmWDFzIFbn3hdJGMtUd7RzmZUDiM10CIQDVNKaitOYpH2Q/\n"
    "GuDQ/50LjTv6nKTHD/5aS92tgfqL0QIgRtjN10aIIosIj4wyfIdsig+XbtLzJR2J\n"
    "WfN11DNQbXk=\n"
    "-----END PRIVATE KEY-----\n";

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
  static std::string Written(absl::string_view name, absl::string_view text) {
    const std::string path = absl::StrCat(testing::TempDir(), name);
    std::ofstream(path) << text;
    return path;
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

TEST_F(NamedFiles, WhatOpenSslDoesNotTakeIsSaidBesideTheFaultsOfOthers) {
  const std::string certificate = Written("/weak.pem", kWeakCertificate);
  const std::string key = Written("/weak.key", kWeakKey);
  const std::string faults = FaultsOf(absl::StrCat("  tlib-port: 7007\n  tlib-tls-certificate: ", certificate,
                                                   "\n  tlib-tls-key: ", key, "\n", Sip("/no/s.pem", good_.key)));
  EXPECT_THAT(faults, HasSubstr("node/sip-tls-cert: found \"/no/s.pem\""));
  EXPECT_THAT(faults, ContainsRegex("node/tlib-tls-certificate: found .*cannot be used: .*too (small|weak)"));
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
