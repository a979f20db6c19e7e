#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "journal/commit/disk_reserve.h"
#include "journal/commit/journal_writer.h"
#include "journal/durable_mark.h"
#include "journal/faulty_file_system.h"
#include "journal/recovery.h"
#include "journal/test_batches.h"

namespace understudy::journal {
namespace {

// Collects what the writer reports, and lets a test wait for it.
class Reports {
 public:
  void Add(const DurableGroup& group) {
    std::unique_lock<std::mutex> lock(mutex_);
    groups_.push_back(group);
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
  }
  bool WaitFor(Lsn lsn) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      return !groups_.empty() && groups_.back().status.ok() && groups_.back().last_lsn >= lsn;
    });
  }
  bool WaitForPromise(Epoch epoch) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      return !groups_.empty() && groups_.back().status.ok() && groups_.back().promise == epoch;
    });
  }
  bool WaitForFailure() {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10),
                             [&] { return !groups_.empty() && !groups_.back().status.ok(); });
  }
  // While held, the journal thread stays in its report.
  void Hold(bool held) {
    std::lock_guard<std::mutex> lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  std::vector<DurableGroup> groups() {
    std::lock_guard<std::mutex> lock(mutex_);
    return groups_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<DurableGroup> groups_;
  bool held_ = false;
};

class JournalWriterTest : public ::testing::Test {
 protected:
  JournalWriterTest() {
    fs_->disk().MakeDirectory("/j");
    Open();
  }
  ~JournalWriterTest() override { reports_.Hold(false); }

  void Open() {
    writer_.reset();
    journal_ = OpenedJournal{};
    OpenJournalOptions options;
    options.file_system = fs_;
    options.directory = "/j";
    options.cluster_id = 7;
    options.new_store_id = 11;
    absl::StatusOr<OpenedJournal> journal = OpenJournal(options);
    ASSERT_TRUE(journal.ok()) << journal.status();
    ASSERT_NE(journal->store, nullptr) << journal->report.ToString();
    journal_ = *std::move(journal);
  }
  void Start(JournalWriter::Options options = {}) {
    writer_ = std::make_unique<JournalWriter>(journal_.store.get(), journal_.mark.get(), options,
                                              [this](const DurableGroup& group) {
                                                if (!fs_->PowerIsCut()) reports_.Add(group);
                                              });
  }
  MarkValue MarkOnDisk() { return ReadMark(fs_.get(), "/j/durable-mark").value; }

  std::shared_ptr<FaultyFileSystem> fs_ = std::make_shared<FaultyFileSystem>();
  TestLog log_;
  Reports reports_;
  OpenedJournal journal_;
  std::unique_ptr<JournalWriter> writer_;
};

TEST_F(JournalWriterTest, WhatItReportsIsInTheLogAndUnderTheMark) {
  Start();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(writer_->Submit(log_.Make(3)).ok());
  ASSERT_TRUE(reports_.WaitFor(Lsn(150)));
  EXPECT_EQ(MarkOnDisk().lsn, Lsn(150));
  EXPECT_EQ(MarkOnDisk().chain, journal_.store->Range().chain);
  size_t batches = 0;
  Lsn last;
  for (const DurableGroup& group : reports_.groups()) {
    EXPECT_GT(group.last_lsn, last);
    last = group.last_lsn;
    batches += group.batches;
    EXPECT_GE(group.waited, group.committed);
  }
  EXPECT_EQ(batches, 50u);
}

TEST_F(JournalWriterTest, WhatQueuesUpMeanwhileBecomesOneGroup) {
  reports_.Hold(true);
  Start();
  ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
  ASSERT_TRUE(reports_.WaitFor(Lsn(1)));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
  const uint64_t syncs = fs_->syncs();
  reports_.Hold(false);
  ASSERT_TRUE(reports_.WaitFor(Lsn(21)));
  EXPECT_EQ(reports_.groups().size(), 2u);
  EXPECT_EQ(reports_.groups()[1].batches, 20u);
  EXPECT_EQ(fs_->syncs() - syncs, 2u) << "one for the log, one for the mark";
}

TEST_F(JournalWriterTest, AFullQueueIsRefusedAndTheBatchCanBeTriedAgain) {
  reports_.Hold(true);
  JournalWriter::Options options;
  options.max_queued_batches = 3;
  Start(options);
  ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
  ASSERT_TRUE(reports_.WaitFor(Lsn(1)));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
  const EncodedBatch one_more = log_.Make(1);
  EXPECT_TRUE(absl::IsResourceExhausted(writer_->Submit(one_more)));
  reports_.Hold(false);
  ASSERT_TRUE(reports_.WaitFor(Lsn(4)));
  EXPECT_TRUE(writer_->Submit(one_more).ok());
  EXPECT_TRUE(reports_.WaitFor(Lsn(5)));
}

TEST_F(JournalWriterTest, StopWritesWhatIsQueued) {
  JournalWriter::Options options;
  options.group_interval = Duration::Seconds(3600);
  options.mark_interval = Duration::Seconds(3600);
  Start(options);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
  EXPECT_TRUE(writer_->Stop().ok());
  EXPECT_EQ(journal_.store->Range().last, Lsn(10));
  EXPECT_EQ(MarkOnDisk().lsn, Lsn(10));
  EXPECT_TRUE(absl::IsUnavailable(writer_->Submit(log_.Make(1))));
}

TEST_F(JournalWriterTest, AGroupIntervalMakesFewerGroups) {
  JournalWriter::Options options;
  options.group_interval = Duration::Milliseconds(20);
  Start(options);
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ASSERT_TRUE(reports_.WaitFor(Lsn(60)));
  EXPECT_LT(reports_.groups().size(), 20u);
}

TEST_F(JournalWriterTest, AMarkThatLagsCatchesUpWhenTheJournalFallsIdle) {
  JournalWriter::Options options;
  options.mark_interval = Duration::Milliseconds(20);
  Start(options);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
  ASSERT_TRUE(reports_.WaitFor(Lsn(10)));
  // Another process would read the mark from the page cache: exact at once. The disk's copy follows.
  EXPECT_EQ(MarkOnDisk().lsn, Lsn(10));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  fs_->CutPower();
  (void)writer_->Stop();
  writer_.reset();
  journal_ = OpenedJournal{};
  fs_->RestorePower(1, PowerLossMode::kDrop);
  EXPECT_EQ(MarkOnDisk().lsn, Lsn(10));
}

TEST_F(JournalWriterTest, AFailedSyncIsFinalAndNothingIsAcknowledgedAfterIt) {
  for (const char* part : {".log", "durable-mark"}) {
    reports_.Hold(false);
    Start();
    ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
    ASSERT_TRUE(reports_.WaitFor(log_.next().Previous()));
    fs_->Fail(FaultyOperation::kSync, part, rocksdb::IOStatus::IOError("EIO"));
    ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
    ASSERT_TRUE(reports_.WaitForFailure()) << part;
    fs_->ClearFaults();
    EXPECT_FALSE(writer_->Submit(log_.Make(1)).ok());
    EXPECT_FALSE(writer_->Stop().ok());
    EXPECT_FALSE(reports_.groups().back().status.ok());
    Open();
    log_.GoBackTo(journal_.store->Range().last, journal_.store->Range().chain);
  }
}

TEST_F(JournalWriterTest, EverythingReportedSurvivesPowerLoss) {
  JournalWriter::Options options;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    options.mark_interval = Duration::Milliseconds(static_cast<int64_t>(seed % 2) * 5);
    Start(options);
    fs_->CutPowerAfter(20 + 13 * seed);
    while (!fs_->PowerIsCut()) {
      if (!writer_->Submit(log_.Make(2)).ok()) break;
      std::this_thread::yield();
    }
    (void)writer_->Stop();
    Lsn reported;
    for (const DurableGroup& group : reports_.groups()) {
      if (group.status.ok()) reported = group.last_lsn;
    }
    fs_->CutPower();
    writer_.reset();
    journal_ = OpenedJournal{};
    fs_->RestorePower(seed, kAllPowerLossModes[seed % 5]);
    ASSERT_NO_FATAL_FAILURE(Open());
    ASSERT_GE(journal_.store->Range().last, reported);
    log_.GoBackTo(journal_.store->Range().last,
                  journal_.store->Range().empty() ? GenesisChain(7) : journal_.store->Range().chain);
  }
}

