// Group commit on a thread of its own. The I/O thread submits; the journal thread takes everything that has
// queued up meanwhile, appends it as one group, syncs, moves the durable mark, and says so once a group.
//
//   JournalWriter writer(store, mark, options, [&](const DurableGroup& group) { PostToIoThread(group); });
//   writer.Submit(std::move(batch));
//   writer.SubmitPromise(Epoch(4));                      // after all that, on disk
//   writer.Stop();                                       // drains, joins the thread
#ifndef UNDERSTUDY_JOURNAL_COMMIT_JOURNAL_WRITER_H_
#define UNDERSTUDY_JOURNAL_COMMIT_JOURNAL_WRITER_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "base/ids.h"
#include "base/time.h"
#include "journal/batch.h"
#include "journal/commit/batch_writer.h"
#include "journal/commit/group_commit.h"
#include "journal/commit/group_queue.h"
#include "journal/durable_mark.h"
#include "journal/log_store.h"

namespace understudy::journal {

class JournalWriter : public BatchWriter {
 public:
  using Options = WriterOptions;

  // See MakeWriter. `on_group` is called on the journal thread.
  JournalWriter(LogStore* store, DurableMark* mark, const Options& options,
                std::function<void(const DurableGroup&)> on_group);
  ~JournalWriter() override;  // stops
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  // Wakes the journal thread only when it sleeps.
  absl::Status Submit(EncodedBatch batch) override;
  absl::Status SubmitPromise(Epoch epoch) override;
  absl::Status Stop() override;

 private:
  // Since the clock's beginning.
  static Duration Now();

  void Run();
  // Moves what comes next from the queue to group_; false when it is time to end.
  bool TakeGroup();
  void Commit();
  absl::Status SyncMarkIfBehind();
  absl::Status CheckOpen() const;  // under mutex_
  bool RememberFailure(const absl::Status& status);
  bool Fail(const absl::Status& status);

  const Options options_;
  const std::function<void(const DurableGroup&)> on_group_;

  std::mutex mutex_;
  std::condition_variable wake_;
  GroupQueue queue_;  // guarded by mutex_, as everything down to failure_
  bool sleeping_ = false;
  bool stop_ = false;
  absl::Status failure_;

  GroupCommit commit_;  // journal thread only, as everything below
  Group group_;
  Duration group_started_;
  Duration disk_checked_;
  std::thread thread_;
};

// The MakeWriter of a node with threads.
std::unique_ptr<BatchWriter> MakeJournalWriter(LogStore* store, DurableMark* mark, const WriterOptions& options,
                                               std::function<void(const DurableGroup&)> on_group);

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_COMMIT_JOURNAL_WRITER_H_
