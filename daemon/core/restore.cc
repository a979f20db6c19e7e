#include "daemon/core/restore.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "daemon/core/readable_version.h"
#include "engine/snapshot.h"
#include "journal/batch_view.h"

namespace understudy::daemon {
namespace {

// Whether the log is the one that `info` is a snapshot of: the chain up to there says so, where it is still known.
absl::Status CheckBelongs(const journal::LogStore& log, const journal::SnapshotInfo& info, uint64_t cluster_id) {
  if (info.cluster_id != cluster_id) return absl::DataLossError("belongs to another cluster");
  std::unique_ptr<journal::LogIterator> iterator = log.NewIterator();
  iterator->Seek(info.lsn);
  if (!iterator->Valid()) return iterator->status();
  const absl::StatusOr<journal::BatchPrelude> batch = journal::BatchPrelude::Load(iterator->bytes());
  if (!batch.ok()) return batch.status();
  if (batch->first_lsn > info.lsn.Next()) return absl::DataLossError("is older than what the log still has");
  const bool ends_there = batch->last_lsn() == info.lsn && batch->chain == info.chain;
  const bool begins_after = batch->first_lsn == info.lsn.Next() && batch->previous_chain == info.chain;
  if (ends_there || begins_after) return absl::OkStatus();
  return absl::DataLossError("belongs to another history than the log");
}

// Such a snapshot is good: to pass over it would look as if the log had a hole.
absl::Status CheckVersion(const journal::SnapshotInfo& info) {
  return CheckReadable(absl::StrCat("the snapshot at lsn ", info.lsn.value()), info.schema_version, info.feature_level);
}

absl::Status LoadState(const journal::Snapshot& snapshot, engine::State* state) {
  if (absl::Status s = engine::LoadState(snapshot.bytes, state); !s.ok()) return s;
  if (engine::DigestState(*state) == snapshot.info.digest) return absl::OkStatus();
  return absl::DataLossError("has another digest than it says");
}

// The newest that verifies, belongs to the log and loads; the remarks say why others did not.
absl::Status LoadSnapshot(const journal::LogStore& log, journal::SnapshotStore* snapshots, uint64_t cluster_id,
                          engine::State* state, Restored* restored) {
  const journal::LogRange range = log.Range();
  for (Lsn limit = range.last; !limit.empty(); limit = limit.Previous()) {
    absl::StatusOr<journal::Snapshot> snapshot = snapshots->LoadAtOrBefore(limit, &restored->remarks);
    if (absl::IsNotFound(snapshot.status())) break;
    if (!snapshot.ok()) return snapshot.status();
    limit = snapshot->info.lsn;
    absl::Status fits = CheckBelongs(log, snapshot->info, cluster_id);
    if (fits.ok()) {
      if (absl::Status s = CheckVersion(snapshot->info); !s.ok()) return s;
      fits = LoadState(*snapshot, state);
    }
    if (fits.ok()) {
      restored->snapshot_lsn = snapshot->info.lsn;
      restored->snapshot_bytes = snapshot->bytes.size();
      return absl::OkStatus();
    }
    *state = engine::State();
    restored->remarks.push_back(absl::StrCat("snapshot at lsn ", limit.value(), " ", fits.message()));
  }
  if (range.empty() || range.first == Lsn(1)) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the log begins at lsn ", range.first.value(),
                                          " and no snapshot before it verifies: restore one from a copy"));
}

}  // namespace

absl::StatusOr<Restored> Restore(const journal::LogStore& log, journal::SnapshotStore* snapshots,
                                 uint64_t cluster_id) {
  Restored restored;
  engine::State state;
  const journal::LogRange range = log.Range();
  if (absl::Status s = LoadSnapshot(log, snapshots, cluster_id, &state, &restored); !s.ok()) return s;
  restored.replica = Replica(std::move(state));
  if (range.empty()) return restored;
  const Lsn have = restored.replica.state().lsn;
  std::unique_ptr<journal::LogIterator> iterator = log.NewIterator();
  journal::BatchView batch;
  // The batch that holds the snapshot's last entry is read too, for its header.
  for (iterator->Seek(have.empty() ? Lsn(1) : have); iterator->Valid(); iterator->Next()) {
    if (absl::Status s = batch.Parse(iterator->bytes()); !s.ok()) return s;
    if (absl::Status s = restored.replica.Apply(batch, absl::nullopt); !s.ok()) return s;
  }
  if (absl::Status s = iterator->status(); !s.ok()) return s;
  if (restored.replica.state().lsn != range.last) {
    return absl::DataLossError(absl::StrCat("the log ends at lsn ", range.last.value(), ", replay at ",
                                            restored.replica.state().lsn.value()));
  }
  return restored;
}

}  // namespace understudy::daemon