TEST_F(JournalWriterTest, APromiseIsReportedAfterAllBeforeItAndBeforeAllAfterIt) {
  reports_.Hold(true);
  Start();
  ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
  ASSERT_TRUE(reports_.WaitFor(Lsn(1)));
  ASSERT_TRUE(writer_->Submit(log_.Make(2)).ok());
  ASSERT_TRUE(writer_->SubmitPromise(Epoch(5)).ok());
  ASSERT_TRUE(writer_->SubmitPromise(Epoch(4)).ok());
  ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
  ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
  reports_.Hold(false);
  ASSERT_TRUE(reports_.WaitFor(Lsn(5)));
  const std::vector<DurableGroup> groups = reports_.groups();
  ASSERT_EQ(groups.size(), 4u);
  const auto expect = [&groups](size_t i, uint64_t promise, uint64_t last_lsn, size_t batches) {
    EXPECT_EQ(groups[i].promise, Epoch(promise)) << i;
    EXPECT_EQ(groups[i].last_lsn, Lsn(last_lsn)) << i;
    EXPECT_EQ(groups[i].batches, batches) << i;
  };
  expect(0, 0, 1, 1);
  expect(1, 5, 3, 1);
  expect(2, 4, 3, 0);
  expect(3, 0, 5, 2);
  EXPECT_EQ(MarkOnDisk().promise, Epoch(4)) << "withdrawn";
  EXPECT_EQ(MarkOnDisk().lsn, Lsn(5));
}

