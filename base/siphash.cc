#include "base/siphash.h"

#include <bit>
#include <cstdio>
#include <cstring>

namespace understudy {
namespace {

using internal::SipState;

inline uint64_t Load64(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

inline void Round(SipState& s) {
  s.v0 += s.v1;
  s.v2 += s.v3;
  s.v1 = std::rotl(s.v1, 13) ^ s.v0;
  s.v3 = std::rotl(s.v3, 16) ^ s.v2;
  s.v0 = std::rotl(s.v0, 32);
  s.v2 += s.v1;
  s.v0 += s.v3;
  s.v1 = std::rotl(s.v1, 17) ^ s.v2;
  s.v3 = std::rotl(s.v3, 21) ^ s.v0;
  s.v2 = std::rotl(s.v2, 32);
}

inline void Absorb(SipState& s, uint64_t word) {
  s.v3 ^= word;
  Round(s);
  Round(s);
  s.v0 ^= word;
}

inline uint64_t Squeeze(SipState& s) {
  for (int i = 0; i < 4; ++i) Round(s);
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t Finish64(SipState s) {
  s.v2 ^= 0xff;
  return Squeeze(s);
}

Hash128 Finish128(SipState s) {
  s.v2 ^= 0xee;
  Hash128 out;
  out.lo = Squeeze(s);
  s.v1 ^= 0xdd;
  out.hi = Squeeze(s);
  return out;
}

SipState Start(HashKey key, bool wide) {
  SipState s{key.k0 ^ 0x736f6d6570736575u, key.k1 ^ 0x646f72616e646f6du, key.k0 ^ 0x6c7967656e657261u,
             key.k1 ^ 0x7465646279746573u};
  if (wide) s.v1 ^= 0xee;
  return s;
}

SipState HashWords(HashKey key, bool wide, absl::string_view bytes) {
  SipState s = Start(key, wide);
  const char* p = bytes.data();
  const char* const end = p + (bytes.size() & ~size_t{7});
  for (; p != end; p += 8) Absorb(s, Load64(p));
  char last[8] = {};
  if ((bytes.size() & 7) != 0) std::memcpy(last, p, bytes.size() & 7);
  Absorb(s, Load64(last) | (static_cast<uint64_t>(bytes.size()) << 56));
  return s;
}

}  // namespace

namespace internal {

SipCore::SipCore(HashKey key, bool wide) : state_(Start(key, wide)) {}

void SipCore::AddU64(uint64_t value) {
  const unsigned used = length_ & 7;
  length_ += 8;
  if (used == 0) {
    Absorb(state_, value);
    return;
  }
  Absorb(state_, partial_ | (value << (8 * used)));
  partial_ = value >> (64 - 8 * used);
}

void SipCore::Update(absl::string_view bytes) {
  const unsigned shift = 8 * (length_ & 7);
  const size_t whole = bytes.size() & ~size_t{7};
  const char* p = bytes.data();
  // In registers for as long as there are words.
  SipState state = state_;
  uint64_t partial = partial_;
  for (const char* const end = p + whole; p != end; p += 8) {
    const uint64_t word = Load64(p);
    Absorb(state, partial | word << shift);
    partial = shift == 0 ? 0 : word >> (64 - shift);
  }
  state_ = state;
  partial_ = partial;
  length_ += whole;
  for (const char c : bytes.substr(whole)) {
    partial_ |= static_cast<uint64_t>(static_cast<unsigned char>(c)) << (8 * (length_ & 7));
    if ((++length_ & 7) != 0) continue;
    Absorb(state_, partial_);
    partial_ = 0;
  }
}

SipState SipCore::FinishWords() const {
  SipState s = state_;
  Absorb(s, partial_ | (length_ << 56));
  return s;
}

}  // namespace internal

std::string Hash128::ToHex() const {
  std::string out;
  for (const uint64_t word : {lo, hi}) {
    for (int i = 0; i < 8; ++i) {
      char two[3];
      std::snprintf(two, sizeof two, "%02x", static_cast<unsigned>((word >> (8 * i)) & 0xff));
      out += two;
    }
  }
  return out;
}

uint64_t SipHash64(HashKey key, absl::string_view bytes) { return Finish64(HashWords(key, false, bytes)); }
Hash128 SipHash128(HashKey key, absl::string_view bytes) { return Finish128(HashWords(key, true, bytes)); }
uint64_t SipHasher::Finish() const { return Finish64(core_.FinishWords()); }
Hash128 SipHasher128::Finish() const { return Finish128(core_.FinishWords()); }

}  // namespace understudy
