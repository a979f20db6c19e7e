// A journal that is filled anew, and what a power loss leaves of it at every single change on the way.
#include "journal/refill.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"
#include "journal/layout.h"
#include "journal/recovery.h"
#include "journal/rocksdb_log_store.h"
#include "journal/snapshot_store.h"
#include "journal/test_batches.h"

namespace understudy::journal {
namespace {

constexpr uint64_t kCluster = 7;
constexpr uint64_t kOldStore = 11;
constexpr uint64_t kNewStore = 12;

class RefillTest : public ::testing::Test {
 protected:
  RefillTest() {
    fs_->disk().MakeDirectory("/j");
    peer_.SetEpoch(Epoch(3));
    peer_.GoBackTo(Lsn(500), Hash128{5, 5});
    batch_ = peer_.Make(4);
    info_.cluster_id = kCluster;
    info_.lsn = batch_.last_lsn();
    info_.epoch = batch_.epoch();
    info_.chain = batch_.chain();
    info_.digest = Hash128{1, 2};
  }

  absl::StatusOr<OpenedJournal> Open(uint64_t cluster_id = kCluster) {
    OpenJournalOptions options;
    options.file_system = fs_;
    options.directory = "/j";
    options.cluster_id = cluster_id;
    options.new_store_id = kOldStore;
    options.has_snapshots = !SnapshotStore(fs_, "/j").List().empty();
    return OpenJournal(options);
  }
  // Entries 1 to 20 and a snapshot of 10.
  void WriteOldJournal() {
    absl::StatusOr<OpenedJournal> journal = Open();
    ASSERT_TRUE(journal.ok()) << journal.status();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(journal->store->Append({old_.Make(2)}, AppendMode::kSynced).ok());
    MarkValue value = journal->mark->value();
    value.lsn = journal->store->Range().last;
    value.epoch = Epoch(1);
    value.chain = journal->store->Range().chain;
    value.promise = Epoch(2);
    ASSERT_TRUE(journal->mark->Write(value).ok());
    SnapshotInfo info;
    info.cluster_id = kCluster;
    info.lsn = Lsn(10);
    WriteSnapshot(info);
    journal = absl::UnavailableError("closed");
    written_ = fs_->disk().Save();
  }
  void WriteSnapshot(const SnapshotInfo& info) {
    auto writer = SnapshotWriter::Create(fs_, "/j", info);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Append("old").ok());
    ASSERT_TRUE((*writer)->Finish({}).ok());
    ASSERT_TRUE(SnapshotStore(fs_, "/j").Adopt(info.lsn).ok());
  }
  RefillOptions Options(uint64_t new_store_id = kNewStore) {
    RefillOptions options;
    options.file_system = fs_;
    options.directory = "/j";
    options.cluster_id = kCluster;
    options.new_store_id = new_store_id;
    options.facts["fact"] = "it";
    return options;
  }
  absl::StatusOr<MarkValue> DoRefill(uint64_t new_store_id = kNewStore) {
    return Refill(Options(new_store_id), info_, "the state", batch_);
  }
  int Asides() {
    int asides = 0;
    for (const std::string& name : fs_->disk().Children("/j")) asides += absl::StartsWith(name, kAsidePrefix) ? 1 : 0;
    return asides;
  }

  // Opens the journal and expects it to be the new one.
  void ExpectNew(uint64_t store_id, uint64_t start_number) {
    const absl::StatusOr<OpenedJournal> journal = Open();
    ASSERT_TRUE(journal.ok()) << journal.status();
    ASSERT_NE(journal->store, nullptr) << journal->report.ToString();
    EXPECT_EQ(journal->report.verdict.outcome, Outcome::kClean);
    const LogRange range = journal->store->Range();
    EXPECT_EQ(range.first, batch_.first_lsn());
    EXPECT_EQ(range.last, info_.lsn);
    EXPECT_EQ(range.chain, info_.chain);
    const MarkValue& mark = journal->mark->value();
    EXPECT_EQ(mark.store_id, store_id);
    EXPECT_EQ(mark.start_number, start_number);
    EXPECT_EQ(mark.lsn, info_.lsn);
    EXPECT_EQ(mark.epoch, info_.epoch);
    EXPECT_EQ(mark.chain, info_.chain);
    EXPECT_EQ(journal->store->GetMeta("fact").value_or(""), "it");
    const absl::StatusOr<Snapshot> snapshot = SnapshotStore(fs_, "/j").Load(info_.lsn);
    ASSERT_TRUE(snapshot.ok()) << snapshot.status();
    EXPECT_EQ(snapshot->bytes, "the state");
    EXPECT_EQ(snapshot->info.digest, info_.digest);
  }

