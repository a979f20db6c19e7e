#include "daemon/core/snapshot_child.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/snapshot.h"

namespace understudy::daemon {
namespace {

void CloseSockets() {
  DIR* const descriptors = opendir("/proc/self/fd");
  if (descriptors == nullptr) return;
  while (const dirent* entry = readdir(descriptors)) {
    const int fd = atoi(entry->d_name);
    struct stat info {};
    if (fd > STDERR_FILENO && fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode)) close(fd);
  }
  closedir(descriptors);
}

// A signal to the process group is the parent's affair, and a crash of the child says nothing about an input.
void LeaveParentsAffairs(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::signal(signal, SIG_DFL);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) ::signal(signal, SIG_IGN);
  CloseSockets();
}

}  // namespace

absl::Status WriteSnapshot(const engine::State& state, journal::SnapshotWriter* writer) {
  absl::Status status;
  engine::SaveState(state, [&](absl::string_view bytes) {
    if (status.ok()) status = writer->Append(bytes);
  });
  if (!status.ok()) return status;
  return writer->Finish(engine::DigestState(state));
}

void SnapshotChild::Abandon() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

absl::Status SnapshotChild::Start(std::shared_ptr<rocksdb::FileSystem> file_system, const std::string& directory,
                                  const journal::SnapshotInfo& info, const engine::State& state) {
  if (running()) return absl::UnavailableError("a snapshot is being taken");
  absl::StatusOr<std::unique_ptr<journal::SnapshotWriter>> writer =
      journal::SnapshotWriter::Create(std::move(file_system), directory, info);
  if (!writer.ok()) return writer.status();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return absl::UnavailableError("fork failed: no memory or too many processes");
  if (child == 0) {
    LeaveParentsAffairs(parent);
    _exit(WriteSnapshot(state, writer->get()).ok() ? 0 : 1);
  }
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
  if (WIFSIGNALED(status)) {
    return absl::InternalError(absl::StrCat("the snapshot's process ended by signal ", WTERMSIG(status)));
  }
  return absl::InternalError("the snapshot could not be written: is the disk full?");
}

}  // namespace understudy::daemon
