// What the commit of one group does: append, sync the log, move the durable mark, keep a promise. No thread, no lock,
// no clock. In one step, as a thread does that has nothing else to do:
//
//   DurableGroup report = commit.Commit(batches, promise, now);
//
// or in two, when something may happen in between:
//
//   absl::Status appended = commit.Append(batches, promise);      // survives the death of the process
//   DurableGroup report = commit.Sync(now);                       // survives that of the machine
//
// `now` is any clock that does not go back, the same in every call. After an error of either, nothing may follow.
#ifndef UNDERSTUDY_JOURNAL_COMMIT_GROUP_COMMIT_H_
#define UNDERSTUDY_JOURNAL_COMMIT_GROUP_COMMIT_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "base/ids.h"
#include "base/time.h"
#include "journal/batch.h"
#include "journal/commit/batch_writer.h"
#include "journal/durable_mark.h"
#include "journal/log_store.h"

namespace understudy::journal {

// Not thread-safe.
class GroupCommit {
 public:
  // `store` and `mark` outlive it; nobody else writes to them meanwhile. Of `options`, mark_interval and sync count.
  GroupCommit(LogStore* store, DurableMark* mark, const WriterOptions& options);

  // `batches` may be empty when there is a promise (an epoch above 0). The report lacks times and disk space.
  DurableGroup Commit(absl::Span<const EncodedBatch> batches, Epoch promise, Duration now);

  // The two halves of Commit. Exactly one Sync follows each Append, whatever Append answered.
  absl::Status Append(absl::Span<const EncodedBatch> batches, Epoch promise);
  DurableGroup Sync(Duration now);

  // The mark has been written and not synced: to be done when nothing else is, at most mark_interval later.
  bool mark_behind() const { return mark_behind_; }
  absl::Status SyncMark(Duration now);

 private:
  void Begin(absl::Span<const EncodedBatch> batches, Epoch promise);
  absl::Status MoveMark(Duration now);
  DurableGroup Report() const;
  bool MustSync() const { return options_.sync || !promise_.empty(); }

  LogStore* const store_;
  DurableMark* const mark_;
  const WriterOptions options_;

  absl::Status status_;  // of the group at hand, as all that follows
  MarkValue value_;
  Epoch promise_;
  size_t batches_ = 0;
  size_t bytes_ = 0;

  bool mark_behind_ = false;
  bool mark_was_synced_ = false;
  Duration mark_synced_;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_COMMIT_GROUP_COMMIT_H_
