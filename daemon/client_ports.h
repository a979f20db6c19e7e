// Where a node's T-Library clients come in: the listeners of the configuration, and who knows their passwords.
//
//   ClientPorts ports(&loop, log);
//   ports.Adopt(config.pair.clients);
//   parts.passwords = ports.passwords();
//   absl::Status listening = ports.Listen(config.node.tlib, node->clients());
#ifndef UNDERSTUDY_DAEMON_CLIENT_PORTS_H_
#define UNDERSTUDY_DAEMON_CLIENT_PORTS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "daemon/config/client_config.h"
#include "daemon/config/tlib_config.h"
#include "daemon/cti/client_edge.h"
#include "daemon/cti/client_limits.h"
#include "daemon/cti/client_listener.h"
#include "daemon/cti/client_passwords.h"
#include "daemon/cti/password_worker.h"
#include "daemon/cti/websocket_listener.h"
#include "daemon/log/log.h"
#include "daemon/net/io_loop.h"

namespace understudy::daemon {

ClientOptions MakeClientOptions(const std::string& node_name, const TlibConfig& tlib);

class ClientPorts {
 public:
  // All outlive it; it outlives the node whose edge it serves.
  ClientPorts(net::IoLoop* loop, log::Log* log);

  void Adopt(const std::vector<ClientConfig>& clients) { passwords_.Set(clients); }
  PasswordCheck* passwords() { return &passwords_; }

  // Once. An error names the option or the file that cannot be used.
  absl::Status Listen(const TlibConfig& tlib, ClientEdge* edge);
  // Nobody is accepted any more.
  void Close();
  // WebSocket handshakes that came to nothing.
  uint64_t refused_handshakes() const { return json_ == nullptr ? 0 : json_->refused(); }

 private:
  absl::Status ListenForFrames(const TlibConfig& tlib, ClientEdge* edge);
  absl::Status ListenForJson(const TlibConfig& tlib, ClientEdge* edge);

  net::IoLoop* const loop_;
  log::Log* const log_;
  PasswordWorker worker_;
  ClientPasswords passwords_;
  std::unique_ptr<ClientListener> frames_;
  std::unique_ptr<WebsocketListener> json_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CLIENT_PORTS_H_
