// What only the store on disk has: power, damage, a full disk, table files, the index from call to lsn.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"
#include "journal/rocksdb_log_store.h"
#include "journal/test_batches.h"

namespace understudy::journal {
namespace {

using ::testing::ElementsAre;

class RocksDbLogStoreTest : public ::testing::Test {
 protected:
  RocksDbLogStoreTest() {
    fs_->disk().MakeDirectory("/j");
    Open(OpenMode::kCreate);
  }

  void Open(OpenMode mode) {
    store_.reset();
    RocksDbLogStore::Options options;
    options.file_system = fs_;
    options.path = "/j/log";
    options.memtable_bytes = 1 << 20;
    auto store = RocksDbLogStore::OpenLog(options, mode);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  void PowerFails(uint64_t seed, PowerLossMode mode) {
    fs_->CutPower();
    store_.reset();
    fs_->RestorePower(seed, mode);
  }
  absl::Status Append(size_t batches, AppendMode mode = AppendMode::kSynced) {
    return store_->Append(log_.MakeMany(batches), mode);
  }
  std::vector<std::string> FilesEndingWith(absl::string_view suffix) {
    std::vector<std::string> out;
    for (const std::string& name : fs_->disk().Children("/j/log")) {
      if (absl::EndsWith(name, suffix)) out.push_back(name);
    }
    return out;
  }

  std::shared_ptr<FaultyFileSystem> fs_ = std::make_shared<FaultyFileSystem>();
  TestLog log_;
  std::unique_ptr<RocksDbLogStore> store_;
};

TEST_F(RocksDbLogStoreTest, SyncedSurvivesPowerLossUnsyncedNeedNot) {
  uint64_t seed = 0;
  for (const PowerLossMode mode : kAllPowerLossModes) {
    ASSERT_TRUE(Append(3).ok());
    const Lsn synced = store_->Range().last;
    ASSERT_TRUE(Append(2, AppendMode::kUnsynced).ok());
    const Lsn end = store_->Range().last;
    PowerFails(++seed, mode);
    Open(OpenMode::kWrite);
    EXPECT_GE(store_->Range().last, synced);
    EXPECT_LE(store_->Range().last, end);
    if (mode == PowerLossMode::kDrop) {
      EXPECT_EQ(store_->Range().last, synced);
    }
    ASSERT_TRUE(store_->TruncateFrom(synced.Next()).ok());
    log_.GoBackTo(synced, store_->Range().chain);
  }
}

TEST_F(RocksDbLogStoreTest, SyncMakesEarlierAppendsDurable) {
  ASSERT_TRUE(Append(3, AppendMode::kUnsynced).ok());
  ASSERT_TRUE(store_->Sync().ok());
  PowerFails(1, PowerLossMode::kDrop);
  Open(OpenMode::kWrite);
  EXPECT_EQ(store_->Range().last, Lsn(6));
}

TEST_F(RocksDbLogStoreTest, WithSyncTurnedIntoANoOpPowerLossLosesEntries) {
  ASSERT_TRUE(Append(1).ok());
  fs_->SetSyncIsNoOp(true);
  ASSERT_TRUE(Append(5).ok());
  PowerFails(1, PowerLossMode::kDrop);
  fs_->SetSyncIsNoOp(false);
  Open(OpenMode::kWrite);
  EXPECT_EQ(store_->Range().last, Lsn(2));
}

// Wherever power fails while the log is opened, and whatever names survive: it opens again, whole.
TEST_F(RocksDbLogStoreTest, AnOpenThatPowerCutsShortLosesNothing) {
  ASSERT_TRUE(Append(3).ok());
  const Lsn last = store_->Range().last;
  bool cut = true;
  for (uint64_t changes = 0; cut; ++changes) {
    for (uint64_t seed = 1; seed <= 8; ++seed) {
      store_.reset();
      fs_->CutPowerAfter(changes);
      RocksDbLogStore::Options options;
      options.file_system = fs_;
      options.path = "/j/log";
      { const auto interrupted = RocksDbLogStore::OpenLog(options, OpenMode::kWrite); }
      cut = fs_->PowerIsCut();
      PowerFails(100 * changes + seed, PowerLossMode::kReorder);
      Open(OpenMode::kWrite);
      ASSERT_NE(store_, nullptr) << "after " << changes << " changes, seed " << seed;
      ASSERT_EQ(store_->Range().last, last) << "after " << changes << " changes, seed " << seed;
    }
  }
}

TEST_F(RocksDbLogStoreTest, AFailedSyncIsFinal) {
  ASSERT_TRUE(Append(1).ok());
  fs_->Fail(FaultyOperation::kSync, ".log", rocksdb::IOStatus::IOError("EIO"));
  EXPECT_FALSE(Append(1).ok());
  fs_->ClearFaults();
  EXPECT_FALSE(Append(1).ok());
  EXPECT_FALSE(store_->Sync().ok());
  EXPECT_FALSE(store_->PutMeta("a", "b").ok());
}

TEST_F(RocksDbLogStoreTest, AFullDiskIsResourceExhaustedAndFinal) {
  ASSERT_TRUE(Append(1).ok());
  fs_->SetCapacity(fs_->disk().BytesUsed() + 100);
  EXPECT_TRUE(absl::IsResourceExhausted(Append(1)));
  fs_->SetCapacity(UINT64_MAX);
  EXPECT_FALSE(Append(1).ok());
}

TEST_F(RocksDbLogStoreTest, InspectingChangesNoByte) {
  ASSERT_TRUE(Append(10).ok());
  store_.reset();
  const SimulatedDisk::Image before = fs_->disk().Save();
  Open(OpenMode::kInspect);
  EXPECT_EQ(store_->Range().last, Lsn(20));
  store_.reset();
  EXPECT_EQ(fs_->disk().Save().files, before.files);
}

TEST_F(RocksDbLogStoreTest, TableFilesAreMovedNotRewritten) {
  log_.SetPadding(20000);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(Append(10).ok());
    ASSERT_TRUE(store_->Flush().ok());
  }
  // One file a flush and column family that had something to flush: none was merged into another.
  EXPECT_GE(FilesEndingWith(".sst").size(), 10u);
  Open(OpenMode::kWrite);
  EXPECT_EQ(store_->Range().last, Lsn(200));
}

TEST_F(RocksDbLogStoreTest, DroppingGivesWholeFilesBack) {
  log_.SetPadding(20000);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(Append(10).ok());
    ASSERT_TRUE(store_->Flush().ok());
  }
  Open(OpenMode::kWrite);
  const uint64_t before = fs_->disk().BytesUsed();
  ASSERT_TRUE(store_->DropBefore(Lsn(150)).ok());
  EXPECT_EQ(store_->Range().first, Lsn(149));
  store_.reset();
  EXPECT_LT(fs_->disk().BytesUsed(), before / 2);
}

TEST_F(RocksDbLogStoreTest, ADatabaseWithoutItsCurrentFileIsDamagedNotNew) {
  ASSERT_TRUE(Append(1).ok());
  store_.reset();
  ASSERT_TRUE(fs_->disk().Remove("/j/log/CURRENT"));
  RocksDbLogStore::Options options;
  options.file_system = fs_;
  options.path = "/j/log";
  EXPECT_TRUE(absl::IsDataLoss(RocksDbLogStore::Open(options, OpenMode::kCreate).status()));
}

TEST_F(RocksDbLogStoreTest, FindsTheEntriesOfACall) {
  // TestLog: entry l with l % 3 == 0 touches call l % 10.
  ASSERT_TRUE(Append(3000).ok());
  Lsn indexed;
  std::vector<Lsn> found = *store_->FindCall(4, &indexed);
  EXPECT_GT(indexed, Lsn(2000));
  EXPECT_LT(indexed, Lsn(6000));
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front(), Lsn(24));
  EXPECT_EQ(found[1], Lsn(54));
  EXPECT_EQ(found.size(), (indexed.value() - 24) / 30 + 1);
  EXPECT_TRUE(store_->FindCall(12345, &indexed)->empty());
}

TEST_F(RocksDbLogStoreTest, TheIndexOutlivesRestartsCutsAndDrops) {
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(Append(500).ok());
    Open(OpenMode::kWrite);
  }
  Lsn indexed;
  ASSERT_TRUE(store_->FindCall(4, &indexed).ok());
  EXPECT_GT(indexed, Lsn(3900));
  ASSERT_TRUE(store_->TruncateFrom(Lsn(3001)).ok());
  std::vector<Lsn> found = *store_->FindCall(4, &indexed);
  EXPECT_LE(indexed, Lsn(3000));
  EXPECT_EQ(found.size(), (indexed.value() - 24) / 30 + 1);
  ASSERT_TRUE(store_->DropBefore(Lsn(1001)).ok());
  found = *store_->FindCall(4, &indexed);
  EXPECT_EQ(found.front(), Lsn(1014));
}

}  // namespace
}  // namespace understudy::journal
