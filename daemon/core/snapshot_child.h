// Takes a snapshot without stopping: a forked child writes the state as it was at the fork to the file that was opened
// before, the parent goes on.
#ifndef UNDERSTUDY_DAEMON_CORE_SNAPSHOT_CHILD_H_
#define UNDERSTUDY_DAEMON_CORE_SNAPSHOT_CHILD_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "daemon/core/forked_child.h"
#include "engine/state.h"
#include "journal/snapshot_store.h"

namespace understudy::daemon {

// Writes `state` with `writer` in this process. InternalError and the like: the disk's.
absl::Status WriteSnapshot(const engine::State& state, journal::SnapshotWriter* writer);

class SnapshotChild {
 public:
  bool running() const { return child_.running(); }
  Lsn lsn() const { return lsn_; }

  // Forks. Unavailable when one is running or fork fails.
  absl::Status Start(std::shared_ptr<rocksdb::FileSystem> file_system, const std::string& directory,
                     const journal::SnapshotInfo& info, const engine::State& state);

  // nullopt while it runs; then whether the partial file is whole.
  absl::optional<absl::Status> Poll();

  // Ends the child if one is running; its file stays partial.
  void Abandon() { child_.Abandon(); }

 private:
  ForkedChild child_;
  Lsn lsn_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_SNAPSHOT_CHILD_H_
