#include "daemon/core/clock.h"

#include <sys/random.h>
#include <time.h>

#include <fstream>
#include <string>

#include "base/check.h"

namespace understudy::daemon {
namespace {

int64_t Nanoseconds(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

}  // namespace

SystemClock::SystemClock(const char* boot_id_file) {
  std::ifstream file(boot_id_file);
  std::string text;
  std::getline(file, text);
  if (text.empty()) {
    text.resize(16);
    US_CHECK_EQ(getrandom(text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  boot_id_ = SipHash128(HashKey{}, text);
}

Duration SystemClock::Monotonic() const { return Duration::Nanoseconds(Nanoseconds(CLOCK_MONOTONIC)); }
WallTime SystemClock::Wall() const { return WallTime::FromNanoseconds(Nanoseconds(CLOCK_REALTIME)); }
Duration SystemClock::SinceBoot() const { return Duration::Nanoseconds(Nanoseconds(CLOCK_BOOTTIME)); }

}  // namespace understudy::daemon
