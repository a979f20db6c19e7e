#include "daemon/core/peer_clock.h"

#include <algorithm>

namespace understudy::daemon {

void PeerClock::Greeted(Epoch epoch, Duration at_peer, Duration asked, Duration now) {
  Learn(epoch, std::min(now, asked + kLongestWay) - at_peer, now);
}

Duration PeerClock::AgeOf(Epoch epoch, Duration formed, Duration now) {
  if (epoch < epoch_) return Duration();
  const Duration difference = now - formed;
  Learn(epoch, difference, now);
  return difference - difference_;
}

void PeerClock::Learn(Epoch epoch, Duration difference, Duration now) {
  const Duration drift = Duration::Nanoseconds((now - heard_).nanoseconds() / kDriftPart);
  difference_ = epoch == epoch_ ? std::min(difference, difference_ + drift) : difference;
  epoch_ = epoch;
  heard_ = now;
}

}  // namespace understudy::daemon
