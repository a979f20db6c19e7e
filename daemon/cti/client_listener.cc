#include "daemon/cti/client_listener.h"

#include "base/check.h"
#include "daemon/cti/client_socket.h"

namespace understudy::daemon {

absl::StatusOr<Endpoint> ClientListener::Listen(const Endpoint& local, const net::AddressSettings& settings) {
  US_CHECK(listener_ == nullptr);
  absl::StatusOr<net::OwnedFd> fd = net::OpenTcpListener(local, settings);
  if (!fd.ok()) return fd.status();
  listener_ =
      std::make_unique<net::TcpListener>(loop_, *std::move(fd), [this](net::OwnedFd client, const Endpoint& at) {
        accepted_(ClientSocket::Open(loop_, std::move(client), at, tls_));
      });
  return listener_->local();
}

}  // namespace understudy::daemon
