// What both users of SnapshotWork promise, on a real disk: only what has ended well is adopted.
#include "daemon/core/snapshot_work.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/core/forked_snapshot_work.h"
#include "daemon/core/stepped_snapshot_work.h"
#include "daemon/core/test_clock.h"
#include "engine/snapshot.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"
#include "rocksdb/file_system.h"

namespace understudy::daemon {
namespace {

constexpr Duration kTakes = Duration::Milliseconds(30);

class SnapshotWorkTest : public testing::TestWithParam<bool> {
 protected:
  SnapshotWorkTest() {
    std::filesystem::create_directories(directory_);
    if (forked()) {
      work_ = std::make_unique<ForkedSnapshotWork>();
    } else {
      work_ = std::make_unique<SteppedSnapshotWork>(&clock_, kTakes);
    }
    state_.lsn = Lsn(5);
  }
  ~SnapshotWorkTest() override {
    work_.reset();
    std::filesystem::remove_all(directory_);
  }

  static bool forked() { return GetParam(); }

  absl::Status Begin() {
    journal::SnapshotInfo info;
    info.lsn = state_.lsn;
    return work_->BeginWriting(journal::SnapshotWriter::Create(file_system_, directory_, info).value(), state_);
  }
  // On a disk of its own, which has no room but for the file's name.
  absl::Status BeginOnAFullDisk() {
    auto full = std::make_shared<journal::FaultyFileSystem>();
    auto writer = journal::SnapshotWriter::Create(full, "/", journal::SnapshotInfo()).value();
    full->SetCapacity(0);
    return work_->BeginWriting(std::move(writer), state_);
  }
  void BeginAdopting() {
    work_->BeginUpkeep([this]() -> SnapshotWork::Upkeep {
      const absl::StatusOr<journal::SnapshotInfo> adopted = store_.Adopt(Lsn(5));
      if (!adopted.ok()) return adopted.status();
      return *adopted;
    });
  }
  absl::Status AwaitWriting() {
    siginfo_t ended{};
    if (forked()) waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT);
    clock_.Advance(kTakes);
    return work_->PollWriting().value();
  }
  SnapshotWork::Upkeep AwaitUpkeep() {
    clock_.Advance(kTakes);
    for (;;) {
      if (absl::optional<SnapshotWork::Upkeep> done = work_->PollUpkeep()) return *std::move(done);
    }
  }

  const std::string directory_ = absl::StrCat(testing::TempDir(), "/snapshot_work_test_", getpid());
  const std::shared_ptr<rocksdb::FileSystem> file_system_ = rocksdb::FileSystem::Default();
  journal::SnapshotStore store_{file_system_, directory_};
  TestClock clock_;
  engine::State state_;
  std::unique_ptr<SnapshotWork> work_;
};

TEST_P(SnapshotWorkTest, TheStateIsWrittenAsItWasAtTheBeginning) {
  const Hash128 digest = engine::DigestState(state_);
  ASSERT_TRUE(Begin().ok());
  EXPECT_TRUE(work_->writing());
  state_.lsn = Lsn(6);
  ASSERT_TRUE(AwaitWriting().ok());
  EXPECT_FALSE(work_->writing());
  EXPECT_TRUE(store_.List().empty()) << "nobody has verified it";
  BeginAdopting();
  EXPECT_TRUE(work_->keeping_up());
  const SnapshotWork::Upkeep adopted = AwaitUpkeep();
  ASSERT_TRUE(adopted.ok()) << adopted.status();
  EXPECT_EQ((*adopted)->digest, digest);
  EXPECT_FALSE(work_->keeping_up());
  EXPECT_EQ(store_.List(), std::vector<Lsn>{Lsn(5)});
}

TEST_P(SnapshotWorkTest, AFullDiskIsToldWhenTheWritingHasEnded) {
  ASSERT_TRUE(BeginOnAFullDisk().ok());
  EXPECT_TRUE(work_->writing());
  EXPECT_FALSE(AwaitWriting().ok());
  EXPECT_FALSE(work_->writing());
  ASSERT_TRUE(Begin().ok()) << "and the next one begins";
  EXPECT_TRUE(AwaitWriting().ok());
}

TEST_P(SnapshotWorkTest, WhatUpkeepComesToIsToldOnce) {
  BeginAdopting();  // nothing has been written
  EXPECT_FALSE(AwaitUpkeep().ok());
  EXPECT_FALSE(work_->keeping_up());
}

TEST_P(SnapshotWorkTest, AnEndLeavesWhatWasBeingWrittenPartial) {
  ASSERT_TRUE(Begin().ok());
  work_->End();
  EXPECT_FALSE(work_->writing());
  EXPECT_TRUE(store_.List().empty());
  store_.DiscardPartial();
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
  ASSERT_TRUE(Begin().ok()) << "and the next one begins";
  EXPECT_TRUE(AwaitWriting().ok());
}

TEST_P(SnapshotWorkTest, AnEndCompletesUpkeep) {
  ASSERT_TRUE(Begin().ok());
  ASSERT_TRUE(AwaitWriting().ok());
  BeginAdopting();
  work_->End();
  EXPECT_FALSE(work_->keeping_up());
  EXPECT_EQ(store_.List(), std::vector<Lsn>{Lsn(5)});
}

TEST_P(SnapshotWorkTest, NothingGoesOnAfterItsDestruction) {
  ASSERT_TRUE(Begin().ok());
  work_.reset();
  EXPECT_EQ(waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG), -1) << "there is a child";
  EXPECT_TRUE(store_.List().empty());
}

INSTANTIATE_TEST_SUITE_P(, SnapshotWorkTest, testing::Bool(),
                         [](const auto& user) { return user.param ? "Forked" : "Stepped"; });

// Whose end is no exit code.
TEST(ForkedSnapshotWorkTest, AChildThatIsKilledHasWrittenNothing) {
  auto file_system = std::make_shared<journal::FaultyFileSystem>();
  auto writer = journal::SnapshotWriter::Create(file_system, "/", journal::SnapshotInfo()).value();
  file_system->Stall(journal::FaultyOperation::kSync, "snapshot");
  ForkedSnapshotWork work;
  ASSERT_TRUE(work.BeginWriting(std::move(writer), engine::State()).ok());
  EXPECT_FALSE(work.PollWriting().has_value());
  const std::string children = absl::StrCat("/proc/self/task/", gettid(), "/children");
  std::ifstream in(children);
  pid_t child = 0;
  ASSERT_TRUE(in >> child);
  ASSERT_EQ(kill(child, SIGKILL), 0);
  siginfo_t ended{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  const absl::optional<absl::Status> status = work.PollWriting();
  ASSERT_TRUE(status.has_value());
  EXPECT_TRUE(absl::IsInternal(*status)) << *status;
  EXPECT_FALSE(work.writing());
}

}  // namespace
}  // namespace understudy::daemon
