#include "journal/rocksdb_log_store.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "journal/directory.h"
#include "journal/rocksdb_keys.h"
#include "journal/rocksdb_options.h"
#include "journal/rocksdb_status.h"
#include "rocksdb/convenience.h"
#include "rocksdb/env.h"
#include "rocksdb/system_clock.h"

namespace understudy::journal {
namespace {

constexpr char kFirstLsnFact[] = "first-lsn";
constexpr int kReadAttempts = 20;
constexpr size_t kCutChunkBytes = size_t{8} << 20;

std::vector<rocksdb::ColumnFamilyDescriptor> Families(size_t memtable_bytes) {
  return {{rocksdb::kDefaultColumnFamilyName, SmallFamilyOptions()},
          {"batches", BatchFamilyOptions(memtable_bytes)},
          {"index", IndexFamilyOptions()},
          {"meta", SmallFamilyOptions()},
          {"cut", SmallFamilyOptions()}};
}

// A database that lost its CURRENT file is damaged, not absent.
absl::Status CheckPresence(rocksdb::FileSystem* file_system, const std::string& path) {
  std::vector<std::string> names;
  rocksdb::IOStatus s = file_system->GetChildren(path, rocksdb::IOOptions(), &names, nullptr);
  if (s.IsNotFound() || s.IsPathNotFound()) return absl::NotFoundError(absl::StrCat("no log in ", path));
  if (!s.ok()) return ToAbsl(s, "list the log's directory");
  bool holds_data = false;
  for (const std::string& name : names) {
    if (name == "CURRENT") return absl::OkStatus();
    holds_data |= absl::EndsWith(name, ".sst") || absl::EndsWith(name, ".log");
  }
  if (holds_data) return absl::DataLossError(absl::StrCat(path, " holds data but no file CURRENT"));
  return absl::NotFoundError(absl::StrCat("no log in ", path));
}

absl::Status OpenError(const rocksdb::Status& s, const std::string& path) {
  if (s.IsCorruption() || s.IsInvalidArgument() || s.IsNotFound() || s.IsPathNotFound()) {
    return absl::DataLossError(absl::StrCat("RocksDB refuses ", path, ": ", s.ToString()));
  }
  return ToAbsl(s, absl::StrCat("open ", path));
}

void ReadEnd(const rocksdb::Iterator& it, LogRange* range) {
  range->last = LsnOfKey(it.key());
  const absl::StatusOr<BatchPrelude> prelude = BatchPrelude::Load({it.value().data(), it.value().size()});
  if (prelude.ok()) range->last = prelude->last_lsn();
  range->chain = prelude.ok() ? prelude->chain : Hash128{};
}

// RocksDB sleeps a second before it repeats a background job that failed. Here a failure is final; waiting for
// it would only make a node with a bad disk slower to step down.
class ShortSleepClock : public rocksdb::SystemClockWrapper {
 public:
  using rocksdb::SystemClockWrapper::SystemClockWrapper;
  const char* Name() const override { return "ShortSleepClock"; }
  void SleepForMicroseconds(int micros) override {
    SystemClockWrapper::SleepForMicroseconds(std::min(micros, 1000));
  }
};

// CURRENT names the manifest, and RocksDB makes both names durable with one sync of their directory. Where the file
// system does not keep the order of names, a power loss before it may leave CURRENT naming what is not there.
class ManifestFirst : public rocksdb::FileSystemWrapper {
 public:
  using rocksdb::FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "ManifestFirst"; }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (absl::EndsWith(to, "/CURRENT")) {
      std::unique_ptr<rocksdb::FSDirectory> directory;
      rocksdb::IOStatus s = target()->NewDirectory(DirectoryOf(to), options, &directory, debug);
      if (s.ok()) s = directory->Fsync(options, debug);
      if (!s.ok()) return s;
    }
    return target()->RenameFile(from, to, options, debug);
  }
};

class JournalEnv : public rocksdb::EnvWrapper {
 public:
  explicit JournalEnv(const std::shared_ptr<rocksdb::FileSystem>& file_system)
      : EnvWrapper(rocksdb::NewCompositeEnv(file_system)) {
    file_system_ = file_system;
    system_clock_ = std::make_shared<ShortSleepClock>(rocksdb::SystemClock::Default());
  }
};

