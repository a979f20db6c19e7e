// Asio's reactor and nothing else of it: sockets are read and written by our own system calls, batched.
#include "daemon/net/io_loop.h"

#include <time.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <utility>

namespace understudy::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// A socket that is always ready must not keep a turn from ending.
constexpr int kMaxHandlersPerTurn = 8;

std::chrono::steady_clock::time_point ToSteady(MonotonicTime time) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(time.nanoseconds()));
}

}  // namespace

MonotonicTime MonotonicNow() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return MonotonicTime::FromNanoseconds(now.tv_sec * 1000000000LL + now.tv_nsec);
}

struct TurnEnd::Rep {
  IoLoop::Rep* loop;
  std::function<void()> callback;
  bool requested = false;
  bool gone = false;
};

struct IoLoop::Rep {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::function<void()> end_of_turn = [] {};
  std::vector<std::shared_ptr<TurnEnd::Rep>> turn_ends;  // asked for in this turn
  std::vector<std::shared_ptr<TurnEnd::Rep>> ending;
  bool in_turn = false;
  struct SignalWait {
    SignalWait(asio::io_context& io, std::function<void(int)> call) : signals(io), callback(std::move(call)) {}

    asio::signal_set signals;
    std::function<void(int)> callback;
  };
  std::deque<SignalWait> signal_waits;  // never moved: Asio holds on to them

  void AwaitSignal(SignalWait* wait) {
    wait->signals.async_wait([this, wait](error_code error, int signal) {
      if (error) return;
      AwaitSignal(wait);
      wait->callback(signal);
    });
  }

  int FinishTurn(int handled) {
    while (handled > 0 && handled < kMaxHandlersPerTurn && context.poll_one() > 0) ++handled;
    end_of_turn();
    EndWhatAsked();
    return handled;
  }

  // What is asked for by these callbacks waits for a turn of its own.
  void EndWhatAsked() {
    in_turn = false;
    ending.swap(turn_ends);
    for (const auto& end : ending) {
      end->requested = false;
      if (!end->gone) end->callback();
    }
    ending.clear();
    in_turn = true;
  }
};

IoLoop::IoLoop() : rep_(std::make_unique<Rep>()) {}
IoLoop::~IoLoop() = default;

void IoLoop::Run() {
  rep_->in_turn = true;
  while (rep_->context.run_one() > 0) rep_->FinishTurn(1);
  rep_->in_turn = false;
  rep_->context.restart();
}

int IoLoop::RunTurn(Duration max_wait) {
  const std::chrono::nanoseconds wait(max_wait.nanoseconds());
  rep_->in_turn = true;
  const auto handled = wait.count() > 0 ? rep_->context.run_one_for(wait) : rep_->context.poll_one();
  const int finished = rep_->FinishTurn(static_cast<int>(handled));
  rep_->in_turn = false;
  return finished;
}

void IoLoop::Stop() {
  rep_->context.stop();
}

void IoLoop::Post(std::function<void()> task) {
  asio::post(rep_->context, std::move(task));
}

void IoLoop::SetEndOfTurn(std::function<void()> callback) {
  rep_->end_of_turn = std::move(callback);
}

void IoLoop::OnSignals(const std::vector<int>& signals, std::function<void(int)> callback) {
  Rep::SignalWait& wait = rep_->signal_waits.emplace_back(rep_->context, std::move(callback));
  for (int signal : signals) wait.signals.add(signal);
  rep_->AwaitSignal(&wait);
}

asio::io_context& IoLoop::context() {
  return rep_->context;
}

TurnEnd::TurnEnd(IoLoop* loop, std::function<void()> callback)
    : rep_(std::make_shared<Rep>(Rep{loop->rep_.get(), std::move(callback)})) {}

TurnEnd::~TurnEnd() {
  rep_->gone = true;
}

void TurnEnd::Request() {
  if (std::exchange(rep_->requested, true)) return;
  rep_->loop->turn_ends.push_back(rep_);
  if (!rep_->loop->in_turn) asio::post(rep_->loop->context, [] {});
}

struct FdWatch::Rep : std::enable_shared_from_this<FdWatch::Rep> {
  Rep(asio::io_context& context, int fd) : descriptor(context, fd) {}

  asio::posix::stream_descriptor descriptor;
  std::function<void()> on_readable;
  std::function<void()> on_writable;
  bool watching = false;  // the owner wants to know about input
  bool waiting = false;   // Asio has been asked
  bool gone = false;

  void Await() {
    if (waiting || !watching || gone) return;
    waiting = true;
    descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                          [self = shared_from_this()](error_code error) { self->Readable(error); });
  }

  void Readable(error_code error) {
    waiting = false;
    if (gone || !watching || error) return;
    on_readable();
    Await();
  }

  void Writable(error_code error) {
    if (gone || error) return;
    const std::function<void()> callback = std::exchange(on_writable, nullptr);
    if (callback) callback();
  }
};

FdWatch::FdWatch(IoLoop* loop, int fd) : rep_(std::make_shared<Rep>(loop->context(), fd)) {}

FdWatch::~FdWatch() {
  rep_->gone = true;
  rep_->descriptor.release();
}

void FdWatch::WatchReadable(std::function<void()> callback) {
  rep_->on_readable = std::move(callback);
  ResumeReadable();
}

void FdWatch::PauseReadable() {
  rep_->watching = false;
}

void FdWatch::ResumeReadable() {
  rep_->watching = true;
  rep_->Await();
}

void FdWatch::AwaitWritable(std::function<void()> callback) {
  const bool waiting = rep_->on_writable != nullptr;
  rep_->on_writable = std::move(callback);
  if (waiting) return;
  rep_->descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                              [rep = rep_](error_code error) { rep->Writable(error); });
}

namespace {

// What Asio calls back outlives the timer that asked.
struct Wait : std::enable_shared_from_this<Wait> {
  Wait(asio::io_context& context, std::function<void()> fire) : timer(context), callback(std::move(fire)) {}

  asio::steady_timer timer;
  std::function<void()> callback;
  MonotonicTime due;
  MonotonicTime armed_at;  // when the timer will fire; due may be later
  uint64_t generation = 0;
  bool set = false;
  bool armed = false;

  void Arm() {
    armed = true;
    armed_at = due;
    const uint64_t mine = ++generation;
    timer.expires_at(ToSteady(due));
    timer.async_wait([self = shared_from_this(), mine](error_code error) { self->Fired(error, mine); });
  }

  void Fired(error_code error, uint64_t mine) {
    if (error || mine != generation) return;
    armed = false;
    if (!set) return;
    if (MonotonicNow() < due) return Arm();
    set = false;
    callback();
  }
};

class SteadyTimer : public Scheduler::Timer {
 public:
  SteadyTimer(asio::io_context& context, std::function<void()> callback)
      : wait_(std::make_shared<Wait>(context, std::move(callback))) {}

  ~SteadyTimer() override {
    ++wait_->generation;
    wait_->timer.cancel();
  }

  void SetAt(MonotonicTime time) override {
    wait_->set = true;
    wait_->due = time;
    if (!wait_->armed || time < wait_->armed_at) wait_->Arm();
  }

  void Clear() override { wait_->set = false; }

  bool is_set() const override { return wait_->set; }

 private:
  std::shared_ptr<Wait> wait_;
};

}  // namespace

std::unique_ptr<Scheduler::Timer> IoLoop::NewTimer(std::function<void()> callback) {
  return std::make_unique<SteadyTimer>(rep_->context, std::move(callback));
}

}  // namespace understudy::net
