// The I/O thread's loop. Boost.Asio lies behind it, so that who waits for a descriptor, an alarm or a signal does
// not compile Asio.
//
//   IoLoop loop;
//   FdWatch watch(&loop, fd);
//   watch.WatchReadable([&] { ... });
//   loop.SetEndOfTurn([&] { transport.Flush(); });
//   loop.Run();
//
// One thread runs the loop and owns everything that waits on it. Only Post and Stop may be called elsewhere. What
// waits on a loop must be destroyed before it.
#ifndef UNDERSTUDY_DAEMON_NET_IO_LOOP_H_
#define UNDERSTUDY_DAEMON_NET_IO_LOOP_H_

#include <functional>
#include <memory>
#include <vector>

#include "base/time.h"
#include "daemon/net/scheduler.h"

namespace boost::asio {
class io_context;
}  // namespace boost::asio

namespace understudy::net {

MonotonicTime MonotonicNow();

class IoLoop : public Scheduler {
 public:
  IoLoop();
  ~IoLoop() override;
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  // Handles what happens until Stop.
  void Run();

  // Handles what is ready, waiting up to `max_wait` for the first thing. Returns the number of things handled.
  int RunTurn(Duration max_wait);

  // Run returns after the turn at hand. Any thread.
  void Stop();

  MonotonicTime Now() const override { return MonotonicNow(); }

  // Any thread. One wake-up, when the loop sleeps.
  void Post(std::function<void()> task) override;

  // Setting a later time than before costs nothing: the timer fires early once and is set again.
  std::unique_ptr<Timer> NewTimer(std::function<void()> callback) override;

  // `callback` runs at the end of every turn: after whatever was ready together (at most a few rounds of
  // datagrams) has been handled. The place to close a batch and to flush what is to be sent.
  void SetEndOfTurn(std::function<void()> callback);

  // The named signals no longer have their default action but call `callback` on the loop's thread: when the loop
  // runs, also for what came before. A signal is named once.
  void OnSignals(const std::vector<int>& signals, std::function<void(int)> callback);

  // For servers written with Asio itself.
  boost::asio::io_context& context();

 private:
  friend class FdWatch;
  friend class TurnEnd;
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// Calls back at the end of the turn in which it was asked to, after SetEndOfTurn's callback: what has gathered output
// flushes itself, whoever owns it.
class TurnEnd {
 public:
  TurnEnd(IoLoop* loop, std::function<void()> callback);
  // No callback comes afterwards. May happen inside a callback.
  ~TurnEnd();
  TurnEnd(const TurnEnd&) = delete;
  TurnEnd& operator=(const TurnEnd&) = delete;

  // One callback, however often it is asked for. Before the loop runs: at the end of its first turn.
  void Request();

  struct Rep;

 private:
  std::shared_ptr<Rep> rep_;
};

// Waits for a descriptor that it does not own and that outlives it. One watch a descriptor.
class FdWatch {
 public:
  FdWatch(IoLoop* loop, int fd);
  // No callback comes afterwards. May happen inside a callback.
  ~FdWatch();
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;

  // `callback` runs again and again for as long as there is something to read, an error included. Each call costs
  // one epoll_ctl.
  void WatchReadable(std::function<void()> callback);
  void PauseReadable();
  void ResumeReadable();

  // `callback` runs once, when the descriptor takes bytes again or failed.
  void AwaitWritable(std::function<void()> callback);

  struct Rep;

 private:
  std::shared_ptr<Rep> rep_;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_IO_LOOP_H_
