#include "tests/sim/sim_disk.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "journal/batch_view.h"
#include "journal/commit/disk_reserve.h"
#include "journal/layout.h"
#include "journal/recovery.h"
#include "journal/refill.h"
#include "journal/snapshot_store.h"
#include "journal/test_batches.h"
#include "tests/sim/export_journal.h"

namespace understudy::sim {
namespace {

using journal::DurableGroup;
using journal::EncodedBatch;
using journal::OpenedJournal;
using journal::Outcome;

constexpr uint64_t kCluster = 7;
constexpr Duration kLongest = Duration::Milliseconds(4);

// A process that keeps a journal, dies, and comes back.
class SimDiskTest : public ::testing::Test {
 protected:
  explicit SimDiskTest(uint64_t seed = 1) { Begin(seed); }
  ~SimDiskTest() override { Die(); }

  void Begin(uint64_t seed) {
    Die();
    events_ = std::make_unique<EventQueue>();
    disk_ = std::make_unique<SimDisk>(events_.get(), Chance(seed));
    groups_.clear();
    Open();
  }

  journal::OpenJournalOptions Options() {
    journal::OpenJournalOptions options;
    options.file_system = disk_->file_system();
    options.directory = SimDisk::kDirectory;
    options.cluster_id = kCluster;
    options.new_store_id = 11;
    options.open_store = disk_->open_store();
    return options;
  }
  Outcome Open() {
    absl::StatusOr<OpenedJournal> opened = journal::OpenJournal(Options());
    EXPECT_TRUE(opened.ok()) << opened.status();
    if (!opened.ok()) return Outcome::kImpossible;
    journal_ = *std::move(opened);
    if (journal_.store != nullptr) {
      writer_ = disk_->make_writer()(journal_.store.get(), journal_.mark.get(), options_,
                                     [this](const DurableGroup& group) { groups_.push_back(group); });
      const journal::LogRange range = journal_.store->Range();
      log_.GoBackTo(range.last, range.empty() ? journal::GenesisChain(kCluster) : range.chain);
    }
    return journal_.report.verdict.outcome;
  }
  void Die() {
    writer_.reset();
    journal_ = OpenedJournal{};
  }
  Outcome KillAndOpen() {
    disk_->EndProcess();
    Die();
    return Open();
  }
  Outcome LosePowerAndOpen() {
    disk_->LosePower(++losses_ * 337 % 1001);
    Die();
    return Open();
  }

  absl::Status Submit(size_t batches = 1) {
    for (size_t i = 0; i < batches; ++i) {
      if (absl::Status s = writer_->Submit(log_.Make(2)); !s.ok()) return s;
    }
    return absl::OkStatus();
  }
  void Wait(Duration length = Duration::Seconds(1)) { events_->RunUntil(events_->now() + length); }
  Lsn reported() const {
    Lsn last;
    for (const DurableGroup& group : groups_) {
      if (group.status.ok()) last = group.last_lsn;
    }
    return last;
  }
  Lsn end() const { return journal_.store->Range().last; }

