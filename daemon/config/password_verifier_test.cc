#include "daemon/config/password_verifier.h"

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

// RFC 7616 section 3.9.1: user Mufasa, realm http-auth@example.org, password "Circle of Life". HA1 as computed by
// coreutils: printf 'Mufasa:http-auth@example.org:Circle of Life' | md5sum, sha256sum; openssl dgst -sha512-256.
TEST(PasswordVerifier, IsTheHa1OfRfc7616) {
  PasswordVerifier verifier = *MakePasswordVerifier("Mufasa", "http-auth@example.org", "Circle of Life");
  EXPECT_EQ(verifier.Of(auth::DigestAlgorithm::kMd5), "3d78807defe7de2157e2b0b6573a855f");
  EXPECT_EQ(verifier.Of(auth::DigestAlgorithm::kSha256),
            "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232");
  EXPECT_EQ(verifier.Of(auth::DigestAlgorithm::kSha512_256),
            "fb174f5c3c7802721517cae13b98e2b8dae2e0118cb705d94ee29946319204ce");
}

TEST(PasswordVerifier, EveryPartCounts) {
  PasswordVerifier verifier = *MakePasswordVerifier("a", "b", "c");
  EXPECT_EQ(verifier, *MakePasswordVerifier("a", "b", "c"));
  EXPECT_FALSE(verifier == *MakePasswordVerifier("x", "b", "c"));
  EXPECT_FALSE(verifier == *MakePasswordVerifier("a", "x", "c"));
  EXPECT_FALSE(verifier == *MakePasswordVerifier("a", "b", "x"));
}

}  // namespace
}  // namespace understudy::daemon
