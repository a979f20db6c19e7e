// What TLS needs on a link: this node's certificate and key, and who is believed.
//
//   absl::StatusOr<std::shared_ptr<const TlsContext>> tls = TlsContext::Load({"ca.pem", "node.pem", "node.key", ""});
//
// TLS 1.3, unless less will do; with Load both sides show a certificate and verify the other's. Immutable once
// loaded; any thread.
#ifndef UNDERSTUDY_DAEMON_TLS_TLS_CONTEXT_H_
#define UNDERSTUDY_DAEMON_TLS_TLS_CONTEXT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct ssl_ctx_st;

namespace understudy::tls {

enum class TlsVersion { k1_2, k1_3 };

struct TlsFiles {
  std::string ca;           // PEM: who signs the peer's certificate. Nobody else is believed
  std::string certificate;  // PEM, with the chain up to the CA if there is one
  std::string key;          // PEM, without a passphrase
  std::string peer_name;    // DNS name or IP address that the peer's certificate must have; empty: any the CA signed
  TlsVersion lowest = TlsVersion::k1_3;
};

class TlsContext {
 public:
  // An error names the file and what is wrong with it.
  static absl::StatusOr<std::shared_ptr<const TlsContext>> Load(const TlsFiles& files);
  // Of a server whose clients need show no certificate; where there is a CA, they must. peer_name has no meaning.
  static absl::StatusOr<std::shared_ptr<const TlsContext>> LoadServer(const TlsFiles& files);
  // Of a client that shows its certificate where it is asked for one; without a CA it believes everybody. Whose name a
  // certificate must have is each session's matter.
  static absl::StatusOr<std::shared_ptr<const TlsContext>> LoadClient(const TlsFiles& files);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* get() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

  static absl::StatusOr<std::shared_ptr<TlsContext>> Make();
  absl::Status Fill(const TlsFiles& files);
  absl::Status FillOwn(const TlsFiles& files);
  absl::Status FillCa(const TlsFiles& files);

  ssl_ctx_st* context_;
};

// What OpenSSL has to say about the last call on this thread; empties its queue.
std::string TakeOpensslErrors();

}  // namespace understudy::tls

#endif  // UNDERSTUDY_DAEMON_TLS_TLS_CONTEXT_H_
