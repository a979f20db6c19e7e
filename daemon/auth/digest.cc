#include "daemon/auth/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace understudy::auth {
namespace {

constexpr absl::string_view kSession = "-sess";

const EVP_MD* MessageDigest(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kSha512_256:
      return EVP_sha512_256();
    case DigestAlgorithm::kSha256:
      return EVP_sha256();
    case DigestAlgorithm::kMd5:
      return EVP_md5();
  }
  return nullptr;
}

}  // namespace

absl::string_view DigestAlgorithmName(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kSha512_256:
      return "SHA-512-256";
    case DigestAlgorithm::kSha256:
      return "SHA-256";
    case DigestAlgorithm::kMd5:
      return "MD5";
  }
  return {};
}

size_t DigestDigits(DigestAlgorithm algorithm) {
  return algorithm == DigestAlgorithm::kMd5 ? 32 : 64;
}

absl::optional<DigestVariant> DigestVariantFromName(absl::string_view name) {
  DigestVariant variant;
  if (name.empty()) return variant;
  if (absl::EndsWithIgnoreCase(name, kSession)) {
    variant.session = true;
    name.remove_suffix(kSession.size());
  }
  for (DigestAlgorithm algorithm : kStrongestFirst) {
    variant.algorithm = algorithm;
    if (absl::EqualsIgnoreCase(name, DigestAlgorithmName(algorithm))) return variant;
  }
  return absl::nullopt;
}

absl::optional<std::string> HexDigest(DigestAlgorithm algorithm, std::initializer_list<absl::string_view> parts) {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (context == nullptr || EVP_DigestInit_ex(context.get(), MessageDigest(algorithm), nullptr) != 1) {
    return absl::nullopt;
  }
  for (absl::string_view part : parts) {
    if (EVP_DigestUpdate(context.get(), part.data(), part.size()) != 1) return absl::nullopt;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) return absl::nullopt;
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

absl::optional<std::string> DigestResponse(const DigestVariant& variant, absl::string_view ha1,
                                           const DigestInput& input) {
  std::string a1(ha1);
  if (variant.session) {
    absl::optional<std::string> session = HexDigest(variant.algorithm, {ha1, ":", input.nonce, ":", input.cnonce});
    if (!session) return absl::nullopt;
    a1 = *std::move(session);
  }
  const absl::optional<std::string> a2 = HexDigest(variant.algorithm, {input.method, ":", input.uri});
  if (!a2) return absl::nullopt;
  if (input.qop.empty()) return HexDigest(variant.algorithm, {a1, ":", input.nonce, ":", *a2});
  return HexDigest(variant.algorithm,
                   {a1, ":", input.nonce, ":", input.nonce_count, ":", input.cnonce, ":", input.qop, ":", *a2});
}

bool SameDigest(absl::string_view ours, absl::string_view theirs) {
  const std::string lower = absl::AsciiStrToLower(theirs);
  return ours.size() == lower.size() && CRYPTO_memcmp(ours.data(), lower.data(), lower.size()) == 0;
}

}  // namespace understudy::auth
