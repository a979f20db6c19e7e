// What is kept of a configured password: enough to check a digest answer (RFC 7616, RFC 8760), not the password.
//
// A verifier is still worth protecting: whoever has it can answer challenges of this realm.
#ifndef UNDERSTUDY_DAEMON_CONFIG_PASSWORD_VERIFIER_H_
#define UNDERSTUDY_DAEMON_CONFIG_PASSWORD_VERIFIER_H_

#include <array>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daemon/auth/digest.h"

namespace understudy::daemon {

// H(user ":" realm ":" password) in lower-case hexadecimal, by auth::DigestAlgorithm; empty: not known.
struct PasswordVerifier {
  std::array<std::string, auth::kDigestAlgorithms> ha1;

  std::string& Of(auth::DigestAlgorithm algorithm) { return ha1[static_cast<size_t>(algorithm)]; }
  const std::string& Of(auth::DigestAlgorithm algorithm) const { return ha1[static_cast<size_t>(algorithm)]; }
  friend bool operator==(const PasswordVerifier&, const PasswordVerifier&) = default;
};

// Makes no copy of `password`; wiping it is left to its owner. Without those that OpenSSL refuses, as MD5 in FIPS mode;
// Unavailable when it refuses all.
absl::StatusOr<PasswordVerifier> MakePasswordVerifier(absl::string_view user, absl::string_view realm,
                                                      absl::string_view password);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_PASSWORD_VERIFIER_H_
