// The scheduler of one simulated process: what it waits for happens on virtual time, in turns as those of net::IoLoop,
// and not at all while the process is stopped.
//
//   SimLoop loop(&events);
//   loop.SetEndOfTurn([&] { node.EndOfTurn(); });
//   loop.Post([&] { ... });       // from within and from outside: a turn follows at this very time
//   loop.Stop();                  // SIGSTOP: what becomes due waits
//   loop.Continue();              // SIGCONT: all of it, in the order in which it became due
//
// It dies with its process: whatever waits on it is destroyed before. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_SIM_LOOP_H_
#define UNDERSTUDY_TESTS_SIM_SIM_LOOP_H_

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/time.h"
#include "daemon/net/scheduler.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

class SimLoop : public net::Scheduler {
 public:
  // `events` outlives the loop.
  explicit SimLoop(EventQueue* events);
  ~SimLoop() override;
  SimLoop(const SimLoop&) = delete;
  SimLoop& operator=(const SimLoop&) = delete;

  // CLOCK_MONOTONIC of every machine is the age of the world.
  net::MonotonicTime Now() const override;
  void Post(std::function<void()> task) override;
  std::unique_ptr<Timer> NewTimer(std::function<void()> callback) override;

  // After everything that was ready together.
  void SetEndOfTurn(std::function<void()> callback) { end_of_turn_ = std::move(callback); }

  void Stop() { stopped_ = true; }
  void Continue();
  bool stopped() const { return stopped_; }

 private:
  class SimTimer;
  struct TimerState;
  // Things handled before the turn ends, as IoLoop's.
  static constexpr int kMostInTurn = 8;

  void Turn();
  void TurnSoon();

  TimerState* NewTimerState();

  EventQueue* const events_;
  std::function<void()> end_of_turn_ = [] {};
  std::vector<std::unique_ptr<TimerState>> timers_;
  std::vector<TimerState*> free_timers_;
  std::deque<std::function<void()>> ready_;
  EventId turn_ = 0;
  bool in_turn_ = false;
  bool stopped_ = false;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_SIM_LOOP_H_
