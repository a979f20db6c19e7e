#include "daemon/core/forked_child.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace understudy::daemon {
namespace {

// Where processors are scarce, calls come first.
constexpr int kNice = 5;

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
  setpriority(PRIO_PROCESS, 0, kNice);
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::signal(signal, SIG_DFL);
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) ::signal(signal, SIG_IGN);
  CloseSockets();
}

absl::Status Reaped(pid_t ended, int status) {
  if (ended < 0) return absl::InternalError("waitpid failed");
  if (WIFSIGNALED(status)) return absl::InternalError(absl::StrCat("the child ended by signal ", WTERMSIG(status)));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the child ended with code ", WEXITSTATUS(status)));
}

}  // namespace

absl::Status ForkedChild::Start(absl::FunctionRef<int()> work) {
  if (running()) return absl::UnavailableError("a child is running");
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return absl::UnavailableError("fork failed: no memory or too many processes");
  if (child == 0) {
    LeaveParentsAffairs(parent);
    _exit(work());
  }
  pid_ = child;
  return absl::OkStatus();
}

absl::optional<absl::Status> ForkedChild::Poll() {
  if (pid_ == 0) return absl::nullopt;
  int status = 0;
  const pid_t ended = waitpid(pid_, &status, WNOHANG);
  if (ended == 0) return absl::nullopt;
  pid_ = 0;
  return Reaped(ended, status);
}

absl::Status ForkedChild::Await() {
  int status = 0;
  const pid_t ended = waitpid(std::exchange(pid_, 0), &status, 0);
  return Reaped(ended, status);
}

void ForkedChild::Abandon() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  Await().IgnoreError();
}

}  // namespace understudy::daemon
