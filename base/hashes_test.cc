#include <cstdint>
#include <string>

#include "base/crc32c.h"
#include "base/siphash.h"
#include "gtest/gtest.h"

namespace understudy {
namespace {

// Key and input of the reference vectors: the bytes 0, 1, 2, ...
constexpr HashKey kReferenceKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

std::string Counting(size_t n) {
  std::string bytes;
  for (size_t i = 0; i < n; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

TEST(SipHash, SixtyFourBitsEqualTheReferenceVectors) {
  EXPECT_EQ(SipHash64(kReferenceKey, ""), 0x726fdb47dd0e0e31u);
  EXPECT_EQ(SipHash64(kReferenceKey, Counting(1)), 0x74f839c593dc67fdu);
  EXPECT_EQ(SipHash64(kReferenceKey, Counting(8)), 0x93f5f5799a932462u);
  EXPECT_EQ(SipHash64(kReferenceKey, Counting(15)), 0xa129ca6149be45e5u);
}

TEST(SipHash, HundredTwentyEightBitsEqualTheReferenceVectors) {
  EXPECT_EQ(SipHash128(kReferenceKey, "").ToHex(), "a3817f04ba25a8e66df67214c7550293");
  EXPECT_EQ(SipHash128(kReferenceKey, Counting(1)).ToHex(), "da87c1d86b99af44347659119b22fc45");
}

TEST(SipHash, StreamedInAnyPiecesEqualsOneShot) {
  const std::string bytes = Counting(100);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    SipHasher narrow(kReferenceKey);
    SipHasher128 wide(kReferenceKey);
    for (const std::string& piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
      narrow.Update(piece);
      wide.Update(piece);
    }
    EXPECT_EQ(narrow.Finish(), SipHash64(kReferenceKey, bytes));
    EXPECT_EQ(wide.Finish(), SipHash128(kReferenceKey, bytes));
  }
}

TEST(SipHash, AddU64EqualsItsEightBytesAtAnyOffset) {
  for (size_t before = 0; before < 9; ++before) {
    SipHasher hasher(kReferenceKey);
    hasher.Update(Counting(before));
    hasher.AddU64(0x0807060504030201);
    EXPECT_EQ(hasher.Finish(), SipHash64(kReferenceKey, Counting(before) + "\x01\x02\x03\x04\x05\x06\x07\x08"));
  }
}

TEST(Crc32c, EqualsTheVectorsOfRfc3720) {
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(Crc32c(Counting(32)), 0x46dd794eu);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
}

TEST(Crc32c, PiecesAndPortableVersionAgree) {
  const std::string bytes = Counting(77);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(Crc32c(bytes.substr(cut), Crc32c(bytes.substr(0, cut))), Crc32c(bytes));
    EXPECT_EQ(Crc32cPortable(bytes.substr(cut)), Crc32c(bytes.substr(cut)));
  }
}

}  // namespace
}  // namespace understudy
