// What becomes of a snapshot when something comes between: the same, whoever does the work.
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemon/core/core.h"
#include "daemon/core/stepped_snapshot_work.h"
#include "daemon/core/test_clock.h"
#include "daemon/core/test_phones.h"
#include "gtest/gtest.h"
#include "journal/layout.h"
#include "rocksdb/file_system.h"

namespace understudy::daemon {
namespace {

constexpr Duration kInterval = Duration::Seconds(1);
constexpr Duration kTakes = Duration::Milliseconds(30);

// Has room for so many appends.
class CrampedFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  CrampedFile(std::unique_ptr<rocksdb::FSWritableFile> file, int room)
      : FSWritableFileOwnerWrapper(std::move(file)), room_(room) {}
  using FSWritableFileOwnerWrapper::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (room_-- <= 0) return rocksdb::IOStatus::NoSpace();
    return FSWritableFileOwnerWrapper::Append(bytes, options, debug);
  }

 private:
  int room_;
};

// Of a snapshot it takes so many appends; of all else everything.
class CrampedFileSystem : public rocksdb::FileSystemWrapper {
 public:
  CrampedFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "CrampedFileSystem"; }
  void set_room(int appends) { room_ = appends; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    const rocksdb::IOStatus made = FileSystemWrapper::NewWritableFile(path, options, file, debug);
    if (made.ok() && absl::StrContains(path, "/snapshot-")) {
      *file = std::make_unique<CrampedFile>(std::move(*file), room_);
    }
    return made;
  }

 private:
  int room_ = INT_MAX;
};

class CoreSnapshotTest : public testing::TestWithParam<bool>, public EffectSink {
 protected:
  ~CoreSnapshotTest() override {
    core_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Release(Lsn, const engine::Effect&) override {}

  void Open(bool pair) {
    core_.reset();
    CoreOptions options;
    options.file_system = disk_;
    options.directory = directory_;
    options.cluster_id = 7;
    options.clock = &clock_;
    options.random = HashKey{11, ++starts_};
    options.keep_reserve = false;
    options.snapshot_interval = kInterval;
    options.pair = pair;
    options.retention.max_age = Duration::Milliseconds(1);
    if (!forked()) {
      options.make_snapshot_work = [this] { return std::make_unique<SteppedSnapshotWork>(&clock_, kTakes); };
    }
    absl::StatusOr<std::unique_ptr<Core>> core = Core::Open(options, this, [this] { bell_.Ring(); });
    ASSERT_TRUE(core.ok()) << core.status();
    core_ = *std::move(core);
  }
  void Serve(Epoch epoch) {
    core_->Serve(epoch, HashKey{1, 2}, false, TestPhones::Configuration());
    Turn();
  }

  static bool forked() { return GetParam(); }

  void Turn() {
    core_->EndTurn();
    while (core_->durable() < core_->end()) {
      bell_.Await();
      ASSERT_TRUE(core_->TakeCommits().status.ok());
    }
  }
  // An entry of its own batch; where it ends.
  Lsn Append() {
    engine::IngressSummary summary;
    summary.counts = {1};
    core_->Append(std::move(summary));
    Turn();
    return core_->end();
  }
  // The state as it is now: written when this returns, and nobody has asked how that ended.
  void WriteSnapshot() {
    clock_.Advance(kInterval);
    core_->EndTurn();
    siginfo_t ended{};
    if (forked()) {
      ASSERT_EQ(waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT), 0) << "there is no child";
    }
    clock_.Advance(kTakes);
  }
  void TurnUntilAdopted(Lsn lsn) {
    while (core_->newest_snapshot() != lsn && core_->snapshot_failures() == 0) {
      clock_.Advance(kTakes);
      Turn();
    }
    EXPECT_EQ(core_->newest_snapshot(), lsn) << core_->last_snapshot_failure();
  }
  void SomeTurns() {
    for (int i = 0; i < 10; ++i) {
      clock_.Advance(kTakes);
      Turn();
    }
  }
  std::vector<std::string> Snapshots() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      const std::string name = entry.path().filename().string();
      if (absl::StartsWith(name, "snapshot-")) names.push_back(entry.path().string());
    }
    return names;
  }
  std::vector<std::string> Only(Lsn lsn) const { return {journal::SnapshotPath(directory_, lsn)}; }
  std::vector<std::string> OnlyPartial(Lsn lsn) const { return {journal::PartialSnapshotPath(directory_, lsn)}; }

  const std::string directory_ = absl::StrCat(testing::TempDir(), "/core_snapshot_test_", getpid());
  const std::shared_ptr<CrampedFileSystem> disk_ = std::make_shared<CrampedFileSystem>();
  TestClock clock_;
  Bell bell_;
  uint64_t starts_ = 0;
  std::unique_ptr<Core> core_;
};

