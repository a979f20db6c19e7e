#include "daemon/core/clock.h"

#include <time.h>

#include <fstream>
#include <string>

namespace understudy::daemon {
namespace {

int64_t Nanoseconds(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

}  // namespace

SystemClock::SystemClock() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string text;
  std::getline(file, text);
  boot_id_ = SipHash128(HashKey{}, text);
}

Duration SystemClock::Monotonic() const { return Duration::Nanoseconds(Nanoseconds(CLOCK_MONOTONIC)); }
WallTime SystemClock::Wall() const { return WallTime::FromNanoseconds(Nanoseconds(CLOCK_REALTIME)); }
Duration SystemClock::SinceBoot() const { return Duration::Nanoseconds(Nanoseconds(CLOCK_BOOTTIME)); }

}  // namespace understudy::daemon
