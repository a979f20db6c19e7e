#include "tools/witness/register_file.h"

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"

namespace understudy::tools {
namespace {

using replication::Register;
using testing::HasSubstr;
using Look = RegisterFile::Look;

Register Sample(uint64_t version) {
  Register value;
  value.cluster_id = 7;
  value.version = version;
  value.epoch = Epoch(1);
  value.primary = {0xa, 1};
  value.in_sync = {{0xa, 1}};
  return value;
}

class RegisterFileTest : public testing::Test {
 protected:
  RegisterFileTest()
      : path_(testing::TempDir() + "/" + testing::UnitTest::GetInstance()->current_test_info()->name()) {}

  void Open() {
    file_.reset();
    absl::StatusOr<std::unique_ptr<RegisterFile>> file = RegisterFile::Open(path_);
    ASSERT_TRUE(file.ok()) << file.status();
    file_ = *std::move(file);
  }
  void Write(uint64_t version) { ASSERT_TRUE(file_->Write(Sample(version)).ok()); }

  std::string Bytes() {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void SetBytes(const std::string& bytes) { std::ofstream(path_, std::ios::binary) << bytes; }
  // Changes one byte, with the file closed.
  void Damage(size_t at) {
    file_.reset();
    std::string bytes = Bytes();
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    SetBytes(bytes);
  }

  const std::string path_;
  std::unique_ptr<RegisterFile> file_;
};

TEST_F(RegisterFileTest, MissingFileIsMadeAndBlank) {
  Open();
  EXPECT_EQ(file_->look(), Look::kBlank);
  EXPECT_EQ(file_->value(), absl::nullopt);
  EXPECT_EQ(Bytes().size(), RegisterFile::kFileBytes);
  Open();
  EXPECT_EQ(file_->look(), Look::kBlank);
}

TEST_F(RegisterFileTest, WhatWasWrittenIsRead) {
  Open();
  for (uint64_t version = 1; version <= 5; ++version) {
    Write(version);
    EXPECT_EQ(file_->value(), Sample(version));
    Open();
    EXPECT_EQ(file_->value(), Sample(version));
    EXPECT_EQ(file_->look(), Look::kGood);
  }
}

TEST_F(RegisterFileTest, EmptyAndZeroedFilesAreBlank) {
  for (const size_t size : {size_t{0}, size_t{100}, RegisterFile::kFileBytes}) {
    file_.reset();
    SetBytes(std::string(size, '\0'));
    Open();
    EXPECT_EQ(file_->look(), Look::kBlank) << size;
    Write(1);
    Open();
    EXPECT_EQ(file_->value(), Sample(1)) << size;
  }
}

TEST_F(RegisterFileTest, EitherSlotAloneHoldsTheLastAnswerAndBothAreMadeGood) {
  Open();
  Write(1);
  Write(2);
  for (const size_t at : {size_t{30}, RegisterFile::kSlotBytes + 30}) {
    Damage(at);
    Open();
    EXPECT_EQ(file_->look(), Look::kOneSlotLost) << at;
    EXPECT_EQ(file_->value(), Sample(2)) << at;
    Open();
    EXPECT_EQ(file_->look(), Look::kGood) << at;
  }
}

TEST_F(RegisterFileTest, PowerLostInAnyPlaceOfAWriteLeavesTheOldOrTheNew) {
  Open();
  Write(1);
  const std::string before = Bytes();
  Write(2);
  const std::string after = Bytes();
  for (size_t written = 0; written <= after.size(); written += 64) {
    file_.reset();
    SetBytes(after.substr(0, written) + before.substr(written));
    Open();
    EXPECT_NE(file_->look(), Look::kUnverifiable) << written;
    EXPECT_TRUE(file_->value() == Sample(1) || file_->value() == Sample(2)) << written;
    EXPECT_TRUE(written < RegisterFile::kSlotBytes || file_->value() == Sample(2)) << written;
  }
}

TEST_F(RegisterFileTest, BothSlotsDamagedAreUnverifiableUntilTheNextWrite) {
  Open();
  Write(1);
  Damage(0);
  Damage(RegisterFile::kFileBytes - 1);
  const std::string evidence = Bytes();
  Open();
  EXPECT_EQ(file_->look(), Look::kUnverifiable);
  EXPECT_EQ(file_->value(), absl::nullopt);
  EXPECT_EQ(Bytes(), evidence);
  Write(1);
  Open();
  EXPECT_EQ(file_->look(), Look::kGood);
}

TEST_F(RegisterFileTest, TruncatedFileIsReadFromItsFirstSlot) {
  Open();
  Write(3);
  file_.reset();
  SetBytes(Bytes().substr(0, RegisterFile::kSlotBytes + 100));
  Open();
  EXPECT_EQ(file_->look(), Look::kOneSlotLost);
  EXPECT_EQ(file_->value(), Sample(3));
}

TEST_F(RegisterFileTest, EveryDamagedByteOfASlotIsNoticed) {
  Open();
  Write(1);
  file_.reset();
  const std::string good = Bytes();
  for (size_t at = 0; at < RegisterFile::kSlotBytes; at += 7) {
    SetBytes(good);
    Damage(at);
    Open();
    EXPECT_EQ(file_->look(), Look::kOneSlotLost) << at;
  }
}

TEST_F(RegisterFileTest, SecondOneIsRefused) {
  Open();
  const absl::Status second = RegisterFile::Open(path_).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.message()), HasSubstr("another arbiter keeps"));
  file_.reset();
  EXPECT_TRUE(RegisterFile::Open(path_).ok());
}

TEST_F(RegisterFileTest, PlaceThatCannotBeWrittenIsAnErrorWithItsName) {
  EXPECT_THAT(std::string(RegisterFile::Open("/nowhere/register").status().message()), HasSubstr("/nowhere/register"));
}

// On a disk that loses its power, or its process dies, after so many changes.
class RegisterFileOnAFaultyDisk : public testing::Test {
 protected:
  static constexpr char kPath[] = "/witness/register";

