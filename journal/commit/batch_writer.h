// Who writes batches to the log, many as one group, syncs, moves the durable mark, and says so once a group.
//
//   writer->Submit(std::move(batch));
//   writer->SubmitPromise(Epoch(4));                     // after all that, on disk
//   writer->Stop();                                      // drains
//
// JournalWriter (journal_writer.h) does it on a thread of its own. A simulation does it on virtual time. What a group
// is and what its commit does, both share (group_queue.h, group_commit.h).
//
// The first error of a write or a sync is final: nothing is acknowledged after it, nothing is retried.
#ifndef UNDERSTUDY_JOURNAL_COMMIT_BATCH_WRITER_H_
#define UNDERSTUDY_JOURNAL_COMMIT_BATCH_WRITER_H_

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "base/time.h"
#include "journal/batch.h"
#include "journal/commit/disk_reserve.h"
#include "journal/durable_mark.h"
#include "journal/log_store.h"

namespace understudy::journal {

// What one group commit achieved.
struct DurableGroup {
  // OK: everything up to `last_lsn` survives power loss. Otherwise final: nothing more will be acknowledged.
  absl::Status status;
  Lsn last_lsn;
  Epoch epoch;
  Hash128 chain;
  Epoch promise;  // that this group wrote and synced, whatever WriterOptions::sync; 0: none
  size_t batches = 0;  // 0: a promise alone
  size_t bytes = 0;
  Duration waited;     // from the Submit of the group's oldest batch, or of the promise, until now
  Duration committed;  // append, sync and mark alone
  DiskSpace disk = DiskSpace::kPlenty;
};

struct WriterOptions {
  // Submit answers ResourceExhausted beyond these. The caller keeps the batch and slows down.
  size_t max_queued_batches = 4096;
  size_t max_queued_bytes = size_t{64} << 20;
  // A group starts no sooner than this after the group before it started: fewer syncs a second, each of which
  // costs processor time, for so much more delay at most. 0: as soon as the disk is free.
  Duration group_interval;
  // The mark is synced with every group (0), or no more often than this and when the journal falls idle.
  // Above 0 the mark may be behind after a power loss, by so much time: records that were synced in it and that
  // the disk then damaged would be missed. After the death of the process alone it is never behind.
  Duration mark_interval;
  // Sync of the log. False only for measurements and where the operator accepts loss.
  bool sync = true;
  // May be null: no reserve, DiskSpace stays kPlenty. Must outlive the writer.
  DiskReserve* reserve = nullptr;
};

class BatchWriter {
 public:
  virtual ~BatchWriter() = default;  // stops

  // Hands a batch over, in lsn order, from one thread. Never blocks on the disk. Unavailable after a failure or Stop.
  virtual absl::Status Submit(EncodedBatch batch) = 0;

  // The lowest epoch that this node may still acknowledge; lower than the last one when that is withdrawn. In order
  // with the batches: what was submitted before is appended and synced (really, whatever WriterOptions::sync), then the
  // promise is written and synced, then reported; what is submitted after it is in a later group. From the same thread
  // as Submit. InvalidArgument: epoch 0. ResourceExhausted: too many wait. Otherwise as Submit.
  virtual absl::Status SubmitPromise(Epoch epoch) = 0;

  // Writes what is queued, syncs, and ends. Returns the first failure.
  virtual absl::Status Stop() = 0;
};

// How often a writer asks for the free space of the disk, when there is a reserve.
inline constexpr Duration kDiskCheckInterval = Duration::Seconds(1);

// Makes a writer for a store and its mark, which outlive it and of which it is the only user for writing until Stop.
// `on_group` is called with every group, on the writer's thread: keep it short, it delays the next group.
using MakeWriter = std::function<std::unique_ptr<BatchWriter>(LogStore* store, DurableMark* mark,
                                                              const WriterOptions& options,
                                                              std::function<void(const DurableGroup&)> on_group)>;

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_COMMIT_BATCH_WRITER_H_
