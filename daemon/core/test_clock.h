// A clock that stands until it is told to move, and a bell that the journal thread rings. For tests.
#ifndef UNDERSTUDY_DAEMON_CORE_TEST_CLOCK_H_
#define UNDERSTUDY_DAEMON_CORE_TEST_CLOCK_H_

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "base/siphash.h"
#include "base/time.h"
#include "daemon/core/clock.h"

namespace understudy::daemon {

class TestClock : public Clock {
 public:
  Duration Monotonic() const override { return now_; }
  WallTime Wall() const override { return WallTime::FromNanoseconds(1700000000000000000) + now_ + slept_ + wall_step_; }
  Duration SinceBoot() const override { return now_ + slept_; }
  Hash128 BootId() const override { return Hash128{boots_, 1}; }

  void Advance(Duration d) { now_ = now_ + d; }
  void StepWall(Duration d) { wall_step_ = wall_step_ + d; }
  // The machine sleeps: CLOCK_MONOTONIC stands still.
  void Sleep(Duration d) { slept_ = slept_ + d; }
  void Reboot() { ++boots_; }

 private:
  Duration now_ = Duration::Seconds(1000);
  Duration wall_step_;
  Duration slept_;
  uint64_t boots_ = 1;
};

// Wakes the test when the journal thread has news.
class Bell {
 public:
  void Ring() {
    std::lock_guard<std::mutex> lock(mutex_);
    rung_ = true;
    changed_.notify_one();
  }
  void Await() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_TEST_CLOCK_H_
