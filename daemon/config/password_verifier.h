// What is kept of a configured password: enough to check a digest answer (RFC 7616, RFC 8760), not the password.
//
// A verifier is still worth protecting: whoever has it can answer challenges of this realm.
#ifndef UNDERSTUDY_DAEMON_CONFIG_PASSWORD_VERIFIER_H_
#define UNDERSTUDY_DAEMON_CONFIG_PASSWORD_VERIFIER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace understudy::daemon {

// H(user ":" realm ":" password) in lower-case hexadecimal.
struct PasswordVerifier {
  std::string ha1_md5;     // 32 digits
  std::string ha1_sha256;  // 64 digits
  friend bool operator==(const PasswordVerifier&, const PasswordVerifier&) = default;
};

// Makes no copy of `password`; wiping it is left to its owner. Unavailable when OpenSSL refuses a digest, as in FIPS
// mode.
absl::StatusOr<PasswordVerifier> MakePasswordVerifier(absl::string_view user, absl::string_view realm,
                                                      absl::string_view password);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_PASSWORD_VERIFIER_H_
