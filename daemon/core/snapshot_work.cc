#include "daemon/core/snapshot_work.h"

#include "absl/strings/string_view.h"
#include "base/siphash.h"
#include "engine/snapshot.h"

namespace understudy::daemon {

absl::Status WriteSnapshot(const engine::State& state, journal::SnapshotWriter* writer) {
  absl::Status status;
  const Hash128 digest = engine::SaveState(state, [&](absl::string_view bytes) {
    if (status.ok()) status = writer->Append(bytes);
  });
  if (!status.ok()) return status;
  return writer->Finish(digest);
}

}  // namespace understudy::daemon
