#include "tests/sim/stepped_writer.h"

#include <utility>

namespace understudy::sim {

void DiskPace::Slow(uint64_t factor, Duration length) {
  factor_ = factor;
  slow_until_ = events_->now() + length;
}

Duration DiskPace::DrawSync() {
  const Duration drawn = chance_.Skewed(times_.shortest, times_.longest);
  return events_->now() < slow_until_ ? drawn * static_cast<int64_t>(factor_) : drawn;
}

SteppedWriter::SteppedWriter(DiskPace* pace, std::shared_ptr<DiskUser> user, journal::LogStore* store,
                             journal::DurableMark* mark, const journal::WriterOptions& options,
                             std::function<void(const journal::DurableGroup&)> on_group)
    : pace_(pace),
      user_(std::move(user)),
      options_(options),
      on_group_(std::move(on_group)),
      queue_(options),
      commit_(store, mark, options) {
  group_started_ = now() - options_.group_interval;
  disk_checked_ = now() - journal::kDiskCheckInterval;
  user_->writer = this;
}

SteppedWriter::~SteppedWriter() {
  (void)Stop();
  if (user_->writer == this) user_->writer = nullptr;
}

absl::Status SteppedWriter::CheckOpen() const {
  if (!failure_.ok()) return failure_;
  if (stopped_ || user_->dead) return absl::UnavailableError("the journal writer is stopped");
  return absl::OkStatus();
}

absl::Status SteppedWriter::Submit(journal::EncodedBatch batch) {
  if (absl::Status s = CheckOpen(); !s.ok()) return s;
  if (absl::Status s = queue_.Push(std::move(batch), now()); !s.ok()) return s;
  BeginNext();
  return absl::OkStatus();
}

absl::Status SteppedWriter::SubmitPromise(Epoch epoch) {
  if (absl::Status s = CheckOpen(); !s.ok()) return s;
  if (absl::Status s = queue_.PushPromise(epoch, now()); !s.ok()) return s;
  BeginNext();
  return absl::OkStatus();
}

void SteppedWriter::Schedule(EventId* event, Duration time, void (SteppedWriter::*step)()) {
  pace_->events()->Cancel(*event);
  *event = pace_->events()->At(time, [this, step] { (this->*step)(); });
}

void SteppedWriter::BeginNext() {
  if (in_flight_ || stopped_ || queue_.empty() || !failure_.ok() || user_->dead) return;
  const Duration earliest = group_started_ + options_.group_interval;
  if (now() < earliest && !queue_.has_promise()) return Schedule(&next_step_, earliest, &SteppedWriter::BeginNext);
  Begin();
  Schedule(&next_step_, now() + pace_->DrawSync(), &SteppedWriter::Finish);
}

void SteppedWriter::Begin() {
  queue_.Take(&group_);
  group_started_ = now();
  in_flight_ = true;
  (void)commit_.Append(group_.batches, group_.promise);
}

void SteppedWriter::Finish() {
  if (user_->dead) return;
  if (pace_->frozen()) return Schedule(&next_step_, pace_->frozen_until(), &SteppedWriter::Finish);
  in_flight_ = false;
  Report(commit_.Sync(now()));
  BeginNext();
}

void SteppedWriter::Report(journal::DurableGroup report) {
  report.waited = now() - group_.oldest;
  report.committed = now() - group_started_;
  group_.batches.clear();
  if (!report.status.ok() && failure_.ok()) failure_ = report.status;
  if (options_.reserve != nullptr) report.disk = options_.reserve->space();
  if (unheard()) return;
  on_group_(report);
  if (options_.reserve != nullptr && now() - disk_checked_ >= journal::kDiskCheckInterval) {
    options_.reserve->Check();
    disk_checked_ = now();
  }
  if (commit_.mark_behind()) Schedule(&mark_step_, now() + options_.mark_interval, &SteppedWriter::SyncMark);
}

// A failure outside a group: nobody waits for it, yet everybody must know.
void SteppedWriter::SyncMark() {
  if (user_->dead || !failure_.ok() || !commit_.mark_behind()) return;
  failure_ = commit_.SyncMark(now());
  if (failure_.ok() || unheard()) return;
  journal::DurableGroup report;
  report.status = failure_;
  on_group_(report);
}

void SteppedWriter::SyncUnheard() {
  if (!in_flight_) return;
  in_flight_ = false;
  (void)commit_.Sync(now());
}

absl::Status SteppedWriter::Stop() {
  stopped_ = true;
  pace_->events()->Cancel(next_step_);
  pace_->events()->Cancel(mark_step_);
  if (user_->dead) return failure_;
  if (std::exchange(in_flight_, false)) Report(commit_.Sync(now()));
  while (!queue_.empty() && failure_.ok()) {
    Begin();
    in_flight_ = false;
    Report(commit_.Sync(now()));
  }
  if (commit_.mark_behind() && failure_.ok()) failure_ = commit_.SyncMark(now());
  pace_->events()->Cancel(mark_step_);
  return failure_;
}

}  // namespace understudy::sim
