#include "tests/sim/sim_loop.h"

#include <utility>

#include "base/check.h"

namespace understudy::sim {

class SimLoop::SimTimer : public net::Scheduler::Timer {
 public:
  SimTimer(SimLoop* loop, std::function<void()> callback)
      : loop_(loop), state_(std::make_shared<State>(State{std::move(callback)})) {}
  ~SimTimer() override {
    Clear();
    state_->gone = true;
  }

  void SetAt(net::MonotonicTime time) override {
    if (state_->set && time == at_) return;
    Clear();
    at_ = time;
    state_->set = true;
    const uint64_t mine = ++state_->setting;
    event_ = loop_->events_->At(Duration::Nanoseconds(time.nanoseconds()), [loop = loop_, state = state_, mine] {
      loop->Post([state, mine] {
        if (state->gone || !state->set || state->setting != mine) return;
        state->set = false;
        const std::function<void()> callback = state->callback;
        callback();
      });
    });
  }
  void Clear() override {
    loop_->events_->Cancel(event_);
    state_->set = false;
  }
  bool is_set() const override { return state_->set; }

 private:
  struct State {
    std::function<void()> callback;
    uint64_t setting = 0;
    bool set = false;
    bool gone = false;
  };

  SimLoop* const loop_;
  const std::shared_ptr<State> state_;
  EventId event_ = 0;
  net::MonotonicTime at_;
};

SimLoop::~SimLoop() { events_->Cancel(turn_); }

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
