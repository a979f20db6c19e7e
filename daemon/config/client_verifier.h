// What is kept of a T-Library client's password: enough to check it, not the password.
//
//   ClientVerifier verifier = ClientVerifier::OfPassword("...");   // from a file that has it anyway
//   absl::StatusOr<ClientVerifier> parsed = ClientVerifier::Parse("scrypt:16384:8:1:<salt>:<hash>");
//   verifier.Matches(password);                                    // in constant time; scrypt takes its while
//
// A file with scrypt verifiers (RFC 7914) tells nobody a password; `understudyd --client-verifier` makes one.
#ifndef UNDERSTUDY_DAEMON_CONFIG_CLIENT_VERIFIER_H_
#define UNDERSTUDY_DAEMON_CONFIG_CLIENT_VERIFIER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace understudy::daemon {

class ClientVerifier {
 public:
  // Matches nothing.
  ClientVerifier() = default;

  // Salted SHA-256, which costs nothing: for the memory of a process that has read the password.
  static ClientVerifier OfPassword(absl::string_view password);
  // With fresh salt. Unavailable when OpenSSL refuses.
  static absl::StatusOr<ClientVerifier> Scrypt(absl::string_view password);
  // As ToText writes it. InvalidArgument says what is wrong without the text.
  static absl::StatusOr<ClientVerifier> Parse(absl::string_view text);

  // Of a scrypt verifier.
  std::string ToText() const;
  // Matches takes tens of milliseconds.
  bool is_slow() const { return n_ > 0; }
  bool Matches(absl::string_view password) const;

  friend bool operator==(const ClientVerifier&, const ClientVerifier&) = default;

 private:
  // Empty where OpenSSL refuses.
  std::string HashOf(absl::string_view password) const;

  uint64_t n_ = 0;  // 0: SHA-256
  uint64_t r_ = 0;
  uint64_t p_ = 0;
  std::string salt_;  // octets
  std::string hash_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_CLIENT_VERIFIER_H_
