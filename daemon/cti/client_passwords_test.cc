#include "daemon/cti/client_passwords.h"

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "daemon/cti/password_worker.h"
#include "daemon/net/io_loop.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

class ClientPasswordsTest : public testing::Test {
 protected:
  ClientPasswordsTest()
      : passwords_([this](std::function<void()> work, std::function<void()> then) {
          ++slow_;
          work();
          waiting_.push_back(std::move(then));
        }) {}

  void Check(const std::string& name, const std::string& password) {
    verdict_.reset();
    passwords_.Check(name, password, asker_, [this](PasswordVerdict verdict) { verdict_ = verdict; });
  }
  // Slow for whoever asks, and soon done.
  static ClientVerifier SlowByName() {
    return *ClientVerifier::Parse("scrypt:2:1:1:U29kaXVtQ2hsb3JpZGU=:cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=");
  }
  void Answer() {
    for (const std::function<void()>& then : std::exchange(waiting_, {})) then();
  }

  ClientPasswords passwords_;
  std::shared_ptr<int> asker_ = std::make_shared<int>();
  absl::optional<PasswordVerdict> verdict_;
  int slow_ = 0;
  std::vector<std::function<void()>> waiting_;
};

TEST_F(ClientPasswordsTest, WithoutClientsEverybodyIsLetIn) {
  Check("anybody", "");
  EXPECT_EQ(verdict_, PasswordVerdict::kRight);
}

TEST_F(ClientPasswordsTest, OnlyNamedClientsWithTheirPasswordAreLetIn) {
  passwords_.Set({{"crm", ClientVerifier::OfPassword("open")}, {"stat", ClientVerifier::OfPassword("count")}});
  constexpr PasswordVerdict kRight = PasswordVerdict::kRight;
  constexpr PasswordVerdict kWrong = PasswordVerdict::kWrong;
  const std::pair<std::pair<std::string, std::string>, PasswordVerdict> cases[] = {
      {{"crm", "open"}, kRight},   {{"crm", "count"}, kWrong}, {{"crm", ""}, kWrong},
      {{"stat", "count"}, kRight}, {{"", "open"}, kWrong},     {{"other", "open"}, kWrong},
  };
  for (const auto& [who, verdict] : cases) {
    Check(who.first, who.second);
    EXPECT_EQ(verdict_, verdict) << who.first << " " << who.second;
  }
  EXPECT_EQ(slow_, 0);
}

TEST_F(ClientPasswordsTest, ASlowVerifierIsAskedOnceForTheRightPassword) {
  passwords_.Set({{"crm", *ClientVerifier::Scrypt("open")}});
  Check("crm", "open");
  EXPECT_FALSE(verdict_.has_value());
  Answer();
  EXPECT_EQ(verdict_, PasswordVerdict::kRight);
  Check("crm", "open");
  EXPECT_EQ(verdict_, PasswordVerdict::kRight);
  EXPECT_EQ(slow_, 1);
  Check("crm", "sesame");
  Answer();
  EXPECT_EQ(verdict_, PasswordVerdict::kWrong);
  EXPECT_EQ(slow_, 2);
}

TEST_F(ClientPasswordsTest, ManyThatComeAtOnceUnderOneNameWaitForOneCheck) {
  passwords_.Set({{"desk", *ClientVerifier::Scrypt("open")}});
  int right = 0;
  int wrong = 0;
  const auto count = [&](PasswordVerdict verdict) { ++(verdict == PasswordVerdict::kRight ? right : wrong); };
  for (int i = 0; i < 500; ++i) passwords_.Check("desk", "open", asker_, count);
  passwords_.Check("desk", "sesame", asker_, count);
  passwords_.Check("desk", "open", asker_, count);
  Answer();
  EXPECT_EQ(right, 500);
  Answer();
  EXPECT_EQ(right, 501);
  EXPECT_EQ(wrong, 1);
  EXPECT_EQ(slow_, 2);
}

TEST_F(ClientPasswordsTest, WhatIsKnownOfAPasswordGoesWithItsVerifier) {
  const std::vector<ClientConfig> before = {{"crm", *ClientVerifier::Scrypt("open")}};
  passwords_.Set(before);
  Check("crm", "open");
  Answer();
  passwords_.Set(before);
  Check("crm", "open");
  EXPECT_EQ(slow_, 1);
  passwords_.Set({{"crm", *ClientVerifier::Scrypt("other")}});
  Check("crm", "open");
  Answer();
  EXPECT_EQ(verdict_, PasswordVerdict::kWrong);
}

TEST_F(ClientPasswordsTest, OfAnAskerThatHasGoneNoCheckIsMade) {
  passwords_.Set({{"crm", SlowByName()}});
  for (int i = 0; i < 100; ++i) Check("crm", "sesame");
  EXPECT_EQ(slow_, 1);
  asker_ = std::make_shared<int>();
  Check("crm", "another");
  Answer();
  EXPECT_EQ(slow_, 2);
  verdict_.reset();
  Answer();
  EXPECT_EQ(verdict_, PasswordVerdict::kWrong);
  EXPECT_EQ(slow_, 2);
}

TEST_F(ClientPasswordsTest, ChecksUnderWayAreBounded) {
  passwords_.Set({{"crm", SlowByName()}});
  for (int i = 0; i < 1000; ++i) Check("crm", "sesame");
  EXPECT_FALSE(verdict_.has_value());
  Check("crm", "sesame");
  EXPECT_EQ(verdict_, PasswordVerdict::kOverload);
  while (!waiting_.empty()) Answer();
  EXPECT_EQ(slow_, 1000);
  Check("crm", "sesame");
  EXPECT_FALSE(verdict_.has_value());
}

TEST(PasswordWorkerTest, WorkIsDoneElsewhereAndItsResultComesOnTheLoop) {
  net::IoLoop loop;
  PasswordWorker worker(&loop);
  const std::thread::id here = std::this_thread::get_id();
  std::thread::id worked;
  int results = 0;
  for (int i = 0; i < 3; ++i) {
    worker.Run([&] { worked = std::this_thread::get_id(); },
               [&] {
                 EXPECT_EQ(std::this_thread::get_id(), here);
                 if (++results == 3) loop.Stop();
               });
  }
  loop.Run();
  EXPECT_EQ(results, 3);
  EXPECT_NE(worked, here);
}

TEST(PasswordWorkerTest, ItsEndWaitsForNoMoreThanTheWorkAtHand) {
  net::IoLoop loop;
  int done = 0;
  {
    PasswordWorker worker(&loop);
    for (int i = 0; i < 100; ++i) worker.Run([&] { ++done; }, [] {});
  }
  EXPECT_LE(done, 100);
}

}  // namespace
}  // namespace understudy::daemon
