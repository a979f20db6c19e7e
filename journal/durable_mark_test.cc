#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "journal/durable_mark.h"
#include "journal/faulty_file_system.h"

namespace understudy::journal {
namespace {

constexpr char kPath[] = "/j/durable-mark";

MarkValue At(uint64_t lsn) {
  MarkValue value;
  value.cluster_id = 7;
  value.store_id = 11;
  value.start_number = 2;
  value.promise = Epoch(4);
  value.epoch = Epoch(3);
  value.lsn = Lsn(lsn);
  value.chain = Hash128{lsn, ~lsn};
  return value;
}

class DurableMarkTest : public ::testing::Test {
 protected:
  DurableMarkTest() {
    fs_->disk().MakeDirectory("/j");
    auto mark = DurableMark::Create(fs_, kPath, At(0));
    EXPECT_TRUE(mark.ok()) << mark.status();
    mark_ = *std::move(mark);
  }
  MarkReading Read() { return ReadMark(fs_.get(), kPath); }
  void FlipSlot(size_t slot) { ASSERT_TRUE(fs_->FlipBit(kPath, 8 * (slot * DurableMark::kSlotDistance + 60))); }

  std::shared_ptr<FaultyFileSystem> fs_ = std::make_shared<FaultyFileSystem>();
  std::unique_ptr<DurableMark> mark_;
};

TEST_F(DurableMarkTest, ReadsBackTheLastValue) {
  EXPECT_EQ(Read().look, MarkLook::kGood);
  EXPECT_EQ(Read().value, At(0));
  for (uint64_t lsn = 1; lsn < 10; ++lsn) {
    ASSERT_TRUE(mark_->Write(At(lsn)).ok());
    EXPECT_EQ(Read().look, MarkLook::kGood);
    EXPECT_EQ(Read().value, At(lsn));
  }
  auto again = DurableMark::Open(fs_, kPath);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ((*again)->value(), At(9));
}

TEST_F(DurableMarkTest, AbsentIsMissing) {
  EXPECT_EQ(ReadMark(fs_.get(), "/j/other").look, MarkLook::kMissing);
  EXPECT_TRUE(absl::IsNotFound(DurableMark::Open(fs_, "/j/other").status()));
}

TEST_F(DurableMarkTest, WithOneSlotLostTheOtherSpeaks) {
  ASSERT_TRUE(mark_->Write(At(1)).ok());
  ASSERT_TRUE(mark_->Write(At(2)).ok());
  ASSERT_TRUE(mark_->Write(At(3)).ok());
  const SimulatedDisk::Image intact = fs_->disk().Save();
  for (const size_t slot : {0, 1}) {
    fs_->disk().Restore(intact);
    FlipSlot(slot);
    EXPECT_EQ(Read().look, MarkLook::kOneSlotLost);
    EXPECT_GE(Read().value.lsn, Lsn(2));
    EXPECT_TRUE(DurableMark::Open(fs_, kPath).ok());
  }
}

TEST_F(DurableMarkTest, WithBothSlotsLostNothingSpeaks) {
  FlipSlot(0);
  FlipSlot(1);
  EXPECT_EQ(Read().look, MarkLook::kBothSlotsLost);
  EXPECT_TRUE(absl::IsDataLoss(DurableMark::Open(fs_, kPath).status()));
}

TEST_F(DurableMarkTest, AnEmptyFileIsBothSlotsLostNotMissing) {
  ASSERT_TRUE(fs_->TruncateTo(kPath, 0));
  EXPECT_EQ(Read().look, MarkLook::kBothSlotsLost);
}

TEST_F(DurableMarkTest, EveryFlippedBitOfASlotIsSeen) {
  for (size_t bit = 0; bit < 8 * DurableMark::kSlotBytes; ++bit) {
    ASSERT_TRUE(fs_->FlipBit(kPath, bit));
    ASSERT_EQ(Read().look, MarkLook::kOneSlotLost) << bit;
    ASSERT_TRUE(fs_->FlipBit(kPath, bit));
  }
}

TEST_F(DurableMarkTest, PowerLossInAWriteLeavesTheOldOrTheNewValue) {
  uint64_t lsn = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    ASSERT_TRUE(mark_->Write(At(++lsn)).ok());
    ASSERT_TRUE(mark_->Put(At(lsn + 1)).ok());
    if (seed % 3 == 0) {
      ASSERT_TRUE(mark_->Put(At(lsn + 1)).ok());
    }
    fs_->CutPower();
    mark_.reset();
    fs_->RestorePower(seed, kAllPowerLossModes[seed % 5]);
    const MarkReading read = Read();
    ASSERT_TRUE(read.Usable());
    ASSERT_TRUE(read.value == At(lsn) || read.value == At(lsn + 1));
    mark_ = *DurableMark::Open(fs_, kPath);
    ASSERT_EQ(mark_->value(), read.value);
    lsn = read.value.lsn.value();
  }
}

TEST_F(DurableMarkTest, PowerLossWhileItIsMadeLeavesNoneOrAWholeOne) {
  for (uint64_t cut = 0; cut < 12; ++cut) {
    for (const PowerLossMode mode : kAllPowerLossModes) {
      const std::string path = "/j/another";
      fs_->disk().Restore(SimulatedDisk::Image{{}, {"/j"}});
      fs_->CutPowerAfter(cut);
      const bool made = DurableMark::Create(fs_, path, At(5)).ok() && !fs_->PowerIsCut();
      fs_->CutPower();
      fs_->RestorePower(cut, mode);
      const MarkLook look = ReadMark(fs_.get(), path).look;
      EXPECT_TRUE(look == MarkLook::kGood || (!made && look == MarkLook::kMissing)) << cut;
    }
  }
}

TEST_F(DurableMarkTest, AFailedWriteIsFinal) {
  fs_->Fail(FaultyOperation::kSync, kPath, rocksdb::IOStatus::IOError("EIO"));
  EXPECT_FALSE(mark_->Write(At(1)).ok());
  fs_->ClearFaults();
  EXPECT_FALSE(mark_->Write(At(2)).ok());
}

}  // namespace
}  // namespace understudy::journal
