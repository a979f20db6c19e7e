// Whether a node should live on and whether it should be given calls. Two questions, two pages: /healthz for who would
// start it anew (a new start must help), /readyz for who distributes calls.
#ifndef UNDERSTUDY_DAEMON_HEALTH_H_
#define UNDERSTUDY_DAEMON_HEALTH_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/time.h"

namespace understudy::daemon {

// How long something has waited without any progress.
//
//   wait.Look(core.durable(), core.end(), now);   // at the end of every turn
//   wait.Since(now)
class Wait {
 public:
  // Up to `done` of what should come up to `wanted`. `now`: any clock that does not step.
  void Look(Lsn done, Lsn wanted, Duration now);
  // 0: nothing waits.
  Duration Since(Duration now) const { return since_ ? now - *since_ : Duration(); }

 private:
  Lsn done_;
  absl::optional<Duration> since_;
};

struct Health {
  Duration disk_waits = {};  // since something has waited for the disk and nothing has become durable; 0: nothing waits
  bool backlogged = false;
  bool disk_low = false;
  bool overloaded = false;
  absl::string_view standby = {};  // the role of a node that does not serve; empty: it serves
  Duration pair_waits = {};        // since effects have waited for the pair's rule and none has left; 0: none waits
  bool witness_lost = false;
  bool sip_silent = false;  // no SIP comes through: daemon/sip_pass.h
};

// Why not, in words; empty: it is.
std::vector<std::string> WhyNotAlive(const Health& health);
std::vector<std::string> WhyNotReady(const Health& health);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_HEALTH_H_
