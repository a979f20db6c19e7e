// Snapshots and retention of the core.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/core/core.h"
#include "rocksdb/file_system.h"

namespace understudy::daemon {

journal::SnapshotInfo Core::InfoNow() const {
  journal::SnapshotInfo info;
  info.cluster_id = cluster_id_;
  info.lsn = state().lsn;
  info.epoch = state().epoch;
  info.chain = chain();
  info.schema_version = journal::kSchemaVersion;
  info.feature_level = state().feature_level;
  info.engine_time = state().engine_time;
  info.wall_time = state().wall_time;
  return info;
}

// A tail that is cut takes its snapshots with it, and there are two: neither may be of such a tail.
Lsn Core::Settled() const {
  if (!options_.pair) return durable_;
  return std::min(durable_, serving() ? committed_ : replica_.released());
}

void Core::SnapshotStep() {
  if (work_->keeping_up()) return EndUpkeep();
  if (work_->writing()) return AwaitSnapshot();
  if (retention_due_) {
    retention_due_ = false;
    return BeginUpkeep(absl::nullopt);
  }
  const Duration now = options_.clock->Monotonic();
  if (now < next_snapshot_ || has_batch()) return;
  next_snapshot_ = now + options_.snapshot_interval;
  if (disk_low_) return BeginUpkeep(absl::nullopt);  // no snapshot, but what grows old goes
  if (state().lsn == newest_snapshot_) return;
  if (absl::Status s = BeginSnapshot(); !s.ok()) NoteSnapshotFailure(s);
}

absl::StatusOr<std::unique_ptr<journal::SnapshotWriter>> Core::NewSnapshot() const {
  if (absl::Status s = RoomForSnapshot(); !s.ok()) return s;
  return journal::SnapshotWriter::Create(options_.file_system, options_.directory, InfoNow());
}

absl::Status Core::BeginSnapshot() {
  absl::StatusOr<std::unique_ptr<journal::SnapshotWriter>> writer = NewSnapshot();
  if (!writer.ok()) return writer.status();
  being_written_ = state().lsn;
  return work_->BeginWriting(*std::move(writer), state());
}

void Core::AwaitSnapshot() {
  if (being_written_ > Settled()) return;
  const absl::optional<absl::Status> ended = work_->PollWriting();
  if (!ended) return;
  if (!ended->ok()) return NoteSnapshotFailure(*ended);
  BeginUpkeep(being_written_);
}

absl::Status Core::TakeSnapshotHere() {
  const absl::StatusOr<std::unique_ptr<journal::SnapshotWriter>> writer = NewSnapshot();
  if (!writer.ok()) return writer.status();
  if (absl::Status s = WriteSnapshot(state(), writer->get()); !s.ok()) return s;
  return snapshots_.Adopt(state().lsn).status();
}

// A snapshot must not take what the calls in progress need to end.
absl::Status Core::RoomForSnapshot() const {
  uint64_t free = 0;
  const bool known = options_.file_system->GetFreeSpace(options_.directory, rocksdb::IOOptions(), &free, nullptr).ok();
  const uint64_t wanted = 2 * newest_snapshot_bytes_ + options_.low_bytes;
  if (!known || !options_.keep_reserve || free >= wanted) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("a snapshot wants ", wanted, " bytes of free disk space, there are ", free));
}

// The log is kept for as long as there is no newer snapshot: nothing is lost but time at the next start, and space.
void Core::NoteSnapshotFailure(const absl::Status& status) {
  snapshots_.DiscardPartial();
  ++snapshot_failures_;
  last_snapshot_failure_ = status;
}

journal::RetentionInput Core::RetentionNow() const {
  journal::RetentionInput retention;
  retention.limits = options_.retention;
  retention.now = options_.clock->Wall();
  retention.peer_needs_after = peer_needs_after_;
  return retention;
}

SnapshotWork::Upkeep Core::DoUpkeep(journal::LogStore* store, journal::SnapshotStore* snapshots,
                                    journal::RetentionInput retention, absl::optional<Lsn> adopt) {
  absl::optional<journal::SnapshotInfo> done;
  if (adopt) {
    absl::StatusOr<journal::SnapshotInfo> adopted = snapshots->Adopt(*adopt);
    if (!adopted.ok()) return adopted.status();
    done = *std::move(adopted);
  }
  retention.second_newest_snapshot = snapshots->SecondNewestVerified();
  // Each call looks at a bounded part of the log.
  for (Lsn first = store->Range().first;;) {
    const absl::StatusOr<Lsn> kept = journal::Retain(store, retention);
    if (!kept.ok()) return kept.status();
    if (*kept == first) return done;
    first = *kept;
  }
}

// Reading a snapshot back and dropping old batches takes as long as it takes. It alone uses snapshots_ meanwhile.
void Core::BeginUpkeep(absl::optional<Lsn> adopt) {
  upkeep_keeps_after_ = peer_needs_after_;
  work_->BeginUpkeep([this, adopt, retention = RetentionNow()] {
    return DoUpkeep(store_.get(), &snapshots_, retention, adopt);
  });
}

// By its rule the log is kept after the second newest snapshot: at most the newest there was when upkeep began.
Lsn Core::kept_from() const {
  const Lsn first = first_lsn();
  if (!work_->keeping_up()) return first;
  Lsn floor = newest_snapshot_.Next();
  if (!upkeep_keeps_after_.empty()) floor = std::min(floor, upkeep_keeps_after_.Next());
  return std::max(first, floor);
}

void Core::EndSnapshotWork() {
  work_->End();
  snapshots_.DiscardPartial();
}

void Core::EndUpkeep() {
  if (const absl::optional<SnapshotWork::Upkeep> done = work_->PollUpkeep()) TakeUpkeep(*done);
}

void Core::TakeUpkeep(const SnapshotWork::Upkeep& upkeep) {
  if (!upkeep.ok()) return NoteSnapshotFailure(upkeep.status());
  if (!upkeep->has_value()) return;
  const journal::SnapshotInfo& adopted = **upkeep;
  newest_snapshot_ = adopted.lsn;
  newest_snapshot_bytes_ = adopted.bytes;
  if (serving()) sequencer_->NoteDigest(adopted.lsn, adopted.digest);
}

}  // namespace understudy::daemon
