#include "tests/sim/sim_loop.h"

#include <utility>

#include "base/check.h"

namespace understudy::sim {

// Outlives its timer: what was posted when the time came looks here whether it still holds. Then it is another timer's,
// whose settings are numbered on.
struct SimLoop::TimerState {
  std::function<void()> callback;
  uint64_t setting = 0;
  bool set = false;
};

class SimLoop::SimTimer : public net::Scheduler::Timer {
 public:
  SimTimer(SimLoop* loop, std::function<void()> callback) : loop_(loop), state_(loop->NewTimerState()) {
    state_->callback = std::move(callback);
  }
  ~SimTimer() override {
    Clear();
    state_->callback = nullptr;
    loop_->free_timers_.push_back(state_);
  }

  void SetAt(net::MonotonicTime time) override {
    if (state_->set && time == at_) return;
    Clear();
    at_ = time;
    state_->set = true;
    ++state_->setting;
    event_ = loop_->events_->At(Duration::Nanoseconds(time.nanoseconds()), [this] { Due(); });
  }
  void Clear() override {
    loop_->events_->Cancel(event_);
    state_->set = false;
  }
  bool is_set() const override { return state_->set; }

 private:
  // What is posted is small enough for a std::function to hold it without an allocation.
  void Due() {
    loop_->Post([state = state_, mine = state_->setting] {
      if (!state->set || state->setting != mine) return;
      state->set = false;
      const std::function<void()> callback = state->callback;
      callback();
    });
  }

  SimLoop* const loop_;
  TimerState* const state_;
  EventId event_ = 0;
  net::MonotonicTime at_;
};

SimLoop::SimLoop(EventQueue* events) : events_(events) {}

SimLoop::~SimLoop() { events_->Cancel(turn_); }

SimLoop::TimerState* SimLoop::NewTimerState() {
  if (free_timers_.empty()) {
    timers_.push_back(std::make_unique<TimerState>());
    return timers_.back().get();
  }
  TimerState* const state = free_timers_.back();
  free_timers_.pop_back();
  return state;
}

net::MonotonicTime SimLoop::Now() const { return net::MonotonicTime::FromNanoseconds(events_->now().nanoseconds()); }

void SimLoop::Post(std::function<void()> task) {
  ready_.push_back(std::move(task));
  TurnSoon();
}

std::unique_ptr<net::Scheduler::Timer> SimLoop::NewTimer(std::function<void()> callback) {
  return std::make_unique<SimTimer>(this, std::move(callback));
}

void SimLoop::TurnSoon() {
  if (turn_ != 0 || in_turn_ || stopped_) return;
  turn_ = events_->After(Duration(), [this] { Turn(); });
}

void SimLoop::Turn() {
  turn_ = 0;
  if (stopped_) return;
  in_turn_ = true;
  for (int i = 0; i < kMostInTurn && !ready_.empty(); ++i) {
    const std::function<void()> task = std::move(ready_.front());
    ready_.pop_front();
    task();
  }
  end_of_turn_();
  in_turn_ = false;
  if (!ready_.empty()) TurnSoon();
}

void SimLoop::Continue() {
  stopped_ = false;
  if (!ready_.empty()) TurnSoon();
}

}  // namespace understudy::sim
