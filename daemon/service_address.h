// The address that phones know, while this node serves it: sockets of its own, or those of the socket holder, and the
// operator's scripts that move the address to this machine and away.
//
//   ServiceAddress service(options, &transport);
//   service.Prepare();                 // at start: a former life may have left the address here; whoever holds the
//                                      // sockets gives them now, not in a failover
//   service.Open();                    // when this node becomes primary
//   service.Close();                   // when it is primary no longer
//
// A script runs to its end before the call returns, and nothing else in this process does meanwhile: no peer, no
// witness and no phone is heard. After scripts.timeout it is killed, and the call is an error; so that is the longest
// time that each of Prepare, Open and Close takes. Not thread-safe.
#ifndef UNDERSTUDY_DAEMON_SERVICE_ADDRESS_H_
#define UNDERSTUDY_DAEMON_SERVICE_ADDRESS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "daemon/config/node_config.h"
#include "daemon/net/handed_sockets.h"
#include "daemon/net/sip_transport.h"
#include "daemon/service_gate.h"

namespace understudy::daemon {

class ServiceAddress : public ServiceGate {
 public:
  struct Options {
    Endpoint address;                        // UDP and TCP
    std::vector<net::ServedStream> streams;  // what else is listened for
    std::string socket_holder;               // path of its Unix socket; empty: own sockets
    ServiceScripts scripts;
  };

  // `transport` outlives the address's last Open and Close.
  ServiceAddress(const Options& options, net::SipTransport* transport) : options_(options), transport_(transport) {}

  absl::Status Prepare();
  absl::Status Open() override;
  // The script's failure; the address is closed either way.
  absl::Status Close() override;

 private:
  absl::Status Listen(Transport kind, const Endpoint& at, const net::OwnedFd* handed) const;
  absl::Status Run(const std::string& script) const;

  const Options options_;
  net::SipTransport* const transport_;
  absl::optional<net::HandedSockets> handed_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_SERVICE_ADDRESS_H_