  std::shared_ptr<FaultyFileSystem> fs_ = std::make_shared<FaultyFileSystem>();
  TestLog old_;
  TestLog peer_;
  EncodedBatch batch_;
  SnapshotInfo info_;
  SimulatedDisk::Image written_;  // after WriteOldJournal
};

TEST_F(RefillTest, TheJournalIsTheStateAndTheBatchThatEndsWithIt) {
  WriteOldJournal();
  const absl::StatusOr<MarkValue> mark = DoRefill();
  ASSERT_TRUE(mark.ok()) << mark.status();
  EXPECT_EQ(mark->start_number, 1u);
  EXPECT_EQ(mark->promise, Epoch(2)) << "what the node promised stays promised";
  ExpectNew(kNewStore, 2);
  EXPECT_EQ(SnapshotStore(fs_, "/j").List(), std::vector<Lsn>{info_.lsn});
}

TEST_F(RefillTest, GoesOnWithTheNextBatchOfThePeer) {
  WriteOldJournal();
  ASSERT_TRUE(DoRefill().ok());
  absl::StatusOr<OpenedJournal> journal = Open();
  ASSERT_TRUE(journal.ok()) << journal.status();
  EXPECT_FALSE(journal->store->Append({old_.Make(1)}, AppendMode::kSynced).ok());
  EXPECT_TRUE(journal->store->Append({peer_.Make(1)}, AppendMode::kSynced).ok());
}

TEST_F(RefillTest, TheOldJournalCanBeReadWhereItLies) {
  WriteOldJournal();
  ASSERT_TRUE(DoRefill().ok());
  const std::string aside = AsidePath("/j", Epoch(1), Lsn(20));
  RocksDbLogStore::Options log;
  log.file_system = fs_;
  log.path = LogPath(aside);
  const auto store = RocksDbLogStore::Open(log, OpenMode::kInspect);
  ASSERT_TRUE(store.ok()) << store.status();
  const RecoveryReport report = Inspect(store->get(), absl::OkStatus(), ReadMark(fs_.get(), MarkPath(aside)), kCluster, {});
  EXPECT_EQ(report.verdict.outcome, Outcome::kClean);
  EXPECT_EQ(report.sound.last, Lsn(20));
}

TEST_F(RefillTest, ABlankStoreIsFilledTheSameWay) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(DoRefill().ok());
  ExpectNew(kNewStore, 2);
}

TEST_F(RefillTest, AnEmptyDirectoryIsFilledTheSameWay) {
  ASSERT_TRUE(DoRefill().ok());
  ExpectNew(kNewStore, 2);
  EXPECT_EQ(Asides(), 0);
}

TEST_F(RefillTest, TwoOldJournalsAreKeptAndNoMore) {
  WriteOldJournal();
  for (uint64_t store = 100; store < 105; ++store) {
    ASSERT_TRUE(DoRefill(store).ok());
    ExpectNew(store, 2);
    EXPECT_LE(Asides(), 2);
  }
  EXPECT_EQ(Asides(), 2);
}

