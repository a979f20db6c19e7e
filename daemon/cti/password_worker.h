// A thread on which passwords are checked: scrypt takes tens of milliseconds, which calls do not have.
//
//   PasswordWorker worker(&loop);
//   worker.Run(work, then);          // `then` on the loop's thread
//
// Its end waits for the check at hand; the others are not made, and their `then` does not come.
#ifndef UNDERSTUDY_DAEMON_CTI_PASSWORD_WORKER_H_
#define UNDERSTUDY_DAEMON_CTI_PASSWORD_WORKER_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "daemon/net/io_loop.h"

namespace understudy::daemon {

class PasswordWorker {
 public:
  explicit PasswordWorker(net::IoLoop* loop);
  ~PasswordWorker();
  PasswordWorker(const PasswordWorker&) = delete;
  PasswordWorker& operator=(const PasswordWorker&) = delete;

  void Run(std::function<void()> work, std::function<void()> then);

 private:
  using Task = std::pair<std::function<void()>, std::function<void()>>;

  void Loop();

  net::IoLoop* const loop_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Task> tasks_;  // guarded by mutex_, as ends_
  bool ends_ = false;
  std::thread thread_;  // begins with the first check
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_PASSWORD_WORKER_H_