  std::unique_ptr<EventQueue> events_;
  std::unique_ptr<SimDisk> disk_;
  journal::WriterOptions options_;
  journal::TestLog log_{kCluster};
  OpenedJournal journal_;
  std::unique_ptr<journal::BatchWriter> writer_;
  std::vector<DurableGroup> groups_;
  uint64_t losses_ = 0;
};

TEST_F(SimDiskTest, AGroupIsReportedWhenItsSyncEndsAndWhatCameMeanwhileIsTheNext) {
  ASSERT_TRUE(Submit(3).ok());
  EXPECT_TRUE(groups_.empty()) << "never from within Submit";
  EXPECT_EQ(end(), Lsn(2)) << "appended at once";
  Wait();
  ASSERT_EQ(groups_.size(), 2u);
  EXPECT_EQ(groups_[0].batches, 1u);
  EXPECT_EQ(groups_[1].batches, 2u);
  EXPECT_EQ(groups_[1].last_lsn, Lsn(6));
  EXPECT_GE(groups_[0].committed, SyncTimes().shortest);
  EXPECT_LE(groups_[0].committed, kLongest);
  EXPECT_EQ(journal_.mark->value().lsn, Lsn(6));
}

TEST_F(SimDiskTest, APromiseIsReportedAfterWhatCameBeforeIt) {
  ASSERT_TRUE(Submit(2).ok());
  ASSERT_TRUE(writer_->SubmitPromise(Epoch(5)).ok());
  ASSERT_TRUE(Submit().ok());
  Wait();
  ASSERT_EQ(groups_.size(), 3u);
  EXPECT_EQ(groups_[1].promise, Epoch(5));
  EXPECT_EQ(groups_[1].last_lsn, Lsn(4));
  EXPECT_EQ(groups_[2].last_lsn, Lsn(6));
  LosePowerAndOpen();
  EXPECT_EQ(journal_.mark->value().promise, Epoch(5));
}

TEST_F(SimDiskTest, StopMakesEverythingDurableAtOnce) {
  ASSERT_TRUE(Submit(5).ok());
  EXPECT_TRUE(writer_->Stop().ok());
  EXPECT_EQ(reported(), Lsn(10));
  EXPECT_TRUE(absl::IsUnavailable(Submit()));
  LosePowerAndOpen();
  EXPECT_EQ(end(), Lsn(10));
}

TEST_F(SimDiskTest, AfterTheDeathOfTheProcessTheWrittenIsThereAndTheQueuedIsNot) {
  ASSERT_TRUE(Submit(3).ok());
  EXPECT_EQ(KillAndOpen(), Outcome::kClean);
  EXPECT_EQ(end(), Lsn(2));
  Wait();
  EXPECT_TRUE(groups_.empty()) << "nobody hears of a group whose process is dead";
}

TEST_F(SimDiskTest, ADeadProcessChangesNothing) {
  ASSERT_TRUE(Submit().ok());
  Wait();
  disk_->EndProcess();
  EXPECT_FALSE(Submit().ok());
  EXPECT_FALSE(journal_.store->Append({log_.Make(1)}, journal::AppendMode::kSynced).ok());
  EXPECT_FALSE(journal_.mark->Write(journal_.mark->value()).ok());
  EXPECT_FALSE(journal::OpenJournal(Options()).status().ok() && disk_->blank());
}

TEST_F(SimDiskTest, AtPowerLossSomeAppendsSurviveInOrderAndAllThatWasReported) {
  int fewer = 0;
  int more = 0;
  int torn = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Begin(seed);
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(Submit(2).ok());
      Wait(Duration::Microseconds(300));
    }
    const Lsn known = reported();
    const Lsn written = end();
    const Outcome outcome = LosePowerAndOpen();
    const bool good = outcome == Outcome::kClean || outcome == Outcome::kTornTailCut ||
                      (outcome == Outcome::kNew && known.empty());
    ASSERT_TRUE(good) << seed << ": " << journal_.report.ToString();
    ASSERT_GE(end(), known) << seed;
    ASSERT_LE(end(), written) << seed;
    fewer += end() < written ? 1 : 0;
    more += end() > known ? 1 : 0;
    torn += outcome == Outcome::kTornTailCut ? 1 : 0;
    ASSERT_TRUE(Submit(2).ok());
    Wait();
    ASSERT_EQ(LosePowerAndOpen(), Outcome::kClean) << seed << ": what was torn is cut for good";
  }
  EXPECT_GT(fewer, 0);
  EXPECT_GT(more, 0);
  EXPECT_GT(torn, 10);
}

