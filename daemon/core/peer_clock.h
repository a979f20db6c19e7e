// How old a batch of the primary's is when it comes: one that lay in the buffers of a process that was stopped, or that
// the primary sends from its log, is older than its arrival. The two machines' clocks share no zero; the difference
// between them is that of the batch which was the shortest on its way.
//
//   PeerClock peer_clock;
//   const Duration age = peer_clock.AgeOf(batch.epoch(), formed, clock.SinceBoot());
//
// Never more than the true age as long as the two clocks go at one rate. One thread.
#ifndef UNDERSTUDY_DAEMON_CORE_PEER_CLOCK_H_
#define UNDERSTUDY_DAEMON_CORE_PEER_CLOCK_H_

#include "base/ids.h"
#include "base/time.h"

namespace understudy::daemon {

class PeerClock {
 public:
  // What two clocks that NTP slews, by 500 ppm each, may drift apart: 1/1000. Twice that is given.
  static constexpr int64_t kDriftPart = 500;

  // Of a batch of `epoch` that its primary formed at `formed`, by its CLOCK_BOOTTIME, and that comes at `now`, by this
  // machine's. At least 0; nothing is known of the first of a reign, and it counts as new. `now` never goes back.
  Duration AgeOf(Epoch epoch, Duration formed, Duration now);

 private:
  Epoch epoch_;         // one reign, one process and one boot of its machine
  Duration difference_;  // this machine's clock is ahead by so much, and by what the shortest way took
  Duration heard_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_PEER_CLOCK_H_