TEST_F(JournalWriterTest, APromiseSyncsTheLogAndTheMarkWhereNothingElseDoes) {
  JournalWriter::Options options;
  options.sync = false;
  options.mark_interval = Duration::Seconds(3600);
  Start(options);
  ASSERT_TRUE(writer_->Submit(log_.Make(3)).ok());
  ASSERT_TRUE(reports_.WaitFor(Lsn(3)));
  ASSERT_TRUE(writer_->SubmitPromise(Epoch(9)).ok());
  ASSERT_TRUE(reports_.WaitForPromise(Epoch(9)));
  EXPECT_EQ(reports_.groups().back().last_lsn, Lsn(3));
  fs_->CutPower();
  (void)writer_->Stop();
  writer_.reset();
  journal_ = OpenedJournal{};
  fs_->RestorePower(1, PowerLossMode::kDrop);
  Open();
  EXPECT_EQ(journal_.mark->value().promise, Epoch(9));
  EXPECT_EQ(journal_.store->Range().last, Lsn(3));
}

TEST_F(JournalWriterTest, APromiseWaitsForNoInterval) {
  JournalWriter::Options options;
  options.group_interval = Duration::Seconds(3600);
  options.mark_interval = Duration::Seconds(3600);
  Start(options);
  ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
  ASSERT_TRUE(reports_.WaitFor(Lsn(1)));
  ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
  ASSERT_TRUE(writer_->SubmitPromise(Epoch(2)).ok());
  ASSERT_TRUE(reports_.WaitForPromise(Epoch(2)));
  EXPECT_EQ(reports_.groups().back().last_lsn, Lsn(2));
}

TEST_F(JournalWriterTest, StopKeepsThePromisesThatAreQueued) {
  reports_.Hold(true);
  Start();
  ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
  ASSERT_TRUE(reports_.WaitFor(Lsn(1)));
  ASSERT_TRUE(writer_->SubmitPromise(Epoch(2)).ok());
  ASSERT_TRUE(writer_->SubmitPromise(Epoch(3)).ok());
  reports_.Hold(false);
  EXPECT_TRUE(writer_->Stop().ok());
  EXPECT_EQ(MarkOnDisk().promise, Epoch(3));
  EXPECT_TRUE(absl::IsUnavailable(writer_->SubmitPromise(Epoch(4))));
}

TEST_F(JournalWriterTest, APromiseThatCannotBeSyncedIsNotReported) {
  for (const char* part : {".log", "durable-mark"}) {
    Start();
    ASSERT_TRUE(writer_->Submit(log_.Make(1)).ok());
    ASSERT_TRUE(reports_.WaitFor(log_.next().Previous()));
    fs_->Fail(FaultyOperation::kSync, part, rocksdb::IOStatus::IOError("EIO"));
    ASSERT_TRUE(writer_->SubmitPromise(Epoch(2)).ok());
    ASSERT_TRUE(reports_.WaitForFailure()) << part;
    fs_->ClearFaults();
    EXPECT_FALSE(writer_->SubmitPromise(Epoch(3)).ok());
    Open();
  }
}

TEST_F(JournalWriterTest, ThereIsNoEpochZeroToPromiseAndTheirNumberIsBounded) {
  reports_.Hold(true);
  Start();
  EXPECT_TRUE(absl::IsInvalidArgument(writer_->SubmitPromise(Epoch())));
  absl::Status status;
  int accepted = 0;
  for (; status.ok() && accepted < 1000; ++accepted) status = writer_->SubmitPromise(Epoch(7));
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  reports_.Hold(false);
}

class DiskReserveTest : public ::testing::Test {
 protected:
  DiskReserveTest() { fs_->disk().MakeDirectory("/j"); }
  std::shared_ptr<FaultyFileSystem> fs_ = std::make_shared<FaultyFileSystem>();
  DiskReserve reserve_{fs_, {"/j/reserve", 1 << 20, 2 << 20}};
};

TEST_F(DiskReserveTest, IsReleasedWhenTheDiskRunsLowAndTakenBackWhenItIsPlenty) {
  fs_->SetCapacity(10 << 20);
  ASSERT_TRUE(reserve_.Prepare().ok());
  EXPECT_EQ(reserve_.Check(), DiskSpace::kPlenty);
  EXPECT_EQ(fs_->disk().BytesUsed(), uint64_t{1} << 20);
  fs_->disk().Write(fs_->disk().Create("/j/other"), 0, std::string(15 << 19, 'x'));
  EXPECT_EQ(reserve_.Check(), DiskSpace::kLow);
  EXPECT_EQ(fs_->disk().Find("/j/reserve"), nullptr);
  fs_->SetCapacity(11 << 20);
  EXPECT_EQ(reserve_.Check(), DiskSpace::kLow) << "not yet plenty: no flutter";
  fs_->disk().Remove("/j/other");
  EXPECT_EQ(reserve_.Check(), DiskSpace::kPlenty);
  EXPECT_NE(fs_->disk().Find("/j/reserve"), nullptr);
}

TEST_F(DiskReserveTest, ADiskThatIsLowAtTheStartIsReported) {
  fs_->SetCapacity(2 << 20);
  EXPECT_TRUE(absl::IsResourceExhausted(reserve_.Prepare()));
  EXPECT_EQ(reserve_.space(), DiskSpace::kLow);
}

}  // namespace
}  // namespace understudy::journal