TEST(TornLog, ACutAppendKeepsItsBeginningAndAHoleIsASectorOfZeros) {
  using Kind = journal::LogTear::Kind;
  const auto after = [](const journal::LogTear& tear) {
    auto disk = std::make_shared<journal::MemoryDisk>();
    std::unique_ptr<journal::LogStore> store =
        journal::MemoryLogStore::Open(disk, journal::OpenMode::kCreate).value();
    journal::TestLog log(kCluster);
    EXPECT_TRUE(store->Append({log.Make(1)}, journal::AppendMode::kSynced).ok());
    EXPECT_TRUE(store->Append({log.Make(1), log.Make(1)}, journal::AppendMode::kUnsynced).ok());
    const journal::MemoryDisk::Image before = disk->Save();
    disk->PowerLoss(0, tear);
    return std::make_pair(before.batches, disk->Save().batches);
  };
  const auto whole = after({}).first;
  const size_t second = whole.at(2).size();
  EXPECT_EQ(after({}).second.size(), 1u);
  EXPECT_EQ(after({Kind::kCut, 0}).second.size(), 1u);
  const auto cut = after({Kind::kCut, second + 5}).second;
  EXPECT_EQ(cut.at(2), whole.at(2));
  EXPECT_EQ(cut.at(3), whole.at(3).substr(0, 5));
  EXPECT_EQ(after({Kind::kCut, 5}).second.size(), 2u);
  const auto hole = after({Kind::kHole, 3}).second;
  EXPECT_EQ(hole.at(1), whole.at(1));
  EXPECT_EQ(hole.at(2).substr(0, 3), whole.at(2).substr(0, 3));
  EXPECT_EQ(hole.at(2).size(), second);
  EXPECT_NE(hole.at(2), whole.at(2));
}

TEST_F(SimDiskTest, ACommitThatDeathInterruptsGetsAsFarAsChanceSays) {
  bool mark_behind = false;
  bool mark_moved = false;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Begin(seed);
    ASSERT_TRUE(Submit().ok());
    ASSERT_EQ(KillAndOpen(), Outcome::kClean);
    (journal_.report.mark.value.lsn == Lsn(2) ? mark_moved : mark_behind) = true;
    ASSERT_EQ(end(), Lsn(2));
  }
  EXPECT_TRUE(mark_behind);
  EXPECT_TRUE(mark_moved);
}

TEST_F(SimDiskTest, AfterAnyChangeACrashLeavesAJournalThatOpens) {
  for (uint64_t changes = 0; changes < 60; ++changes) {
    Begin(100 + changes);
    ASSERT_TRUE(Submit(3).ok());
    Wait();
    const Lsn known = reported();
    disk_->CrashAfter(changes);
    KillAndOpen();
    disk_->CrashAfter(changes);
    Die();
    (void)journal::OpenJournal(Options());
    disk_->LosePower(++losses_ * 337 % 1001);
    Die();
    ASSERT_EQ(Open(), Outcome::kClean) << changes << ": " << journal_.report.ToString();
    ASSERT_EQ(end(), known) << changes;
  }
}

TEST_F(SimDiskTest, ACrashedProcessHearsOfNoGroup) {
  ASSERT_TRUE(Submit().ok());
  disk_->CrashAfter(0);
  Wait();
  EXPECT_TRUE(disk_->crashed());
  EXPECT_TRUE(groups_.empty());
  KillAndOpen();
  EXPECT_FALSE(disk_->crashed());
  EXPECT_EQ(end(), Lsn(2));
}

TEST_F(SimDiskTest, AFlippedBitIsFoundByRecoveryUnlessNothingWasInIt) {
  int corrupt = 0;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Begin(seed);
    ASSERT_TRUE(Submit(10).ok());
    Wait();
    const absl::optional<Lsn> place = disk_->FlipBitInLog();
    ASSERT_TRUE(place);
    const Outcome outcome = KillAndOpen();
    ASSERT_EQ(outcome, Outcome::kCorrupt) << journal_.report.ToString();
    EXPECT_EQ(journal_.store, nullptr);
    corrupt += journal_.report.lsn == *place ? 1 : 0;
  }
  EXPECT_EQ(corrupt, 50) << "named by its lsn";
}

