#include "daemon/config/password_verifier.h"

#include <openssl/evp.h>

#include <array>
#include <initializer_list>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"

namespace understudy::daemon {
namespace {

// Empty when OpenSSL refuses.
std::string HexDigest(const EVP_MD* algorithm, std::initializer_list<absl::string_view> parts) {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (context == nullptr || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1) return "";
  for (absl::string_view part : parts) {
    if (EVP_DigestUpdate(context.get(), part.data(), part.size()) != 1) return "";
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) return "";
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

}  // namespace

absl::StatusOr<PasswordVerifier> MakePasswordVerifier(absl::string_view user, absl::string_view realm,
                                                      absl::string_view password) {
  PasswordVerifier verifier{HexDigest(EVP_md5(), {user, ":", realm, ":", password}),
                            HexDigest(EVP_sha256(), {user, ":", realm, ":", password})};
  if (verifier.ha1_md5.empty() || verifier.ha1_sha256.empty()) {
    return absl::UnavailableError("this OpenSSL offers no MD5 or no SHA-256");
  }
  return verifier;
}

}  // namespace understudy::daemon
