// Whom a node asks for host names.
#ifndef UNDERSTUDY_DAEMON_CONFIG_DNS_CONFIG_H_
#define UNDERSTUDY_DAEMON_CONFIG_DNS_CONFIG_H_

#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/config/diagnostics.h"
#include "daemon/config/node_section.h"
#include "daemon/config/peer_config.h"

namespace understudy::daemon {

struct DnsConfig {
  std::vector<Endpoint> servers;  // at most 8, in order; empty: those of the system
  Duration timeout;               // 100 ms to 30 s
  int tries = 0;                  // 1 to 10
};

// With errors in `diagnostics` the result is of no use.
DnsConfig ReadDns(const NodeSection& node, Diagnostics& diagnostics);

// As NodeSettings.
Settings DnsSettings(const DnsConfig& dns);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_DNS_CONFIG_H_
