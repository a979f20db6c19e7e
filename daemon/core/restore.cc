#include "daemon/core/restore.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/apply.h"
#include "engine/effect_hash.h"
#include "engine/input_codec.h"
#include "engine/snapshot.h"
#include "journal/batch_view.h"

namespace understudy::daemon {
namespace {

absl::Status LoadSnapshot(const journal::LogRange& range, journal::SnapshotStore* snapshots, Restored* restored) {
  absl::StatusOr<journal::Snapshot> snapshot = snapshots->LoadAtOrBefore(range.last, &restored->remarks);
  if (absl::IsNotFound(snapshot.status())) {
    if (range.empty() || range.first == Lsn(1)) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat("the log begins at lsn ", range.first.value(),
                                            " and no snapshot before it verifies: restore one from a copy"));
  }
  if (!snapshot.ok()) return snapshot.status();
  if (absl::Status s = engine::LoadState(snapshot->bytes, &restored->state); !s.ok()) return s;
  if (engine::DigestState(restored->state) != snapshot->info.digest) {
    return absl::DataLossError(absl::StrCat("snapshot at lsn ", snapshot->info.lsn.value(), " has another digest"));
  }
  restored->snapshot_lsn = snapshot->info.lsn;
  return absl::OkStatus();
}

absl::Status ReplayEntry(const journal::EntryRecord& record, Epoch epoch, Restored* restored,
                         engine::Effects* effects) {
  engine::Entry entry;
  entry.lsn = record.lsn;
  entry.epoch = epoch;
  entry.engine_time = record.engine_time;
  entry.wall_time = record.wall_time;
  if (absl::Status s = engine::DecodeInput(record.payload, &entry.input); !s.ok()) return s;
  engine::Apply(&restored->state, entry, effects);
  ++restored->replayed;
  if (engine::HashEffects(*effects) == record.effects_hash) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("replay of lsn ", record.lsn.value(),
                   " does not give the effects that were recorded: start the version that wrote this journal"));
}

absl::Status ReplayBatch(const journal::BatchView& batch, Restored* restored) {
  restored->last_header = batch.header();
  for (size_t i = 0; i < batch.size(); ++i) {
    const journal::EntryRecord record = batch[i];
    if (record.lsn <= restored->state.lsn) continue;
    if (record.lsn != restored->state.lsn.Next()) {
      return absl::DataLossError(absl::StrCat("entry ", restored->state.lsn.Next().value(), " is missing"));
    }
    engine::Effects effects;
    if (absl::Status s = ReplayEntry(record, batch.header().epoch, restored, &effects); !s.ok()) return s;
    restored->uncertain.emplace_back(record.lsn, std::move(effects));
  }
  // What was released by the time of a later batch is not uncertain any more.
  std::vector<std::pair<Lsn, engine::Effects>>& uncertain = restored->uncertain;
  size_t certain = 0;
  while (certain < uncertain.size() && uncertain[certain].first <= batch.header().released_up_to) ++certain;
  uncertain.erase(uncertain.begin(), uncertain.begin() + static_cast<ptrdiff_t>(certain));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Restored> Restore(const journal::LogStore& log, journal::SnapshotStore* snapshots) {
  Restored restored;
  const journal::LogRange range = log.Range();
  if (absl::Status s = LoadSnapshot(range, snapshots, &restored); !s.ok()) return s;
  if (range.empty()) return restored;
  std::unique_ptr<journal::LogIterator> iterator = log.NewIterator();
  journal::BatchView batch;
  // The batch that holds the snapshot's last entry is read too, for its header.
  for (iterator->Seek(restored.state.lsn.empty() ? Lsn(1) : restored.state.lsn); iterator->Valid(); iterator->Next()) {
    if (absl::Status s = batch.Parse(iterator->bytes()); !s.ok()) return s;
    if (absl::Status s = ReplayBatch(batch, &restored); !s.ok()) return s;
  }
  if (absl::Status s = iterator->status(); !s.ok()) return s;
  if (restored.state.lsn != range.last) {
    return absl::DataLossError(absl::StrCat("the log ends at lsn ", range.last.value(), ", replay at ",
                                            restored.state.lsn.value()));
  }
  return restored;
}

}  // namespace understudy::daemon
