// A journal that begins anew: filled with the state that the peer sent, or blank because what was there cannot be used.
//
//   ... close the store and the mark ...
//   absl::StatusOr<MarkValue> mark = Refill(options, info, state_bytes, batch_that_ends_with_info_lsn);
//   OpenJournal(...)                                // clean: that batch, the snapshot, a new store
//
// Both are safe against a crash at every point: then the directory opens as what it was, or as the new journal, or as
// nothing that may be promoted (corrupt, blank as a new store, or refused beside its snapshots), and either function
// may be called again. The old store's id is never there with less than the old store's entries: its log goes out of
// the way first, and its mark then says more than there is.
//
// What was there is kept aside (layout.h: AsidePath), the newest two; tools read such a directory as any journal.
// Blocking, as long as writing the state takes; any thread. Errors: InvalidArgument: what was given does not belong
// together, nothing was changed. FailedPrecondition: the log is still open. Otherwise the disk's.
#ifndef UNDERSTUDY_JOURNAL_REFILL_H_
#define UNDERSTUDY_JOURNAL_REFILL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "journal/batch.h"
#include "journal/durable_mark.h"
#include "journal/journal_lock.h"
#include "journal/log_store.h"
#include "journal/snapshot_store.h"
#include "rocksdb/file_system.h"

namespace understudy::journal {

inline constexpr size_t kAsidesKept = 2;

struct RefillOptions {
  // Null: the machine's own.
  std::shared_ptr<rocksdb::FileSystem> file_system;
  std::string directory;
  std::shared_ptr<JournalLock> lock;  // of the directory, if the caller holds it; null: taken here
  uint64_t cluster_id = 0;
  uint64_t new_store_id = 0;  // random, not 0, not the one before
  // The lowest that the new mark may promise; the old mark's stands where it is higher.
  Epoch promise;
  // Null: RocksDB under LogPath(directory). Any other store keeps something there too, and is a new one when that has
  // gone: it is what goes aside.
  OpenStore open_store;
  // Facts that stand beside the log from its first batch on (Refill only).
  std::map<std::string, std::string> facts;
};

// The journal becomes: the snapshot `info` with `state_bytes`, whose digest the caller has checked, and a log of one
// batch that ends with `info.lsn`. The mark stands there, with start number 1. Old snapshots go.
absl::StatusOr<MarkValue> Refill(const RefillOptions& options, const SnapshotInfo& info, absl::string_view state_bytes,
                                 const EncodedBatch& last_batch);

// Everything goes aside, whatever it looks like, snapshots too; a blank journal of a new store remains (lsn 0, start
// number 0). Returns the directory in which the old one lies; empty: nothing was there.
absl::StatusOr<std::string> SetAside(const RefillOptions& options);

// Whether a journal that was set aside, or filled anew, lies in the directory. Where that cannot be read: no.
bool HasAside(rocksdb::FileSystem* file_system, const std::string& directory);

// A journal without entries learns which cluster it belongs to. FailedPrecondition: it has entries, or another cluster.
absl::Status NameCluster(uint64_t cluster_id, const LogStore& log, DurableMark* mark);

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_REFILL_H_
