#include "journal/commit/group_queue.h"

#include <iterator>
#include <utility>

#include "base/check.h"

namespace understudy::journal {

absl::Status GroupQueue::Push(EncodedBatch batch, Duration now) {
  const size_t bytes = batch.bytes().size();
  if (batches_.size() >= options_.max_queued_batches || bytes_ + bytes > options_.max_queued_bytes) {
    return absl::ResourceExhaustedError("the journal's queue is full");
  }
  if (empty()) oldest_ = now;
  batches_.push_back(std::move(batch));
  bytes_ += bytes;
  return absl::OkStatus();
}

absl::Status GroupQueue::PushPromise(Epoch epoch, Duration now) {
  if (epoch.empty()) return absl::InvalidArgumentError("there is no epoch 0 to promise");
  if (promises_.size() >= kMaxQueuedPromises) return absl::ResourceExhaustedError("too many promises wait");
  if (empty()) oldest_ = now;
  promises_.push_back({epoch, batches_.size(), now});
  return absl::OkStatus();
}

void GroupQueue::Take(Group* group) {
  US_CHECK(!empty());
  group->batches.clear();
  group->promise = Epoch();
  group->oldest = oldest_;
  if (has_promise()) return TakeUpToPromise(group);
  group->batches.swap(batches_);
  bytes_ = 0;
}

// What is left came after the promise; its wait is counted from there.
void GroupQueue::TakeUpToPromise(Group* group) {
  const QueuedPromise promise = promises_.front();
  promises_.erase(promises_.begin());
  for (QueuedPromise& later : promises_) later.batches -= promise.batches;
  const auto end = batches_.begin() + static_cast<ptrdiff_t>(promise.batches);
  group->batches.assign(std::make_move_iterator(batches_.begin()), std::make_move_iterator(end));
  batches_.erase(batches_.begin(), end);
  for (const EncodedBatch& batch : group->batches) bytes_ -= batch.bytes().size();
  group->promise = promise.epoch;
  oldest_ = promise.pushed;
}

}  // namespace understudy::journal
