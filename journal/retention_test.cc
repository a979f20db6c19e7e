#include <functional>
#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "journal/memory_log_store.h"
#include "journal/retention.h"
#include "journal/test_batches.h"

namespace understudy::journal {
namespace {

// A log of 50 batches, lsns 1 to 100; batch b (from 0) was formed at second 2 b + 3.
class RetentionTest : public ::testing::Test {
 protected:
  RetentionTest() {
    store_ = *MemoryLogStore::Open(std::make_shared<MemoryDisk>(), OpenMode::kCreate);
    TestLog log;
    log.SetPadding(1000);
    const std::vector<EncodedBatch> batches = log.MakeMany(50);
    batch_bytes_ = batches.back().bytes().size();
    EXPECT_TRUE(store_->Append(batches, AppendMode::kSynced).ok());
    input_.limits = {Duration::Seconds(20), 0};
    input_.now = WallTime() + Duration::Seconds(1000);
    input_.second_newest_snapshot = Lsn(90);
  }
  uint64_t First(int max_batches = 20000) { return Retain(store_.get(), input_, max_batches)->value(); }

  std::unique_ptr<LogStore> store_;
  size_t batch_bytes_ = 0;
  RetentionInput input_;
};

TEST_F(RetentionTest, OldBatchesGo) {
  input_.now = WallTime() + Duration::Seconds(60);
  // Batches formed before second 40 are older than 20 s: the last of them is batch 18, lsns 37 and 38.
  EXPECT_EQ(First(), 39u);
  EXPECT_EQ(store_->Range().first, Lsn(39));
}

TEST_F(RetentionTest, NothingGoesPastTheSecondNewestSnapshot) {
  EXPECT_EQ(First(), 91u);
  EXPECT_EQ(First(), 91u);
}

TEST_F(RetentionTest, ASnapshotInTheMiddleOfABatchKeepsTheBatch) {
  input_.second_newest_snapshot = Lsn(89);
  EXPECT_EQ(First(), 89u);
}

TEST_F(RetentionTest, WithoutTwoSnapshotsEverythingStays) {
  input_.second_newest_snapshot = Lsn();
  EXPECT_EQ(First(), 1u);
}

TEST_F(RetentionTest, WhatThePeerNeedsStays) {
  input_.peer_needs_after = Lsn(30);
  EXPECT_EQ(First(), 31u);
}

TEST_F(RetentionTest, BySizeTheOldestGo) {
  input_.limits = {Duration(), 20 * batch_bytes_};
  EXPECT_NEAR(static_cast<double>(First()), 61, 2);
}

TEST_F(RetentionTest, WithoutLimitsNothingGoes) {
  input_.limits = {Duration(), 0};
  EXPECT_EQ(First(), 1u);
}

TEST_F(RetentionTest, EachCallDoesABoundedPieceOfTheWork) {
  EXPECT_EQ(First(10), 21u);
  EXPECT_EQ(First(10), 41u);
}

TEST_F(RetentionTest, TheLastBatchStays) {
  input_.second_newest_snapshot = Lsn(100);
  EXPECT_EQ(First(), 99u);
}

}  // namespace
}  // namespace understudy::journal
