// Accepts clients' connections at one address.
//
//   ClientListener listener(&loop, tls, [&](std::shared_ptr<ClientConnection> client) { edge.Accept(client); });
//   absl::StatusOr<Endpoint> at = listener.Listen(endpoint, {"tlib-port", "tlib-address"});
#ifndef UNDERSTUDY_DAEMON_CTI_CLIENT_LISTENER_H_
#define UNDERSTUDY_DAEMON_CTI_CLIENT_LISTENER_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "base/endpoint.h"
#include "daemon/cti/client_connection.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/open_socket.h"
#include "daemon/net/tcp_listener.h"
#include "daemon/tls/tls_context.h"

namespace understudy::daemon {

class ClientListener {
 public:
  using Accepted = std::function<void(std::shared_ptr<ClientConnection> connection)>;

  // `tls`: nullptr for plain TCP.
  ClientListener(net::IoLoop* loop, std::shared_ptr<const tls::TlsContext> tls, Accepted accepted)
      : loop_(loop), tls_(std::move(tls)), accepted_(std::move(accepted)) {}

  // Once. Returns where it is bound (a port that the kernel chose included). An error says what the operator can do.
  absl::StatusOr<Endpoint> Listen(const Endpoint& local, const net::AddressSettings& settings);

 private:
  net::IoLoop* const loop_;
  const std::shared_ptr<const tls::TlsContext> tls_;
  const Accepted accepted_;
  std::unique_ptr<net::TcpListener> listener_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_CLIENT_LISTENER_H_