TEST_F(SimDiskTest, AFlippedBitIsSeenByWhoeverReadsWhileTheLogGoesOn) {
  ASSERT_TRUE(Submit(10).ok());
  Wait();
  const absl::optional<Lsn> place = disk_->FlipBitInLog();
  ASSERT_TRUE(place);
  auto it = journal_.store->NewIterator();
  journal::BatchView view;
  int damaged = 0;
  for (it->Seek(Lsn(1)); it->Valid(); it->Next()) damaged += view.Parse(it->bytes()).ok() ? 0 : 1;
  EXPECT_EQ(damaged, 1);
  EXPECT_TRUE(Submit().ok());
  Wait();
  EXPECT_EQ(reported(), Lsn(22));
}

TEST_F(SimDiskTest, AMisdirectedWriteIsFoundByRecovery) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Begin(seed);
    ASSERT_TRUE(Submit(10).ok());
    Wait();
    ASSERT_TRUE(disk_->MisdirectWrite());
    const Outcome outcome = KillAndOpen();
    ASSERT_EQ(outcome, Outcome::kCorrupt) << journal_.report.ToString();
  }
}

TEST_F(SimDiskTest, OneFlippedBitInTheMarkCostsASlotAndNothingElse) {
  int lost = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Begin(seed);
    ASSERT_TRUE(Submit(3).ok());
    Wait();
    ASSERT_TRUE(disk_->FlipBitInMark());
    ASSERT_EQ(KillAndOpen(), Outcome::kClean) << journal_.report.ToString();
    ASSERT_EQ(end(), Lsn(6));
    lost += journal_.report.mark.look == journal::MarkLook::kOneSlotLost ? 1 : 0;
  }
  EXPECT_GT(lost, 0);
}

TEST_F(SimDiskTest, AFullDiskFailsWritesForGoodAndTheNextProcessGoesOnWhenThereIsRoom) {
  ASSERT_TRUE(Submit().ok());
  Wait();
  disk_->LeaveFree(100);
  ASSERT_TRUE(Submit().ok());
  Wait();
  ASSERT_FALSE(groups_.back().status.ok());
  EXPECT_TRUE(absl::IsResourceExhausted(groups_.back().status)) << groups_.back().status;
  EXPECT_FALSE(Submit().ok());
  disk_->MakeRoom();
  EXPECT_FALSE(Submit().ok());
  EXPECT_EQ(KillAndOpen(), Outcome::kClean);
  EXPECT_EQ(end(), Lsn(2));
  ASSERT_TRUE(Submit().ok());
  Wait();
  EXPECT_EQ(reported(), Lsn(4));
}

TEST_F(SimDiskTest, ALowDiskIsReportedByTheReserve) {
  journal::DiskReserve reserve(disk_->file_system(), {journal::ReservePath(SimDisk::kDirectory), 1000, 4000});
  ASSERT_TRUE(reserve.Prepare().ok());
  options_.reserve = &reserve;
  KillAndOpen();
  disk_->LeaveFree(3000);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Submit().ok());
    Wait(Duration::Seconds(2));
  }
  EXPECT_TRUE(groups_.back().status.ok()) << groups_.back().status;
  EXPECT_EQ(groups_.back().disk, journal::DiskSpace::kLow);
  Die();
  options_.reserve = nullptr;
}

TEST_F(SimDiskTest, ASlowDiskTakesSoManyTimesAsLong) {
  disk_->Slow(1000, Duration::Seconds(60));
  ASSERT_TRUE(Submit().ok());
  Wait(Duration::Milliseconds(99));
  EXPECT_TRUE(groups_.empty());
  Wait(Duration::Seconds(5));
  ASSERT_EQ(groups_.size(), 1u);
  Wait(Duration::Seconds(60));
  ASSERT_TRUE(Submit().ok());
  Wait(kLongest);
  EXPECT_EQ(groups_.size(), 2u);
}

