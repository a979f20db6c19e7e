// How old a batch of the primary's is when it comes: one that lay in the buffers of a process that was stopped, or that
// the primary sends from its log, is older than its arrival. The two machines' clocks share no zero; the difference
// between them is that of the word which was the shortest on its way: the Welcome, or a batch.
//
//   PeerClock peer_clock;
//   peer_clock.Greeted(welcome.epoch, welcome.boot_time, said_hello_at, clock.SinceBoot());
//   const Duration age = peer_clock.AgeOf(batch.epoch(), formed, clock.SinceBoot());
//
// Never more than the true age as long as the two clocks go at one rate, and the primary answered a Hello within
// kLongestWay. One thread.
#ifndef UNDERSTUDY_DAEMON_CORE_PEER_CLOCK_H_
#define UNDERSTUDY_DAEMON_CORE_PEER_CLOCK_H_

#include "base/ids.h"
#include "base/time.h"

namespace understudy::daemon {

class PeerClock {
 public:
  // What two clocks that NTP slews, by 500 ppm each, may drift apart: 1/1000. Twice that is given.
  static constexpr int64_t kDriftPart = 500;

  // What question and answer may take: a Welcome that is read later than that waited for this process, not on its way.
  static constexpr Duration kLongestWay = Duration::Milliseconds(500);

  // The primary of `epoch` has answered what this node asked at `asked`, when its own clock stood at `at_peer`.
  void Greeted(Epoch epoch, Duration at_peer, Duration asked, Duration now);

  // Of a batch of `epoch` that its primary formed at `formed`, by its CLOCK_BOOTTIME, and that comes at `now`, by this
  // machine's. At least 0; without a greeting nothing is known of the first of a reign, nor ever of those of a reign
  // that is over: they count as new. `now` never goes back.
  Duration AgeOf(Epoch epoch, Duration formed, Duration now);

 private:
  void Learn(Epoch epoch, Duration difference, Duration now);

  Epoch epoch_;         // one reign, one process and one boot of its machine
  Duration difference_;  // this machine's clock is ahead by so much, and by what the shortest way took
  Duration heard_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_PEER_CLOCK_H_
