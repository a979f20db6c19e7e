#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"
#include "journal/layout.h"
#include "journal/snapshot_store.h"

namespace understudy::journal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SnapshotInfo InfoAt(uint64_t lsn) {
  SnapshotInfo info;
  info.cluster_id = 7;
  info.lsn = Lsn(lsn);
  info.epoch = Epoch(3);
  info.chain = Hash128{lsn, 4};
  info.schema_version = 1;
  info.feature_level = 2;
  info.engine_time = EngineTime::FromNanoseconds(-5);
  info.wall_time = WallTime::FromNanoseconds(6);
  return info;
}

std::string StateOf(size_t bytes) {
  std::string state;
  for (size_t i = 0; i < bytes; ++i) state.push_back(static_cast<char>(i * 31 + i / 251));
  return state;
}

class SnapshotStoreTest : public ::testing::Test {
 protected:
  SnapshotStoreTest() {
    fs_->disk().MakeDirectory("/j");
    Reopen();
  }
  void Reopen() { store_ = std::make_unique<SnapshotStore>(fs_, "/j", 2); }
  absl::Status Write(uint64_t lsn, const std::string& state) {
    absl::StatusOr<std::unique_ptr<SnapshotWriter>> writer = SnapshotWriter::Create(fs_, "/j", InfoAt(lsn));
    if (!writer.ok()) return writer.status();
    const size_t half = state.size() / 3;
    (void)(*writer)->Append(state.substr(0, half));
    (void)(*writer)->Append(state.substr(half));
    return (*writer)->Finish(Hash128{lsn, 99});
  }
  void Take(uint64_t lsn) {
    ASSERT_TRUE(Write(lsn, StateOf(1000 + lsn)).ok());
    const absl::StatusOr<SnapshotInfo> adopted = store_->Adopt(Lsn(lsn));
    ASSERT_TRUE(adopted.ok()) << adopted.status();
  }
  std::vector<uint64_t> List() {
    std::vector<uint64_t> lsns;
    for (const Lsn lsn : store_->List()) lsns.push_back(lsn.value());
    return lsns;
  }
  void Damage(uint64_t lsn) { ASSERT_TRUE(fs_->FlipBit(SnapshotPath("/j", Lsn(lsn)), 8 * 500)); }

  std::shared_ptr<FaultyFileSystem> fs_ = std::make_shared<FaultyFileSystem>();
  std::unique_ptr<SnapshotStore> store_;
};

TEST_F(SnapshotStoreTest, LoadsWhatWasWritten) {
  for (const size_t bytes : {size_t{0}, size_t{1}, SnapshotWriter::kChunkBytes, 3 * SnapshotWriter::kChunkBytes + 17}) {
    ASSERT_TRUE(Write(5, StateOf(bytes)).ok());
    ASSERT_TRUE(store_->Adopt(Lsn(5)).ok());
    const absl::StatusOr<Snapshot> snapshot = store_->Load(Lsn(5));
    ASSERT_TRUE(snapshot.ok()) << snapshot.status();
    SnapshotInfo expected = InfoAt(5);
    expected.digest = Hash128{5, 99};
    expected.bytes = bytes;
    EXPECT_EQ(snapshot->info, expected);
    EXPECT_TRUE(snapshot->bytes == StateOf(bytes));
  }
}

TEST_F(SnapshotStoreTest, APartialSnapshotIsNoSnapshot) {
  ASSERT_TRUE(Write(5, StateOf(10)).ok());
  EXPECT_THAT(List(), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(store_->LoadNewest().status()));
  store_->DiscardPartial();
  EXPECT_TRUE(absl::IsNotFound(store_->Adopt(Lsn(5)).status()));
}

TEST_F(SnapshotStoreTest, AnUnfinishedOneIsNotAdopted) {
  {
    auto writer = *SnapshotWriter::Create(fs_, "/j", InfoAt(5));
    ASSERT_TRUE(writer->Append(StateOf(5000)).ok());
  }
  EXPECT_TRUE(absl::IsDataLoss(store_->Adopt(Lsn(5)).status()));
  EXPECT_THAT(List(), IsEmpty());
}

TEST_F(SnapshotStoreTest, TheNewestTwoAreKept) {
  for (const uint64_t lsn : {10, 20, 30, 40}) Take(lsn);
  EXPECT_THAT(List(), ElementsAre(30, 40));
  EXPECT_EQ(store_->SecondNewestVerified(), Lsn(30));
  EXPECT_EQ(store_->LoadNewest()->info.lsn, Lsn(40));
  EXPECT_EQ(store_->LoadAtOrBefore(Lsn(39))->info.lsn, Lsn(30));
  EXPECT_TRUE(absl::IsNotFound(store_->LoadAtOrBefore(Lsn(29)).status()));
}