TEST_F(SimDiskTest, AFrozenDiskCompletesNothingUntilItThaws) {
  ASSERT_TRUE(Submit().ok());
  disk_->Freeze(Duration::Seconds(3));
  ASSERT_TRUE(Submit().ok());
  Wait(Duration::Milliseconds(2999));
  EXPECT_TRUE(groups_.empty());
  Wait(Duration::Seconds(1));
  EXPECT_EQ(reported(), Lsn(4));
}

TEST_F(SimDiskTest, AFailedSyncIsFinal) {
  ASSERT_TRUE(Submit().ok());
  Wait();
  disk_->FailSyncs(true);
  ASSERT_TRUE(Submit().ok());
  Wait();
  EXPECT_FALSE(groups_.back().status.ok());
  disk_->FailSyncs(false);
  EXPECT_FALSE(Submit().ok());
  const Outcome outcome = LosePowerAndOpen();
  EXPECT_TRUE(outcome == Outcome::kClean || outcome == Outcome::kTornTailCut);
  EXPECT_GE(end(), Lsn(2));
}

TEST_F(SimDiskTest, ASyncThatLiesLosesWhatWasReported) {
  ASSERT_TRUE(Submit().ok());
  Wait();
  disk_->LieAboutSyncs(true);
  ASSERT_TRUE(Submit(5).ok());
  Wait();
  EXPECT_EQ(reported(), Lsn(12));
  LosePowerAndOpen();
  ASSERT_NE(journal_.report.mark.value.lsn, Lsn());
  EXPECT_EQ(journal_.report.sound.last, Lsn(2));
}

TEST_F(SimDiskTest, BlankedItBeginsAnew) {
  ASSERT_TRUE(Submit(3).ok());
  Wait();
  disk_->Blank();
  Die();
  EXPECT_TRUE(disk_->blank());
  EXPECT_EQ(Open(), Outcome::kNew);
  ASSERT_TRUE(Submit().ok());
  Wait();
  EXPECT_EQ(KillAndOpen(), Outcome::kClean);
  EXPECT_EQ(end(), Lsn(2));
}

// What a backup does with the state that its primary sends.
class RefilledDiskTest : public SimDiskTest {
 protected:
  absl::Status Refill() {
    journal::RefillOptions options;
    options.file_system = disk_->file_system();
    options.directory = SimDisk::kDirectory;
    options.cluster_id = kCluster;
    options.new_store_id = 12 + disk_->file_system()->syncs();
    options.open_store = disk_->open_store();
    journal::TestLog primary(kCluster);
    (void)primary.MakeMany(20);
    const EncodedBatch last = primary.Make(2);
    journal::SnapshotInfo info;
    info.cluster_id = kCluster;
    info.lsn = last.last_lsn();
    info.epoch = last.epoch();
    info.chain = last.chain();
    return journal::Refill(options, info, "the state", last).status();
  }
};

TEST_F(RefilledDiskTest, AFilledJournalIsANewLogAndTheOldOneLiesAside) {
  ASSERT_TRUE(Submit(3).ok());
  Wait();
  Die();
  ASSERT_TRUE(Refill().ok());
  EXPECT_EQ(Open(), Outcome::kClean);
  EXPECT_EQ(journal_.store->Range().first, Lsn(41));
  const auto aside = disk_->LogIn(journal::AsidePath(SimDisk::kDirectory, Epoch(1), Lsn(6)));
  ASSERT_NE(aside, nullptr);
  EXPECT_EQ(aside->Places(), (std::vector<Lsn>{Lsn(1), Lsn(3), Lsn(5)}));
}

