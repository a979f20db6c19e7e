// Takes a snapshot without stopping: a forked child writes the state as it was at the fork, the parent goes on.
//
// The child only computes and writes to the file opened before the fork, then ends; it touches no lock of another
// thread but malloc's, which fork keeps usable. It holds no socket and dies with its parent, so that a node that was
// killed can bind its ports again at once.
#ifndef UNDERSTUDY_DAEMON_CORE_SNAPSHOT_CHILD_H_
#define UNDERSTUDY_DAEMON_CORE_SNAPSHOT_CHILD_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "engine/state.h"
#include "journal/snapshot_store.h"

namespace understudy::daemon {

// Writes `state` with `writer` in this process. InternalError and the like: the disk's.
absl::Status WriteSnapshot(const engine::State& state, journal::SnapshotWriter* writer);

class SnapshotChild {
 public:
  SnapshotChild() = default;
  ~SnapshotChild() { Abandon(); }
  SnapshotChild(const SnapshotChild&) = delete;
  SnapshotChild& operator=(const SnapshotChild&) = delete;

  bool running() const { return pid_ != 0; }
  Lsn lsn() const { return lsn_; }

  // Forks. Unavailable when one is running or fork fails.
  absl::Status Start(std::shared_ptr<rocksdb::FileSystem> file_system, const std::string& directory,
                     const journal::SnapshotInfo& info, const engine::State& state);

  // nullopt while it runs; then whether the partial file is whole.
  absl::optional<absl::Status> Poll();

  // Ends the child if one is running; its file stays partial.
  void Abandon();

 private:
  absl::Status Reaped(int status);

  pid_t pid_ = 0;
  Lsn lsn_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_SNAPSHOT_CHILD_H_
