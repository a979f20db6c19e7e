// What is peculiar to etcd, asked of a real one: who may, what else stands in the key, members that are gone.

#include "daemon/witness/etcd_witness.h"

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/witness/witness_backends.h"

namespace understudy::tests {
namespace {

using replication::RegisterAnswer;
using replication::RegisterOperation;
using replication::RegisterRequest;
using replication::RegisterVerdict;
using testing::HasSubstr;
using witness::EtcdWitnessOptions;
using witness::Witness;
using Answer = absl::StatusOr<RegisterAnswer>;

class EtcdWitnessTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(directory_);
    if (!EtcdIsInstalled(directory_)) {
      GTEST_SKIP() << "etcd is not installed: scripts/setup.sh test installs it (Debian: etcd-server)";
    }
  }

  EtcdWitnessOptions Start(bool secure) {
    etcd_ = NewEtcd(&loop_, directory_, secure);
    etcd_->Start();
    EtcdWitnessOptions options = etcd_->options(etcd_->endpoint());
    options.deadline = Duration::Seconds(30);
    return options;
  }

  Answer Read(const EtcdWitnessOptions& options) {
    const std::unique_ptr<Witness> witness = *NewEtcdWitness(&loop_, options);
    absl::optional<Answer> got;
    witness->Read([&](const Answer& answer) { got = answer; });
    while (!got) loop_.RunTurn(Duration::Seconds(1));
    return *got;
  }
  std::string ErrorOf(const EtcdWitnessOptions& options) { return std::string(Read(options).status().message()); }

  net::IoLoop loop_;
  std::string directory_;
  std::unique_ptr<EtcdBackend> etcd_;
};

TEST_F(EtcdWitnessTest, WhoMayNotIsToldWhatEtcdSaid) {
  const EtcdWitnessOptions options = Start(/*secure=*/true);
  EXPECT_EQ(Read(options)->verdict, RegisterVerdict::kBlank);

  EtcdWitnessOptions wrong = options;
  wrong.password = "guessed";
  EXPECT_THAT(ErrorOf(wrong), HasSubstr("invalid user ID or password"));
  EXPECT_THAT(ErrorOf(wrong), testing::Not(HasSubstr("guessed")));

  EtcdWitnessOptions nobody = options;
  nobody.user = nobody.password = "";
  EXPECT_THAT(ErrorOf(nobody), HasSubstr("does it want a user and a password?"));

  EtcdWitnessOptions elsewhere = options;
  elsewhere.key = "/somebody/else";
  EXPECT_THAT(ErrorOf(elsewhere), HasSubstr("permission denied"));

  EtcdWitnessOptions without_certificate = options;
  without_certificate.tls.certificate = without_certificate.tls.key = "";
  EXPECT_FALSE(Read(without_certificate).ok());
}

TEST_F(EtcdWitnessTest, UserWhereThereAreNoneIsAnError) {
  EtcdWitnessOptions options = Start(/*secure=*/false);
  options.user = options.password = "understudy";
  EXPECT_THAT(ErrorOf(options), HasSubstr("authentication is not enabled"));
}

TEST_F(EtcdWitnessTest, ValueThatIsNoRegisterIsAnErrorThatNamesTheKey) {
  const EtcdWitnessOptions options = Start(/*secure=*/false);
  etcd_->Put("hello");
  EXPECT_THAT(ErrorOf(options), HasSubstr("the value of the key /understudy/test in etcd is not a register: not JSON"));
}

TEST_F(EtcdWitnessTest, MemberThatIsGoneIsPassedOver) {
  EtcdWitnessOptions options = Start(/*secure=*/false);
  options.endpoints.insert(options.endpoints.begin(), "http://127.0.0.1:1");
  EXPECT_EQ(Read(options)->verdict, RegisterVerdict::kBlank);
}

TEST_F(EtcdWitnessTest, OptionsThatCannotBeUsedAreRefused) {
  EtcdWitnessOptions options;
  options.endpoints = {"http://127.0.0.1:2379"};
  EXPECT_THAT(std::string(NewEtcdWitness(&loop_, options).status().message()), HasSubstr("1 to 1024"));
  options.key = "/a";
  EXPECT_TRUE(NewEtcdWitness(&loop_, options).ok());
  options.password = "x";
  EXPECT_THAT(std::string(NewEtcdWitness(&loop_, options).status().message()), HasSubstr("no user"));
}

}  // namespace
}  // namespace understudy::tests
