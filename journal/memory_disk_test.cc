#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "journal/memory_log_store.h"
#include "journal/test_batches.h"

namespace understudy::journal {
namespace {

// Three synced batches of two entries each, and one that is not.
struct Disk {
  Disk() {
    for (int i = 0; i < 4; ++i) {
      batches.push_back(log.Make(2));
      EXPECT_TRUE(store->Append({batches.back()}, i < 3 ? AppendMode::kSynced : AppendMode::kUnsynced).ok());
    }
  }

  TestLog log;
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<LogStore> store = *MemoryLogStore::Open(disk, OpenMode::kCreate);
  std::vector<EncodedBatch> batches;
};

TEST(MemoryDiskTest, OnlyWhatIsSyncedCounts) {
  Disk d;
  EXPECT_EQ(d.disk->SyncedChain(Lsn(5)), d.batches[2].chain());
  EXPECT_EQ(d.disk->SyncedChain(Lsn(6)), d.batches[2].chain());
  EXPECT_EQ(d.disk->SyncedChain(Lsn(8)), absl::nullopt);
  ASSERT_TRUE(d.store->Sync().ok());
  EXPECT_EQ(d.disk->SyncedChain(Lsn(8)), d.batches[3].chain());
  EXPECT_EQ(d.disk->SyncedChain(Lsn(9)), absl::nullopt);
}

TEST(MemoryDiskTest, WhatSyncedChainSaysIsWhatAPowerLossLeaves) {
  Disk d;
  d.disk->PowerLoss();
  EXPECT_EQ(d.disk->SyncedChain(Lsn(6)), d.batches[2].chain());
  EXPECT_EQ(d.disk->SyncedChain(Lsn(8)), absl::nullopt);
}

TEST(MemoryDiskTest, ADamagedBatchIsNotSynced) {
  Disk d;
  ASSERT_TRUE(d.disk->Misdirect(Lsn(3), Lsn(5)));
  EXPECT_EQ(d.disk->SyncedChain(Lsn(4)), absl::nullopt);
  EXPECT_EQ(d.disk->SyncedChain(Lsn(6)), absl::nullopt);
  EXPECT_EQ(d.disk->SyncedChain(Lsn(2)), d.batches[0].chain());
}

TEST(MemoryDiskTest, WhatWasDroppedIsSeenByTheFirst) {
  Disk d;
  ASSERT_TRUE(d.store->DropBefore(Lsn(5)).ok());
  EXPECT_EQ(d.disk->SyncedChain(Lsn(2)), absl::nullopt);
  ASSERT_TRUE(d.disk->SyncedFirst().has_value());
  EXPECT_EQ(d.disk->SyncedFirst()->first_lsn, Lsn(5));
  EXPECT_EQ(d.disk->SyncedFirst()->previous_chain, d.batches[1].chain());
}

TEST(MemoryDiskTest, AFactIsToldByItsName) {
  Disk d;
  ASSERT_TRUE(d.store->PutMeta("store-id", "77").ok());
  EXPECT_EQ(d.disk->Meta("store-id"), "77");
  EXPECT_EQ(d.disk->Meta("other"), "");
}

}  // namespace
}  // namespace understudy::journal
