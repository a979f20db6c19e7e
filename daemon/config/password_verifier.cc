#include "daemon/config/password_verifier.h"

#include "absl/status/status.h"

namespace understudy::daemon {

absl::StatusOr<PasswordVerifier> MakePasswordVerifier(absl::string_view user, absl::string_view realm,
                                                      absl::string_view password) {
  PasswordVerifier verifier;
  for (auth::DigestAlgorithm algorithm : auth::kStrongestFirst) {
    verifier.Of(algorithm) = auth::HexDigest(algorithm, {user, ":", realm, ":", password}).value_or("");
  }
  if (verifier == PasswordVerifier()) {
    return absl::UnavailableError("this OpenSSL offers none of SHA-512/256, SHA-256 and MD5");
  }
  return verifier;
}

}  // namespace understudy::daemon
