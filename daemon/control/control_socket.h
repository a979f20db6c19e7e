// The Unix socket at which understudyctl finds the server: made, guarded, removed.
#ifndef UNDERSTUDY_DAEMON_CONTROL_CONTROL_SOCKET_H_
#define UNDERSTUDY_DAEMON_CONTROL_CONTROL_SOCKET_H_

#include <sys/un.h>

#include <string>

#include "absl/status/statusor.h"
#include "daemon/net/owned_fd.h"

namespace understudy::control {

// InvalidArgument when `path` is empty or longer than a socket's path can be (107 bytes).
absl::StatusOr<sockaddr_un> SocketAddress(const std::string& path);

// A listening socket with a name in the file system, which goes with it.
class ControlSocket {
 public:
  // See ControlServer::Listen.
  static absl::StatusOr<ControlSocket> Open(const std::string& path);
  ControlSocket() = default;
  ControlSocket(ControlSocket&& other) noexcept;
  ControlSocket& operator=(ControlSocket&& other) noexcept;
  ~ControlSocket();

  int fd() const { return fd_.get(); }

 private:
  std::string path_;  // empty: nothing to remove
  net::OwnedFd lock_;
  net::OwnedFd fd_;
};

}  // namespace understudy::control

#endif  // UNDERSTUDY_DAEMON_CONTROL_CONTROL_SOCKET_H_
