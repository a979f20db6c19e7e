// Where a node listens for T-Library clients, and what one of them may take.
#ifndef UNDERSTUDY_DAEMON_CONFIG_TLIB_CONFIG_H_
#define UNDERSTUDY_DAEMON_CONFIG_TLIB_CONFIG_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/config/peer_config.h"

namespace understudy::daemon {

struct TlibConfig {
  Endpoint listen;                   // port 0: nowhere
  Endpoint websocket;                // likewise; the same address
  std::vector<std::string> origins;  // that a WebSocket's page may have come from; empty: any
  Duration addp_timeout;             // silence after which a client's link is closed; 0: never
  absl::optional<TlsFiles> tls;      // certificate and key are there, a CA may be; nullopt: plain
  int64_t max_clients = 0;
  int64_t max_clients_per_host = 0;
  int64_t max_requests = 0;  // a second, of one client
  int64_t max_queue = 0;     // octets that wait for one client
};

// As NodeSettings.
Settings TlibSettings(const TlibConfig& tlib);
Settings ClientLimitSettings(const TlibConfig& tlib);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_TLIB_CONFIG_H_
