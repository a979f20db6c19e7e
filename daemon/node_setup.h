// From the configuration file to the parts of a node.
#ifndef UNDERSTUDY_DAEMON_NODE_SETUP_H_
#define UNDERSTUDY_DAEMON_NODE_SETUP_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "base/siphash.h"
#include "daemon/auth/authenticator.h"
#include "daemon/config/config.h"
#include "daemon/core/clock.h"
#include "daemon/core/core.h"
#include "daemon/dns/dns_resolver.h"
#include "daemon/link/peer_port.h"
#include "daemon/net/handed_sockets.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/tls_contexts.h"
#include "daemon/net/traffic.h"
#include "daemon/pair/pair_driver.h"
#include "daemon/witness/witness.h"

namespace understudy::daemon {

// Chance for keys and ids.
HashKey FreshKey();

net::TrafficLimits MakeTrafficLimits(const LimitsConfig& limits);
dns::DnsOptions MakeDnsOptions(const DnsConfig& config);
auth::AuthenticatorOptions MakeAuthenticatorOptions(const LimitsConfig& limits);
// An error names the file that cannot be used.
absl::StatusOr<net::TlsContexts> MakeTlsContexts(const SipTlsConfig& config);
// Where the pair listens beside UDP and TCP at its service address.
std::vector<net::ServedStream> ListenersOf(const PairConfig& pair);
CoreOptions MakeCoreOptions(const NodeConfig& node, const Clock* clock);

// All for a configuration with a peer (CHECK). An error names the file or the endpoint that cannot be used.
absl::StatusOr<std::unique_ptr<witness::Witness>> MakeWitness(const Config& config, net::IoLoop* loop);
absl::StatusOr<std::unique_ptr<link::PeerPort>> MakePeerPort(const Config& config, net::IoLoop* loop);
PairDriverOptions MakePairOptions(const Config& config);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_NODE_SETUP_H_
