// The node without its sockets, where the disk, the configuration or the clock is at an extreme.
#include "daemon/core/core.h"

#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/core/test_clock.h"
#include "daemon/core/test_phones.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"

namespace understudy::daemon {
namespace {

class CoreTest : public testing::Test, public EffectSink {
 protected:
  CoreTest() {
    options_.file_system = std::make_shared<journal::FaultyFileSystem>();
    options_.directory = "/journal";
    options_.cluster_id = 7;
    options_.clock = &clock_;
    options_.keep_reserve = false;
    options_.fork_snapshots = false;
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
  EXPECT_EQ(core_->sequencer().service_gaps(), 1u);
  EXPECT_GE(core_->state().engine_time - before, Duration::Seconds(40));
}

TEST_F(CoreTest, ASnapshotOfAChildIsAdoptedAndRestoredFrom) {
  OnRealDisk();
  options_.fork_snapshots = true;
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

TEST_F(CoreTest, AnEndDuringASnapshotTakesItsOwn) {
  OnRealDisk();
  options_.fork_snapshots = true;
  options_.snapshot_interval = Duration::Nanoseconds(1);
  AddDns(2000);
  Start();
  clock_.Advance(Duration::Milliseconds(1));
  core_->EndTurn();  // forks
  const Lsn last = core_->state().lsn;
  ASSERT_TRUE(core_->Stop(true).ok());
  core_.reset();
  Start();
  EXPECT_EQ(core_->restored().snapshot_lsn, last);
  EXPECT_EQ(core_->restored().replayed, 0u);
}

// The listener's port is free again although the state is still being written.
TEST_F(CoreTest, TheChildOfASnapshotHoldsNoSocket) {
  OnRealDisk();
  options_.fork_snapshots = true;
  options_.snapshot_interval = Duration::Nanoseconds(1);
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  AddDns(20000);
  Start();
  clock_.Advance(Duration::Milliseconds(1));
  core_->EndTurn();  // forks
  usleep(20000);
  close(pair[0]);
  char byte = 0;
  EXPECT_EQ(recv(pair[1], &byte, 1, MSG_DONTWAIT), 0) << "somebody else holds the other end";
  close(pair[1]);
}

}  // namespace
}  // namespace understudy::daemon
