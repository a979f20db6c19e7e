// The address that phones know, as a node takes it and lets it go with its role.
//
//   gate->Open();      // this node has become primary: what comes to the address is read here from now on
//   gate->Close();     // it is primary no longer
//
// Both may block for a while (ServiceAddress runs scripts). One thread.
#ifndef UNDERSTUDY_DAEMON_SERVICE_GATE_H_
#define UNDERSTUDY_DAEMON_SERVICE_GATE_H_

#include "absl/status/status.h"

namespace understudy::daemon {

class ServiceGate {
 public:
  virtual ~ServiceGate() = default;

  // An error: the node cannot serve.
  virtual absl::Status Open() = 0;
  // The address is let go, and with it all that the transport had of the world, whatever is returned: an error says
  // that somebody outside may still send here.
  virtual absl::Status Close() = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_SERVICE_GATE_H_
