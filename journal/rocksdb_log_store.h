// The log store on disk: RocksDB with one value a batch under the batch's first lsn (8 bytes, big endian).
// docs/journal_format.md lists the column families and the options that matter, with their reasons.
#ifndef UNDERSTUDY_JOURNAL_ROCKSDB_LOG_STORE_H_
#define UNDERSTUDY_JOURNAL_ROCKSDB_LOG_STORE_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "journal/batch_view.h"
#include "journal/call_index.h"
#include "journal/log_store.h"
#include "rocksdb/db.h"
#include "rocksdb/file_system.h"
#include "rocksdb/write_batch.h"

namespace understudy::journal {

class RocksDbLogStore : public LogStore {
 public:
  struct Options {
    // Null: the machine's own.
    std::shared_ptr<rocksdb::FileSystem> file_system;
    std::string path;
    // Memory for batches that are in the write-ahead log only; also about the size of a table file.
    size_t memtable_bytes = size_t{16} << 20;
    // kInspect only. Reads around damage as far as it can, for tools; recovery never sets it.
    bool salvage = false;
    // kInspect only. CatchUp follows another process that writes.
    bool follow = false;
  };

  // kInspect reads a log beside its writer, without the lock, and changes nothing. kWrite takes the lock;
  // kCreate also makes what is missing. NotFound: no log there. DataLoss: RocksDB refuses to read it.
  static absl::StatusOr<std::unique_ptr<LogStore>> Open(const Options& options, OpenMode mode);
  static absl::StatusOr<std::unique_ptr<RocksDbLogStore>> OpenLog(const Options& options, OpenMode mode);
  ~RocksDbLogStore() noexcept override;

  absl::Status Append(absl::Span<const EncodedBatch> batches, AppendMode mode) override;
  absl::Status Sync() override;
  LogRange Range() const override;
  std::unique_ptr<LogIterator> NewIterator() const override;
  uint64_t ApproximateBytes(Lsn from, Lsn to) const override;
  absl::Status TruncateFrom(Lsn from) override;
  std::unique_ptr<LogIterator> NewCutIterator() const override;
  absl::Status DropBefore(Lsn lsn) override;
  absl::Status PutMeta(absl::string_view key, absl::string_view value) override;
  absl::StatusOr<std::string> GetMeta(absl::string_view key) const override;
  absl::Status Close() override;

  // Sees what the writer has appended since Open or the last call (`follow` only). Iterators made before stay
  // as they were. After an error this view may have holes: open anew.
  absl::Status CatchUp();
  // Lsns of the entries that touched `call`, in order. Entries after the last index block are not looked up:
  // they follow `*indexed_up_to`, and are to be read.
  absl::StatusOr<std::vector<Lsn>> FindCall(uint64_t call, Lsn* indexed_up_to) const;
  // Writes the memtables to table files. For tests and measurements; nothing depends on it.
  absl::Status Flush();

 private:
  enum Family { kDefault, kBatches, kIndex, kMeta, kCut, kFamilyCount };

  explicit RocksDbLogStore(const Options& options);
  static absl::StatusOr<std::unique_ptr<RocksDbLogStore>> OpenToRead(const Options& options);
  absl::Status OpenDatabase(OpenMode mode);
  std::vector<std::string> WriteAheadLogs() const;
  bool StillHas(const std::vector<std::string>& logs) const;
  rocksdb::Env* env() const { return env_.get(); }
  absl::Status ReadRange();
  absl::Status RefillIndex();
  absl::Status CheckWritable() const;
  absl::Status Write(rocksdb::WriteBatch* batch, bool sync, absl::string_view what);
  absl::Status CheckCutPoint(Lsn from) const;
  absl::Status CopyToCut(Lsn from);
  absl::Status AddToIndex(absl::string_view bytes, rocksdb::WriteBatch* out);
  std::unique_ptr<rocksdb::Iterator> Iterate(Family f) const;
  rocksdb::ColumnFamilyHandle* family(Family f) const { return families_[f]; }

  const Options options_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  bool writable_ = false;
  bool tail_is_damaged_ = false;

  mutable std::mutex mutex_;
  absl::Status failure_;  // guarded by mutex_, as is range_
  LogRange range_;
  rocksdb::WriteBatch scratch_;  // the writer's
  std::string block_;
  BatchView view_;
  CallIndexBuilder index_;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_ROCKSDB_LOG_STORE_H_
