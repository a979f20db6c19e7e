#include "journal/journal_writer.h"

#include <pthread.h>

#include <cstddef>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace understudy::journal {
namespace {

// How often the free space is asked for.
constexpr auto kDiskCheckInterval = std::chrono::seconds(1);

Duration Since(std::chrono::steady_clock::time_point start, std::chrono::steady_clock::time_point now) {
  return Duration::Nanoseconds(std::chrono::duration_cast<std::chrono::nanoseconds>(now - start).count());
}

std::chrono::nanoseconds Chrono(Duration d) { return std::chrono::nanoseconds(d.nanoseconds()); }

}  // namespace

JournalWriter::JournalWriter(LogStore* store, DurableMark* mark, Options options,
                             std::function<void(const DurableGroup&)> on_group)
    : store_(store), mark_(mark), options_(options), on_group_(std::move(on_group)) {
  // The first group and the first mark wait for nothing, however short a time the machine has been up.
  group_started_ = Clock::now() - Chrono(options_.group_interval);
  mark_synced_ = Clock::now() - Chrono(options_.mark_interval);
  thread_ = std::thread([this] { Run(); });
}

JournalWriter::~JournalWriter() { (void)Stop(); }

absl::Status JournalWriter::Submit(EncodedBatch batch) {
  const size_t bytes = batch.bytes().size();
  bool wake = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!failure_.ok()) return failure_;
    if (stop_) return absl::UnavailableError("the journal writer is stopped");
    if (queue_.size() >= options_.max_queued_batches || queued_bytes_ + bytes > options_.max_queued_bytes) {
      return absl::ResourceExhaustedError("the journal's queue is full");
    }
    if (QueueIsEmpty()) oldest_ = Clock::now();
    queue_.push_back(std::move(batch));
    queued_bytes_ += bytes;
    wake = std::exchange(sleeping_, false);
  }
  if (wake) wake_.notify_one();
  return absl::OkStatus();
}

absl::Status JournalWriter::SubmitPromise(Epoch epoch) {
  if (epoch.empty()) return absl::InvalidArgumentError("there is no epoch 0 to promise");
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!failure_.ok()) return failure_;
    if (stop_) return absl::UnavailableError("the journal writer is stopped");
    if (promises_.size() >= kMaxQueuedPromises) return absl::ResourceExhaustedError("too many promises wait");
    const Clock::time_point now = Clock::now();
    if (QueueIsEmpty()) oldest_ = now;
    promises_.push_back({epoch, queue_.size(), now});
    sleeping_ = false;
  }
  // Always: it may wait for more to come, and a promise does not.
  wake_.notify_one();
  return absl::OkStatus();
}

absl::Status JournalWriter::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
    sleeping_ = false;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  std::lock_guard<std::mutex> lock(mutex_);
  return failure_;
}

void JournalWriter::Run() {
  pthread_setname_np(pthread_self(), "journal");
  while (TakeGroup()) Commit();
  if (const absl::Status s = SyncMarkIfDue(true); !s.ok()) Fail(s);
}

bool JournalWriter::TakeGroup() {
  group_.clear();
  group_promise_ = Epoch();
  std::unique_lock<std::mutex> lock(mutex_);
  while (QueueIsEmpty() && !stop_) {
    sleeping_ = true;
    if (!mark_behind_) {
      wake_.wait(lock, [this] { return !sleeping_; });
    } else if (!wake_.wait_for(lock, Chrono(options_.mark_interval), [this] { return !sleeping_; })) {
      sleeping_ = false;
      lock.unlock();
      if (const absl::Status s = SyncMarkIfDue(true); !s.ok()) return Fail(s);
      lock.lock();
    }
  }
  // Let more arrive when the group before this one started less than group_interval ago.
  const Clock::time_point earliest = group_started_ + Chrono(options_.group_interval);
  if (Clock::now() < earliest) {
    wake_.wait_until(lock, earliest, [this] { return stop_ || !promises_.empty(); });
  }
  if (QueueIsEmpty() || !failure_.ok()) return false;
  group_oldest_ = oldest_;
  if (!promises_.empty()) {
    TakeUpToPromise();
    return true;
  }
  group_.swap(queue_);
  group_bytes_ = std::exchange(queued_bytes_, 0);
  return true;
}

void JournalWriter::TakeUpToPromise() {
  const QueuedPromise promise = promises_.front();
  promises_.erase(promises_.begin());
  for (QueuedPromise& later : promises_) later.batches -= promise.batches;
  const auto end = queue_.begin() + static_cast<ptrdiff_t>(promise.batches);
  group_.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  group_bytes_ = 0;
  for (const EncodedBatch& batch : group_) group_bytes_ += batch.bytes().size();
  queued_bytes_ -= group_bytes_;
  group_promise_ = promise.epoch;
  oldest_ = promise.submitted;
}

absl::Status JournalWriter::WriteGroup() {
  const bool promises = !group_promise_.empty();
  const AppendMode mode = options_.sync || promises ? AppendMode::kSynced : AppendMode::kUnsynced;
  if (absl::Status s = group_.empty() ? store_->Sync() : store_->Append(group_, mode); !s.ok()) return s;
  MarkValue value = mark_->value();
  if (!group_.empty()) {
    value.lsn = group_.back().last_lsn();
    value.epoch = group_.back().epoch();
    value.chain = group_.back().chain();
  }
  if (promises) value.promise = group_promise_;
  if (absl::Status s = mark_->Put(value); !s.ok()) return s;
  mark_behind_ = true;
  return promises ? SyncMark() : SyncMarkIfDue(false);
}

absl::Status JournalWriter::SyncMark() {
  if (absl::Status s = mark_->Sync(); !s.ok()) return s;
  mark_synced_ = Clock::now();
  mark_behind_ = false;
  return absl::OkStatus();
}

absl::Status JournalWriter::SyncMarkIfDue(bool idle) {
  if (!mark_behind_) return absl::OkStatus();
  const Clock::time_point now = Clock::now();
  if (!idle && options_.sync && now - mark_synced_ < Chrono(options_.mark_interval)) return absl::OkStatus();
  if (options_.sync) return SyncMark();
  mark_synced_ = now;
  mark_behind_ = false;
  return absl::OkStatus();
}

void JournalWriter::Commit() {
  group_started_ = Clock::now();
  DurableGroup report;
  report.batches = group_.size();
  report.bytes = group_bytes_;
  report.promise = group_promise_;
  report.status = WriteGroup();
  report.last_lsn = mark_->value().lsn;
  report.epoch = mark_->value().epoch;
  report.chain = mark_->value().chain;
  const Clock::time_point done = Clock::now();
  report.waited = Since(group_oldest_, done);
  report.committed = Since(group_started_, done);
  if (!report.status.ok()) (void)RememberFailure(report.status);
  if (options_.reserve != nullptr) report.disk = options_.reserve->space();
  on_group_(report);
  // Afterwards: what is durable waits for nothing else.
  if (options_.reserve != nullptr && done - disk_checked_ >= kDiskCheckInterval) {
    options_.reserve->Check();
    disk_checked_ = done;
  }
}

bool JournalWriter::RememberFailure(const absl::Status& status) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!failure_.ok()) return false;
  failure_ = status;
  return true;
}

// A failure outside a group: nobody waits for it, yet everybody must know.
bool JournalWriter::Fail(const absl::Status& status) {
  if (!RememberFailure(status)) return false;
  DurableGroup report;
  report.status = status;
  on_group_(report);
  return false;
}

}  // namespace understudy::journal