TEST_F(RefillTest, WhatDoesNotBelongTogetherIsRefusedAndNothingChanges) {
  WriteOldJournal();
  const SnapshotInfo good = info_;
  const auto expect_refused = [this](absl::string_view why) {
    const absl::Status status = DoRefill().status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << why;
    EXPECT_TRUE(absl::StrContains(status.message(), why)) << status;
  };
  info_.lsn = Lsn(503);
  expect_refused("the state is that after lsn 503 of epoch 3; the batch ends with lsn 504 of epoch 3");
  info_ = good;
  info_.chain.lo ^= 1;
  expect_refused("is of another history");
  info_ = good;
  info_.cluster_id = 8;
  expect_refused("not of one cluster");
  info_ = good;
  EXPECT_TRUE(absl::IsInvalidArgument(DoRefill(kOldStore).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(DoRefill(0).status()));
  EXPECT_EQ(fs_->disk().Save().files, written_.files);
}

TEST_F(RefillTest, AnOpenLogIsLeftAlone) {
  WriteOldJournal();
  absl::StatusOr<OpenedJournal> journal = Open();
  ASSERT_TRUE(journal.ok());
  RefillOptions options = Options();
  options.lock = journal->lock;
  EXPECT_TRUE(absl::IsFailedPrecondition(Refill(options, info_, "the state", batch_).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(SetAside(options).status()));
  journal->store.reset();
  EXPECT_TRUE(Refill(options, info_, "the state", batch_).ok());
}

TEST_F(RefillTest, AJournalThatCannotBeUsedIsSetAsideWhateverIsWrongWithIt) {
  WriteOldJournal();
  const auto lose_log = [this] { ASSERT_TRUE(fs_->disk().Remove("/j/log/CURRENT")); };
  const auto lose_mark = [this] { ASSERT_TRUE(fs_->disk().Remove("/j/durable-mark")); };
  const auto break_mark = [this] { ASSERT_TRUE(fs_->TruncateTo("/j/durable-mark", 10)); };
  const auto lose_all_but_snapshots = [this] {
    for (const auto& [path, bytes] : fs_->disk().Save().files) {
      if (!absl::StrContains(path, "snapshot")) fs_->disk().Remove(path);
    }
  };
  for (const std::function<void()>& damage :
       std::vector<std::function<void()>>{lose_log, lose_mark, break_mark, lose_all_but_snapshots}) {
    fs_->disk().Restore(written_);
    damage();
    {
      const absl::StatusOr<OpenedJournal> refused = Open();
      ASSERT_TRUE(!refused.ok() || refused->store == nullptr);
    }
    const absl::StatusOr<std::string> aside = SetAside(Options());
    ASSERT_TRUE(aside.ok()) << aside.status();
    EXPECT_NE(fs_->disk().Find(SnapshotPath(*aside, Lsn(10))), nullptr);
    {
      const absl::StatusOr<OpenedJournal> blank = Open();
      ASSERT_TRUE(blank.ok()) << blank.status();
      ASSERT_NE(blank->store, nullptr) << blank->report.ToString();
      EXPECT_EQ(blank->report.verdict.outcome, Outcome::kNew);
      EXPECT_FALSE(blank->report.verdict.promotable);
      EXPECT_EQ(blank->mark->value().store_id, kNewStore);
      EXPECT_EQ(blank->mark->value().start_number, 1u);
      EXPECT_TRUE(blank->store->Range().empty());
    }
    ASSERT_TRUE(DoRefill(kNewStore + 1).ok());
    ExpectNew(kNewStore + 1, 2);
  }
}

TEST_F(RefillTest, ABlankJournalLearnsItsCluster) {
  {
    absl::StatusOr<OpenedJournal> journal = Open(0);
    ASSERT_TRUE(journal.ok()) << journal.status();
    EXPECT_EQ(journal->mark->value().cluster_id, 0u);
  }
  {
    absl::StatusOr<OpenedJournal> journal = Open(0);
    ASSERT_TRUE(journal.ok()) << journal.status();
    EXPECT_EQ(journal->report.verdict.outcome, Outcome::kNew);
    ASSERT_TRUE(NameCluster(kCluster, *journal->store, journal->mark.get()).ok());
    EXPECT_TRUE(NameCluster(kCluster, *journal->store, journal->mark.get()).ok());
    EXPECT_TRUE(absl::IsFailedPrecondition(NameCluster(8, *journal->store, journal->mark.get())));
    EXPECT_EQ(journal->mark->value().chain, GenesisChain(kCluster));
  }
  EXPECT_FALSE(Open(8).ok());
  absl::StatusOr<OpenedJournal> journal = Open();
  ASSERT_TRUE(journal.ok()) << journal.status();
  EXPECT_EQ(journal->mark->value().start_number, 3u);
  EXPECT_TRUE(journal->store->Append({TestLog(kCluster).Make(1)}, AppendMode::kSynced).ok());
}

TEST_F(RefillTest, ABlankJournalOfNoClusterMayBeOpenedForOne) {
  ASSERT_TRUE(Open(0).ok());
  const absl::StatusOr<OpenedJournal> journal = Open();
  ASSERT_TRUE(journal.ok()) << journal.status();
  EXPECT_EQ(journal->mark->value().cluster_id, kCluster);
  EXPECT_EQ(journal->mark->value().chain, GenesisChain(kCluster));
}

// What a power loss after `changes` changes leaves, as a word.
class RefillPowerLossTest : public RefillTest {
 protected:
  std::string Look() {
    const absl::StatusOr<OpenedJournal> journal = Open();
    if (!journal.ok()) return absl::IsDataLoss(journal.status()) ? "refused" : std::string(journal.status().message());
    const RecoveryReport& report = journal->report;
    if (!report.verdict.promotable && !report.verdict.appendable) return "not usable";
    const uint64_t store = journal->mark->value().store_id;
    const Lsn last = journal->store->Range().last;
    if (report.verdict.outcome == Outcome::kNew) {
      return store == kNewStore && last.empty() ? "blank" : absl::StrCat("new, store ", store);
    }
    if (store == kOldStore && last == Lsn(20)) return "old";
    const bool whole = store == kNewStore && last == info_.lsn && journal->store->Range().chain == info_.chain;
    if (whole && SnapshotStore(fs_, "/j").Verify(info_.lsn).ok()) return "new";
    return absl::StrCat("store ", store, " with entries to ", last.value(), ": ", report.ToString());
  }

  // Runs `act` with a power loss after each number of changes; the words and how often each was seen.
  std::map<std::string, int> CutEverywhere(PowerLossMode mode, const std::function<bool()>& act) {
    std::map<std::string, int> seen;
    const bool every = mode == PowerLossMode::kDrop || mode == PowerLossMode::kReorder;
    for (uint64_t changes = 0, whole = 0; whole < 3; changes += every ? 1 : 4) {
      fs_->disk().Restore(written_);
      fs_->CutPowerAfter(changes);
      (void)act();
      if (!fs_->PowerIsCut()) ++whole;
      fs_->CutPower();
      fs_->RestorePower(changes, mode);
      const std::string look = Look();
      ++seen[look];
      EXPECT_TRUE(DoRefill(kNewStore + 1).ok()) << "after " << changes << " changes, " << look;
      ExpectNew(kNewStore + 1, 2);
      if (HasFailure()) break;
    }
    return seen;
  }
};

TEST_F(RefillPowerLossTest, AtEveryChangeTheJournalIsTheOldOneOrTheNewOneOrNotPromotable) {
  WriteOldJournal();
  for (const PowerLossMode mode : kAllPowerLossModes) {
    std::map<std::string, int> seen = CutEverywhere(mode, [this] { return DoRefill().ok(); });
    EXPECT_GT(seen["old"], 0);
    EXPECT_GT(seen["new"], 0);
    EXPECT_GT(seen["not usable"] + seen["refused"] + seen["blank"], 0);
    for (const char* allowed : {"old", "new", "not usable", "refused", "blank"}) seen.erase(allowed);
    EXPECT_TRUE(seen.empty()) << seen.begin()->first;
    if (HasFailure()) break;
  }
}

TEST_F(RefillPowerLossTest, AtEveryChangeOfASettingAsideNothingShorterIsPromotable) {
  WriteOldJournal();
  for (const PowerLossMode mode : kAllPowerLossModes) {
    std::map<std::string, int> seen = CutEverywhere(mode, [this] { return SetAside(Options()).ok(); });
    EXPECT_GT(seen["old"], 0);
    EXPECT_GT(seen["blank"], 0);
    for (const char* allowed : {"old", "not usable", "refused", "blank"}) seen.erase(allowed);
    EXPECT_TRUE(seen.empty()) << seen.begin()->first;
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace understudy::journal