TEST_P(CoreSnapshotTest, WhatHasBeenWrittenIsAdopted) {
  Open(false);
  Serve(Epoch(1));
  const Lsn last = Append();
  WriteSnapshot();
  EXPECT_EQ(Snapshots(), OnlyPartial(last));
  TurnUntilAdopted(last);
  EXPECT_EQ(Snapshots(), Only(last));
}

// Whoever asks for the log meanwhile is not told of what retention has been told to drop, whether it has yet or not.
TEST_P(CoreSnapshotTest, WhatUpkeepUnderWayMayDropIsKeptNoMore) {
  Open(false);
  Serve(Epoch(1));
  const Lsn first = Append();
  WriteSnapshot();
  EXPECT_EQ(core_->kept_from(), Lsn(1)) << "there are no two snapshots";
  TurnUntilAdopted(first);
  Turn();  // an interval that is over ends without a snapshot
  const Lsn second = Append();
  WriteSnapshot();
  EXPECT_EQ(core_->kept_from(), Lsn(1));
  core_->EndTurn();  // begins to adopt it
  core_->set_peer_needs_after(Lsn(1));
  EXPECT_EQ(core_->kept_from(), first.Next());
  TurnUntilAdopted(second);
  EXPECT_EQ(core_->kept_from(), first.Next());
  EXPECT_EQ(core_->first_lsn(), first.Next());
}

TEST_P(CoreSnapshotTest, WhatAPeerNeededWhenUpkeepBeganIsKept) {
  Open(false);
  Serve(Epoch(1));
  const Lsn needed = Append();
  const Lsn first = Append();
  WriteSnapshot();
  TurnUntilAdopted(first);
  Turn();
  core_->set_peer_needs_after(needed);
  const Lsn second = Append();
  WriteSnapshot();
  core_->EndTurn();
  core_->set_peer_needs_after(Lsn());
  EXPECT_EQ(core_->kept_from(), needed.Next());
  TurnUntilAdopted(second);
  EXPECT_EQ(core_->first_lsn(), needed.Next());
}

TEST_P(CoreSnapshotTest, AFullDiskCostsOneSnapshotAndLeavesNothing) {
  Open(false);
  Serve(Epoch(1));
  const Lsn last = Append();
  disk_->set_room(1);  // its head
  WriteSnapshot();
  EXPECT_EQ(core_->snapshot_failures(), 0u);
  SomeTurns();
  EXPECT_EQ(core_->snapshot_failures(), 1u);
  EXPECT_TRUE(Snapshots().empty());
  disk_->set_room(INT_MAX);
  WriteSnapshot();
  while (core_->newest_snapshot() != last) SomeTurns();
  EXPECT_EQ(core_->snapshot_failures(), 1u);
}

TEST_P(CoreSnapshotTest, ADiskWithoutRoomForABeginningIsLeftAsItWas) {
  Open(false);
  Serve(Epoch(1));
  Append();
  disk_->set_room(0);
  clock_.Advance(kInterval);
  core_->EndTurn();
  EXPECT_EQ(core_->snapshot_failures(), 1u);
  EXPECT_TRUE(Snapshots().empty());
}

