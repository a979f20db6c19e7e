// Rebuilds the state from what the journal's directory holds: the newest snapshot that verifies, and the tail.
#ifndef UNDERSTUDY_DAEMON_CORE_RESTORE_H_
#define UNDERSTUDY_DAEMON_CORE_RESTORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/ids.h"
#include "daemon/core/replica.h"
#include "journal/log_store.h"
#include "journal/snapshot_store.h"

namespace understudy::daemon {

struct Restored {
  Replica replica;
  Lsn snapshot_lsn;             // 0: replayed from the first entry
  uint64_t snapshot_bytes = 0;  // of it
  std::vector<std::string> remarks;  // for the log: snapshots that were skipped, and why
};

// DataLoss: an entry is damaged or missing. FailedPrecondition: an entry's effects are not those that were recorded:
// this is not the program that wrote the journal, and the node must not serve; or a later version wrote it.
absl::StatusOr<Restored> Restore(const journal::LogStore& log, journal::SnapshotStore* snapshots, uint64_t cluster_id);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_RESTORE_H_
