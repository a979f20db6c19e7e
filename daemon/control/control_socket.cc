#include "daemon/control/control_socket.h"

namespace understudy::control {
namespace {

constexpr char kWho[] = "control";

}  // namespace

absl::StatusOr<sockaddr_un> SocketAddress(const std::string& path) {
  return net::UnixAddress(path, kWho);
}

absl::StatusOr<net::UnixListener> OpenControlSocket(const std::string& path) {
  return net::UnixListener::Open(path, {kWho, "node: control"});
}

}  // namespace understudy::control
