// What OpenSSL needs to know of a server or a client: PEM files, read once.
//
//   absl::StatusOr<std::shared_ptr<TlsContext>> context = ClientTls({.ca = "ca.pem"});
//
// TLS 1.2 and later. An error names the file and says what is wrong with it. A context is shared by the connections
// made with it, all on one thread.
#ifndef UNDERSTUDY_DAEMON_HTTP_TLS_CONTEXT_H_
#define UNDERSTUDY_DAEMON_HTTP_TLS_CONTEXT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace boost::asio::ssl {
class context;
}  // namespace boost::asio::ssl

namespace understudy::http {

using TlsContext = boost::asio::ssl::context;

// Paths of PEM files; empty: none.
struct TlsFiles {
  std::string ca = {};           // who signed the other side's certificate
  std::string certificate = {};  // our own, followed by those between it and its CA
  std::string key = {};          // of the certificate, without a pass phrase

  bool empty() const { return ca.empty() && certificate.empty() && key.empty(); }
  friend bool operator==(const TlsFiles&, const TlsFiles&) = default;
};

// Certificate and key are needed. With a CA every client must show a certificate that it signed.
absl::StatusOr<std::shared_ptr<TlsContext>> ServerTls(const TlsFiles& files);

// Without a CA those of the system count. Certificate and key: both or neither. The server's name is the caller's to
// check.
absl::StatusOr<std::shared_ptr<TlsContext>> ClientTls(const TlsFiles& files);

}  // namespace understudy::http

#endif  // UNDERSTUDY_DAEMON_HTTP_TLS_CONTEXT_H_
