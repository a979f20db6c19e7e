// Every cell of the recovery table, on both stores: the situation is made with real damage where it can be
// observed, and cells that cannot be observed together are checked to be marked so.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/durable_mark.h"
#include "journal/faulty_file_system.h"
#include "journal/memory_log_store.h"
#include "journal/recovery.h"
#include "journal/rocksdb_log_store.h"
#include "journal/test_batches.h"

namespace understudy::journal {
namespace {

constexpr char kMark[] = "/j/durable-mark";
constexpr uint64_t kCluster = 7;
constexpr uint64_t kStore = 11;

// One node's disk: a log in one of the stores, and the mark.
class Machine {
 public:
  virtual ~Machine() = default;
  virtual absl::StatusOr<std::unique_ptr<LogStore>> OpenStore(OpenMode mode) = 0;
  virtual void LoseLog() = 0;                  // no log at all
  virtual void RefuseLog() = 0;                // there, and unreadable as a whole
  virtual void LoseFrom(Lsn lsn) = 0;          // silently
  virtual bool FlipBitIn(const EncodedBatch& batch, size_t bit) = 0;
  virtual std::string SaveLog() = 0;           // a copy, by name
  virtual void RestoreLog(const std::string& name) = 0;

  std::shared_ptr<FaultyFileSystem> fs = std::make_shared<FaultyFileSystem>();
};

class MemoryMachine : public Machine {
 public:
  absl::StatusOr<std::unique_ptr<LogStore>> OpenStore(OpenMode mode) override {
    return refused_ ? absl::DataLossError("refused") : MemoryLogStore::Open(disk_, mode);
  }
  void LoseLog() override { disk_->LoseEverything(); }
  void RefuseLog() override { refused_ = true; }
  void LoseFrom(Lsn lsn) override { ASSERT_TRUE(disk_->LoseFrom(lsn)); }
  bool FlipBitIn(const EncodedBatch& batch, size_t bit) override { return disk_->FlipBit(batch.first_lsn(), bit); }
  std::string SaveLog() override {
    saved_.push_back(MemoryDisk::CopyOf(*disk_));
    return absl::StrCat(saved_.size() - 1);
  }
  void RestoreLog(const std::string& name) override { disk_ = saved_[static_cast<size_t>(std::stoi(name))]; }

 private:
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  std::vector<std::shared_ptr<MemoryDisk>> saved_;
  bool refused_ = false;
};

class RocksDbMachine : public Machine {
 public:
  absl::StatusOr<std::unique_ptr<LogStore>> OpenStore(OpenMode mode) override {
    RocksDbLogStore::Options options;
    options.file_system = fs;
    options.path = "/j/log";
    return RocksDbLogStore::Open(options, mode);
  }
  void LoseLog() override {
    for (const std::string& name : fs->disk().Children("/j/log")) fs->disk().Remove("/j/log/" + name);
  }
  void RefuseLog() override { ASSERT_TRUE(fs->disk().Remove("/j/log/CURRENT")); }
  // The write-ahead log ends before the batch, as after a lost block.
  void LoseFrom(Lsn lsn) override {
    for (const auto& [path, contents] : fs->disk().Save().files) {
      const size_t at = RecordAt(contents, lsn);
      if (!absl::EndsWith(path, ".log") || at == std::string::npos) continue;
      ASSERT_TRUE(fs->TruncateTo(path, at - 20));
    }
  }
  bool FlipBitIn(const EncodedBatch& batch, size_t bit) override {
    for (const auto& [path, contents] : fs->disk().Save().files) {
      const size_t at = contents.find(std::string(batch.bytes().substr(0, 64)));
      if (at != std::string::npos && absl::StartsWith(path, "/j/log/")) return fs->FlipBit(path, 8 * at + bit);
    }
    return false;
  }
  std::string SaveLog() override {
    saved_.push_back(fs->disk().Save());
    return absl::StrCat(saved_.size() - 1);
  }
  void RestoreLog(const std::string& name) override {
    SimulatedDisk::Image image = saved_[static_cast<size_t>(std::stoi(name))];
    image.files[kMark] = fs->disk().Save().files[kMark];
    fs->disk().Restore(image);
  }

