// Feeds the parts of a key to the keyed hash so that ("ab", "c") and ("a", "bc") differ: each part goes with
// its length, and each kind of key starts with a number of its own.
#ifndef UNDERSTUDY_SIP_KEY_HASHER_H_
#define UNDERSTUDY_SIP_KEY_HASHER_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "base/siphash.h"

namespace understudy::sip {

enum class KeyKind : uint64_t { kServer = 1, kServer2543 = 2, kClient = 3, kMerged = 4, kDialog = 5 };

class KeyHasher {
 public:
  KeyHasher(HashKey key, KeyKind kind) : hasher_(key) { hasher_.AddU64(static_cast<uint64_t>(kind)); }

  void Number(uint64_t value) { hasher_.AddU64(value); }

  void Exact(absl::string_view text) {
    hasher_.AddU64(text.size());
    hasher_.Update(text);
  }

  // As Exact with the text in lower case (ASCII).
  void WithoutCase(absl::string_view text) {
    hasher_.AddU64(text.size());
    std::array<char, 64> lower;
    while (!text.empty()) {
      const absl::string_view piece = text.substr(0, lower.size());
      std::transform(piece.begin(), piece.end(), lower.begin(), [](char c) { return absl::ascii_tolower(c); });
      hasher_.Update(absl::string_view(lower.data(), piece.size()));
      text.remove_prefix(piece.size());
    }
  }

  Hash128 Finish() const { return hasher_.Finish(); }

 private:
  SipHasher128 hasher_;
};

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_KEY_HASHER_H_
