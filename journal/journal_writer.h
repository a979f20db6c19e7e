// Group commit on a thread of its own. The I/O thread submits; the journal thread takes everything that has
// queued up meanwhile, appends it as one group, syncs, moves the durable mark, and says so once a group.
//
//   JournalWriter writer(store, mark, options, [&](const DurableGroup& group) { PostToIoThread(group); });
//   writer.Submit(std::move(batch));
//   writer.SubmitPromise(Epoch(4));                      // after all that, on disk
//   writer.Stop();                                       // drains
//
// The first error of a write or a sync is final: nothing is acknowledged after it, nothing is retried.
#ifndef UNDERSTUDY_JOURNAL_JOURNAL_WRITER_H_
#define UNDERSTUDY_JOURNAL_JOURNAL_WRITER_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "base/time.h"
#include "journal/batch.h"
#include "journal/disk_reserve.h"
#include "journal/durable_mark.h"
#include "journal/log_store.h"

namespace understudy::journal {

// What one group commit achieved. Called on the journal thread: keep it short, it delays the next group.
struct DurableGroup {
  // OK: everything up to `last_lsn` survives power loss. Otherwise final: nothing more will be acknowledged.
  absl::Status status;
  Lsn last_lsn;
  Epoch epoch;
  Hash128 chain;
  Epoch promise;  // that this group wrote and synced, whatever Options::sync; 0: none
  size_t batches = 0;  // 0: a promise alone
  size_t bytes = 0;
  Duration waited;     // from the Submit of the group's oldest batch, or of the promise, until now
  Duration committed;  // append, sync and mark alone
  DiskSpace disk = DiskSpace::kPlenty;
};

class JournalWriter {
 public:
  struct Options {
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

  // `store` and `mark` must outlive the writer, which is their only user for writing until Stop.
  JournalWriter(LogStore* store, DurableMark* mark, Options options,
                std::function<void(const DurableGroup&)> on_group);
  ~JournalWriter();  // stops
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  // Hands a batch over, in lsn order, from one thread. Never blocks on the disk; wakes the journal thread only
  // when it sleeps. Unavailable after a failure or Stop.
  absl::Status Submit(EncodedBatch batch);

  // The lowest epoch that this node may still acknowledge; lower than the last one when that is withdrawn. In order
  // with the batches: what was submitted before is appended and synced (really, whatever Options::sync), then the
  // promise is written and synced, then reported; what is submitted after it is in a later group. From the same thread
  // as Submit. InvalidArgument: epoch 0. ResourceExhausted: too many wait. Otherwise as Submit.
  absl::Status SubmitPromise(Epoch epoch);

  // Writes what is queued, syncs, joins the thread. Returns the first failure.
  absl::Status Stop();

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr size_t kMaxQueuedPromises = 64;

  struct QueuedPromise {
    Epoch epoch;
    size_t batches;  // of queue_ that come before it
    Clock::time_point submitted;
  };

  void Run();
  bool QueueIsEmpty() const { return queue_.empty() && promises_.empty(); }  // under mutex_
  // Moves what comes before the first promise, and the promise, from the queue to group_ and group_promise_.
  void TakeUpToPromise();
  // Moves the queue to group_; false when it is time to end.
  bool TakeGroup();
  void Commit();
  absl::Status WriteGroup();
  absl::Status SyncMark();
  absl::Status SyncMarkIfDue(bool idle);
  bool RememberFailure(const absl::Status& status);
  bool Fail(const absl::Status& status);

  LogStore* const store_;
  DurableMark* const mark_;
  const Options options_;
  const std::function<void(const DurableGroup&)> on_group_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<EncodedBatch> queue_;  // guarded by mutex_, as everything down to stop_
  size_t queued_bytes_ = 0;
  std::vector<QueuedPromise> promises_;
  Clock::time_point oldest_;
  bool sleeping_ = false;
  bool stop_ = false;
  absl::Status failure_;

  std::vector<EncodedBatch> group_;  // journal thread only, as everything below
  size_t group_bytes_ = 0;
  Epoch group_promise_;
  Clock::time_point group_oldest_;
  Clock::time_point group_started_;
  Clock::time_point mark_synced_;
  Clock::time_point disk_checked_;
  bool mark_behind_ = false;
  std::thread thread_;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_JOURNAL_WRITER_H_
