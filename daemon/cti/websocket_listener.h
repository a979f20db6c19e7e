// Accepts clients that speak JSON over WebSocket (RFC 6455), plain or through TLS: each text message is a frame
// (frame_json.h), at the path /tlib.
//
//   WebsocketListener listener(&loop, tls, {"https://crm.example.com"},
//                              [&](std::shared_ptr<ClientConnection> client) { edge.Accept(client); });
//   absl::StatusOr<Endpoint> at = listener.Listen(endpoint, {"tlib-websocket-port", "tlib-address"});
//
// A page's browser says what origin it came from: with a list, another one is refused, so that no page of a stranger's
// uses what the browser of somebody inside can reach. Programs send no origin and are let in.
#ifndef UNDERSTUDY_DAEMON_CTI_WEBSOCKET_LISTENER_H_
#define UNDERSTUDY_DAEMON_CTI_WEBSOCKET_LISTENER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/endpoint.h"
#include "daemon/cti/client_connection.h"
#include "daemon/http/tls_context.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/open_socket.h"
#include "daemon/net/tcp_listener.h"

namespace understudy::daemon {

class WebsocketListener {
 public:
  using Accepted = std::function<void(std::shared_ptr<ClientConnection> connection)>;

  // `tls`: nullptr for plain TCP. `origins`: empty: any.
  WebsocketListener(net::IoLoop* loop, std::shared_ptr<http::TlsContext> tls, std::vector<std::string> origins,
                    Accepted accepted);
  // Connections that were given live on, the others end.
  ~WebsocketListener();

  // Once. Returns where it is bound (a port that the kernel chose included). An error says what the operator can do.
  absl::StatusOr<Endpoint> Listen(const Endpoint& local, const net::AddressSettings& settings);

  // Handshakes that failed: too slow, no WebSocket, another path or origin, too many at once, or of one host.
  uint64_t refused() const;

  struct Rep;

 private:
  net::IoLoop* const loop_;
  const std::shared_ptr<Rep> rep_;
  std::unique_ptr<net::TcpListener> listener_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_WEBSOCKET_LISTENER_H_
