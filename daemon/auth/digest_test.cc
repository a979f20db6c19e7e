#include "daemon/auth/digest.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "tests/corpus.h"

namespace understudy::auth {
namespace {

// Columns of the corpus's digest_vectors.tsv.
enum Column : size_t {
  kId,
  kSource,
  kAlgorithm,
  kUser,
  kRealm,
  kPassword,
  kMethod,
  kUri,
  kNonce,
  kCount,
  kCnonce,
  kQop,
  kPublished,
  kRecomputed,
  kAgrees
};

std::string Computed(const std::vector<std::string>& row) {
  const absl::optional<DigestVariant> variant = DigestVariantFromName(row[kAlgorithm]);
  if (!variant) return "an algorithm that is not known";
  const absl::optional<std::string> ha1 =
      HexDigest(variant->algorithm, {row[kUser], ":", row[kRealm], ":", row[kPassword]});
  return *DigestResponse(*variant, *ha1, {row[kMethod], row[kUri], row[kNonce], row[kCount], row[kCnonce], row[kQop]});
}

// Where a published value differs, it is of an erratum: plain SHA-512 cut short, or a response of another program.
TEST(DigestTest, EveryVectorOfTheCorpusIsComputed) {
  const absl::optional<std::string> text = tests::ReadCorpusFile("digest_vectors.tsv");
  if (!text) GTEST_SKIP() << tests::kNoCorpus;
  int rows = 0;
  for (absl::string_view line : absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> row = absl::StrSplit(line, '\t');
    ASSERT_GT(row.size(), kAgrees) << line;
    if (row[kId] == "id") continue;
    EXPECT_EQ(Computed(row), row[kRecomputed]) << row[kId];
    EXPECT_EQ(row[kPublished] == row[kRecomputed], row[kAgrees] == "yes") << row[kId];
    ++rows;
  }
  EXPECT_GE(rows, 9);
}

// RFC 7616 3.9.1 and FIPS 180-4's "abc".
TEST(DigestTest, ThoseOfTheStandardsAreComputedWithoutTheCorpus) {
  const std::string ha1 = *HexDigest(DigestAlgorithm::kSha256, {"Mufasa:http-auth@example.org:", "Circle of Life"});
  EXPECT_EQ(*DigestResponse({DigestAlgorithm::kSha256, false}, ha1,
                            {"GET", "/dir/index.html", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "00000001",
                             "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "auth"}),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
  EXPECT_EQ(*HexDigest(DigestAlgorithm::kSha512_256, {"a", "", "bc"}),
            "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
}

// RFC 7616 3.4.2: H(H(user:realm:password):nonce:cnonce) takes the place of the first hash.
TEST(DigestTest, ASessionsHashTakesInNonceAndCnonce) {
  const DigestInput input = {"REGISTER", "sip:example", "n", "00000001", "c", "auth"};
  for (DigestAlgorithm algorithm : kStrongestFirst) {
    const std::string ha1 = *HexDigest(algorithm, {"u:r:p"});
    const std::string session = *HexDigest(algorithm, {ha1, ":n:c"});
    EXPECT_EQ(*DigestResponse({algorithm, true}, ha1, input), *DigestResponse({algorithm, false}, session, input));
    EXPECT_NE(*DigestResponse({algorithm, true}, ha1, input), *DigestResponse({algorithm, false}, ha1, input));
    EXPECT_EQ(ha1.size(), DigestDigits(algorithm));
  }
}

TEST(DigestTest, AlgorithmsHaveTheNamesOfTheRfc) {
  for (DigestAlgorithm algorithm : kStrongestFirst) {
    const absl::string_view name = DigestAlgorithmName(algorithm);
    EXPECT_EQ(DigestVariantFromName(name), (DigestVariant{algorithm, false}));
    EXPECT_EQ(DigestVariantFromName(absl::StrCat(name, "-SESS")), (DigestVariant{algorithm, true}));
  }
  EXPECT_EQ(DigestVariantFromName(""), DigestVariant{});
  EXPECT_EQ(DigestVariantFromName("md5"), DigestVariant{});
  for (absl::string_view name : {"SHA", "SHA-1", "SHA-512", "MD5-", "-sess", "AKAv1-MD5", "MD5 "}) {
    EXPECT_EQ(DigestVariantFromName(name), absl::nullopt) << name;
  }
}

TEST(DigestTest, OneOctetOrTheLengthMakesADigestAnother) {
  EXPECT_TRUE(SameDigest("0a1b", "0a1b"));
  EXPECT_TRUE(SameDigest("0a1b", "0A1B"));
  for (absl::string_view other : {"0a1c", "1a1b", "0a1", "0a1b0", ""}) EXPECT_FALSE(SameDigest("0a1b", other)) << other;
}

}  // namespace
}  // namespace understudy::auth
