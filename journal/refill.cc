#include "journal/refill.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "journal/batch_view.h"
#include "journal/directory.h"
#include "journal/layout.h"
#include "journal/recovery.h"
#include "journal/rocksdb_log_store.h"
#include "journal/rocksdb_status.h"

namespace understudy::journal {
namespace {

const rocksdb::IOOptions kIo;

class Refiller {
 public:
  explicit Refiller(const RefillOptions& options) : options_(options) {
    if (options_.file_system == nullptr) options_.file_system = rocksdb::FileSystem::Default();
    if (options_.open_store != nullptr) return;
    options_.open_store = [this](OpenMode mode) {
      RocksDbLogStore::Options log;
      log.file_system = options_.file_system;
      log.path = LogPath(options_.directory);
      return RocksDbLogStore::Open(log, mode);
    };
  }

  absl::StatusOr<MarkValue> Fill(const SnapshotInfo& info, absl::string_view state_bytes, const EncodedBatch& batch) {
    if (absl::Status s = CheckBatch(info, batch); !s.ok()) return s;
    if (absl::Status s = Prepare(); !s.ok()) return s;
    if (absl::Status s = WritePartialSnapshot(info, state_bytes); !s.ok()) return s;
    if (absl::Status s = MoveLogAside(); !s.ok()) return s;
    if (absl::Status s = MakeMark(); !s.ok()) return s;
    if (absl::Status s = NameSnapshot(info); !s.ok()) return s;
    if (absl::Status s = MakeLog(batch); !s.ok()) return s;
    if (absl::Status s = RaiseMark(batch); !s.ok()) return s;
    PruneAsides();
    return mark_->value();
  }

  absl::StatusOr<std::string> Clear() {
    if (absl::Status s = Prepare(); !s.ok()) return s;
    if (absl::Status s = MoveLogAside(); !s.ok()) return s;
    if (absl::Status s = MoveSnapshotsAside(); !s.ok()) return s;
    if (absl::Status s = MakeMark(); !s.ok()) return s;
    PruneAsides();
    return aside_;
  }

 private:
  rocksdb::FileSystem* fs() const { return options_.file_system.get(); }
  std::string In(absl::string_view name) const { return absl::StrCat(options_.directory, "/", name); }
  absl::Status SyncNames() { return SyncDirectory(fs(), options_.directory); }

  absl::Status CheckBatch(const SnapshotInfo& info, const EncodedBatch& batch) const {
    if (batch.empty()) return absl::InvalidArgumentError("refill: no batch");
    BatchView view;
    if (absl::Status s = view.Parse(batch.bytes()); !s.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("refill: the batch is damaged: ", s.message()));
    }
    if (info.cluster_id != options_.cluster_id || view.header().cluster_id != options_.cluster_id) {
      return absl::InvalidArgumentError("refill: state, batch and journal are not of one cluster");
    }
    if (batch.last_lsn() == info.lsn && batch.chain() == info.chain && batch.epoch() == info.epoch) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(absl::StrCat(
        "refill: the state is that after lsn ", info.lsn.value(), " of epoch ", info.epoch.value(),
        "; the batch ends with lsn ", batch.last_lsn().value(), " of epoch ", batch.epoch().value(),
        batch.chain() == info.chain ? "" : ", and is of another history"));
  }

  // Nothing is changed before all of this is known.
  absl::Status Prepare() {
    if (options_.lock == nullptr) {
      absl::StatusOr<std::unique_ptr<JournalLock>> lock = JournalLock::Take(options_.file_system, options_.directory);
      if (!lock.ok()) return lock.status();
      options_.lock = *std::move(lock);
    }
    old_mark_ = ReadMark(fs(), MarkPath(options_.directory));
    if (options_.new_store_id == 0 || (old_mark_.Usable() && options_.new_store_id == old_mark_.value.store_id)) {
      return absl::InvalidArgumentError("refill: needs the id of a new store");
    }
    return CheckLogIsClosed();
  }