 private:
  // Where the key of the batch `lsn` stands before its value, in a write-ahead log.
  static size_t RecordAt(const std::string& contents, Lsn lsn) {
    std::string key;
    for (int i = 7; i >= 0; --i) key.push_back(static_cast<char>((lsn.value() >> (8 * i)) & 0xff));
    size_t at = contents.find(key);
    while (at != std::string::npos && !absl::StrContains(contents.substr(at + 8, 6), "USJB")) {
      at = contents.find(key, at + 1);
    }
    return at;
  }
  std::vector<SimulatedDisk::Image> saved_;
};

struct Kind {
  const char* name;
  std::function<std::unique_ptr<Machine>()> make;
  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};
const Kind kKinds[] = {{"Memory", [] { return std::make_unique<MemoryMachine>(); }},
                       {"RocksDb", [] { return std::make_unique<RocksDbMachine>(); }}};

class RecoveryTest : public ::testing::TestWithParam<Kind> {
 protected:
  static constexpr size_t kBatches = 6;  // of two entries each: lsns 1 to 12

  void Start() {
    machine_ = GetParam().make();
    log_ = std::make_unique<TestLog>(kCluster);
    machine_->fs->disk().MakeDirectory("/j");
    batches_.clear();
  }
  // A log of kBatches that was closed in order, the mark at its end.
  void WriteLog() {
    OpenedJournal journal = Open();
    ASSERT_EQ(journal.report.verdict.outcome, Outcome::kNew);
    Append(&journal, kBatches / 2, Epoch(1));
    Append(&journal, kBatches - kBatches / 2, Epoch(2));
  }
  void Append(OpenedJournal* journal, size_t count, Epoch epoch, bool move_mark = true) {
    log_->SetEpoch(epoch);
    for (size_t i = 0; i < count; ++i) {
      batches_.push_back(log_->Make(2));
      ASSERT_TRUE(journal->store->Append({batches_.back()}, AppendMode::kSynced).ok());
    }
    if (!move_mark) return;
    ASSERT_TRUE(journal->mark->Write(MarkAt(batches_.back())).ok());
  }
  static MarkValue MarkAt(const EncodedBatch& batch) {
    return MarkValue{kCluster, kStore, 1, Epoch(), batch.epoch(), batch.last_lsn(), batch.chain()};
  }
  void SetMark(const MarkValue& value) { ASSERT_TRUE(DurableMark::Create(machine_->fs, kMark, value).ok()); }
  void DamageMark(MarkLook look) {
    if (look == MarkLook::kMissing) machine_->fs->disk().Remove(kMark);
    if (look == MarkLook::kOneSlotLost || look == MarkLook::kBothSlotsLost) {
      // Both slots hold the same value once it has been made anew, so either may go.
      SetMark(ReadMark(machine_->fs.get(), kMark).value);
      ASSERT_TRUE(machine_->fs->FlipBit(kMark, 8 * 50));
    }
    if (look == MarkLook::kBothSlotsLost) {
      ASSERT_TRUE(machine_->fs->FlipBit(kMark, 8 * (DurableMark::kSlotDistance + 50)));
    }
  }

  OpenJournalOptions Options() {
    OpenJournalOptions options;
    options.file_system = machine_->fs;
    options.directory = "/j";
    options.cluster_id = kCluster;
    options.new_store_id = kStore;
    options.open_store = [this](OpenMode mode) { return machine_->OpenStore(mode); };
    return options;
  }
  OpenedJournal Open(bool adopt = false) {
    OpenJournalOptions options = Options();
    options.adopt_unverified = adopt;
    absl::StatusOr<OpenedJournal> journal = OpenJournal(options);
    EXPECT_TRUE(journal.ok()) << journal.status();
    return journal.ok() ? *std::move(journal) : OpenedJournal{};
  }

  // Makes the log look as `look`, seen against a good mark. False: no store can be brought there.
  bool Arrange(LogLook look);

