#include "tools/witness/arbiter_register.h"

#include <memory>
#include <string>

#include "daemon/witness/register_json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"

namespace understudy::tools {
namespace {

using replication::RegisterAnswer;
using replication::RegisterOperation;
using replication::RegisterRequest;
using replication::RegisterVerdict;
using testing::HasSubstr;

constexpr char kPath[] = "/witness/register";

class ArbiterRegisterTest : public testing::Test {
 protected:
  ArbiterRegisterTest() {
    files_->disk().MakeDirectory("/witness");
    Open();
  }

  void Open() {
    reg_.reset();
    absl::StatusOr<std::unique_ptr<ArbiterRegister>> reg = ArbiterRegister::Open(kPath, files_);
    ASSERT_TRUE(reg.ok()) << reg.status();
    reg_ = *std::move(reg);
  }
  // Dies, and is opened again.
  void LosePower() {
    files_->CutPower();
    files_->RestorePower(1, journal::PowerLossMode::kDrop);
    Open();
  }
  void DamageBothSlots() {
    for (const size_t slot : {0, 1}) ASSERT_TRUE(files_->FlipBit(kPath, 8 * (slot * RegisterFile::kSlotBytes + 40)));
    Open();
  }

  static std::string TextOf(RegisterOperation operation, uint64_t version) {
    RegisterRequest request;
    request.operation = operation;
    request.cluster_id = 7;
    request.version = version;
    request.asker = {0xa, 1};
    return witness::RequestJson(request);
  }
  // As whoever asked reads it.
  RegisterAnswer Ask(RegisterOperation operation, uint64_t version) {
    const absl::StatusOr<ArbiterReply> reply = reg_->Ask(TextOf(operation, version));
    EXPECT_TRUE(reply.ok()) << reply.status();
    const absl::StatusOr<RegisterAnswer> answer = witness::ParseAnswer(reply->text);
    EXPECT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(*answer, reply->answer);
    return *answer;
  }

  const std::shared_ptr<journal::FaultyFileSystem> files_ = std::make_shared<journal::FaultyFileSystem>();
  std::unique_ptr<ArbiterRegister> reg_;
};

TEST_F(ArbiterRegisterTest, WhatIsAnsweredIsOnTheDisk) {
  EXPECT_EQ(Ask(RegisterOperation::kTouch, 0).verdict, RegisterVerdict::kBlank);
  const RegisterAnswer created = Ask(RegisterOperation::kCreate, 0);
  EXPECT_EQ(created.verdict, RegisterVerdict::kDone);
  LosePower();
  EXPECT_EQ(reg_->value(), created.now);
  EXPECT_EQ(reg_->Read()->answer.now, created.now);
  EXPECT_FALSE(reg_->Read()->changed);
  EXPECT_TRUE(reg_->Ask(TextOf(RegisterOperation::kTouch, 1))->changed);
  LosePower();
  EXPECT_EQ(reg_->value()->version, 2u);
}

TEST_F(ArbiterRegisterTest, WhatIsRefusedChangesNothing) {
  (void)Ask(RegisterOperation::kCreate, 0);
  const uint64_t syncs = files_->syncs();
  EXPECT_EQ(Ask(RegisterOperation::kTouch, 9).verdict, RegisterVerdict::kOtherVersion);
  EXPECT_FALSE(reg_->Ask(TextOf(RegisterOperation::kCreate, 1))->changed);
  EXPECT_EQ(files_->syncs(), syncs);
}

TEST_F(ArbiterRegisterTest, WhatIsNoRequestIsNamedAndIsNoFailure) {
  const absl::Status refused = reg_->Ask("{}").status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("operation is missing"));
  EXPECT_TRUE(reg_->failure().ok());
  EXPECT_EQ(Ask(RegisterOperation::kCreate, 0).verdict, RegisterVerdict::kDone);
}

TEST_F(ArbiterRegisterTest, DamagedSlotsAreAnsweredLikeABlankRegisterAndForceAloneEndsThat) {
  (void)Ask(RegisterOperation::kCreate, 0);
  DamageBothSlots();
  EXPECT_THAT(reg_->StateText(), HasSubstr("unverifiable"));
  EXPECT_THAT(reg_->Read()->answer.why, HasSubstr("unverifiable"));
  EXPECT_EQ(Ask(RegisterOperation::kTouch, 0).verdict, RegisterVerdict::kBlank);
  EXPECT_EQ(Ask(RegisterOperation::kCreate, 0).verdict, RegisterVerdict::kRefused);
  EXPECT_EQ(Ask(RegisterOperation::kForce, 0).verdict, RegisterVerdict::kDone);
  EXPECT_EQ(Ask(RegisterOperation::kTouch, 1).verdict, RegisterVerdict::kDone);
}

TEST_F(ArbiterRegisterTest, AFailedWriteIsFinalUntilTheFileIsOpenedAnew) {
  (void)Ask(RegisterOperation::kCreate, 0);
  files_->Fail(journal::FaultyOperation::kSync, kPath, rocksdb::IOStatus::IOError("EIO"));
  EXPECT_THAT(std::string(reg_->Ask(TextOf(RegisterOperation::kTouch, 1)).status().message()), HasSubstr("EIO"));
  files_->ClearFaults();
  EXPECT_FALSE(reg_->failure().ok());
  EXPECT_EQ(reg_->Ask(TextOf(RegisterOperation::kTouch, 1)).status(), reg_->failure());
  EXPECT_EQ(reg_->Read().status(), reg_->failure());
  Open();
  EXPECT_TRUE(reg_->Read().ok());
}

}  // namespace
}  // namespace understudy::tools
