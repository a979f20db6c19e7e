// The Unix socket at which understudyctl finds the server.
#ifndef UNDERSTUDY_DAEMON_CONTROL_CONTROL_SOCKET_H_
#define UNDERSTUDY_DAEMON_CONTROL_CONTROL_SOCKET_H_

#include <sys/un.h>

#include <string>

#include "absl/status/statusor.h"
#include "daemon/net/unix_listener.h"

namespace understudy::control {

// InvalidArgument when `path` is empty or longer than a socket's path can be (107 bytes).
absl::StatusOr<sockaddr_un> SocketAddress(const std::string& path);

// See ControlServer::Listen.
absl::StatusOr<net::UnixListener> OpenControlSocket(const std::string& path);

}  // namespace understudy::control

#endif  // UNDERSTUDY_DAEMON_CONTROL_CONTROL_SOCKET_H_