class RocksDbLogIterator : public LogIterator {
 public:
  RocksDbLogIterator(std::unique_ptr<rocksdb::Iterator> it, const LogRange& range, bool cut)
      : it_(std::move(it)), range_(range), cut_(cut) {}

  void Seek(Lsn lsn) override {
    if (cut_) return it_->SeekToFirst();
    target_ = std::max(lsn, range_.first);
    if (lsn > range_.first) it_->SeekForPrev(LsnKey(lsn).slice());
    if (lsn <= range_.first || (!it_->Valid() && it_->status().ok()) || (it_->Valid() && key() < range_.first)) {
      return it_->Seek(LsnKey(range_.first).slice());
    }
    if (!it_->Valid()) return;
    const absl::StatusOr<BatchPrelude> prelude = BatchPrelude::Load(bytes());
    if (prelude.ok() && prelude->last_lsn() < lsn) it_->Next();
  }

  void Next() override {
    if (it_->Valid()) {
      target_ = key().Next();
      return it_->Next();
    }
    // Past an unreadable block: its keys are not known, so the next one that can be read is searched for, where the log
    // is known to be or where the batch after it must begin.
    const Lsn limit = std::max(range_.last, Lsn(target_.value() + kMaxBatchEntries));
    while (!it_->status().ok() && target_ <= limit) {
      target_ = target_.Next();
      it_->Seek(LsnKey(target_).slice());
    }
  }
  bool Valid() const override { return it_->Valid(); }
  absl::Status status() const override { return ToAbsl(it_->status(), "read the log"); }
  Lsn key() const override { return LsnOfKey(it_->key()); }
  absl::string_view bytes() const override { return {it_->value().data(), it_->value().size()}; }

 private:
  const std::unique_ptr<rocksdb::Iterator> it_;
  const LogRange range_;
  const bool cut_;
  Lsn target_;
};

}  // namespace

RocksDbLogStore::RocksDbLogStore(const Options& options) : options_(options) {
  env_ = std::make_unique<JournalEnv>(std::make_shared<ManifestFirst>(
      options.file_system != nullptr ? options.file_system : rocksdb::FileSystem::Default()));
}

RocksDbLogStore::~RocksDbLogStore() noexcept { (void)Close(); }

absl::StatusOr<std::unique_ptr<LogStore>> RocksDbLogStore::Open(const Options& options, OpenMode mode) {
  absl::StatusOr<std::unique_ptr<RocksDbLogStore>> store = OpenLog(options, mode);
  if (!store.ok()) return store.status();
  return std::unique_ptr<LogStore>(*std::move(store));
}

absl::StatusOr<std::unique_ptr<RocksDbLogStore>> RocksDbLogStore::OpenLog(const Options& options, OpenMode mode) {
  if (mode == OpenMode::kInspect) return OpenToRead(options);
  auto store = absl::WrapUnique(new RocksDbLogStore(options));
  if (absl::Status s = store->OpenDatabase(mode); !s.ok()) return s;
  if (absl::Status s = store->ReadRange(); !s.ok()) return s;
  store->writable_ = true;
  if (absl::Status s = store->RefillIndex(); !s.ok()) return s;
  return store;
}

// RocksDB reads its manifest first and its write-ahead logs then. When a live writer moves a log into a table
// in between, that log's batches would be in neither: so look again until no log has gone meanwhile.
absl::StatusOr<std::unique_ptr<RocksDbLogStore>> RocksDbLogStore::OpenToRead(const Options& options) {
  for (int attempt = 1;; ++attempt) {
    auto store = absl::WrapUnique(new RocksDbLogStore(options));
    const std::vector<std::string> before = store->WriteAheadLogs();
    absl::Status s = store->OpenDatabase(OpenMode::kInspect);
    if (s.ok()) s = store->ReadRange();
    if (store->StillHas(before) || attempt == kReadAttempts) {
      if (!s.ok()) return s;
      return store;
    }
  }
}