  // RocksDB's own lock: whoever has the log open, this process or another, holds it.
  absl::Status CheckLogIsClosed() {
    const std::string path = absl::StrCat(LogPath(options_.directory), "/LOCK");
    if (!fs()->FileExists(LogPath(options_.directory), kIo, nullptr).ok()) return absl::OkStatus();
    rocksdb::FileLock* held = nullptr;
    const rocksdb::IOStatus s = fs()->LockFile(path, kIo, &held, nullptr);
    if (!s.ok()) return absl::FailedPreconditionError(absl::StrCat("the log is still open: ", s.ToString()));
    return ToAbsl(fs()->UnlockFile(held, kIo, nullptr), "unlock the log");
  }

  absl::Status WritePartialSnapshot(const SnapshotInfo& info, absl::string_view state_bytes) {
    absl::StatusOr<std::unique_ptr<SnapshotWriter>> writer =
        SnapshotWriter::Create(options_.file_system, options_.directory, info);
    if (!writer.ok()) return writer.status();
    if (absl::Status s = (*writer)->Append(state_bytes); !s.ok()) return s;
    return (*writer)->Finish(info.digest);
  }

  absl::Status MoveLogAside() {
    if (!fs()->FileExists(LogPath(options_.directory), kIo, nullptr).ok()) return absl::OkStatus();
    return MoveAside("log");
  }

