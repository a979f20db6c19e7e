// Power losses at random moments of a random life: appends, syncs, cuts, snapshots, drops, flushes, restarts.
// After each one: whatever had been acknowledged is there, the log verifies, and the journal can go on.
#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "journal/batch_view.h"
#include "journal/durable_mark.h"
#include "journal/faulty_file_system.h"
#include "journal/recovery.h"
#include "journal/rocksdb_log_store.h"
#include "journal/test_batches.h"

namespace understudy::journal {
namespace {

class Life {
 public:
  explicit Life(uint64_t seed) : random_(seed) { fs_->disk().MakeDirectory("/j"); }

  void SetSyncIsNoOp() { fs_->SetSyncIsNoOp(true); }

  // One power cycle. False when something acknowledged is missing, or the journal is refused; `why` says what.
  bool Cycle(std::string* why, bool holes = false) {
    fs_->CutPowerAfter(Below(400));
    if (Start(why)) {
      while (!fs_->PowerIsCut() && Step()) {
      }
    }
    fs_->CutPower();
    journal_ = OpenedJournal{};
    const PowerLossMode mode = holes ? PowerLossMode::kHoles : kAllPowerLossModes[Below(5)];
    fs_->RestorePower(random_(), mode);
    return Check(why);
  }

  Lsn acknowledged() const { return acknowledged_; }

 private:
  uint64_t Below(uint64_t n) { return random_() % n; }

  OpenJournalOptions Options() {
    OpenJournalOptions options;
    options.file_system = fs_;
    options.directory = "/j";
    options.cluster_id = 7;
    options.new_store_id = 11;
    options.open_store = [this](OpenMode mode) {
      RocksDbLogStore::Options log;
      log.file_system = fs_;
      log.path = "/j/log";
      log.memtable_bytes = 1 << 20;
      return RocksDbLogStore::Open(log, mode);
    };
    return options;
  }

  bool Start(std::string* why) {
    absl::StatusOr<OpenedJournal> journal = OpenJournal(Options());
    if (!journal.ok() || journal->store == nullptr) {
      *why = journal.ok() ? journal->report.ToString() : std::string(journal.status().message());
      return false;
    }
    journal_ = *std::move(journal);
    const LogRange range = journal_.store->Range();
    log_.GoBackTo(range.last, range.empty() ? GenesisChain(7) : range.chain);
    if (!fs_->PowerIsCut()) acknowledged_ = range.last;  // opening synced it
    return true;
  }

  bool Step() {
    switch (Below(12)) {
      case 0: return Cut();
      case 1: return static_cast<RocksDbLogStore*>(journal_.store.get())->Flush().ok();
      case 2: return journal_.store->DropBefore(Lsn(Below(acknowledged_.value() + 1))).ok();
      case 3: return journal_.store->PutMeta("fact", absl::StrCat(Below(100))).ok();
      case 4: return journal_.store->Append({Make()}, AppendMode::kUnsynced).ok();
      default: return Commit();
    }
  }

  EncodedBatch Make() {
    log_.SetPadding(Below(4) == 0 ? Below(60000) : Below(500));
    return log_.Make(1 + Below(5));
  }

  bool Commit() {
    const EncodedBatch batch = Make();
    if (!journal_.store->Append({batch}, AppendMode::kSynced).ok()) return false;
    if (!MoveMark(batch.epoch(), batch.last_lsn(), batch.chain())) return false;
    if (!fs_->PowerIsCut()) acknowledged_ = batch.last_lsn();
    return true;
  }

  // As the pair cuts: the mark first, and never on a batch that is not synced.
  bool Cut() {
    const LogRange range = journal_.store->Range();
    if (range.empty()) return true;
    if (!journal_.store->Sync().ok()) return false;
    Lsn from;
    Hash128 chain;
    Epoch epoch;
    {
      auto it = journal_.store->NewIterator();
      it->Seek(Lsn(range.last.value() - std::min<uint64_t>(Below(10), range.last.value() - range.first.value())));
      if (!it->Valid()) return false;
      const absl::StatusOr<BatchPrelude> kept = BatchPrelude::Load(it->bytes());
      if (!kept.ok()) return false;
      from = kept->last_lsn().Next();
      chain = kept->chain;
      epoch = kept->epoch;
    }
    acknowledged_ = std::min(acknowledged_, from.Previous());
    if (!MoveMark(epoch, from.Previous(), chain) || !journal_.store->TruncateFrom(from).ok()) return false;
    log_.GoBackTo(from.Previous(), chain);
    return true;
  }

  bool MoveMark(Epoch epoch, Lsn lsn, const Hash128& chain) {
    MarkValue value = journal_.mark->value();
    value.epoch = epoch;
    value.lsn = lsn;
    value.chain = chain;
    return journal_.mark->Write(value).ok();
  }

  bool Check(std::string* why) {
    if (!why->empty()) return false;
    fs_->SetSyncIsNoOp(false);
    absl::StatusOr<OpenedJournal> journal = OpenJournal(Options());
    if (!journal.ok()) {
      *why = std::string(journal.status().message());
    } else if (journal->store == nullptr) {
      *why = absl::StrCat("acknowledged ", acknowledged_.value(), ": ", journal->report.ToString());
    } else if (journal->store->Range().last < acknowledged_) {
      *why = absl::StrCat("acknowledged ", acknowledged_.value(), ", there ", journal->store->Range().last.value());
    }
    return why->empty();
  }

  std::mt19937_64 random_;
  std::shared_ptr<FaultyFileSystem> fs_ = std::make_shared<FaultyFileSystem>();
  TestLog log_;
  OpenedJournal journal_;
  Lsn acknowledged_;
};

TEST(PowerLoss, NothingAcknowledgedIsMissingAfter200OfThem) {
  uint64_t reached = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Life life(seed);
    for (int cycle = 0; cycle < 10; ++cycle) {
      std::string why;
      ASSERT_TRUE(life.Cycle(&why)) << "seed " << seed << " cycle " << cycle << ": " << why;
    }
    reached += life.acknowledged().value();
  }
  EXPECT_GT(reached, 2000u) << "lives too short to mean anything";
}

// Such a file system may cost the whole journal, for RocksDB refuses a manifest with a hole; then the journal
// says so. It never opens with less than was acknowledged.
TEST(PowerLoss, AFileSystemThatShowsUnwrittenBlocksNeverCostsEntriesSilently) {
  int refused = 0;
  for (uint64_t seed = 1; seed <= 15; ++seed) {
    Life life(seed);
    std::string why;
    for (int cycle = 0; cycle < 3 && why.empty(); ++cycle) (void)life.Cycle(&why, true);
    if (why.empty()) continue;
    EXPECT_TRUE(absl::StrContains(why, "not promotable, nothing was changed")) << why;
    ++refused;
  }
  EXPECT_LT(refused, 10);
}

// The tests above would be worth nothing if they passed without syncs.
TEST(PowerLoss, WithSyncTurnedIntoANoOpTheLossIsFound) {
  int found = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Life life(seed);
    std::string why;
    ASSERT_TRUE(life.Cycle(&why)) << why;
    life.SetSyncIsNoOp();
    found += life.Cycle(&why) ? 0 : 1;
  }
  EXPECT_GT(found, 10);
}

}  // namespace
}  // namespace understudy::journal