std::vector<std::string> RocksDbLogStore::WriteAheadLogs() const {
  std::vector<std::string> names;
  const std::shared_ptr<rocksdb::FileSystem>& file_system = env()->GetFileSystem();
  (void)file_system->GetChildren(options_.path, rocksdb::IOOptions(), &names, nullptr);
  const auto is_no_log = [](const std::string& name) { return !absl::EndsWith(name, ".log"); };
  names.erase(std::remove_if(names.begin(), names.end(), is_no_log), names.end());
  return names;
}

bool RocksDbLogStore::StillHas(const std::vector<std::string>& logs) const {
  const std::vector<std::string> now = WriteAheadLogs();
  return std::all_of(logs.begin(), logs.end(), [&](const std::string& log) {
    return std::find(now.begin(), now.end(), log) != now.end();
  });
}

absl::Status RocksDbLogStore::OpenDatabase(OpenMode mode) {
  const absl::Status present = CheckPresence(env()->GetFileSystem().get(), options_.path);
  if (!present.ok() && !(mode == OpenMode::kCreate && absl::IsNotFound(present))) return present;
  const rocksdb::DBOptions db_options = JournalDbOptions(mode, options_.salvage, options_.memtable_bytes, env());
  const auto descriptors = Families(options_.memtable_bytes);
  rocksdb::DB* db = nullptr;
  rocksdb::Status s;
  if (mode != OpenMode::kInspect) {
    s = rocksdb::DB::Open(db_options, options_.path, descriptors, &families_, &db);
  } else if (options_.follow) {
    // The second path would hold RocksDB's own log file, which is off; nothing is written there.
    s = rocksdb::DB::OpenAsSecondary(db_options, options_.path, options_.path, descriptors, &families_, &db);
  } else {
    s = rocksdb::DB::OpenForReadOnly(db_options, options_.path, descriptors, &families_, &db);
  }
  if (!s.ok()) return OpenError(s, options_.path);
  db_.reset(db);
  US_CHECK_EQ(families_.size(), size_t{kFamilyCount});
  return absl::OkStatus();
}

std::unique_ptr<rocksdb::Iterator> RocksDbLogStore::Iterate(Family f) const {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = size_t{1} << 20;
  return absl::WrapUnique(db_->NewIterator(options, family(f)));
}

absl::Status RocksDbLogStore::ReadRange() {
  const absl::StatusOr<std::string> fact = GetMeta(kFirstLsnFact);
  const Lsn lower = fact.ok() && fact->size() == LsnKey::kBytes ? LsnOfKey(*fact) : Lsn();
  LogRange range;
  std::unique_ptr<rocksdb::Iterator> it = Iterate(kBatches);
  it->Seek(LsnKey(lower).slice());
  const bool empty = !it->Valid() && it->status().ok();
  if (it->Valid()) range.first = LsnOfKey(it->key());
  if (it->Valid()) it->SeekToLast();
  // RocksDB looks at the key before the last one, and says OK when it cannot read that.
  tail_is_damaged_ = it->status().IsCorruption() || (!empty && !it->Valid() && it->status().ok());
  if (tail_is_damaged_) {
    // The last batch cannot be read: the log ends, for all that can be said, before the first that cannot.
    for (it->Seek(LsnKey(lower).slice()); it->Valid(); it->Next()) ReadEnd(*it, &range);
  } else if (it->Valid()) {
    ReadEnd(*it, &range);
  } else if (!it->status().ok()) {
    return OpenError(it->status(), options_.path);
  }
  std::lock_guard<std::mutex> lock(mutex_);
  range_ = range;
  return absl::OkStatus();
}

absl::Status RocksDbLogStore::CheckWritable() const {
  if (db_ == nullptr) return absl::FailedPreconditionError("closed");
  if (!writable_) return absl::FailedPreconditionError("opened for reading");
  std::lock_guard<std::mutex> lock(mutex_);
  return failure_;
}

absl::Status RocksDbLogStore::Write(rocksdb::WriteBatch* batch, bool sync, absl::string_view what) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  const rocksdb::Status s = db_->Write(options, batch);
  if (s.ok()) return absl::OkStatus();
  std::lock_guard<std::mutex> lock(mutex_);
  if (failure_.ok()) failure_ = ToAbsl(s, what);
  return failure_;
}

