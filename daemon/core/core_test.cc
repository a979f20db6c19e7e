// The node without its sockets, where the disk, the configuration or the clock is at an extreme.
#include "daemon/core/core.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemon/core/stepped_snapshot_work.h"
#include "daemon/core/test_clock.h"
#include "daemon/core/test_phones.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"
#include "journal/layout.h"

namespace understudy::daemon {
namespace {

class CoreTest : public testing::Test, public EffectSink {
 protected:
  CoreTest() {
    options_.file_system = file_system_;
    options_.directory = "/journal";
    options_.cluster_id = 7;
    options_.clock = &clock_;
    options_.keep_reserve = false;
    options_.make_snapshot_work = [this] { return std::make_unique<SteppedSnapshotWork>(&clock_, Duration()); };
  }
  ~CoreTest() override {
    core_.reset();
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  void Release(Lsn lsn, const engine::Effect&) override { last_released_ = lsn; }

  void Start() {
    options_.random = HashKey{11, ++starts_};
    absl::StatusOr<std::unique_ptr<Core>> core = Core::Start(options_, configuration_, this, [this] { bell_.Ring(); });
    ASSERT_TRUE(core.ok()) << core.status();
    core_ = *std::move(core);
  }

  void OnRealDisk() {
    directory_ = absl::StrCat(testing::TempDir(), "/core_test_", getpid());
    options_.file_system = nullptr;
    options_.directory = directory_;
  }

  void AppendOne() {
    engine::IngressSummary summary;
    summary.counts = {1};
    core_->Append(std::move(summary));
  }

  void Turn() {
    core_->Tick();
    core_->EndTurn();
    while (core_->commit_in_flight()) {
      bell_.Await();
      ASSERT_TRUE(core_->TakeCommits().status.ok());
    }
  }

  void AddDns(int count) {
    engine::ConfigurationChange change;
    for (int i = 0; i < count; ++i) {
      engine::Dn dn;
      dn.number = absl::StrCat("20", i);
      dn.options["TServer"]["contact"] = "*";
      dn.options["TServer"]["note"] = std::string(200, 'n');
      change.upserts.push_back(std::move(dn));
    }
    configuration_.Apply(change);
  }

  TestClock clock_;
  Bell bell_;
  std::shared_ptr<journal::FaultyFileSystem> file_system_ = std::make_shared<journal::FaultyFileSystem>();
  CoreOptions options_;
  engine::Configuration configuration_ = TestPhones::Configuration();
  uint64_t starts_ = 0;
  Lsn last_released_;
  std::string directory_;
  std::unique_ptr<Core> core_;
};

TEST_F(CoreTest, ADiskThatStandsStillForThousandsOfTurnsIsWaitedFor) {
  options_.group_interval = Duration::Seconds(3600);
  Start();
  Turn();  // the first group is not delayed
  for (int i = 0; i < 10000; ++i) {
    AppendOne();
    core_->EndTurn();
  }
  EXPECT_TRUE(core_->commit_in_flight());
  const Lsn last = core_->state().lsn;
  EXPECT_TRUE(core_->Stop(false).ok());
  EXPECT_EQ(core_->durable(), last);
}

TEST_F(CoreTest, MoreEntriesThanABatchHoldsFitIntoATurn) {
  Start();
  for (int i = 0; i < 70000; ++i) AppendOne();
  core_->Tick();
  const Lsn last = core_->state().lsn;
  Turn();
  EXPECT_EQ(core_->durable(), last);
}

TEST_F(CoreTest, ABacklogIsSeenAndEnds) {
  options_.group_interval = Duration::Seconds(3600);
  Start();
  Turn();
  EXPECT_FALSE(core_->backlogged());
  while (!core_->backlogged() && core_->state().lsn < Lsn(2000000)) {
    AppendOne();
    if (core_->state().lsn.value() % 1000 == 0) core_->EndTurn();
  }
  EXPECT_TRUE(core_->backlogged());
  EXPECT_TRUE(core_->Drain().ok());
  EXPECT_FALSE(core_->backlogged());
  EXPECT_TRUE(core_->Close(false).ok());
}

TEST_F(CoreTest, AConfigurationLargerThanAnEntryIsTakenInParts) {
  AddDns(30000);
  Start();
  Turn();
  EXPECT_TRUE(core_->state().configuration.DifferenceTo(configuration_).empty());
  EXPECT_FALSE(core_->Reconfigure(configuration_));
  configuration_ = TestPhones::Configuration();
  EXPECT_TRUE(core_->Reconfigure(configuration_));
  EXPECT_TRUE(core_->state().configuration.DifferenceTo(configuration_).empty());
  Turn();
  core_.reset();
  Start();
  EXPECT_TRUE(core_->state().configuration.DifferenceTo(configuration_).empty());
}

TEST_F(CoreTest, AFailureOfTheJournalIsFinal) {
  Start();
  Turn();
  auto* disk = static_cast<journal::FaultyFileSystem*>(options_.file_system.get());
  disk->Fail(journal::FaultyOperation::kSync, "", rocksdb::IOStatus::IOError("pulled out"));
  AppendOne();
  const Lsn lost = core_->state().lsn;
  core_->EndTurn();
  bell_.Await();
  EXPECT_FALSE(core_->TakeCommits().status.ok());
  disk->ClearFaults();
  AppendOne();
  core_->EndTurn();
  EXPECT_FALSE(core_->TakeCommits().status.ok());
  EXPECT_LT(core_->durable(), lost);
  EXPECT_LT(core_->outbox().released(), lost);
  EXPECT_FALSE(core_->Stop(true).ok());
}

TEST_F(CoreTest, SleepOfTheMachineIsTimeThatNobodyServed) {
  Start();
  Turn();
  const EngineTime before = core_->state().engine_time;
  clock_.Sleep(Duration::Seconds(40));
  Turn();
  EXPECT_EQ(core_->service_gaps().count, 1u);
  EXPECT_GE(core_->service_gaps().total, Duration::Seconds(40));
  EXPECT_LT(core_->service_gaps().total, Duration::Seconds(41));
  EXPECT_GE(core_->state().engine_time - before, Duration::Seconds(40));
}

TEST_F(CoreTest, ASnapshotOfAChildIsAdoptedAndRestoredFrom) {
  OnRealDisk();
  options_.make_snapshot_work = nullptr;
  options_.snapshot_interval = Duration::Seconds(1);
  AddDns(50);
  Start();
  Turn();
  clock_.Advance(Duration::Seconds(1));
  for (int i = 0; i < 1000 && core_->newest_snapshot().empty(); ++i) {
    Turn();
    usleep(10000);
  }
  const Lsn snapshot = core_->newest_snapshot();
  EXPECT_FALSE(snapshot.empty());
  EXPECT_EQ(core_->snapshot_failures(), 0u);
  ASSERT_TRUE(core_->Stop(false).ok());
  core_.reset();
  Start();
  EXPECT_EQ(core_->restored().snapshot_lsn, snapshot);
  EXPECT_TRUE(core_->state().configuration.DifferenceTo(configuration_).empty());
}

// The listener's port is free again although the state is still being written.
TEST_F(CoreTest, TheChildOfASnapshotHoldsNoSocket) {
  OnRealDisk();
  options_.make_snapshot_work = nullptr;
  options_.snapshot_interval = Duration::Nanoseconds(1);
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const timeval patience{20, 0};
  ASSERT_EQ(setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
  AddDns(20000);
  Start();
  clock_.Advance(Duration::Milliseconds(1));
  core_->EndTurn();  // forks
  close(pair[0]);
  char byte = 0;
  EXPECT_EQ(recv(pair[1], &byte, 1, 0), 0) << "somebody else holds the other end";
  siginfo_t ended{};
  ASSERT_EQ(waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
  EXPECT_EQ(ended.si_pid, 0) << "the child has ended: this shows nothing";
  close(pair[1]);
}

// An idle server that dies was away for as long as it was dead.
TEST_F(CoreTest, TimeServedWithoutEntriesIsNotUnserved) {
  Start();
  Turn();
  for (int i = 0; i < 80; ++i) {
    clock_.Advance(Duration::Milliseconds(250));
    Turn();
  }
  const EngineTime before = core_->state().engine_time;
  core_.reset();
  clock_.Advance(Duration::Milliseconds(130));
  Start();
  const EngineTime after = core_->state().engine_time;
  EXPECT_GE(after - before, Duration::Milliseconds(20130));
  EXPECT_EQ(core_->service_gaps().count, 1u);
  EXPECT_LT(core_->unserved(), Duration::Milliseconds(500));
  EXPECT_GE(core_->unserved(), Duration::Milliseconds(130));
}

TEST_F(CoreTest, AfterAPowerLossTheLastEntrySpeaks) {
  Start();
  Turn();
  for (int i = 0; i < 80; ++i) {
    clock_.Advance(Duration::Milliseconds(250));
    Turn();
  }
  file_system_->CutPower();
  core_.reset();
  file_system_->RestorePower(1, journal::PowerLossMode::kDrop);
  clock_.Advance(Duration::Seconds(1));
  Start();
  EXPECT_GE(core_->unserved(), Duration::Seconds(21));
}

// However many batches come between two snapshots, what may go goes.
TEST_F(CoreTest, RetentionKeepsUpWithManySmallBatches) {
  options_.snapshot_interval = Duration::Seconds(1000);
  options_.retention.max_bytes = 1;
  options_.memtable_bytes = size_t{64} << 10;
  Start();
  for (int snapshot = 1; snapshot <= 3; ++snapshot) {
    for (int i = 0; i < 25000; ++i) {
      AppendOne();
      if (i % 100 == 99) {
        Turn();
      } else {
        core_->EndTurn();
      }
    }
    clock_.Advance(Duration::Seconds(1001));
    Turn();            // writes it
    core_->EndTurn();  // begins to adopt it
    core_->EndTurn();
    EXPECT_EQ(core_->newest_snapshot(), core_->state().lsn);
  }
  EXPECT_EQ(core_->snapshot_failures(), 0u) << core_->last_snapshot_failure();
  EXPECT_GT(core_->first_lsn(), Lsn(25000));
  ASSERT_TRUE(core_->Stop(false).ok());
  core_.reset();
  Start();
  EXPECT_FALSE(core_->restored().snapshot_lsn.empty());
}

TEST_F(CoreTest, OneProcessAtATimeKeepsAJournal) {
  Start();
  Turn();
  options_.random = HashKey{12, 12};
  const auto second = Core::Start(options_, configuration_, this, [] {});
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
  AppendOne();
  Turn();
  const Lsn last = core_->durable();
  core_.reset();
  Start();
  EXPECT_EQ(core_->recovery().last_header->last_lsn, last);
}

TEST_F(CoreTest, SnapshotsWithoutLogAndMarkAreNotANewJournal) {
  Start();
  Turn();
  ASSERT_TRUE(core_->Stop(true).ok());
  core_.reset();
  journal::SimulatedDisk& disk = file_system_->disk();
  for (const std::string& name : disk.Children("/journal/log")) disk.Remove("/journal/log/" + name);
  disk.Remove("/journal/durable-mark");
  const auto refused = Core::Start(options_, configuration_, this, [] {});
  EXPECT_TRUE(absl::IsDataLoss(refused.status())) << refused.status();
}

// A file from somewhere else, or of a life that was cut off, with a name that fits.
TEST_F(CoreTest, ASnapshotOfAnotherHistoryIsPassedOver) {
  Start();
  Turn();
  const Lsn snapshot = core_->state().lsn;
  ASSERT_TRUE(core_->Stop(true).ok());
  core_.reset();
  const std::string path = journal::SnapshotPath("/journal", snapshot);
  const auto file = file_system_->disk().Find(path);
  const std::string bytes = file_system_->disk().Read(file, 0, SIZE_MAX);
  file_system_ = std::make_shared<journal::FaultyFileSystem>();
  options_.file_system = file_system_;
  Start();
  while (core_->durable() <= snapshot) {
    AppendOne();
    Turn();
  }
  core_.reset();
  const auto planted = file_system_->disk().Create(path);
  file_system_->disk().Write(planted, 0, bytes);
  Start();
  EXPECT_TRUE(core_->restored().snapshot_lsn.empty());
  ASSERT_FALSE(core_->restored().remarks.empty());
  EXPECT_TRUE(absl::StrContains(core_->restored().remarks[0], "another history")) << core_->restored().remarks[0];
}

}  // namespace
}  // namespace understudy::daemon
