// What waits for the disk, and which of it is the next group: everything, or everything up to the first promise.
// No thread, no lock, no clock: `now` is any clock that does not go back.
//
//   queue.Push(batch, now);
//   queue.PushPromise(Epoch(4), now);
//   if (!queue.empty()) queue.Take(&group);
#ifndef UNDERSTUDY_JOURNAL_COMMIT_GROUP_QUEUE_H_
#define UNDERSTUDY_JOURNAL_COMMIT_GROUP_QUEUE_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "base/ids.h"
#include "base/time.h"
#include "journal/batch.h"
#include "journal/commit/batch_writer.h"

namespace understudy::journal {

struct Group {
  std::vector<EncodedBatch> batches;
  Epoch promise;    // 0: none
  Duration oldest;  // when the first of it was pushed
};

// Not thread-safe. Of the options, the two limits count.
class GroupQueue {
 public:
  explicit GroupQueue(const WriterOptions& options) : options_(options) {}

  // As BatchWriter::Submit and SubmitPromise: ResourceExhausted, InvalidArgument.
  absl::Status Push(EncodedBatch batch, Duration now);
  absl::Status PushPromise(Epoch epoch, Duration now);

  bool empty() const { return batches_.empty() && promises_.empty(); }
  // Such a group waits for no interval.
  bool has_promise() const { return !promises_.empty(); }
  // Replaces `*group`, whose memory is used again. Not when it is empty.
  void Take(Group* group);

 private:
  static constexpr size_t kMaxQueuedPromises = 64;

  struct QueuedPromise {
    Epoch epoch;
    size_t batches;  // of batches_ that come before it
    Duration pushed;
  };

  void TakeUpToPromise(Group* group);

  const WriterOptions options_;
  std::vector<EncodedBatch> batches_;
  size_t bytes_ = 0;
  std::vector<QueuedPromise> promises_;
  Duration oldest_;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_COMMIT_GROUP_QUEUE_H_
