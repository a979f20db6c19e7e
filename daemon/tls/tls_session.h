// TLS without a socket: bytes from the network go in, plain bytes come out, and the other way round.
//
//   session.Feed(octets);                       // as recv gave them
//   while (session.Read(space, &n) == TlsSession::Outcome::kData) Use(n);
//   session.Write(bytes, &taken);               // nothing is taken before the handshake is over
//   n = send(fd, session.output().data(), ...);  session.ConsumeOutput(n);
//
// The handshake goes on by itself in Read and Write. One thread.
//
// What the peer may have TLS itself do is bounded: a new key or a renegotiation costs it one record, and us the work
// and an answer that waits until it reads. Who asks for more of that than anybody needs, or takes none of the answers,
// has broken the session.
#ifndef UNDERSTUDY_DAEMON_TLS_TLS_SESSION_H_
#define UNDERSTUDY_DAEMON_TLS_TLS_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "daemon/tls/tls_context.h"

struct bio_st;
struct ssl_st;
struct x509_store_ctx_st;

namespace understudy::tls {

class TlsSession {
 public:
  enum class Side { kAccepts, kConnects };
  enum class Outcome { kData, kNothing, kEnded, kBroken };

  // `peer_name`: DNS name or IP address that the peer's certificate must have; empty: as the context says.
  TlsSession(std::shared_ptr<const TlsContext> context, Side side, const std::string& peer_name = "");
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Of who connects, before it reads: wants a server of that SIP domain, and says so (RFC 5922 section 7.8). `checks`:
  // the certificate must be the domain's, as a DNS name or as a sip URI, without a wildcard (sections 7.1 and 7.2).
  void AskFor(const std::string& domain, bool checks);

  // Gives bytes of the network to the session, which copies them.
  void Feed(absl::string_view octets);

  // kData: `*n` plain bytes stand in `space`; there may be more. kEnded: the peer said that nothing follows.
  Outcome Read(absl::Span<char> space, size_t* n);

  // Takes the first bytes, at most one TLS record; `*taken` may be 0.
  Outcome Write(absl::string_view bytes, size_t* taken);

  // What waits to be sent to the network.
  absl::string_view output() const;
  void ConsumeOutput(size_t n);

  // Both sides have said who they are; plain bytes may pass.
  bool established() const;

  // Says to the peer that nothing follows.
  void Finish();

  // The subject of the peer's certificate ("CN=node-b") or, without one, its first DNS name; of one that was refused,
  // too. Empty before it has come.
  const std::string& peer_subject() const { return peer_subject_; }

  // Unauthenticated, or resources are exhausted; once an outcome was kBroken.
  const absl::Status& error() const { return error_; }

 private:
  static int Verified(int ok, x509_store_ctx_st* verification);
  static void Talked(int is_written, int version, int content_type, const void* octets, size_t size, ssl_st* ssl,
                     void* session);
  bool TalksTooMuch() const;
  bool HasBroken();
  void RequireName(const std::string& name);
  bool IsOfDomain(x509_store_ctx_st* verification) const;
  Outcome OutcomeOf(int result);
  std::string Reason() const;

  std::shared_ptr<const TlsContext> context_;
  ssl_st* ssl_;
  bio_st* in_;
  bio_st* out_;
  size_t sent_ = 0;          // bytes at the beginning of out_ that have left
  uint64_t talk_ = 0;        // messages of the handshake protocol that came, and alerts of ours
  uint64_t clear_text_ = 0;  // octets that came
  size_t unread_ = 0;        // octets of ours to what came, since the output was empty
  std::string domain_;       // that the peer's certificate must be of
  std::string peer_subject_;
  absl::Status error_;
};

}  // namespace understudy::tls

#endif  // UNDERSTUDY_DAEMON_TLS_TLS_SESSION_H_