  std::unique_ptr<Machine> machine_;
  std::unique_ptr<TestLog> log_;
  std::vector<EncodedBatch> batches_;
};

// Whatever file of the log is gone: nothing acknowledged is silently missing.
TEST(RecoveryOfRocksDb, NoFileOfTheLogGoesMissingUnnoticed) {
  const auto make = [](RocksDbMachine* machine) {
    OpenJournalOptions options;
    options.file_system = machine->fs;
    options.directory = "/j";
    options.cluster_id = kCluster;
    options.new_store_id = kStore;
    options.open_store = [machine](OpenMode mode) { return machine->OpenStore(mode); };
    return options;
  };
  RocksDbMachine machine;
  machine.fs->disk().MakeDirectory("/j");
  TestLog log(kCluster);
  Lsn last;
  {
    OpenedJournal journal = *OpenJournal(make(&machine));
    for (int i = 0; i < 60; ++i) {
      const EncodedBatch batch = log.Make(3);
      ASSERT_TRUE(journal.store->Append({batch}, AppendMode::kSynced).ok());
      MarkValue value = journal.mark->value();
      value.epoch = batch.epoch();
      value.lsn = last = batch.last_lsn();
      value.chain = batch.chain();
      ASSERT_TRUE(journal.mark->Write(value).ok());
      if (i % 20 != 19 || i == 59) continue;
      ASSERT_TRUE(static_cast<RocksDbLogStore*>(journal.store.get())->Flush().ok());
    }
  }
  const SimulatedDisk::Image whole = machine.fs->disk().Save();
  int refused = 0;
  for (const auto& [path, contents] : whole.files) {
    if (!absl::StartsWith(path, "/j/log/")) continue;
    machine.fs->disk().Restore(whole);
    ASSERT_TRUE(machine.fs->disk().Remove(path));
    const absl::StatusOr<OpenedJournal> journal = OpenJournal(make(&machine));
    if (journal.ok() && journal->store != nullptr) {
      EXPECT_EQ(journal->store->Range().last, last) << path << " is gone: " << journal->report.ToString();
      EXPECT_EQ(journal->report.sound.first, Lsn(1)) << path << " is gone: " << journal->report.ToString();
    } else {
      EXPECT_FALSE(journal.ok() && journal->report.verdict.promotable) << path;
      ++refused;
    }
  }
  EXPECT_GE(refused, 4);  // CURRENT, manifest, a table, the write-ahead log
}

INSTANTIATE_TEST_SUITE_P(Stores, RecoveryTest, ::testing::ValuesIn(kKinds),
                         [](const auto& kind) { return std::string(kind.param.name); });

bool RecoveryTest::Arrange(LogLook look) {
  Start();
  if (look == LogLook::kNotYetMade) {
    SetMark(MarkValue{kCluster, kStore, 0, Epoch(), Epoch(), Lsn(), GenesisChain(kCluster)});
    return true;
  }
  if (look == LogLook::kEmpty) {
    Open();
    SetMark(MarkValue{kCluster, kStore, 1, Epoch(), Epoch(1), Lsn(4), Hash128{1, 2}});
    return true;
  }
  WriteLog();
  MarkValue other = MarkAt(batches_[4]);
  switch (look) {
    case LogLook::kMissing: machine_->LoseLog(); return true;
    case LogLook::kRefused: machine_->RefuseLog(); return true;
    case LogLook::kOtherStore: other.store_id = 12; SetMark(other); return true;
    case LogLook::kEndsInEarlierEpoch: machine_->LoseFrom(Lsn(7)); return true;
    case LogLook::kEndsBeforeMark: machine_->LoseFrom(Lsn(11)); return true;
    case LogLook::kStartsAfterMark:
      if (!Open().store->DropBefore(Lsn(9)).ok()) return false;
      SetMark(MarkAt(batches_[1]));
      return true;
    case LogLook::kOtherEpochAtMark: other.epoch = Epoch(1); SetMark(other); return true;
    case LogLook::kOtherChainAtMark: other.chain.hi ^= 1; SetMark(other); return true;
    case LogLook::kEndsAtMark: return true;
    case LogLook::kEndsAfterMark: SetMark(MarkAt(batches_[4])); return true;
    case LogLook::kDamagedBeforeMark: {
      // On the way to the disk, so that it lies in a record that RocksDB itself finds in order.
      OpenedJournal journal = Open();
      const EncodedBatch good = log_->Make(2);
      std::string bytes(good.bytes());
      bytes[bytes.size() - 12] = static_cast<char>(bytes[bytes.size() - 12] ^ 4);
      batches_.push_back(*EncodedBatch::FromBytes(bytes));
      if (!journal.store->Append({batches_.back(), log_->Make(2)}, AppendMode::kSynced).ok()) return false;
      other = MarkAt(good);
      SetMark(other);
      return true;
    }
    case LogLook::kDamagedAfterMark: return Arrange(LogLook::kDamagedBeforeMark) && (SetMark(MarkAt(batches_[5])), true);
    default: return false;
  }
}

struct Expected {
  Outcome outcome;
  uint64_t bad_lsn;     // as reported; 0: none
  uint64_t sound_last;  // last lsn after opening, for what may be appended to
};

// Against a usable mark. Written out by hand from the meaning of each situation.
Expected ExpectedWithMark(LogLook look) {
  switch (look) {
    case LogLook::kMissing: return {Outcome::kCorrupt, 1, 0};
    case LogLook::kNotYetMade: return {Outcome::kNew, 0, 0};
    case LogLook::kEmpty: return {Outcome::kCorrupt, 1, 0};
    case LogLook::kRefused: return {Outcome::kCorrupt, 1, 0};
    case LogLook::kUnmarked: return {Outcome::kImpossible, 0, 0};
    case LogLook::kOtherStore: return {Outcome::kWrongStore, 0, 12};
    case LogLook::kEndsInEarlierEpoch: return {Outcome::kStaleLog, 7, 6};
    case LogLook::kEndsBeforeMark: return {Outcome::kCorrupt, 11, 10};
    case LogLook::kStartsAfterMark: return {Outcome::kStaleMark, 0, 12};
    case LogLook::kOtherEpochAtMark: return {Outcome::kWrongEpoch, 10, 12};
    case LogLook::kOtherChainAtMark: return {Outcome::kCorrupt, 10, 12};
    case LogLook::kEndsAtMark: return {Outcome::kClean, 0, 12};
    case LogLook::kEndsAfterMark: return {Outcome::kClean, 0, 12};
    case LogLook::kDamagedBeforeMark: return {Outcome::kCorrupt, 13, 12};
    case LogLook::kDamagedAfterMark: return {Outcome::kTornTailCut, 13, 12};
  }
  return {Outcome::kImpossible, 0, 0};
}

// Without a usable mark only these looks exist: nothing can be compared.
bool ExistsWithoutMark(LogLook look) {
  return look == LogLook::kMissing || look == LogLook::kEmpty || look == LogLook::kRefused ||
         look == LogLook::kUnmarked;
}

bool MayAppend(Outcome outcome) {
  return outcome == Outcome::kNew || outcome == Outcome::kClean || outcome == Outcome::kTornTailCut;
}

TEST_P(RecoveryTest, EveryCellOfTheTable) {
  int observed = 0;
  for (int l = 0; l < kLogLooks; ++l) {
    for (int m = 0; m < kMarkLooks; ++m) {
      const LogLook look = static_cast<LogLook>(l);
      const MarkLook mark = static_cast<MarkLook>(m);
      SCOPED_TRACE(absl::StrCat(LogLookName(look), " x mark ", MarkLookName(mark)));
      const bool with_mark = mark == MarkLook::kGood || mark == MarkLook::kOneSlotLost;
      Outcome outcome = ExpectedWithMark(look).outcome;
      if (!with_mark) outcome = ExistsWithoutMark(look) ? Outcome::kUnverifiable : Outcome::kImpossible;
      if (look == LogLook::kMissing && mark == MarkLook::kMissing) outcome = Outcome::kNew;
      ASSERT_EQ(Judge(look, mark).outcome, outcome);
      EXPECT_EQ(Judge(look, mark).appendable, MayAppend(outcome));
      EXPECT_EQ(Judge(look, mark).promotable, MayAppend(outcome) && outcome != Outcome::kNew);
      if (outcome == Outcome::kImpossible) continue;

      ASSERT_TRUE(Arrange(look == LogLook::kUnmarked ? LogLook::kEndsAtMark : look));
      DamageMark(mark);
      const SimulatedDisk::Image before = machine_->fs->disk().Save();
      const OpenedJournal journal = Open();
      EXPECT_EQ(journal.report.log, look) << journal.report.ToString();
      EXPECT_EQ(journal.report.mark.look, mark);
      EXPECT_EQ(journal.report.verdict.outcome, outcome);
      const bool nothing_there = outcome == Outcome::kNew && look == LogLook::kMissing;
      EXPECT_EQ(journal.report.ToString() == "journal new", nothing_there) << journal.report.ToString();
      EXPECT_EQ(journal.store != nullptr, MayAppend(outcome));
      EXPECT_EQ(journal.mark != nullptr, MayAppend(outcome));
      if (with_mark) {
        EXPECT_EQ(journal.report.lsn, Lsn(ExpectedWithMark(look).bad_lsn));
      }
      if (MayAppend(outcome)) {
        EXPECT_EQ(journal.store->Range().last, Lsn(with_mark ? ExpectedWithMark(look).sound_last : 0));
        EXPECT_EQ(journal.mark->value().lsn, journal.store->Range().last);
        EXPECT_EQ(ReadMark(machine_->fs.get(), kMark).look, MarkLook::kGood);
      } else {
        EXPECT_EQ(machine_->fs->disk().Save().files, before.files) << "a journal in doubt was written to";
      }
      ++observed;
    }
  }
  EXPECT_EQ(observed, 36);
}

TEST_P(RecoveryTest, AFlippedBitInAnyRecordIsCorruptAndNamedByLsn) {
  for (size_t record = 0; record < kBatches; ++record) {
    for (const size_t bit : {8 * 66 + 1, 8 * 120 + 5}) {
      Start();
      WriteLog();
      ASSERT_TRUE(machine_->FlipBitIn(batches_[record], bit));
      const OpenedJournal journal = Open();
      EXPECT_FALSE(journal.report.verdict.promotable) << journal.report.ToString();
      // RocksDB drops a damaged record of its write-ahead log, and all behind it, without a word.
      EXPECT_THAT(journal.report.verdict.outcome, ::testing::AnyOf(Outcome::kCorrupt, Outcome::kStaleLog));
      EXPECT_EQ(journal.report.lsn, batches_[record].first_lsn()) << journal.report.ToString();
    }
  }
}

TEST_P(RecoveryTest, DamageOnceRefusedStaysRefused) {
  Start();
  WriteLog();
  ASSERT_TRUE(machine_->FlipBitIn(batches_[2], 8 * 100));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Open().report.lsn, batches_[2].first_lsn());
}

TEST_P(RecoveryTest, TheCutTailIsKeptAside) {
  ASSERT_TRUE(Arrange(LogLook::kDamagedAfterMark));
  OpenedJournal journal = Open();
  int kept = 0;
  {
    auto cut = journal.store->NewCutIterator();
    for (cut->Seek(Lsn()); cut->Valid(); cut->Next()) ++kept;
  }
  EXPECT_EQ(kept, 2);
  log_->ContinueAfter(batches_[5]);
  Append(&journal, 2, Epoch(3));
  journal = OpenedJournal{};
  EXPECT_EQ(Open().report.sound.last, Lsn(16));
}

TEST_P(RecoveryTest, AnOldCopyOfTheLogIsShorterThanItsMark) {
  Start();
  WriteLog();
  const std::string copy = machine_->SaveLog();
  {
    OpenedJournal journal = Open();
    Append(&journal, 2, Epoch(2));
  }
  machine_->RestoreLog(copy);
  EXPECT_EQ(Open().report.verdict.outcome, Outcome::kCorrupt);
  EXPECT_EQ(Open().report.lsn, Lsn(13));
}

TEST_P(RecoveryTest, EachStartHasANumberOfItsOwn) {
  Start();
  for (uint64_t start = 1; start < 4; ++start) EXPECT_EQ(Open().mark->value().start_number, start);
  EXPECT_EQ(ReadMark(machine_->fs.get(), kMark).value.store_id, kStore);
}

TEST_P(RecoveryTest, TheOperatorMayAdoptWhatVerifiesAsANewStore) {
  Start();
  WriteLog();
  machine_->LoseFrom(Lsn(9));
  ASSERT_EQ(Open().store, nullptr);
  OpenJournalOptions options = Options();
  options.adopt_unverified = true;
  options.new_store_id = 99;
  {
    absl::StatusOr<OpenedJournal> adopted = OpenJournal(options);
    ASSERT_TRUE(adopted.ok()) << adopted.status();
    EXPECT_EQ(adopted->store->Range().last, Lsn(8));
    EXPECT_EQ(adopted->mark->value().store_id, 99u);
    log_->ContinueAfter(batches_[3]);
    Append(&*adopted, 1, Epoch(3), false);
  }
  const OpenedJournal again = Open();
  EXPECT_EQ(again.report.verdict.outcome, Outcome::kClean) << again.report.ToString();
  EXPECT_EQ(again.report.sound.last, Lsn(10));
}

TEST_P(RecoveryTest, NothingThatVerifiesCannotBeAdopted) {
  Start();
  WriteLog();
  machine_->LoseLog();
  OpenJournalOptions options = Options();
  options.adopt_unverified = true;
  EXPECT_TRUE(absl::IsDataLoss(OpenJournal(options).status()));
}

TEST_P(RecoveryTest, FromAVerifiedSnapshotOnlyTheTailIsRead) {
  Start();
  WriteLog();
  OpenJournalOptions options = Options();
  options.verify = {batches_[4].first_lsn(), batches_[3].chain()};
  EXPECT_EQ(OpenJournal(options)->report.verdict.outcome, Outcome::kClean);
  options.verify.chain.lo ^= 1;
  const OpenedJournal other = *OpenJournal(options);
  EXPECT_EQ(other.report.verdict.outcome, Outcome::kCorrupt);
  EXPECT_EQ(other.report.lsn, batches_[4].first_lsn());
}

// The place of a batch holds an older one, which looking for its lsn passes over.
TEST(RecoveryMemoryTest, AMisdirectedWriteWhereReadingBeginsIsNoticed) {
  auto disk = std::make_shared<MemoryDisk>();
  auto store = MemoryLogStore::Open(disk, OpenMode::kCreate);
  TestLog log(kCluster);
  const std::vector<EncodedBatch> batches = log.MakeMany(6);
  ASSERT_TRUE((*store)->Append(batches, AppendMode::kSynced).ok());
  MarkReading mark;
  mark.look = MarkLook::kGood;
  mark.value.cluster_id = kCluster;
  mark.value.epoch = batches.back().epoch();
  mark.value.lsn = batches.back().last_lsn();
  mark.value.chain = batches.back().chain();
  const VerifyFrom snapshot{Lsn(7), batches[2].chain()};
  EXPECT_EQ(Inspect(store->get(), absl::OkStatus(), mark, kCluster, snapshot).log, LogLook::kEndsAtMark);
  ASSERT_TRUE(disk->Misdirect(Lsn(3), Lsn(7)));
  const RecoveryReport report = Inspect(store->get(), absl::OkStatus(), mark, kCluster, snapshot);
  EXPECT_EQ(report.log, LogLook::kDamagedBeforeMark);
  EXPECT_EQ(report.lsn, Lsn(7));
}

TEST_P(RecoveryTest, AJournalOfAnotherClusterIsRefused) {
  Start();
  WriteLog();
  OpenJournalOptions options = Options();
  options.cluster_id = 8;
  absl::StatusOr<OpenedJournal> journal = OpenJournal(options);
  EXPECT_TRUE(!journal.ok() || journal->store == nullptr);
}

// Tables are damaged block by block; the batch is named all the same.
TEST(RecoveryRocksDbTest, AFlippedBitInATableFileIsNamedByLsn) {
  constexpr size_t kCount = 20;
  for (size_t record = 0; record < kCount; ++record) {
    RocksDbMachine machine;
    machine.fs->disk().MakeDirectory("/j");
    OpenJournalOptions options;
    options.file_system = machine.fs;
    options.directory = "/j";
    options.cluster_id = kCluster;
    options.new_store_id = kStore;
    TestLog log(kCluster);
    const std::vector<EncodedBatch> batches = log.MakeMany(kCount);
    {
      OpenedJournal journal = *OpenJournal(options);
      ASSERT_TRUE(journal.store->Append(batches, AppendMode::kSynced).ok());
      MarkValue value = journal.mark->value();
      value.epoch = Epoch(1);
      value.lsn = batches.back().last_lsn();
      value.chain = batches.back().chain();
      ASSERT_TRUE(journal.mark->Write(value).ok());
      ASSERT_TRUE(static_cast<RocksDbLogStore*>(journal.store.get())->Flush().ok());
    }
    ASSERT_TRUE(machine.FlipBitIn(batches[record], 8 * 150 + 3));
    const OpenedJournal journal = *OpenJournal(options);
    EXPECT_EQ(journal.report.verdict.outcome, Outcome::kCorrupt) << journal.report.ToString();
    EXPECT_EQ(journal.report.lsn, batches[record].first_lsn()) << journal.report.ToString();
  }
}

}  // namespace
}  // namespace understudy::journal
