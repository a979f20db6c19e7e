// Where batches live. One writer at a time for Append, Sync and TruncateFrom; the rest from any thread.
//
// Two stores with the same observable behaviour: RocksDbLogStore (rocksdb_log_store.h) and MemoryLogStore
// (memory_log_store.h). Neither knows the durable mark: recovery.h compares the two.
//
// Durability is explicit. Append(kUnsynced) survives the death of the process, not of the machine.
// Append(kSynced) and Sync return only when everything appended so far survives both. After any error from a
// writing function the store refuses all further writing: close it, look at what is there, start again.
#ifndef UNDERSTUDY_JOURNAL_LOG_STORE_H_
#define UNDERSTUDY_JOURNAL_LOG_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/ids.h"
#include "journal/batch.h"

namespace understudy::journal {

enum class AppendMode { kUnsynced, kSynced };

// What the store holds: lsns first..last, both 0 when it is empty.
struct LogRange {
  Lsn first;
  Lsn last;
  Hash128 chain;  // of the batch that ends with `last`
  bool empty() const { return last.empty(); }
};

// Walks the batches of a log in order. Sees what was appended before Seek, maybe more. One thread.
class LogIterator {
 public:
  virtual ~LogIterator() = default;
  // To the batch that holds `lsn`, or else the first after it.
  virtual void Seek(Lsn lsn) = 0;
  // To the next batch; past an unreadable record to the next that can be read.
  virtual void Next() = 0;
  // False at the end, and on an unreadable record: then status() says which.
  virtual bool Valid() const = 0;
  virtual absl::Status status() const = 0;
  // The lsn under which the batch is stored, and its bytes, unchecked. Valid until the next move.
  virtual Lsn key() const = 0;
  virtual absl::string_view bytes() const = 0;
};

class LogStore {
 public:
  virtual ~LogStore() = default;

  // Appends in one atomic step: after a crash all of `batches` are there, or a prefix of the log without any.
  // Each must continue the log by lsn and by chain (FailedPrecondition otherwise, nothing is written).
  // An empty log takes any first batch.
  virtual absl::Status Append(absl::Span<const EncodedBatch> batches, AppendMode mode) = 0;
  virtual absl::Status Sync() = 0;

  virtual LogRange Range() const = 0;
  // Not null. May outlive neither the store nor its Close.
  virtual std::unique_ptr<LogIterator> NewIterator() const = 0;
  // About how many bytes the batches from `from` up to, not including, `to` occupy.
  virtual uint64_t ApproximateBytes(Lsn from, Lsn to) const = 0;

  // Cuts the log before `from`, which must be the first lsn of a batch (FailedPrecondition otherwise; no-op
  // beyond the end). The cut batches are kept aside, to be read with NewCutIterator. Durable on return.
  // Lower the durable mark first, to an lsn that is synced: a log shorter than its mark is corrupt.
  virtual absl::Status TruncateFrom(Lsn from) = 0;
  // What was cut and kept aside, in the order of the cuts. Its Seek goes to the start, whatever the lsn.
  virtual std::unique_ptr<LogIterator> NewCutIterator() const = 0;

  // Forgets every batch that ends before `lsn`. Never the last one. Space comes back later, in larger pieces.
  virtual absl::Status DropBefore(Lsn lsn) = 0;

  // Small facts beside the log (epoch history, ...). Put is durable on return. Get: NotFound.
  virtual absl::Status PutMeta(absl::string_view key, absl::string_view value) = 0;
  virtual absl::StatusOr<std::string> GetMeta(absl::string_view key) const = 0;

  // Ends all use. Implied by the destructor, which has nobody to tell of an error.
  virtual absl::Status Close() = 0;
};

// For implementations: lengthens `range` by `batch`, or says why the batch does not continue it.
absl::Status ExtendRange(const EncodedBatch& batch, LogRange* range);
// For implementations: what TruncateFrom answers inside a batch.
absl::Status NotABoundary(Lsn from);

// How a store is opened. kInspect never changes a byte on disk.
enum class OpenMode { kInspect, kWrite, kCreate };
// Opens the store of one journal, again and again. NotFound: nothing there, and the mode is not kCreate. DataLoss: what
// is there cannot be read.
using OpenStore = std::function<absl::StatusOr<std::unique_ptr<LogStore>>(OpenMode)>;

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_LOG_STORE_H_