  RegisterFileOnAFaultyDisk() { files_->disk().MakeDirectory("/witness"); }

  // Null: it could not be opened.
  std::unique_ptr<RegisterFile> Open() {
    absl::StatusOr<std::unique_ptr<RegisterFile>> file = RegisterFile::Open(kPath, files_);
    EXPECT_TRUE(file.ok()) << file.status();
    return file.ok() ? *std::move(file) : nullptr;
  }
  // `mode` nullopt: only the process dies.
  void Die(uint64_t seed, absl::optional<journal::PowerLossMode> mode) {
    files_->CutPower();
    mode ? files_->RestorePower(seed, *mode) : files_->RestartProcess();
  }

  const std::shared_ptr<journal::FaultyFileSystem> files_ = std::make_shared<journal::FaultyFileSystem>();
};

std::vector<absl::optional<journal::PowerLossMode>> EveryDeath() {
  std::vector<absl::optional<journal::PowerLossMode>> deaths = {absl::nullopt};
  for (const journal::PowerLossMode mode : journal::kAllPowerLossModes) deaths.push_back(mode);
  return deaths;
}

constexpr uint64_t kChangesOfAWrite = 4;  // of each slot: written, synced
constexpr uint64_t kChangesOfAnOpen = 12;

TEST_F(RegisterFileOnAFaultyDisk, ADeathAtAnyChangeOfAWriteLeavesTheOldOrTheNewAndAReturnedWriteIsThere) {
  uint64_t version = 0;
  Open()->Write(Sample(++version)).IgnoreError();
  for (uint64_t seed = 0; seed < 20; ++seed) {
    for (const auto& death : EveryDeath()) {
      for (uint64_t changes = 0; changes <= kChangesOfAWrite; ++changes) {
        std::unique_ptr<RegisterFile> file = Open();
        files_->CutPowerAfter(changes);
        ASSERT_TRUE(file->Write(Sample(version + 1)).ok());
        const bool returned = !files_->PowerIsCut();
        EXPECT_EQ(returned, changes == kChangesOfAWrite);
        Die(seed, death);
        file = Open();
        ASSERT_TRUE(file->value().has_value());
        const uint64_t found = file->value()->version;
        ASSERT_TRUE(found == version + 1 || (!returned && found == version)) << found << " after " << version;
        version = found;
      }
    }
  }
}

TEST_F(RegisterFileOnAFaultyDisk, ADeathAtAnyChangeOfAnOpenLosesNothingWhicheverSlotWasDamaged) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    for (const auto& death : EveryDeath()) {
      for (uint64_t changes = 0; changes < kChangesOfAnOpen; ++changes) {
        Open()->Write(Sample(seed + 1)).IgnoreError();
        ASSERT_TRUE(files_->FlipBit(kPath, 8 * ((changes + seed) % 2 * RegisterFile::kSlotBytes + 40)));
        files_->CutPowerAfter(changes);
        (void)Open();
        Die(seed, death);
        ASSERT_EQ(Open()->value(), Sample(seed + 1)) << changes;
      }
    }
  }
}

TEST_F(RegisterFileOnAFaultyDisk, ADeathWhileTheFileIsMadeLeavesItBlank) {
  for (const auto& death : EveryDeath()) {
    for (uint64_t changes = 0; changes < kChangesOfAnOpen; ++changes) {
      files_->disk().Restore(journal::SimulatedDisk::Image{{}, {"/witness"}});
      files_->CutPowerAfter(changes);
      (void)Open();
      Die(changes, death);
      ASSERT_EQ(Open()->look(), Look::kBlank) << changes;
    }
  }
}

TEST_F(RegisterFileOnAFaultyDisk, AFailedWriteOrSyncIsAnErrorThatNamesTheFile) {
  for (const auto operation : {journal::FaultyOperation::kWrite, journal::FaultyOperation::kSync}) {
    const std::unique_ptr<RegisterFile> file = Open();
    files_->Fail(operation, kPath, rocksdb::IOStatus::IOError("EIO"));
    EXPECT_THAT(std::string(file->Write(Sample(1)).message()), HasSubstr(kPath));
    EXPECT_EQ(file->value(), absl::nullopt);
    files_->ClearFaults();
  }
}

}  // namespace
}  // namespace understudy::tools
