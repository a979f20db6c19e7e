// So much at once, and after that one in each interval; in whole nanoseconds.
//
//   RateLimit requests(Duration::Milliseconds(1), Duration::Seconds(1));   // 1,000 at once, then 1,000 a second
//   if (!requests.Take(now)) wait;
#ifndef UNDERSTUDY_DAEMON_CTI_RATE_LIMIT_H_
#define UNDERSTUDY_DAEMON_CTI_RATE_LIMIT_H_

#include <algorithm>

#include "base/time.h"
#include "daemon/net/scheduler.h"

namespace understudy::daemon {

class RateLimit {
 public:
  // `interval`: of one thing; `credit`: how far one may run ahead.
  RateLimit(Duration interval, Duration credit) : interval_(interval), credit_(credit) {}

  bool IsFree(net::MonotonicTime now) const { return paid_until_ < now + credit_; }
  // Things cost an interval, or less.
  void Take(net::MonotonicTime now, Duration cost) { paid_until_ = std::max(paid_until_, now) + cost; }
  void Take(net::MonotonicTime now) { Take(now, interval_); }
  // What was taken for an interval.
  void GiveBack() { paid_until_ = paid_until_ + (Duration() - interval_); }

  Duration interval() const { return interval_; }
  // Nothing is owed any more.
  bool IsForgotten(net::MonotonicTime now) const { return paid_until_ <= now; }

 private:
  Duration interval_;
  Duration credit_;
  net::MonotonicTime paid_until_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_RATE_LIMIT_H_
