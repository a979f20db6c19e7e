#include "daemon/config/client_verifier.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"

namespace understudy::daemon {
namespace {

constexpr size_t kSaltOctets = 16;
constexpr size_t kHashOctets = 32;
constexpr uint64_t kN = 16384;
constexpr uint64_t kR = 8;
constexpr uint64_t kP = 1;
constexpr uint64_t kMostMemory = uint64_t{64} << 20;
constexpr uint64_t kMostP = 16;

const unsigned char* Octets(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string FreshSalt() {
  std::array<unsigned char, kSaltOctets> salt;
  US_CHECK_EQ(RAND_bytes(salt.data(), static_cast<int>(salt.size())), 1);
  return std::string(salt.begin(), salt.end());
}

std::string SaltedSha256(absl::string_view salt, absl::string_view password) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  US_CHECK(context != nullptr);
  std::string hash(kHashOctets, '\0');
  const bool done = EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1 &&
                    EVP_DigestUpdate(context, salt.data(), salt.size()) == 1 &&
                    EVP_DigestUpdate(context, password.data(), password.size()) == 1 &&
                    EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(hash.data()), nullptr) == 1;
  EVP_MD_CTX_free(context);
  return done ? hash : "";
}

bool IsPowerOfTwo(uint64_t n) {
  return n > 1 && (n & (n - 1)) == 0;
}

// Beyond these, one check would be an attack of our own on our memory.
bool IsBearable(uint64_t n, uint64_t r, uint64_t p) {
  return IsPowerOfTwo(n) && r > 0 && p > 0 && p <= kMostP && r <= kMostMemory / 128 && n <= kMostMemory / (128 * r);
}

}  // namespace

ClientVerifier ClientVerifier::OfPassword(absl::string_view password) {
  ClientVerifier verifier;
  verifier.salt_ = FreshSalt();
  verifier.hash_ = verifier.HashOf(password);
  return verifier;
}

absl::StatusOr<ClientVerifier> ClientVerifier::Scrypt(absl::string_view password) {
  ClientVerifier verifier;
  verifier.n_ = kN;
  verifier.r_ = kR;
  verifier.p_ = kP;
  verifier.salt_ = FreshSalt();
  verifier.hash_ = verifier.HashOf(password);
  if (verifier.hash_.empty()) return absl::UnavailableError("this OpenSSL offers no scrypt");
  return verifier;
}

absl::StatusOr<ClientVerifier> ClientVerifier::Parse(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  if (parts.size() != 6 || parts[0] != "scrypt") {
    return absl::InvalidArgumentError("not scrypt:<N>:<r>:<p>:<salt>:<hash>");
  }
  ClientVerifier verifier;
  if (!absl::SimpleAtoi(parts[1], &verifier.n_) || !absl::SimpleAtoi(parts[2], &verifier.r_) ||
      !absl::SimpleAtoi(parts[3], &verifier.p_) || !IsBearable(verifier.n_, verifier.r_, verifier.p_)) {
    return absl::InvalidArgumentError("N is a power of two, p at most 16, and 128*N*r at most 64 MiB");
  }
  if (!absl::Base64Unescape(parts[4], &verifier.salt_) || !absl::Base64Unescape(parts[5], &verifier.hash_) ||
      verifier.salt_.empty() || verifier.hash_.size() != kHashOctets) {
    return absl::InvalidArgumentError("salt and hash are base64, the hash of 32 octets");
  }
  return verifier;
}

std::string ClientVerifier::ToText() const {
  return absl::StrCat("scrypt:", n_, ":", r_, ":", p_, ":", absl::Base64Escape(salt_), ":", absl::Base64Escape(hash_));
}

bool ClientVerifier::Matches(absl::string_view password) const {
  const std::string hash = HashOf(password);
  return hash.size() == kHashOctets && hash_.size() == kHashOctets &&
         CRYPTO_memcmp(hash.data(), hash_.data(), kHashOctets) == 0;
}

std::string ClientVerifier::HashOf(absl::string_view password) const {
  if (!is_slow()) return SaltedSha256(salt_, password);
  std::string hash(kHashOctets, '\0');
  const int done = EVP_PBE_scrypt(password.data(), password.size(), Octets(salt_), salt_.size(), n_, r_, p_,
                                  2 * kMostMemory, reinterpret_cast<unsigned char*>(hash.data()), hash.size());
  return done == 1 ? hash : "";
}

}  // namespace understudy::daemon
