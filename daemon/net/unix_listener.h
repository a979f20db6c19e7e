// A Unix socket that listens under a name in the file system: made, guarded against a second process, removed.
//
//   absl::StatusOr<UnixListener> listener = UnixListener::Open("/run/understudy/control", {"control", "node:
//   control"});
//
// Only its owner may connect (mode 0600). Beside it lies "PATH.lock", which stays. One thread.
#ifndef UNDERSTUDY_DAEMON_NET_UNIX_LISTENER_H_
#define UNDERSTUDY_DAEMON_NET_UNIX_LISTENER_H_

#include <sys/un.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daemon/net/owned_fd.h"

namespace understudy::net {

// For errors: whose socket it is, and where the operator gives another path.
struct UnixSocketWords {
  absl::string_view who;
  absl::string_view setting;
};

// InvalidArgument when `path` is empty or longer than a socket's path can be (107 bytes).
absl::StatusOr<sockaddr_un> UnixAddress(const std::string& path, absl::string_view who);

class UnixListener {
 public:
  // A listening, non-blocking socket. One that a dead process left is replaced. AlreadyExists: somebody listens there.
  // FailedPrecondition: what lies there is no socket.
  static absl::StatusOr<UnixListener> Open(const std::string& path, const UnixSocketWords& words);
  UnixListener() = default;
  UnixListener(UnixListener&& other) noexcept;
  UnixListener& operator=(UnixListener&& other) noexcept;
  ~UnixListener();

  int fd() const { return fd_.get(); }

 private:
  std::string path_;  // empty: nothing to remove
  OwnedFd lock_;
  OwnedFd fd_;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_UNIX_LISTENER_H_
