#include "journal/commit/group_commit.h"

namespace understudy::journal {

GroupCommit::GroupCommit(LogStore* store, DurableMark* mark, const WriterOptions& options)
    : store_(store), mark_(mark), options_(options) {}

DurableGroup GroupCommit::Commit(absl::Span<const EncodedBatch> batches, Epoch promise, Duration now) {
  Begin(batches, promise);
  if (batches.empty()) {
    status_ = store_->Sync();
  } else {
    status_ = store_->Append(batches, MustSync() ? AppendMode::kSynced : AppendMode::kUnsynced);
  }
  if (status_.ok()) status_ = MoveMark(now);
  return Report();
}

absl::Status GroupCommit::Append(absl::Span<const EncodedBatch> batches, Epoch promise) {
  Begin(batches, promise);
  if (!batches.empty()) status_ = store_->Append(batches, AppendMode::kUnsynced);
  return status_;
}

DurableGroup GroupCommit::Sync(Duration now) {
  if (status_.ok() && MustSync()) status_ = store_->Sync();
  if (status_.ok()) status_ = MoveMark(now);
  return Report();
}

void GroupCommit::Begin(absl::Span<const EncodedBatch> batches, Epoch promise) {
  status_ = absl::OkStatus();
  promise_ = promise;
  batches_ = batches.size();
  bytes_ = 0;
  for (const EncodedBatch& batch : batches) bytes_ += batch.bytes().size();
  value_ = mark_->value();
  if (!promise.empty()) value_.promise = promise;
  if (batches.empty()) return;
  value_.lsn = batches.back().last_lsn();
  value_.epoch = batches.back().epoch();
  value_.chain = batches.back().chain();
}

// Behind the log, never ahead of it.
absl::Status GroupCommit::MoveMark(Duration now) {
  if (absl::Status s = mark_->Put(value_); !s.ok()) return s;
  mark_behind_ = true;
  if (!promise_.empty()) return SyncMark(now);
  if (!options_.sync) {
    mark_behind_ = false;
    return absl::OkStatus();
  }
  if (mark_was_synced_ && now - mark_synced_ < options_.mark_interval) return absl::OkStatus();
  return SyncMark(now);
}

absl::Status GroupCommit::SyncMark(Duration now) {
  if (absl::Status s = mark_->Sync(); !s.ok()) return s;
  mark_was_synced_ = true;
  mark_synced_ = now;
  mark_behind_ = false;
  return absl::OkStatus();
}

DurableGroup GroupCommit::Report() const {
  DurableGroup report;
  report.status = status_;
  report.batches = batches_;
  report.bytes = bytes_;
  report.promise = promise_;
  report.last_lsn = mark_->value().lsn;
  report.epoch = mark_->value().epoch;
  report.chain = mark_->value().chain;
  return report;
}

}  // namespace understudy::journal