  absl::Status MoveSnapshotsAside() {
    SnapshotStore snapshots(options_.file_system, options_.directory);
    snapshots.DiscardPartial();
    for (const Lsn lsn : snapshots.List()) {
      const std::string path = SnapshotPath(options_.directory, lsn);
      if (absl::Status s = MoveAside(absl::string_view(path).substr(options_.directory.size() + 1)); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  absl::Status MoveAside(absl::string_view name) {
    if (absl::Status s = MakeAside(); !s.ok()) return s;
    const rocksdb::IOStatus s = fs()->RenameFile(In(name), absl::StrCat(aside_, "/", name), kIo, nullptr);
    if (!s.ok()) return ToAbsl(s, absl::StrCat("put ", In(name), " aside"));
    if (absl::Status synced = SyncDirectory(fs(), aside_); !synced.ok()) return synced;
    return SyncNames();
  }

  // Only when there is something to put there, and with a copy of the mark, so that tools can read it.
  absl::Status MakeAside() {
    if (!aside_.empty()) return absl::OkStatus();
    const std::string name = AsidePath(options_.directory, old_mark_.value.epoch, old_mark_.value.lsn);
    aside_ = name;
    for (int n = 2; fs()->FileExists(aside_, kIo, nullptr).ok(); ++n) aside_ = absl::StrCat(name, "-", n);
    if (absl::Status s = MakeDirectory(fs(), aside_); !s.ok()) return s;
    if (!old_mark_.Usable()) return absl::OkStatus();
    return DurableMark::Create(options_.file_system, MarkPath(aside_), old_mark_.value).status();
  }

  // Vouches for nothing: lsn 0.
  absl::Status MakeMark() {
    MarkValue value;
    value.cluster_id = options_.cluster_id;
    value.store_id = options_.new_store_id;
    value.promise = std::max(options_.promise, old_mark_.Usable() ? old_mark_.value.promise : Epoch());
    value.chain = GenesisChain(options_.cluster_id);
    absl::StatusOr<std::unique_ptr<DurableMark>> mark =
        DurableMark::Create(options_.file_system, MarkPath(options_.directory), value);
    if (!mark.ok()) return mark.status();
    mark_ = *std::move(mark);
    return absl::OkStatus();
  }

  absl::Status NameSnapshot(const SnapshotInfo& info) {
    SnapshotStore snapshots(options_.file_system, options_.directory);
    const absl::StatusOr<SnapshotInfo> adopted = snapshots.Adopt(info.lsn);
    if (!adopted.ok()) return adopted.status();
    for (const Lsn lsn : snapshots.List()) {
      if (lsn == info.lsn) continue;
      const std::string path = SnapshotPath(options_.directory, lsn);
      if (absl::Status s = ToAbsl(fs()->DeleteFile(path, kIo, nullptr), "delete an old snapshot"); !s.ok()) return s;
    }
    return SyncNames();
  }

  absl::Status MakeLog(const EncodedBatch& batch) {
    absl::StatusOr<std::unique_ptr<LogStore>> store = options_.open_store(OpenMode::kCreate);
    if (!store.ok()) return store.status();
    if (absl::Status s = (*store)->PutMeta(kStoreIdFact, absl::StrCat(options_.new_store_id)); !s.ok()) return s;
    for (const auto& [key, value] : options_.facts) {
      if (absl::Status s = (*store)->PutMeta(key, value); !s.ok()) return s;
    }
    if (absl::Status s = (*store)->Append({batch}, AppendMode::kSynced); !s.ok()) return s;
    if (absl::Status s = SyncNames(); !s.ok()) return s;
    return (*store)->Close();
  }

  absl::Status RaiseMark(const EncodedBatch& batch) {
    MarkValue value = mark_->value();
    value.start_number = 1;
    value.epoch = batch.epoch();
    value.lsn = batch.last_lsn();
    value.chain = batch.chain();
    return mark_->Write(value);
  }

  // What cannot be deleted costs space and is tried again next time.
  void PruneAsides() {
    std::vector<std::string> names;
    std::vector<std::string> asides;
    if (!fs()->GetChildren(options_.directory, kIo, &names, nullptr).ok()) return;
    for (const std::string& name : names) {
      if (absl::StartsWith(name, kAsidePrefix) && In(name) != aside_) asides.push_back(name);
    }
    std::sort(asides.begin(), asides.end(), std::greater<>());
    const size_t kept = kAsidesKept - (aside_.empty() ? 0 : 1);
    for (size_t i = kept; i < asides.size(); ++i) DeleteTree(In(asides[i]), 0);
  }

  void DeleteTree(const std::string& path, int depth) {
    constexpr int kMaxDepth = 4;
    std::vector<std::string> names;
    bool is_directory = false;
    if (depth > kMaxDepth || !fs()->IsDirectory(path, kIo, &is_directory, nullptr).ok()) return;
    if (!is_directory) return (void)fs()->DeleteFile(path, kIo, nullptr);
    if (!fs()->GetChildren(path, kIo, &names, nullptr).ok()) return;
    for (const std::string& name : names) DeleteTree(absl::StrCat(path, "/", name), depth + 1);
    (void)fs()->DeleteDir(path, kIo, nullptr);
  }

  RefillOptions options_;
  MarkReading old_mark_;
  std::string aside_;  // empty: nothing was put there
  std::unique_ptr<DurableMark> mark_;
};

}  // namespace

absl::StatusOr<MarkValue> Refill(const RefillOptions& options, const SnapshotInfo& info, absl::string_view state_bytes,
                                 const EncodedBatch& last_batch) {
  return Refiller(options).Fill(info, state_bytes, last_batch);
}

absl::StatusOr<std::string> SetAside(const RefillOptions& options) { return Refiller(options).Clear(); }

bool HasAside(rocksdb::FileSystem* file_system, const std::string& directory) {
  std::vector<std::string> names;
  if (!file_system->GetChildren(directory, kIo, &names, nullptr).ok()) return false;
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return absl::StartsWith(name, kAsidePrefix); });
}

absl::Status NameCluster(uint64_t cluster_id, const LogStore& log, DurableMark* mark) {
  MarkValue value = mark->value();
  if (value.cluster_id == cluster_id) return absl::OkStatus();
  if (value.cluster_id != 0) return absl::FailedPreconditionError("the journal belongs to another cluster");
  if (!value.lsn.empty() || !log.Range().empty()) {
    return absl::FailedPreconditionError("the journal has entries of no cluster");
  }
  value.cluster_id = cluster_id;
  value.chain = GenesisChain(cluster_id);
  return mark->Write(value);
}

}  // namespace understudy::journal
