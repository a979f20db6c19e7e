#include "daemon/auth/nonces.h"

#include <string>

#include "gtest/gtest.h"

namespace understudy::auth {
namespace {

const Endpoint kPhone = Endpoint::V4(10, 0, 0, 1, 5060);
constexpr Duration kLifetime = Duration::Seconds(300);
constexpr Duration kNow = Duration::Seconds(1'000'000);

TEST(NoncesTest, ANonceIsReadUntilItIsOld) {
  const Nonces nonces(HashKey{1, 2}, kLifetime);
  const std::string nonce = nonces.Make(kPhone, "call", "tag", kNow);
  EXPECT_EQ(nonce.size(), 40u);
  const auto mark = nonces.Read(nonce, kPhone, kNow);
  ASSERT_TRUE(mark.has_value());
  EXPECT_EQ(mark->second, 1'000'000u);
  EXPECT_TRUE(nonces.Read(nonce, kPhone, kNow + kLifetime).has_value());
  EXPECT_FALSE(nonces.Read(nonce, kPhone, kNow + kLifetime + Duration::Seconds(1)).has_value());
}

TEST(NoncesTest, ItIsTheHostsThatItWasGivenTo) {
  const Nonces nonces(HashKey{1, 2}, kLifetime);
  const std::string nonce = nonces.Make(kPhone, "call", "tag", kNow);
  EXPECT_TRUE(nonces.Read(nonce, kPhone.WithPort(40000), kNow).has_value());
  EXPECT_FALSE(nonces.Read(nonce, Endpoint::V4(10, 0, 0, 2, 5060), kNow).has_value());
}

TEST(NoncesTest, ARepetitionGetsTheSameAndAnotherRequestAnother) {
  const Nonces nonces(HashKey{1, 2}, kLifetime);
  const std::string nonce = nonces.Make(kPhone, "call", "tag", kNow);
  EXPECT_EQ(nonces.Make(kPhone, "call", "tag", kNow + Duration::Milliseconds(500)), nonce);
  EXPECT_NE(nonces.Make(kPhone, "call", "tag", kNow + Duration::Seconds(1)), nonce);
  EXPECT_NE(nonces.Make(kPhone, "call", "other", kNow), nonce);
  EXPECT_NE(nonces.Make(kPhone, "callt", "ag", kNow), nonce);
  EXPECT_NE(nonces.Make(Endpoint::V4(10, 0, 0, 2, 5060), "call", "tag", kNow), nonce);
}

TEST(NoncesTest, NobodyElseCanMakeOne) {
  const Nonces nonces(HashKey{1, 2}, kLifetime);
  const std::string nonce = nonces.Make(kPhone, "call", "tag", kNow);
  for (size_t i = 0; i < nonce.size(); ++i) {
    std::string other = nonce;
    other[i] = other[i] == '0' ? '1' : '0';
    EXPECT_FALSE(nonces.Read(other, kPhone, kNow).has_value()) << i;
    other[i] = 'G';
    EXPECT_FALSE(nonces.Read(other, kPhone, kNow).has_value()) << i;
  }
  EXPECT_FALSE(Nonces(HashKey{1, 3}, kLifetime).Read(nonce, kPhone, kNow).has_value());
  for (absl::string_view other : {"", "0", "dcd98b7102dd2f0e8b11d0f600bfb0c093"}) {
    EXPECT_FALSE(nonces.Read(other, kPhone, kNow).has_value()) << other;
  }
  EXPECT_FALSE(nonces.Read(nonce + "0", kPhone, kNow).has_value());
}

TEST(NoncesTest, AClockThatHasJustBegunMakesNoneOld) {
  const Nonces nonces(HashKey{1, 2}, kLifetime);
  EXPECT_EQ(nonces.OldestSecond(Duration::Seconds(5)), 0u);
  EXPECT_TRUE(nonces.Read(nonces.Make(kPhone, "c", "t", Duration()), kPhone, Duration::Seconds(5)).has_value());
}

}  // namespace
}  // namespace understudy::auth
