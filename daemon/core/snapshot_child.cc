#include "daemon/core/snapshot_child.h"

#include <utility>

#include "absl/strings/str_cat.h"
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

absl::Status SnapshotChild::Start(std::shared_ptr<rocksdb::FileSystem> file_system, const std::string& directory,
                                  const journal::SnapshotInfo& info, const engine::State& state) {
  if (running()) return absl::UnavailableError("a snapshot is being taken");
  absl::StatusOr<std::unique_ptr<journal::SnapshotWriter>> writer =
      journal::SnapshotWriter::Create(std::move(file_system), directory, info);
  if (!writer.ok()) return writer.status();
  const absl::Status started = child_.Start([&] { return WriteSnapshot(state, writer->get()).ok() ? 0 : 1; });
  if (started.ok()) lsn_ = info.lsn;
  return started;
}

absl::optional<absl::Status> SnapshotChild::Poll() {
  const absl::optional<absl::Status> ended = child_.Poll();
  if (!ended || ended->ok()) return ended;
  return absl::InternalError(absl::StrCat("the snapshot could not be written (is the disk full?): ", ended->message()));
}

}  // namespace understudy::daemon