// It may still be cut.
TEST_P(CoreSnapshotTest, WhatABackupHasNotHeardReleasedIsNotAdopted) {
  Open(true);
  Serve(Epoch(1));
  const Lsn last = Append();
  core_->StepDown();
  WriteSnapshot();
  SomeTurns();
  EXPECT_EQ(Snapshots(), OnlyPartial(last));
  core_->NoteReleased(last);
  TurnUntilAdopted(last);
  EXPECT_EQ(Snapshots(), Only(last));
}

TEST_P(CoreSnapshotTest, ARoleThatIsLostMeanwhileLeavesItToThePair) {
  Open(true);
  Serve(Epoch(1));
  const Lsn last = Append();
  WriteSnapshot();
  core_->StepDown();
  SomeTurns();
  EXPECT_EQ(Snapshots(), OnlyPartial(last));
  core_->Serve(Epoch(2), HashKey{1, 3}, false, TestPhones::Configuration());
  Turn();
  core_->Release(core_->durable());
  TurnUntilAdopted(last);
}

TEST_P(CoreSnapshotTest, ACutTakesWhatIsBeingWrittenWithIt) {
  Open(true);
  Serve(Epoch(1));
  const Lsn kept = Append();
  const Lsn last = Append();
  core_->StepDown();
  WriteSnapshot();
  EXPECT_EQ(Snapshots(), OnlyPartial(last));
  ASSERT_TRUE(core_->CutAfter(kept).ok());
  EXPECT_TRUE(Snapshots().empty());
  core_->NoteReleased(last);
  SomeTurns();
  EXPECT_TRUE(core_->newest_snapshot().empty()) << "the next interval has not begun";
  EXPECT_EQ(core_->snapshot_failures(), 0u);
}

// What is adopted was settled: it stays when the rest is cut.
TEST_P(CoreSnapshotTest, ACutWaitsForWhatIsBeingAdopted) {
  Open(true);
  Serve(Epoch(1));
  const Lsn kept = Append();
  core_->Release(kept);
  WriteSnapshot();
  core_->EndTurn();  // begins to adopt it
  Append();
  core_->StepDown();
  ASSERT_TRUE(core_->CutAfter(kept).ok());
  EXPECT_EQ(Snapshots(), Only(kept));
  EXPECT_EQ(core_->newest_snapshot(), kept);
}

TEST_P(CoreSnapshotTest, AnEndWhileOneIsWrittenTakesItsOwn) {
  Open(false);
  Serve(Epoch(1));
  Append();
  clock_.Advance(kInterval);
  core_->EndTurn();
  const Lsn last = Append();
  ASSERT_TRUE(core_->Stop(true).ok());
  EXPECT_EQ(Snapshots(), Only(last));
  Open(false);
  EXPECT_EQ(core_->restored().snapshot_lsn, last);
  EXPECT_EQ(core_->replayed(), 0u);
}

TEST_P(CoreSnapshotTest, AnEndWithoutASnapshotLeavesNothingPartial) {
  Open(false);
  Serve(Epoch(1));
  Append();
  WriteSnapshot();
  ASSERT_TRUE(core_->Stop(false).ok());
  EXPECT_TRUE(Snapshots().empty());
}

// As after a kill.
TEST_P(CoreSnapshotTest, AStartDiscardsWhatIsPartial) {
  Open(false);
  Serve(Epoch(1));
  const Lsn last = Append();
  WriteSnapshot();
  core_.reset();
  EXPECT_EQ(Snapshots(), OnlyPartial(last));
  Open(false);
  EXPECT_TRUE(Snapshots().empty());
  EXPECT_TRUE(core_->restored().snapshot_lsn.empty());
}

INSTANTIATE_TEST_SUITE_P(, CoreSnapshotTest, testing::Bool(),
                         [](const auto& user) { return user.param ? "Forked" : "Stepped"; });

}  // namespace
}  // namespace understudy::daemon
