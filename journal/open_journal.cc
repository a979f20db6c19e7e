// The acting half of recovery: makes what the verdict allows true.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/directory.h"
#include "journal/layout.h"
#include "journal/recovery.h"
#include "journal/rocksdb_log_store.h"
#include "journal/rocksdb_status.h"

namespace understudy::journal {
namespace {

class Opener {
 public:
  explicit Opener(const OpenJournalOptions& options) : options_(options) {
    if (options_.file_system == nullptr) options_.file_system = rocksdb::FileSystem::Default();
    if (options_.open_store != nullptr) return;
    options_.open_store = [this](OpenMode mode) {
      RocksDbLogStore::Options log;
      log.file_system = options_.file_system;
      log.path = LogPath(options_.directory);
      if (options_.memtable_bytes != 0) log.memtable_bytes = options_.memtable_bytes;
      return RocksDbLogStore::Open(log, mode);
    };
  }

  absl::StatusOr<OpenedJournal> Run() {
    OpenedJournal out;
    out.lock = options_.lock;
    if (out.lock == nullptr) {
      absl::StatusOr<std::unique_ptr<JournalLock>> lock = JournalLock::Take(options_.file_system, options_.directory);
      if (!lock.ok()) return lock.status();
      out.lock = *std::move(lock);
    }
    if (absl::Status s = Look(); !s.ok()) return s;
    const bool adopt = options_.adopt_unverified && !report_.verdict.appendable;
    if (adopt && report_.sound.empty()) return absl::DataLossError("nothing there verifies, so nothing can be adopted");
    out.report = report_;
    if (options_.has_snapshots && report_.verdict.outcome == Outcome::kNew && !options_.adopt_unverified) {
      return absl::DataLossError(absl::StrCat(options_.directory,
                                              " holds snapshots but neither log nor mark: bring those back, or begin "
                                              "with an empty directory"));
    }
    if (!report_.verdict.appendable && !adopt) return out;
    if (absl::Status s = adopt ? Adopt(&out) : Continue(&out); !s.ok()) return s;
    return out;
  }

 private:
  absl::Status Look() {
    const MarkReading mark = ReadMark(options_.file_system.get(), MarkPath(options_.directory));
    absl::StatusOr<std::unique_ptr<LogStore>> store = options_.open_store(OpenMode::kInspect);
    if (!store.ok() && !absl::IsNotFound(store.status()) && !absl::IsDataLoss(store.status())) return store.status();
    report_ = Inspect(store.ok() ? store->get() : nullptr, store.status(), mark, options_.cluster_id, options_.verify);
    return absl::OkStatus();
  }

  // The mark comes first: a mark that says lsn 0 vouches for a log that does not exist yet; a log without any
  // mark is one that nobody vouches for.
  absl::Status Continue(OpenedJournal* out) {
    MarkValue value = report_.mark.value;
    if (!report_.mark.Usable()) {
      if (options_.new_store_id == 0) return absl::InvalidArgumentError("a new journal needs a store id");
      value.cluster_id = options_.cluster_id;
      value.store_id = options_.new_store_id;
      value.chain = GenesisChain(options_.cluster_id);
    }
    if (value.cluster_id == 0 && value.lsn.empty() && report_.sound.empty()) {
      // Blank, and of no cluster yet.
      value.cluster_id = options_.cluster_id;
      value.chain = GenesisChain(options_.cluster_id);
    }
    if (value.cluster_id != options_.cluster_id) return absl::FailedPreconditionError("journal of another cluster");
    // Both slots anew, so that a slot lost is made up for.
    absl::StatusOr<std::unique_ptr<DurableMark>> mark =
        DurableMark::Create(options_.file_system, MarkPath(options_.directory), value);
    if (!mark.ok()) return mark.status();
    out->mark = *std::move(mark);
    return OpenForWriting(out);
  }

  // A new store id: what this node acknowledged under the old one is no longer vouched for.
  absl::Status Adopt(OpenedJournal* out) {
    MarkValue value;
    value.cluster_id = options_.cluster_id;
    value.store_id = options_.new_store_id;
    value.promise = report_.mark.value.promise;
    // Until the log is cut and synced the mark vouches for nothing.
    value.chain = GenesisChain(options_.cluster_id);
    absl::StatusOr<std::unique_ptr<DurableMark>> mark =
        DurableMark::Create(options_.file_system, MarkPath(options_.directory), value);
    if (!mark.ok()) return mark.status();
    out->mark = *std::move(mark);
    return OpenForWriting(out);
  }

  absl::Status OpenForWriting(OpenedJournal* out) {
    const bool make = report_.verdict.outcome == Outcome::kNew;
    absl::StatusOr<std::unique_ptr<LogStore>> store = options_.open_store(make ? OpenMode::kCreate : OpenMode::kWrite);
    if (!store.ok()) return store.status();
    out->store = *std::move(store);
    MarkValue value = out->mark->value();
    if (absl::Status s = out->store->PutMeta(kStoreIdFact, absl::StrCat(value.store_id)); !s.ok()) return s;
    if (absl::Status s = out->store->TruncateFrom(report_.sound.last.Next()); !s.ok()) return s;
    if (out->store->Range().last != report_.sound.last) return absl::DataLossError("the log changed between two looks");
    if (absl::Status s = out->store->Sync(); !s.ok()) return s;
    if (absl::Status s = SyncDirectory(options_.file_system.get(), options_.directory); !s.ok()) return s;
    ++value.start_number;
    if (!report_.sound.empty()) {
      value.epoch = report_.epoch;
      value.lsn = report_.sound.last;
      value.chain = report_.sound.chain;
    }
    return out->mark->Write(value);
  }

  OpenJournalOptions options_;
  RecoveryReport report_;
};

}  // namespace

absl::StatusOr<OpenedJournal> OpenJournal(const OpenJournalOptions& options) { return Opener(options).Run(); }

}  // namespace understudy::journal
