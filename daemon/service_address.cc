#include "daemon/service_address.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/core/clock.h"
#include "daemon/net/owned_fd.h"

extern char** environ;

namespace understudy::daemon {
namespace {

constexpr Duration kLook = Duration::Milliseconds(10);  // at a child that no descriptor tells of

// Until the child `pid` has ended, which is left to be waited for; false: it has not in that time. Signals of this
// process do not matter.
bool EndsWithin(pid_t pid, Duration time) {
  const SystemClock clock;
  const Duration end = clock.Monotonic() + time;
  const net::OwnedFd ended(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  for (;;) {
    siginfo_t info = {};
    if (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid)
      return true;
    const Duration left = end - clock.Monotonic();
    if (left <= Duration()) return false;
    pollfd wait{ended.get(), POLLIN, 0};  // -1 is passed over by poll
    const Duration pause = ended.valid() ? left : std::min(left, kLook);
    poll(&wait, 1, static_cast<int>(pause.milliseconds()) + 1);
  }
}

}  // namespace

absl::Status ServiceAddress::Prepare() {
  if (absl::Status s = Run(options_.scripts.down); !s.ok()) return s;
  if (options_.socket_holder.empty()) return absl::OkStatus();
  absl::StatusOr<net::HandedSockets> handed =
      net::TakeSockets(options_.socket_holder, options_.address, options_.streams);
  if (handed.ok()) handed_ = *std::move(handed);
  return handed.status();
}

absl::Status ServiceAddress::Open() {
  if (absl::Status s = Run(options_.scripts.up); !s.ok()) return s;
  if (absl::Status s = Listen(Transport::kUdp, options_.address, handed_ ? &handed_->udp : nullptr); !s.ok()) return s;
  if (absl::Status s = Listen(Transport::kTcp, options_.address, handed_ ? &handed_->tcp : nullptr); !s.ok()) return s;
  for (size_t i = 0; i < options_.streams.size(); ++i) {
    const net::ServedStream& stream = options_.streams[i];
    const net::OwnedFd* fd = handed_ ? &handed_->streams[i].fd : nullptr;
    if (absl::Status s = Listen(stream.transport, stream.at, fd); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status ServiceAddress::Close() {
  transport_->StopListening();
  return Run(options_.scripts.down);
}

absl::Status ServiceAddress::Listen(Transport kind, const Endpoint& at, const net::OwnedFd* handed) const {
  if (handed == nullptr) return transport_->Listen(kind, at).status();
  absl::StatusOr<net::OwnedFd> copy = net::CopyOf(*handed);
  if (!copy.ok()) return copy.status();
  return transport_->Listen(kind, at, copy->Detach()).status();
}

absl::Status ServiceAddress::Run(const std::string& script) const {
  if (script.empty()) return absl::OkStatus();
  char* const arguments[] = {const_cast<char*>(script.c_str()), nullptr};
  pid_t pid = 0;
  if (const int error = posix_spawn(&pid, script.c_str(), nullptr, nullptr, arguments, environ); error != 0) {
    return absl::FailedPreconditionError(absl::StrCat(script, " cannot be run: ", strerror(error)));
  }
  const bool in_time = EndsWithin(pid, options_.scripts.timeout);
  if (!in_time) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time)
    return absl::DeadlineExceededError(absl::StrCat(script, " did not end within node/service-script-timeout, ",
                                                    options_.scripts.timeout.milliseconds(), " ms, and was killed"));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(script, " ended with status ", status));
}

}  // namespace understudy::daemon
