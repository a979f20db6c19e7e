// The durable mark: a small file outside RocksDB that says how far the log is known to be on disk, and which
// store this is. RocksDB reopens without a word after it has lost records that were synced; the mark is what
// notices. Two slots of one sector each, written in turn, each with its own checksum: a write that tears
// leaves the other slot. All input and output goes through rocksdb::FileSystem.
#ifndef UNDERSTUDY_JOURNAL_DURABLE_MARK_H_
#define UNDERSTUDY_JOURNAL_DURABLE_MARK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "rocksdb/file_system.h"

namespace understudy::journal {

struct MarkValue {
  uint64_t cluster_id = 0;
  uint64_t store_id = 0;      // random, drawn when the store was made
  uint64_t start_number = 0;  // starts of this store's node, this one included
  Epoch promise;              // the lowest epoch that this node may still acknowledge
  Epoch epoch;                // of the batch that ends with `lsn`
  Lsn lsn;                    // the log is durable up to here
  Hash128 chain;              // after the batch that ends with `lsn`

  friend bool operator==(const MarkValue&, const MarkValue&) = default;
};

// What a look at the file shows.
enum class MarkLook { kMissing, kBothSlotsLost, kOneSlotLost, kGood };

struct MarkReading {
  MarkLook look = MarkLook::kMissing;
  MarkValue value;  // of the newest good slot
  bool Usable() const { return look == MarkLook::kGood || look == MarkLook::kOneSlotLost; }
};

// Reads without changing anything. An unreadable file reads as both slots lost.
MarkReading ReadMark(rocksdb::FileSystem* file_system, const std::string& path);

// Writes. Not thread-safe. The first failure is final: every later call returns it.
class DurableMark {
 public:
  static constexpr size_t kSlotBytes = 128;
  static constexpr size_t kSlotDistance = 4096;
  static constexpr size_t kFileBytes = 2 * kSlotDistance;

  // Makes the file anew, atomically, both slots holding `value`. Durable on return.
  static absl::StatusOr<std::unique_ptr<DurableMark>> Create(std::shared_ptr<rocksdb::FileSystem> file_system,
                                                             const std::string& path, const MarkValue& value);
  // Opens a file with at least one good slot (DataLoss or NotFound otherwise).
  static absl::StatusOr<std::unique_ptr<DurableMark>> Open(std::shared_ptr<rocksdb::FileSystem> file_system,
                                                           const std::string& path);
  ~DurableMark();
  DurableMark(const DurableMark&) = delete;
  DurableMark& operator=(const DurableMark&) = delete;

  const MarkValue& value() const { return value_; }

  // Replaces the value and syncs it.
  absl::Status Write(const MarkValue& value);
  // The same in two steps: Put survives the death of the process only, until Sync.
  absl::Status Put(const MarkValue& value);
  absl::Status Sync();

 private:
  DurableMark(std::unique_ptr<rocksdb::FSRandomRWFile> file, const MarkValue& value, uint64_t sequence);

  std::unique_ptr<rocksdb::FSRandomRWFile> file_;
  MarkValue value_;
  uint64_t sequence_;
  bool unsynced_ = false;
  absl::Status failure_;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_DURABLE_MARK_H_
