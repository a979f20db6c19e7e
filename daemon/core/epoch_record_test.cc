#include "daemon/core/epoch_record.h"

#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "journal/memory_log_store.h"
#include "journal/test_batches.h"

namespace understudy::daemon {
namespace {

using replication::EpochBegin;
using replication::EpochHistory;

EpochHistory History(const std::vector<EpochBegin>& epochs) {
  EpochHistory history;
  for (const EpochBegin& e : epochs) EXPECT_TRUE(history.Add(e.epoch, e.first_lsn).ok());
  return history;
}

class EpochRecordTest : public ::testing::Test {
 protected:
  // `batches` of two entries each.
  void Append(Epoch epoch, size_t batches) {
    log_.SetEpoch(epoch);
    ASSERT_TRUE(store_->Append(log_.MakeMany(batches), journal::AppendMode::kSynced).ok());
  }
  EpochHistory Read() {
    absl::StatusOr<EpochHistory> history = ReadEpochs(*store_);
    EXPECT_TRUE(history.ok()) << history.status();
    return history.ok() ? *history : EpochHistory();
  }
  void CutFrom(Lsn from) {
    ASSERT_TRUE(store_->TruncateFrom(from).ok());
    log_.GoBackTo(from.Previous(), store_->Range().chain);
  }

  std::shared_ptr<journal::MemoryDisk> disk_ = std::make_shared<journal::MemoryDisk>();
  std::unique_ptr<journal::LogStore> store_ =
      journal::MemoryLogStore::Open(disk_, journal::OpenMode::kCreate).value();
  journal::TestLog log_;
};

TEST_F(EpochRecordTest, AnEmptyLogHasNoEpoch) {
  EXPECT_TRUE(Read().empty());
}

TEST_F(EpochRecordTest, ALogWithoutTheFactIsScanned) {
  Append(Epoch(1), 3);
  Append(Epoch(4), 2);
  EXPECT_EQ(Read(), History({{Epoch(1), Lsn(1)}, {Epoch(4), Lsn(7)}}));
}

TEST_F(EpochRecordTest, TheFactKnowsWhatTheLogHasForgotten) {
  Append(Epoch(1), 3);
  Append(Epoch(2), 2);
  const EpochHistory whole = History({{Epoch(1), Lsn(1)}, {Epoch(2), Lsn(7)}});
  ASSERT_TRUE(WriteEpochs(whole, store_.get()).ok());
  ASSERT_TRUE(store_->DropBefore(Lsn(9)).ok());
  EXPECT_EQ(Read(), whole);
}

TEST_F(EpochRecordTest, AnEpochThatWasWrittenDownAndNeverBegunIsNotThere) {
  Append(Epoch(1), 3);
  ASSERT_TRUE(WriteEpochs(History({{Epoch(1), Lsn(1)}, {Epoch(2), Lsn(7)}}), store_.get()).ok());
  EXPECT_EQ(Read(), History({{Epoch(1), Lsn(1)}}));
}

TEST_F(EpochRecordTest, EpochsAfterTheFactAreFound) {
  Append(Epoch(1), 3);
  ASSERT_TRUE(WriteEpochs(History({{Epoch(1), Lsn(1)}}), store_.get()).ok());
  Append(Epoch(2), 1);
  Append(Epoch(3), 1);
  EXPECT_EQ(Read(), History({{Epoch(1), Lsn(1)}, {Epoch(2), Lsn(7)}, {Epoch(3), Lsn(9)}}));
}

TEST_F(EpochRecordTest, AFactOfTheLogBeforeItWasCutIsNotBelieved) {
  Append(Epoch(1), 3);
  Append(Epoch(2), 2);
  ASSERT_TRUE(WriteEpochs(History({{Epoch(1), Lsn(1)}, {Epoch(2), Lsn(7)}}), store_.get()).ok());
  CutFrom(Lsn(7));
  EXPECT_EQ(Read(), History({{Epoch(1), Lsn(1)}}));
  Append(Epoch(3), 2);
  EXPECT_EQ(Read(), History({{Epoch(1), Lsn(1)}, {Epoch(3), Lsn(7)}}));
}

TEST_F(EpochRecordTest, ADamagedFactCostsAScan) {
  Append(Epoch(1), 2);
  Append(Epoch(5), 2);
  ASSERT_TRUE(store_->PutMeta(kEpochHistoryFact, "rubbish").ok());
  EXPECT_EQ(Read(), History({{Epoch(1), Lsn(1)}, {Epoch(5), Lsn(5)}}));
}

TEST_F(EpochRecordTest, ADamagedBatchIsAnError) {
  Append(Epoch(1), 2);
  Append(Epoch(2), 2);
  ASSERT_TRUE(disk_->FlipBit(Lsn(3), 5));
  EXPECT_TRUE(absl::IsDataLoss(ReadEpochs(*store_).status()));
}

}  // namespace
}  // namespace understudy::daemon
