// Whether SIP comes through to the node that serves (option sip-pass-check; SIP traffic monitoring in the guide).
//
// It does not when every device with oos-check has been found out of service, and no SIP message at all has come for
// the longest of their oos-check and oos-force together, of which the latter counts as 5 s at least. Then this node's
// network is more likely at fault than all of theirs: it reports SERVICE_UNAVAILABLE, and whoever distributes calls, or
// decides on a switchover, hears of it at /readyz. The server does not switch over by itself.
#ifndef UNDERSTUDY_DAEMON_SIP_PASS_H_
#define UNDERSTUDY_DAEMON_SIP_PASS_H_

#include "base/time.h"
#include "engine/state.h"

namespace understudy::daemon {

// Times are of a clock that does not step.
class SipPass {
 public:
  // A SIP message has come, or this node begins to serve.
  void Heard(Duration now) { heard_ = now; }

  bool Unavailable(const engine::State& state, Duration now) const;

 private:
  Duration heard_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_SIP_PASS_H_