TEST_F(RefilledDiskTest, ACrashWhileItIsFilledLeavesTheOldTheNewOrNothingToPromote) {
  int old_one = 0;
  int new_one = 0;
  for (uint64_t changes = 0; changes < 60; ++changes) {
    Begin(1000 + changes);
    ASSERT_TRUE(Submit(3).ok());
    Wait();
    Die();
    disk_->CrashAfter(changes);
    (void)Refill();
    disk_->LosePower(++losses_ * 337 % 1001);
    journal::OpenJournalOptions options = Options();
    options.new_store_id = 99;
    options.has_snapshots = !journal::SnapshotStore(options.file_system, options.directory).List().empty();
    const absl::StatusOr<OpenedJournal> opened = journal::OpenJournal(options);
    if (opened.ok() && opened->store != nullptr && opened->report.verdict.promotable) {
      const Lsn last = opened->store->Range().last;
      ASSERT_TRUE(last.empty() || last == Lsn(6) || last == Lsn(42)) << changes;
      ASSERT_TRUE(!last.empty() || opened->mark->value().store_id != 11) << changes;
      old_one += last == Lsn(6) ? 1 : 0;
      new_one += last == Lsn(42) ? 1 : 0;
    }
  }
  EXPECT_GT(old_one, 0);
  EXPECT_GT(new_one, 0);
}

TEST_F(RefilledDiskTest, WhatIsExportedReadsAsARealJournal) {
  const std::string directory = ::testing::TempDir() + "/exported";
  ASSERT_TRUE(Submit(3).ok());
  Wait();
  Die();
  ASSERT_TRUE(Refill().ok());
  Open();
  ASSERT_TRUE(Submit(5).ok());
  Wait();
  ASSERT_TRUE(ExportJournal(*disk_, directory).ok());
  journal::OpenJournalOptions options;
  options.directory = directory;
  options.cluster_id = kCluster;
  options.has_snapshots = true;
  const absl::StatusOr<OpenedJournal> opened = journal::OpenJournal(options);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->report.verdict.outcome, Outcome::kClean) << opened->report.ToString();
  EXPECT_EQ(opened->store->Range().first, Lsn(41));
  EXPECT_EQ(opened->store->Range().last, Lsn(52));
  options.directory = journal::AsidePath(directory, Epoch(1), Lsn(6));
  const absl::StatusOr<OpenedJournal> aside = journal::OpenJournal(options);
  ASSERT_TRUE(aside.ok()) << aside.status();
  EXPECT_EQ(aside->store->Range().last, Lsn(6));
}

TEST_F(RefilledDiskTest, DamageIsExportedToo) {
  const std::string directory = ::testing::TempDir() + "/damaged";
  ASSERT_TRUE(Submit(10).ok());
  Wait();
  const absl::optional<Lsn> place = disk_->FlipBitInLog();
  ASSERT_TRUE(place);
  ASSERT_TRUE(ExportJournal(*disk_, directory).ok());
  journal::OpenJournalOptions options;
  options.directory = directory;
  options.cluster_id = kCluster;
  const absl::StatusOr<OpenedJournal> opened = journal::OpenJournal(options);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->report.verdict.outcome, Outcome::kCorrupt);
  EXPECT_EQ(opened->report.lsn, *place);
}

TEST_F(SimDiskTest, TheSameSeedGivesTheSameHistory) {
  std::vector<std::string> histories;
  for (int run = 0; run < 2; ++run) {
    Begin(77);
    std::string history;
    for (int i = 0; i < 30; ++i) {
      ASSERT_TRUE(Submit(3).ok());
      Wait(Duration::Microseconds(700));
      if (i % 7 == 6) LosePowerAndOpen();
      history += std::to_string(end().value()) + " " + std::to_string(reported().value()) + "\n";
    }
    for (const DurableGroup& group : groups_) history += std::to_string(group.waited.nanoseconds()) + "\n";
    histories.push_back(history);
  }
  EXPECT_EQ(histories[0], histories[1]);
}

}  // namespace
}  // namespace understudy::sim
