#include "daemon/config/client_verifier.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

// RFC 7914 section 12, third vector, cut to 32 octets: "pleaseletmein" with the salt "SodiumChloride".
constexpr char kOfTheRfc[] = "scrypt:16384:8:1:U29kaXVtQ2hsb3JpZGU=:cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=";

TEST(ClientVerifierTest, OnlyThePasswordMatches) {
  for (const ClientVerifier& verifier : {ClientVerifier::OfPassword("open"), *ClientVerifier::Scrypt("open")}) {
    EXPECT_TRUE(verifier.Matches("open"));
    EXPECT_FALSE(verifier.Matches("Open"));
    EXPECT_FALSE(verifier.Matches(""));
    EXPECT_FALSE(verifier.Matches("open "));
  }
  EXPECT_FALSE(ClientVerifier().Matches(""));
}

TEST(ClientVerifierTest, TwoOfOnePasswordDiffer) {
  EXPECT_NE(*ClientVerifier::Scrypt("open"), *ClientVerifier::Scrypt("open"));
  EXPECT_NE(ClientVerifier::OfPassword("open"), ClientVerifier::OfPassword("open"));
}

TEST(ClientVerifierTest, TextIsReadBack) {
  const ClientVerifier verifier = *ClientVerifier::Scrypt("open");
  EXPECT_EQ(*ClientVerifier::Parse(verifier.ToText()), verifier);
}

TEST(ClientVerifierTest, ScryptIsThatOfTheRfc) {
  const absl::StatusOr<ClientVerifier> verifier = ClientVerifier::Parse(kOfTheRfc);
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  EXPECT_TRUE(verifier->is_slow());
  EXPECT_TRUE(verifier->Matches("pleaseletmein"));
  EXPECT_FALSE(verifier->Matches("pleaseletmeout"));
  EXPECT_EQ(verifier->ToText(), kOfTheRfc);
}

TEST(ClientVerifierTest, TextsThatAreNoneOrCostTooMuchAreRefused) {
  const std::string rest = ":U29kaXVtQ2hsb3JpZGU=:cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=";
  for (const std::string& text :
       {std::string(), std::string("open"), "sha:16384:8:1" + rest, "scrypt:16383:8:1" + rest, "scrypt:1:8:1" + rest,
        "scrypt:1048576:8:1" + rest, "scrypt:16384:0:1" + rest, "scrypt:16384:8:17" + rest, "scrypt:16384:8:0" + rest,
        std::string("scrypt:16384:8:1::"), std::string("scrypt:16384:8:1:AAAA:AAAA"),
        "scrypt:18446744073709551616:8:1" + rest}) {
    EXPECT_EQ(ClientVerifier::Parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace understudy::daemon
