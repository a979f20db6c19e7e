// How far back the log is kept: by time and by size, and never past the second newest verified snapshot.
#ifndef UNDERSTUDY_JOURNAL_RETENTION_H_
#define UNDERSTUDY_JOURNAL_RETENTION_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "base/ids.h"
#include "base/time.h"
#include "journal/log_store.h"

namespace understudy::journal {

struct RetentionLimits {
  Duration max_age = Duration::Seconds(72 * 3600);  // by the batches' wall time; 0: no limit
  uint64_t max_bytes = uint64_t{20} << 30;          // 0: no limit
};

struct RetentionInput {
  RetentionLimits limits;
  WallTime now;
  // SnapshotStore::SecondNewestVerified(): everything after it stays, and with 0 everything stays.
  Lsn second_newest_snapshot;
  // The peer still needs the entries after this one; 0: no peer holds anything back.
  Lsn peer_needs_after;
};

// Looks at no more than `max_batches` batches from the start of the log, drops what may go, and returns the
// first lsn that remains. Call it now and then: each call goes on where the last one ended.
absl::StatusOr<Lsn> Retain(LogStore* store, const RetentionInput& input, int max_batches = 20000);

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_RETENTION_H_
