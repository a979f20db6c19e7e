// The digests of HTTP authentication as SIP uses it: RFC 7616 3.4.1, RFC 8760 2; SHA-512-256 is that of FIPS 180-4.
//
//   absl::optional<std::string> response = DigestResponse({DigestAlgorithm::kSha256, false}, ha1, answer);
//   if (response && SameDigest(*response, said)) ...
//
// Functions without state. nullopt: this OpenSSL does not offer the algorithm, as MD5 in FIPS mode.
#ifndef UNDERSTUDY_DAEMON_AUTH_DIGEST_H_
#define UNDERSTUDY_DAEMON_AUTH_DIGEST_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace understudy::auth {

// Strongest first: the order of challenges (RFC 8760 2.4).
enum class DigestAlgorithm : uint8_t { kSha512_256 = 0, kSha256 = 1, kMd5 = 2 };
inline constexpr size_t kDigestAlgorithms = 3;
inline constexpr std::array<DigestAlgorithm, kDigestAlgorithms> kStrongestFirst = {
    DigestAlgorithm::kSha512_256, DigestAlgorithm::kSha256, DigestAlgorithm::kMd5};

// "SHA-512-256", "SHA-256", "MD5".
absl::string_view DigestAlgorithmName(DigestAlgorithm algorithm);
// Of its hexadecimal form: 64, 64, 32.
size_t DigestDigits(DigestAlgorithm algorithm);

struct DigestVariant {
  DigestAlgorithm algorithm = DigestAlgorithm::kMd5;
  bool session = false;  // "-sess"
  friend bool operator==(const DigestVariant&, const DigestVariant&) = default;
};

// "MD5", "SHA-256-sess" and so on, in any case; "" is MD5.
absl::optional<DigestVariant> DigestVariantFromName(absl::string_view name);

// H of the parts, one after the other, in lower-case hexadecimal.
absl::optional<std::string> HexDigest(DigestAlgorithm algorithm, std::initializer_list<absl::string_view> parts);

// What an answer to a challenge is computed of, without quotes.
struct DigestInput {
  absl::string_view method;
  absl::string_view uri;
  absl::string_view nonce;
  absl::string_view nonce_count;  // the digits as said
  absl::string_view cnonce;
  absl::string_view qop;  // "auth", or "" as in RFC 2069
};

// `ha1`: H(user:realm:password), in hexadecimal.
absl::optional<std::string> DigestResponse(const DigestVariant& variant, absl::string_view ha1,
                                           const DigestInput& input);

// In constant time for texts of one length; digits in any case.
bool SameDigest(absl::string_view ours, absl::string_view theirs);

}  // namespace understudy::auth

#endif  // UNDERSTUDY_DAEMON_AUTH_DIGEST_H_
