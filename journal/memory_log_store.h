// A log store in memory with the behaviour of the real one, durability included: what was not synced when the
// power fails is gone. Its contents live in a MemoryDisk, which outlives the store as a disk does a process.
#ifndef UNDERSTUDY_JOURNAL_MEMORY_LOG_STORE_H_
#define UNDERSTUDY_JOURNAL_MEMORY_LOG_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "journal/log_store.h"

namespace understudy::journal {

// What is on it survives a store. Thread-safe.
class MemoryDisk {
 public:
  static std::shared_ptr<MemoryDisk> CopyOf(const MemoryDisk& disk);
  bool formatted() const;
  // Everything that was not synced is lost.
  void PowerLoss();

  // Damage, for tests. False when there is no such batch.
  bool FlipBit(Lsn first_lsn, size_t bit);
  bool LoseFrom(Lsn lsn);
  void LoseEverything();
  // From now on Sync and synced appends change nothing on the disk, and say OK.
  void SetSyncIsNoOp(bool on);
  // From now on writes fail (an empty message: succeed again).
  void FailWrites(std::string message);

 private:
  friend class MemoryLogStore;
  friend class MemoryLogIterator;

  struct Contents {
    bool formatted = false;
    std::map<uint64_t, std::string> batches;
    std::map<std::pair<uint64_t, uint64_t>, std::string> cut;  // (ordinal of the cut, first lsn)
    std::map<std::string, std::string> meta;
    uint64_t cuts = 0;
  };

  mutable std::mutex mutex_;
  Contents current_;
  Contents synced_;
  uint64_t synced_below_ = 1;  // batches with a first lsn below are in synced_
  bool sync_is_no_op_ = false;
  std::string write_error_;
};

class MemoryLogStore : public LogStore {
 public:
  // NotFound when there is nothing on the disk and `mode` is not kCreate.
  static absl::StatusOr<std::unique_ptr<LogStore>> Open(std::shared_ptr<MemoryDisk> disk, OpenMode mode);

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

 private:
  MemoryLogStore(std::shared_ptr<MemoryDisk> disk, bool writable);
  absl::Status CheckWritable();
  void SyncLocked();
  void ReadRangeLocked();

  const std::shared_ptr<MemoryDisk> disk_;
  LogRange range_;  // guarded by disk_->mutex_
  absl::Status failure_;
  bool open_ = true;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_MEMORY_LOG_STORE_H_
