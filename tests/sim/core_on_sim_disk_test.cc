// The production core on a simulated disk: everything on one thread, and nothing that it said was durable is ever lost.
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/core/core.h"
#include "daemon/core/set_aside.h"
#include "daemon/core/stepped_snapshot_work.h"
#include "daemon/core/test_clock.h"
#include "daemon/core/test_phones.h"
#include "engine/snapshot.h"
#include "gtest/gtest.h"
#include "tests/sim/export_journal.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {
namespace {

using daemon::Core;

class CoreOnSimDiskTest : public ::testing::Test, public daemon::EffectSink {
 protected:
  ~CoreOnSimDiskTest() override { core_.reset(); }

  void Release(Lsn, const engine::Effect&) override {}

  void Begin(uint64_t seed) {
    core_.reset();
    chance_ = Chance(seed);
    events_ = std::make_unique<EventQueue>();
    disk_ = std::make_unique<SimDisk>(events_.get(), chance_.Fork("disk"));
    known_ = Lsn();
  }

  daemon::CoreOptions Options() {
    daemon::CoreOptions options;
    options.file_system = disk_->file_system();
    options.directory = SimDisk::kDirectory;
    options.open_store = disk_->open_store();
    options.make_writer = disk_->make_writer();
    options.cluster_id = 7;
    options.clock = &clock_;
    options.random = HashKey{chance_.Bits(), chance_.Bits()};
    options.snapshot_interval = Duration::Milliseconds(200);
    options.retention.max_bytes = 4000;
    options.low_bytes = uint64_t{16} << 10;
    options.make_snapshot_work = [this] { return std::make_unique<daemon::SteppedSnapshotWork>(&clock_, Duration()); };
    return options;
  }
  absl::Status Start() {
    absl::StatusOr<std::unique_ptr<Core>> core =
        Core::Start(Options(), daemon::TestPhones::Configuration(), this, [this] { woken_ = true; });
    if (core.ok()) core_ = *std::move(core);
    return core.status();
  }
  void Pass(Duration length) {
    clock_.Advance(length);
    events_->RunUntil(events_->now() + length);
    if (core_ == nullptr || !std::exchange(woken_, false)) return;
    if (!disk_->crashed() && core_->TakeCommits().status.ok()) known_ = core_->durable();
  }
  void Turn() {
    engine::IngressSummary summary;
    summary.counts = {1};
    core_->Append(std::move(summary));
    core_->Tick();
    core_->EndTurn();
    Pass(Duration::Milliseconds(chance_.Between(1, 20)));
    if (!core_->commit_in_flight()) core_->EndTurn();
  }
  void Kill(bool power) {
    power ? disk_->LosePower(500) : disk_->EndProcess();
    core_.reset();
    woken_ = false;
  }

  Chance chance_{1};
  daemon::TestClock clock_;
  std::unique_ptr<EventQueue> events_;
  std::unique_ptr<SimDisk> disk_;
  std::unique_ptr<Core> core_;
  bool woken_ = false;
  Lsn known_;  // the core said so
};

int Threads() { return static_cast<int>(std::distance(std::filesystem::directory_iterator("/proc/self/task"), {})); }

TEST_F(CoreOnSimDiskTest, ItHasNoThreadOfItsOwn) {
  const int before = Threads();
  Begin(1);
  ASSERT_TRUE(Start().ok());
  for (int i = 0; i < 200; ++i) Turn();
  EXPECT_FALSE(core_->newest_snapshot().empty());
  EXPECT_GT(core_->first_lsn(), Lsn(1)) << "retention";
  EXPECT_EQ(Threads(), before);
}

TEST_F(CoreOnSimDiskTest, NothingDurableIsLostHoweverItDies) {
  int crashes = 0;
  int from_snapshot = 0;
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    Begin(seed);
    ASSERT_TRUE(Start().ok());
    for (int life = 0; life < 5; ++life) {
      if (chance_.OneIn(2)) disk_->CrashAfter(chance_.Below(300));
      for (uint64_t turns = 20 + chance_.Below(60); turns > 0 && !disk_->crashed(); --turns) Turn();
      crashes += disk_->crashed() ? 1 : 0;
      Kill(chance_.OneIn(2));
      if (chance_.OneIn(3)) {
        disk_->CrashAfter(chance_.Below(40));
        (void)Start();
        Kill(chance_.OneIn(2));
      }
      const absl::Status started = Start();
      ASSERT_TRUE(started.ok()) << seed << "/" << life << ": " << started;
      ASSERT_GE(core_->restored().snapshot_lsn.value() + core_->replayed(), known_.value()) << seed << "/" << life;
      from_snapshot += core_->restored().snapshot_lsn.empty() ? 0 : 1;
    }
  }
  EXPECT_GT(crashes, 100);
  EXPECT_GT(from_snapshot, 300);
}

TEST_F(CoreOnSimDiskTest, ADamagedSnapshotIsPassedOverAsLongAsTheLogHasWhatItHad) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Begin(seed);
    ASSERT_TRUE(Start().ok());
    for (int i = 0; i < 100; ++i) Turn();
    const Hash128 digest = engine::DigestState(core_->state());
    ASSERT_TRUE(core_->Drain().ok());
    Kill(false);
    ASSERT_TRUE(disk_->FlipBitInSnapshot());
    absl::StatusOr<std::unique_ptr<Core>> core = Core::Open(Options(), this, [] {});
    ASSERT_TRUE(core.ok()) << core.status();
    EXPECT_EQ(engine::DigestState((*core)->state()), digest);
    core_ = *std::move(core);
  }
}

TEST_F(CoreOnSimDiskTest, ItsExportedJournalRestoresTheSameStateOnARealDisk) {
  Begin(5);
  ASSERT_TRUE(Start().ok());
  for (int i = 0; i < 100; ++i) Turn();
  ASSERT_TRUE(core_->Drain().ok());
  const std::string directory = absl::StrCat(::testing::TempDir(), "/exported_core");
  ASSERT_TRUE(ExportJournal(*disk_, directory).ok());
  daemon::CoreOptions options;
  options.directory = directory;
  options.cluster_id = 7;
  options.clock = &clock_;
  options.keep_reserve = false;
  absl::StatusOr<std::unique_ptr<Core>> real = Core::Open(options, this, [] {});
  ASSERT_TRUE(real.ok()) << real.status();
  EXPECT_EQ((*real)->recovery().verdict.outcome, journal::Outcome::kClean);
  EXPECT_EQ(engine::DigestState((*real)->state()), engine::DigestState(core_->state()));
}

TEST_F(CoreOnSimDiskTest, ALogThatIsNoGoodGoesAsideWithEverythingInIt) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Begin(seed);
    ASSERT_TRUE(Start().ok());
    for (int i = 0; i < 60; ++i) Turn();
    Kill(false);
    const absl::optional<Lsn> place = seed % 2 == 0 ? disk_->FlipBitInLog() : disk_->MisdirectWrite();
    ASSERT_TRUE(place);
    absl::optional<daemon::JournalSetAside> aside;
    absl::StatusOr<std::unique_ptr<Core>> core = daemon::OpenOrSetAside(Options(), this, [] {}, &aside);
    ASSERT_TRUE(core.ok()) << seed << ": " << core.status();
    core_ = *std::move(core);
    // What a verified snapshot covers is not read again.
    if (!aside) continue;
    EXPECT_TRUE(core_->state().lsn.empty());
    ASSERT_NE(disk_->LogIn(aside->where), nullptr) << aside->where;
    EXPECT_GT(disk_->LogIn(aside->where)->Places().size(), 1u);
  }
}

}  // namespace
}  // namespace understudy::sim
