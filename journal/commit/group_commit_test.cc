#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "journal/commit/group_commit.h"
#include "journal/commit/group_queue.h"
#include "journal/durable_mark.h"
#include "journal/faulty_file_system.h"
#include "journal/memory_log_store.h"
#include "journal/recovery.h"
#include "journal/test_batches.h"

namespace understudy::journal {
namespace {

class GroupCommitTest : public ::testing::Test {
 protected:
  GroupCommitTest() {
    fs_->disk().MakeDirectory("/j");
    Open();
  }

  void Open() {
    commit_.reset();
    journal_ = OpenedJournal{};
    OpenJournalOptions options;
    options.file_system = fs_;
    options.directory = "/j";
    options.cluster_id = 7;
    options.new_store_id = 11;
    options.open_store = [this](OpenMode mode) { return MemoryLogStore::Open(disk_, mode); };
    absl::StatusOr<OpenedJournal> journal = OpenJournal(options);
    ASSERT_TRUE(journal.ok()) << journal.status();
    ASSERT_NE(journal->store, nullptr) << journal->report.ToString();
    journal_ = *std::move(journal);
    commit_ = std::make_unique<GroupCommit>(journal_.store.get(), journal_.mark.get(), options_);
  }
  void LosePowerAndOpen() {
    journal_.lock.reset();
    fs_->RestorePower(1, PowerLossMode::kDrop);
    disk_->PowerLoss();
    Open();
  }
  void RestartAndOpen() {
    journal_.lock.reset();
    fs_->RestartProcess();
    Open();
  }

  WriterOptions options_;
  std::shared_ptr<FaultyFileSystem> fs_ = std::make_shared<FaultyFileSystem>();
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  TestLog log_;
  OpenedJournal journal_;
  std::unique_ptr<GroupCommit> commit_;
};

TEST_F(GroupCommitTest, BetweenItsHalvesAGroupSurvivesTheProcessAndNotTheMachine) {
  ASSERT_TRUE(commit_->Append(log_.MakeMany(2), Epoch()).ok());
  RestartAndOpen();
  EXPECT_EQ(journal_.store->Range().last, Lsn(4));
  ASSERT_TRUE(commit_->Append(log_.MakeMany(2), Epoch()).ok());
  LosePowerAndOpen();
  EXPECT_EQ(journal_.store->Range().last, Lsn(4));
}

TEST_F(GroupCommitTest, AfterBothHalvesItSurvivesBothAndTheReportSaysHowFar) {
  const std::vector<EncodedBatch> batches = log_.MakeMany(3);
  ASSERT_TRUE(commit_->Append(batches, Epoch()).ok());
  const DurableGroup report = commit_->Sync(Duration());
  ASSERT_TRUE(report.status.ok());
  EXPECT_EQ(report.last_lsn, Lsn(6));
  EXPECT_EQ(report.chain, batches.back().chain());
  EXPECT_EQ(report.batches, 3u);
  LosePowerAndOpen();
  EXPECT_EQ(journal_.store->Range().last, Lsn(6));
  EXPECT_EQ(journal_.report.mark.value.lsn, Lsn(6));
}

TEST_F(GroupCommitTest, InOneStepItDoesTheSame) {
  const DurableGroup report = commit_->Commit(log_.MakeMany(3), Epoch(5), Duration());
  ASSERT_TRUE(report.status.ok());
  EXPECT_EQ(report.promise, Epoch(5));
  LosePowerAndOpen();
  EXPECT_EQ(journal_.report.mark.value.lsn, Lsn(6));
  EXPECT_EQ(journal_.report.mark.value.promise, Epoch(5));
}

TEST_F(GroupCommitTest, APromiseAloneSyncsWhatWasLeftUnsynced) {
  options_.sync = false;
  Open();
  ASSERT_TRUE(commit_->Commit(log_.MakeMany(2), Epoch(), Duration()).status.ok());
  ASSERT_TRUE(commit_->Append({}, Epoch(3)).ok());
  ASSERT_TRUE(commit_->Sync(Duration()).status.ok());
  LosePowerAndOpen();
  EXPECT_EQ(journal_.store->Range().last, Lsn(4));
  EXPECT_EQ(journal_.mark->value().promise, Epoch(3));
}

TEST_F(GroupCommitTest, AFailedAppendIsReportedAndMovesNoMark) {
  disk_->FailWrites("no space");
  EXPECT_FALSE(commit_->Append(log_.MakeMany(1), Epoch()).ok());
  EXPECT_FALSE(commit_->Sync(Duration()).status.ok());
  EXPECT_EQ(journal_.mark->value().lsn, Lsn());
}

TEST_F(GroupCommitTest, TheMarkIsSyncedNoMoreOftenThanAsked) {
  options_.mark_interval = Duration::Milliseconds(10);
  Open();
  const auto behind_after = [&](int64_t ms) {
    EXPECT_TRUE(commit_->Commit(log_.MakeMany(1), Epoch(), Duration::Milliseconds(ms)).status.ok());
    return commit_->mark_behind();
  };
  EXPECT_FALSE(behind_after(1)) << "the first waits for nothing";
  EXPECT_TRUE(behind_after(5));
  EXPECT_FALSE(behind_after(11));
  EXPECT_TRUE(behind_after(20));
  ASSERT_TRUE(commit_->SyncMark(Duration::Milliseconds(25)).ok());
  EXPECT_FALSE(commit_->mark_behind());
}

TEST(GroupQueueTest, AGroupIsEverythingUpToTheFirstPromise) {
  TestLog log;
  GroupQueue queue{WriterOptions{}};
  Group group;
  ASSERT_TRUE(queue.Push(log.Make(1), Duration::Milliseconds(1)).ok());
  ASSERT_TRUE(queue.PushPromise(Epoch(5), Duration::Milliseconds(2)).ok());
  ASSERT_TRUE(queue.Push(log.Make(1), Duration::Milliseconds(3)).ok());
  ASSERT_TRUE(queue.Push(log.Make(1), Duration::Milliseconds(4)).ok());
  queue.Take(&group);
  EXPECT_EQ(group.batches.size(), 1u);
  EXPECT_EQ(group.promise, Epoch(5));
  EXPECT_EQ(group.oldest, Duration::Milliseconds(1));
  queue.Take(&group);
  EXPECT_EQ(group.batches.size(), 2u);
  EXPECT_TRUE(group.promise.empty());
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace understudy::journal
