// SipHash-2-4, the keyed hash of Aumasson and Bernstein: 64 and 128 bits, little endian, the same on every machine.
//
//   uint64_t tag = SipHash64(key, bytes);
//   SipHasher128 hasher(key);  hasher.Update(a);  hasher.Update(b);  Hash128 h = hasher.Finish();
//
// Update may be called any number of times; only the concatenation counts. Values, no allocation, thread-compatible.
#ifndef UNDERSTUDY_BASE_SIPHASH_H_
#define UNDERSTUDY_BASE_SIPHASH_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace understudy {

// 128 secret (or chained) bits. The default is the all-zero key.
struct HashKey {
  uint64_t k0 = 0;
  uint64_t k1 = 0;
};

// A 128 bit hash. `lo` holds the first eight bytes of the reference output.
struct Hash128 {
  uint64_t lo = 0;
  uint64_t hi = 0;

  HashKey AsKey() const { return HashKey{lo, hi}; }
  bool empty() const { return (lo | hi) == 0; }
  // 32 hexadecimal digits in the order of the reference output.
  std::string ToHex() const;

  friend constexpr auto operator<=>(const Hash128&, const Hash128&) = default;

  template <class H>
  friend H AbslHashValue(H h, const Hash128& v) {
    return H::combine(std::move(h), v.lo, v.hi);
  }
};

uint64_t SipHash64(HashKey key, absl::string_view bytes);
Hash128 SipHash128(HashKey key, absl::string_view bytes);

namespace internal {

struct SipState {
  uint64_t v0, v1, v2, v3;
};

// Collects bytes into words; shared by both widths.
class SipCore {
 public:
  SipCore(HashKey key, bool wide);
  void Update(absl::string_view bytes);
  void AddU64(uint64_t value);
  SipState FinishWords() const;

 private:
  SipState state_;
  uint64_t partial_ = 0;
  uint64_t length_ = 0;
};

}  // namespace internal

class SipHasher {
 public:
  explicit SipHasher(HashKey key) : core_(key, false) {}
  void Update(absl::string_view bytes) { core_.Update(bytes); }
  // As Update with the eight little-endian bytes of `value`.
  void AddU64(uint64_t value) { core_.AddU64(value); }
  // The hash of everything so far; more may follow.
  uint64_t Finish() const;

 private:
  internal::SipCore core_;
};

class SipHasher128 {
 public:
  explicit SipHasher128(HashKey key) : core_(key, true) {}
  void Update(absl::string_view bytes) { core_.Update(bytes); }
  void AddU64(uint64_t value) { core_.AddU64(value); }
  Hash128 Finish() const;

 private:
  internal::SipCore core_;
};

}  // namespace understudy

#endif  // UNDERSTUDY_BASE_SIPHASH_H_
