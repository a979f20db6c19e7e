#include "daemon/cti/password_worker.h"

namespace understudy::daemon {

PasswordWorker::PasswordWorker(net::IoLoop* loop) : loop_(loop) {}

PasswordWorker::~PasswordWorker() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ends_ = true;
  }
  more_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PasswordWorker::Run(std::function<void()> work, std::function<void()> then) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    tasks_.emplace_back(std::move(work), std::move(then));
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { Loop(); });
  more_.notify_one();
}

void PasswordWorker::Loop() {
  for (;;) {
    Task task;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      more_.wait(lock, [this] { return ends_ || !tasks_.empty(); });
      if (ends_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task.first();
    loop_->Post(std::move(task.second));
  }
}

}  // namespace understudy::daemon