absl::Status RocksDbLogStore::Append(absl::Span<const EncodedBatch> batches, AppendMode mode) {
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  LogRange range = Range();
  for (const EncodedBatch& batch : batches) {
    if (absl::Status s = ExtendRange(batch, &range); !s.ok()) return s;
  }
  scratch_.Clear();
  for (const EncodedBatch& batch : batches) {
    scratch_.Put(family(kBatches), LsnKey(batch.first_lsn()).slice(), {batch.bytes().data(), batch.bytes().size()});
    if (absl::Status s = AddToIndex(batch.bytes(), &scratch_); !s.ok()) return s;
  }
  if (absl::Status s = Write(&scratch_, mode == AppendMode::kSynced, "append"); !s.ok()) return s;
  // Not all of it: DropBefore may have moved the start meanwhile.
  std::lock_guard<std::mutex> lock(mutex_);
  if (range_.empty()) range_.first = range.first;
  range_.last = range.last;
  range_.chain = range.chain;
  return absl::OkStatus();
}

absl::Status RocksDbLogStore::Sync() {
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  const rocksdb::Status s = db_->SyncWAL();
  if (s.ok()) return absl::OkStatus();
  std::lock_guard<std::mutex> lock(mutex_);
  if (failure_.ok()) failure_ = ToAbsl(s, "sync");
  return failure_;
}

LogRange RocksDbLogStore::Range() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return range_;
}

std::unique_ptr<LogIterator> RocksDbLogStore::NewIterator() const {
  return std::make_unique<RocksDbLogIterator>(Iterate(kBatches), Range(), false);
}

std::unique_ptr<LogIterator> RocksDbLogStore::NewCutIterator() const {
  return std::make_unique<RocksDbLogIterator>(Iterate(kCut), LogRange{}, true);
}

uint64_t RocksDbLogStore::ApproximateBytes(Lsn from, Lsn to) const {
  const LsnKey low(from);
  const LsnKey high(to);
  const rocksdb::Range range(low.slice(), high.slice());
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  uint64_t bytes = 0;
  (void)db_->GetApproximateSizes(options, family(kBatches), &range, 1, &bytes);
  return bytes;
}

absl::Status RocksDbLogStore::CheckCutPoint(Lsn from) const {
  const LogRange range = Range();
  if (from == range.first || range.empty()) return absl::OkStatus();
  if (from < range.first) return NotABoundary(from);
  std::unique_ptr<rocksdb::Iterator> it = Iterate(kBatches);
  it->SeekForPrev(LsnKey(from.Previous()).slice());
  if (!it->Valid()) return NotABoundary(from);
  const absl::StatusOr<BatchPrelude> before = BatchPrelude::Load({it->value().data(), it->value().size()});
  if (!before.ok() || before->last_lsn().Next() != from) return NotABoundary(from);
  return absl::OkStatus();
}

absl::Status RocksDbLogStore::CopyToCut(Lsn from) {
  std::unique_ptr<rocksdb::Iterator> last = Iterate(kCut);
  last->SeekToLast();
  const uint64_t ordinal = last->Valid() ? OrdinalOfCutKey(last->key()) + 1 : 1;
  const std::unique_ptr<LogIterator> it = NewIterator();
  rocksdb::WriteBatch out;
  for (it->Seek(from);; it->Next()) {
    // A damaged batch is lost; what can be read behind it is kept all the same.
    if (!it->Valid() && absl::IsDataLoss(it->status())) it->Next();
    if (!it->Valid()) {
      if (it->status().ok() || absl::IsDataLoss(it->status())) break;
      return it->status();
    }
    out.Put(family(kCut), CutKey(ordinal, it->key()), {it->bytes().data(), it->bytes().size()});
    if (out.GetDataSize() < kCutChunkBytes) continue;
    if (absl::Status s = Write(&out, false, "keep the cut tail"); !s.ok()) return s;
    out.Clear();
  }
  return Write(&out, true, "keep the cut tail");
}

