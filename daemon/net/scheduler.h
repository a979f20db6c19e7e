// When things happen, for what waits without a descriptor: the time, what runs next, and alarms.
//
//   net::Alarm tick(scheduler, [&] { tick.SetAfter(Duration::Milliseconds(25)); ... });
//   tick.SetAfter(Duration());
//   scheduler->Post([&] { ... });                 // in a later turn, never from within Post
//
// IoLoop is one, of the machine's time. Whoever needs only this runs wherever time comes from elsewhere as well. One
// thread runs what was posted and what fires; where Post may be called is for the implementation to say. What waits on
// a scheduler must be destroyed before it.
#ifndef UNDERSTUDY_DAEMON_NET_SCHEDULER_H_
#define UNDERSTUDY_DAEMON_NET_SCHEDULER_H_

#include <functional>
#include <memory>
#include <utility>

#include "base/time.h"

namespace understudy::net {

// CLOCK_MONOTONIC: never steps, stands still while the machine sleeps.
struct MonotonicTimeTag {};
using MonotonicTime = TimePoint<MonotonicTimeTag>;

class Scheduler {
 public:
  // Calls back once for each time that was set. After its end no callback comes; it may end inside its callback.
  class Timer {
   public:
    virtual ~Timer() = default;
    // Replaces the time that was set. A past time fires in the next turn.
    virtual void SetAt(MonotonicTime time) = 0;
    virtual void Clear() = 0;
    virtual bool is_set() const = 0;
  };

  virtual ~Scheduler() = default;

  virtual MonotonicTime Now() const = 0;

  // `task` runs on the scheduler's thread, in the order of posting.
  virtual void Post(std::function<void()> task) = 0;

  virtual std::unique_ptr<Timer> NewTimer(std::function<void()> callback) = 0;
};

// Calls back at a time. Setting a later time than before is cheap.
class Alarm {
 public:
  Alarm(Scheduler* scheduler, std::function<void()> callback)
      : scheduler_(scheduler), timer_(scheduler->NewTimer(std::move(callback))) {}
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  void SetAt(MonotonicTime time) { timer_->SetAt(time); }
  void SetAfter(Duration delay) { SetAt(scheduler_->Now() + delay); }
  void Clear() { timer_->Clear(); }
  bool is_set() const { return timer_->is_set(); }

 private:
  Scheduler* scheduler_;
  std::unique_ptr<Scheduler::Timer> timer_;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_SCHEDULER_H_
