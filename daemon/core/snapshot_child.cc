#include "daemon/core/snapshot_child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/snapshot.h"

namespace understudy::daemon {

absl::Status WriteSnapshot(const engine::State& state, journal::SnapshotWriter* writer) {
  absl::Status status;
  engine::SaveState(state, [&](absl::string_view bytes) {
    if (status.ok()) status = writer->Append(bytes);
  });
  if (!status.ok()) return status;
  return writer->Finish(engine::DigestState(state));
}

SnapshotChild::~SnapshotChild() {
  if (pid_ != 0) waitpid(pid_, nullptr, 0);
}

absl::Status SnapshotChild::Start(std::shared_ptr<rocksdb::FileSystem> file_system, const std::string& directory,
                                  const journal::SnapshotInfo& info, const engine::State& state) {
  if (running()) return absl::UnavailableError("a snapshot is being taken");
  absl::StatusOr<std::unique_ptr<journal::SnapshotWriter>> writer =
      journal::SnapshotWriter::Create(std::move(file_system), directory, info);
  if (!writer.ok()) return writer.status();
  const pid_t child = fork();
  if (child < 0) return absl::UnavailableError("fork failed: no memory or too many processes");
  if (child == 0) _exit(WriteSnapshot(state, writer->get()).ok() ? 0 : 1);
  pid_ = child;
  lsn_ = info.lsn;
  return absl::OkStatus();
}

absl::optional<absl::Status> SnapshotChild::Poll() {
  if (pid_ == 0) return absl::nullopt;
  int status = 0;
  const pid_t ended = waitpid(pid_, &status, WNOHANG);
  if (ended == 0) return absl::nullopt;
  pid_ = 0;
  return ended < 0 ? absl::InternalError("waitpid failed") : Reaped(status);
}

absl::Status SnapshotChild::Reaped(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  if (WIFSIGNALED(status)) return absl::InternalError(absl::StrCat("the snapshot's process ended by signal ", WTERMSIG(status)));
  return absl::InternalError("the snapshot could not be written: is the disk full?");
}

}  // namespace understudy::daemon