absl::Status RocksDbLogStore::TruncateFrom(Lsn from) {
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  if (!tail_is_damaged_ && from > Range().last) return absl::OkStatus();
  if (absl::Status s = CheckCutPoint(from); !s.ok()) return s;
  if (absl::Status s = CopyToCut(from); !s.ok()) return s;
  rocksdb::WriteBatch out;
  out.DeleteRange(family(kBatches), LsnKey(from).slice(), LsnKey(Lsn(UINT64_MAX)).slice());
  // The index block that reaches over the cut goes too; RefillIndex makes up for it.
  std::unique_ptr<rocksdb::Iterator> block = Iterate(kIndex);
  block->SeekForPrev(LsnKey(from).slice());
  const Lsn first_block = block->Valid() ? LsnOfKey(block->key()) : from;
  out.DeleteRange(family(kIndex), LsnKey(first_block).slice(), LsnKey(Lsn(UINT64_MAX)).slice());
  if (absl::Status s = Write(&out, true, "cut the tail"); !s.ok()) return s;
  if (absl::Status s = ReadRange(); !s.ok()) return s;
  return RefillIndex();
}

absl::Status RocksDbLogStore::DropBefore(Lsn lsn) {
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  std::unique_ptr<LogIterator> it = NewIterator();
  it->Seek(std::min(lsn, Range().last));
  if (!it->Valid()) return it->status();
  const LsnKey first(it->key());
  if (it->key() <= Range().first) return absl::OkStatus();
  rocksdb::WriteBatch out;
  out.Put(family(kMeta), kFirstLsnFact, first.slice());
  // Synced: what is deleted below is gone at once, and the log must not begin there again after a power loss.
  if (absl::Status s = Write(&out, true, "move the start of the log"); !s.ok()) return s;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    range_.first = it->key();
  }
  it.reset();
  const LsnKey zero{Lsn()};
  const rocksdb::Slice begin = zero.slice();
  const rocksdb::Slice end = first.slice();
  rocksdb::Status s = rocksdb::DeleteFilesInRange(db_.get(), family(kBatches), &begin, &end, false);
  std::unique_ptr<rocksdb::Iterator> block = Iterate(kIndex);
  block->SeekForPrev(end);
  if (s.ok() && block->Valid()) {
    const std::string keep = block->key().ToString();
    const rocksdb::Slice index_end = keep;
    s = rocksdb::DeleteFilesInRange(db_.get(), family(kIndex), &begin, &index_end, false);
  }
  return ToAbsl(s, "give space back");
}

absl::Status RocksDbLogStore::PutMeta(absl::string_view key, absl::string_view value) {
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  rocksdb::WriteBatch out;
  out.Put(family(kMeta), {key.data(), key.size()}, {value.data(), value.size()});
  return Write(&out, true, "store a fact");
}

absl::StatusOr<std::string> RocksDbLogStore::GetMeta(absl::string_view key) const {
  if (db_ == nullptr) return absl::FailedPreconditionError("closed");
  std::string value;
  const rocksdb::Status s = db_->Get(rocksdb::ReadOptions(), family(kMeta), {key.data(), key.size()}, &value);
  if (!s.ok()) return ToAbsl(s, absl::StrCat("fact ", key));
  return value;
}

absl::Status RocksDbLogStore::Flush() {
  return ToAbsl(db_->Flush(rocksdb::FlushOptions(), families_), "flush");
}

absl::Status RocksDbLogStore::CatchUp() {
  US_CHECK(options_.follow);
  const std::vector<std::string> before = WriteAheadLogs();
  if (const rocksdb::Status s = db_->TryCatchUpWithPrimary(); !s.ok()) return ToAbsl(s, "catch up");
  if (!StillHas(before)) return absl::UnavailableError("the writer moved a log meanwhile: open again");
  return ReadRange();
}

absl::Status RocksDbLogStore::Close() {
  if (db_ == nullptr) return absl::OkStatus();
  for (rocksdb::ColumnFamilyHandle* handle : families_) (void)db_->DestroyColumnFamilyHandle(handle);
  families_.clear();
  const rocksdb::Status s = db_->Close();
  db_.reset();
  return ToAbsl(s, "close");
}

}  // namespace understudy::journal
