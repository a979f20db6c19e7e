#include "daemon/core/peer_clock.h"

#include <algorithm>

namespace understudy::daemon {

Duration PeerClock::AgeOf(Epoch epoch, Duration formed, Duration now) {
  const Duration difference = now - formed;
  const Duration drift = Duration::Nanoseconds((now - heard_).nanoseconds() / kDriftPart);
  difference_ = epoch == epoch_ ? std::min(difference, difference_ + drift) : difference;
  epoch_ = epoch;
  heard_ = now;
  return difference - difference_;
}

}  // namespace understudy::daemon
