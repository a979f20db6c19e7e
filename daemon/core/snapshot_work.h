// What takes long about snapshots and must not hold up the loop: writing the state as it was at a moment, and reading a
// snapshot back and clearing up after it. One of the two at a time, asked for and polled from one thread.
//
//   status = work->BeginWriting(std::move(writer), state);   // between two batches
//   every turn: while work->writing(), absl::optional<absl::Status> ended = work->PollWriting();
//   work->BeginUpkeep([=] { return Adopt(lsn); });
//   every turn: while work->keeping_up(), absl::optional<SnapshotWork::Upkeep> done = work->PollUpkeep();
//
// How it is kept apart from the loop is for the implementation to say. Whatever ends it, a partial snapshot is never
// anything else until upkeep adopts it; who keeps the directory discards it.
#ifndef UNDERSTUDY_DAEMON_CORE_SNAPSHOT_WORK_H_
#define UNDERSTUDY_DAEMON_CORE_SNAPSHOT_WORK_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "engine/state.h"
#include "journal/snapshot_store.h"

namespace understudy::daemon {

class SnapshotWork {
 public:
  // The snapshot that was adopted, if one was.
  using Upkeep = absl::StatusOr<absl::optional<journal::SnapshotInfo>>;

  // Nothing goes on afterwards.
  virtual ~SnapshotWork() = default;

  // Of the state as it is now. Unavailable: it cannot be begun now.
  virtual absl::Status BeginWriting(std::unique_ptr<journal::SnapshotWriter> writer, const engine::State& state) = 0;
  // From BeginWriting until PollWriting said how it ended.
  virtual bool writing() const = 0;
  // nullopt while it goes on; then whether the partial snapshot is whole.
  virtual absl::optional<absl::Status> PollWriting() = 0;

  // Only `upkeep` uses what it uses until PollUpkeep or End says that it has ended.
  virtual void BeginUpkeep(std::function<Upkeep()> upkeep) = 0;
  // From BeginUpkeep until PollUpkeep said what it came to.
  virtual bool keeping_up() const = 0;
  // nullopt while it goes on.
  virtual absl::optional<Upkeep> PollUpkeep() = 0;

  // What is being written is abandoned and stays partial, upkeep is completed; nobody hears of either.
  virtual void End() = 0;
};

// Writes `state` with `writer`, here and now. The errors of the disk.
absl::Status WriteSnapshot(const engine::State& state, journal::SnapshotWriter* writer);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_SNAPSHOT_WORK_H_