TEST_F(SnapshotStoreTest, WithOneSnapshotThereIsNoSecond) {
  Take(10);
  EXPECT_EQ(store_->SecondNewestVerified(), Lsn());
}

TEST_F(SnapshotStoreTest, ADamagedNewerOneNeverCostsAGoodOlderOne) {
  Take(10);
  Take(20);
  Damage(20);
  Reopen();
  Take(30);
  // 20 does not verify, so 10 is the second one that does.
  EXPECT_THAT(List(), ElementsAre(10, 20, 30));
  EXPECT_EQ(store_->SecondNewestVerified(), Lsn(10));
  Take(40);
  EXPECT_THAT(List(), ElementsAre(30, 40));
}

TEST_F(SnapshotStoreTest, LoadingSkipsDamageAndSaysSo) {
  Take(10);
  Take(20);
  Damage(20);
  std::vector<std::string> skipped;
  EXPECT_EQ(store_->LoadNewest(&skipped)->info.lsn, Lsn(10));
  ASSERT_EQ(skipped.size(), 1u);
  EXPECT_THAT(skipped[0], ::testing::HasSubstr("damaged"));
}

TEST_F(SnapshotStoreTest, EveryFlippedBitIsSeen) {
  Take(10);
  const std::string path = SnapshotPath("/j", Lsn(10));
  const size_t bits = 8 * fs_->disk().Size(fs_->disk().Find(path));
  for (size_t bit = 0; bit < bits; bit += 7) {
    ASSERT_TRUE(fs_->FlipBit(path, bit));
    ASSERT_TRUE(absl::IsDataLoss(store_->Verify(Lsn(10)).status())) << "bit " << bit;
    ASSERT_TRUE(fs_->FlipBit(path, bit));
  }
  EXPECT_TRUE(store_->Verify(Lsn(10)).ok());
}

TEST_F(SnapshotStoreTest, EveryTruncationIsSeen) {
  Take(10);
  const std::string path = SnapshotPath("/j", Lsn(10));
  for (size_t size = fs_->disk().Size(fs_->disk().Find(path)); size-- > 0;) {
    ASSERT_TRUE(fs_->TruncateTo(path, size));
    ASSERT_TRUE(absl::IsDataLoss(store_->Verify(Lsn(10)).status())) << size;
  }
}

TEST_F(SnapshotStoreTest, PowerLossAtAnyMomentLeavesAVerifiedSnapshot) {
  Take(10);
  const SimulatedDisk::Image before = fs_->disk().Save();
  for (uint64_t cut = 0; cut < 14; ++cut) {
    for (const PowerLossMode mode : kAllPowerLossModes) {
      fs_->disk().Restore(before);
      Reopen();
      fs_->CutPowerAfter(cut);
      const bool adopted =
          Write(20, StateOf(9000)).ok() && store_->Adopt(Lsn(20)).ok() && !fs_->PowerIsCut();
      fs_->CutPower();
      fs_->RestorePower(cut, mode);
      Reopen();
      const absl::StatusOr<Snapshot> newest = store_->LoadNewest();
      ASSERT_TRUE(newest.ok()) << cut;
      if (adopted) {
        EXPECT_EQ(newest->info.lsn, Lsn(20)) << cut;
      }
    }
  }
}

TEST_F(SnapshotStoreTest, AFullDiskIsReportedAndCostsNothing) {
  Take(10);
  fs_->SetCapacity(fs_->disk().BytesUsed() + 3000);
  EXPECT_TRUE(absl::IsResourceExhausted(Write(20, StateOf(100000))));
  fs_->SetCapacity(UINT64_MAX);
  store_->DiscardPartial();
  EXPECT_EQ(store_->LoadNewest()->info.lsn, Lsn(10));
}

TEST(SnapshotForkTest, AForkedChildWritesAndTheParentAdopts) {
  const std::string directory = absl::StrCat(::testing::TempDir(), "/snapshot_fork");
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  const std::string state = StateOf(5 * SnapshotWriter::kChunkBytes / 2);
  auto writer = *SnapshotWriter::Create(nullptr, directory, InfoAt(77));
  const pid_t child = fork();
  if (child == 0) {
    const bool ok = writer->Append(state).ok() && writer->Finish(Hash128{1, 2}).ok();
    _exit(ok ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  SnapshotStore store(nullptr, directory);
  ASSERT_TRUE(store.Adopt(Lsn(77)).ok());
  EXPECT_TRUE(store.LoadNewest()->bytes == state);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace understudy::journal
