#include "journal/commit/journal_writer.h"

#include <pthread.h>

#include <utility>

namespace understudy::journal {
namespace {

std::chrono::nanoseconds Chrono(Duration d) { return std::chrono::nanoseconds(d.nanoseconds()); }

}  // namespace

JournalWriter::JournalWriter(LogStore* store, DurableMark* mark, const Options& options,
                             std::function<void(const DurableGroup&)> on_group)
    : options_(options), on_group_(std::move(on_group)), queue_(options), commit_(store, mark, options) {
  // The first group waits for nothing, however short a time the machine has been up.
  group_started_ = Now() - options_.group_interval;
  thread_ = std::thread([this] { Run(); });
}

JournalWriter::~JournalWriter() { (void)Stop(); }

Duration JournalWriter::Now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return Duration::Nanoseconds(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

absl::Status JournalWriter::CheckOpen() const {
  if (!failure_.ok()) return failure_;
  return stop_ ? absl::UnavailableError("the journal writer is stopped") : absl::OkStatus();
}

absl::Status JournalWriter::Submit(EncodedBatch batch) {
  bool wake = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (absl::Status s = CheckOpen(); !s.ok()) return s;
    if (absl::Status s = queue_.Push(std::move(batch), Now()); !s.ok()) return s;
    wake = std::exchange(sleeping_, false);
  }
  if (wake) wake_.notify_one();
  return absl::OkStatus();
}

absl::Status JournalWriter::SubmitPromise(Epoch epoch) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (absl::Status s = CheckOpen(); !s.ok()) return s;
    if (absl::Status s = queue_.PushPromise(epoch, Now()); !s.ok()) return s;
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
  if (const absl::Status s = SyncMarkIfBehind(); !s.ok()) Fail(s);
}

bool JournalWriter::TakeGroup() {
  group_.batches.clear();  // they are shared with others, who need not wait for the next group
  std::unique_lock<std::mutex> lock(mutex_);
  while (queue_.empty() && !stop_) {
    sleeping_ = true;
    if (!commit_.mark_behind()) {
      wake_.wait(lock, [this] { return !sleeping_; });
    } else if (!wake_.wait_for(lock, Chrono(options_.mark_interval), [this] { return !sleeping_; })) {
      sleeping_ = false;
      lock.unlock();
      if (const absl::Status s = SyncMarkIfBehind(); !s.ok()) return Fail(s);
      lock.lock();
    }
  }
  // Let more arrive when the group before this one started less than group_interval ago.
  const Duration early = group_started_ + options_.group_interval - Now();
  if (early > Duration()) {
    wake_.wait_for(lock, Chrono(early), [this] { return stop_ || queue_.has_promise(); });
  }
  if (queue_.empty() || !failure_.ok()) return false;
  queue_.Take(&group_);
  return true;
}

absl::Status JournalWriter::SyncMarkIfBehind() {
  return commit_.mark_behind() ? commit_.SyncMark(Now()) : absl::OkStatus();
}

void JournalWriter::Commit() {
  group_started_ = Now();
  DurableGroup report = commit_.Commit(group_.batches, group_.promise, group_started_);
  const Duration done = Now();
  report.waited = done - group_.oldest;
  report.committed = done - group_started_;
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

std::unique_ptr<BatchWriter> MakeJournalWriter(LogStore* store, DurableMark* mark, const WriterOptions& options,
                                               std::function<void(const DurableGroup&)> on_group) {
  return std::make_unique<JournalWriter>(store, mark, options, std::move(on_group));
}

}  // namespace understudy::journal
