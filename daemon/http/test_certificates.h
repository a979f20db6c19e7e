// A certificate authority for tests: made in a directory of the test's, gone with it.
//
//   const TestCertificates pki(testing::TempDir());
//   server.UseTls(pki.server());      // for 127.0.0.1, ::1 and localhost
//   options.tls = pki.client();
//
// Server and client certificates carry no common name: etcd's gateway refuses clients that do.
#ifndef UNDERSTUDY_DAEMON_HTTP_TEST_CERTIFICATES_H_
#define UNDERSTUDY_DAEMON_HTTP_TEST_CERTIFICATES_H_

#include <string>

#include "daemon/http/tls_context.h"

namespace understudy::http {

class TestCertificates {
 public:
  // Writes its files into `directory`, which exists, under names that begin with `prefix`.
  explicit TestCertificates(const std::string& directory, const std::string& prefix = "pki");

  TlsFiles server() const { return {path_ + "-ca.pem", path_ + "-server.pem", path_ + "-server.key"}; }
  TlsFiles client() const { return {path_ + "-ca.pem", path_ + "-client.pem", path_ + "-client.key"}; }
  // Signed for 192.0.2.1 alone.
  TlsFiles elsewhere() const { return Of("elsewhere"); }
  // Of the SIP domain gw.example.com: by its DNS name, by a sip URI, by a wildcard.
  TlsFiles domain() const { return Of("domain"); }
  TlsFiles domain_uri() const { return Of("domain_uri"); }
  TlsFiles wildcard() const { return Of("wildcard"); }

 private:
  TlsFiles Of(const std::string& name) const {
    return {path_ + "-ca.pem", path_ + "-" + name + ".pem", path_ + "-" + name + ".key"};
  }

  const std::string path_;
};

}  // namespace understudy::http

#endif  // UNDERSTUDY_DAEMON_HTTP_TEST_CERTIFICATES_H_
