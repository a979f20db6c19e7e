#include "daemon/config/password_verifier.h"

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

// RFC 7616 section 3.9.1: user Mufasa, realm http-auth@example.org, password "Circle of Life". HA1 as computed by
// coreutils: printf 'Mufasa:http-auth@example.org:Circle of Life' | md5sum, sha256sum.
TEST(PasswordVerifier, IsTheHa1OfRfc7616) {
  PasswordVerifier verifier = *MakePasswordVerifier("Mufasa", "http-auth@example.org", "Circle of Life");
  EXPECT_EQ(verifier.ha1_md5, "3d78807defe7de2157e2b0b6573a855f");
  EXPECT_EQ(verifier.ha1_sha256, "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232");
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
