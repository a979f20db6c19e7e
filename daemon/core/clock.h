// The node's clocks behind an interface, so that a test can turn them. The only place that reads time for entries.
#ifndef UNDERSTUDY_DAEMON_CORE_CLOCK_H_
#define UNDERSTUDY_DAEMON_CORE_CLOCK_H_

#include <cstdint>

#include "base/siphash.h"
#include "base/time.h"

namespace understudy::daemon {

class Clock {
 public:
  virtual ~Clock() = default;

  // CLOCK_MONOTONIC: never steps. Its zero means nothing.
  virtual Duration Monotonic() const = 0;
  // CLOCK_REALTIME: may jump either way.
  virtual WallTime Wall() const = 0;
  // CLOCK_BOOTTIME: goes on while the machine sleeps; comparable only under the same boot id.
  virtual Duration SinceBoot() const = 0;
  virtual Hash128 BootId() const = 0;
};

// The machine's.
class SystemClock : public Clock {
 public:
  // Where no boot id can be read, a random one stands for it: no other process is taken to be of the same boot.
  explicit SystemClock(const char* boot_id_file = "/proc/sys/kernel/random/boot_id");
  Duration Monotonic() const override;
  WallTime Wall() const override;
  Duration SinceBoot() const override;
  Hash128 BootId() const override { return boot_id_; }

 private:
  Hash128 boot_id_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_CLOCK_H_
