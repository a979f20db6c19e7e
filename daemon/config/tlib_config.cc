#include "daemon/config/tlib_config.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daemon/config/option_value.h"

namespace understudy::daemon {

Settings TlibSettings(const TlibConfig& tlib) {
  const TlsFiles tls = tlib.tls.value_or(TlsFiles());
  return {
      {"node/tlib-addp-timeout", SpanText(tlib.addp_timeout)},
      {"node/tlib-address", tlib.listen.WithPort(0).ToText()},
      {"node/tlib-port", absl::StrCat(tlib.listen.port())},
      {"node/tlib-tls-ca", tls.ca},
      {"node/tlib-tls-certificate", tls.certificate},
      {"node/tlib-tls-key", tls.key},
      {"node/tlib-websocket-origins", absl::StrJoin(tlib.origins, ",")},
      {"node/tlib-websocket-port", absl::StrCat(tlib.websocket.port())},
  };
}

Settings ClientLimitSettings(const TlibConfig& tlib) {
  return {
      {"node.limits/max-client-queue", absl::StrCat(tlib.max_queue)},
      {"node.limits/max-client-requests", absl::StrCat(tlib.max_requests)},
      {"node.limits/max-clients", absl::StrCat(tlib.max_clients)},
      {"node.limits/max-clients-per-host", absl::StrCat(tlib.max_clients_per_host)},
  };
}

}  // namespace understudy::daemon
