#include "tools/cti/line_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <utility>

#include "base/check.h"

namespace understudy::tools {

LineReader::LineReader(int fd, std::function<void()> on_line) : fd_(fd), on_line_(std::move(on_line)) {
  US_CHECK(pipe2(stop_, O_CLOEXEC) == 0);
  thread_ = std::thread([this] { Read(); });
}

LineReader::~LineReader() {
  close(stop_[1]);
  thread_.join();
  close(stop_[0]);
}

absl::optional<std::string> LineReader::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (lines_.empty()) return absl::nullopt;
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

bool LineReader::at_end() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ended_ && lines_.empty();
}

bool LineReader::has_line() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !lines_.empty();
}

absl::Status LineReader::status() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return error_ == 0 ? absl::OkStatus() : absl::UnavailableError(strerror(error_));
}

// What an error leaves of a line is none.
void LineReader::Read() {
  std::string pending;
  int error = 0;
  char octets[4096];
  for (;;) {
    pollfd waits[] = {{fd_, POLLIN, 0}, {stop_[0], POLLIN, 0}};
    if (poll(waits, 2, -1) < 0 && errno == EINTR) continue;
    if (waits[1].revents != 0) return;
    const ssize_t size = read(fd_, octets, sizeof(octets));
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size < 0) error = errno;
    if (size <= 0) break;
    Add(&pending, octets, static_cast<size_t>(size));
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (error == 0 && !pending.empty()) lines_.push_back(std::move(pending));
    error_ = error;
    ended_ = true;
  }
  on_line_();
}

void LineReader::Add(std::string* pending, const char* octets, size_t size) {
  bool has_line = false;
  for (size_t i = 0; i < size; ++i) {
    if (octets[i] != '\n') {
      pending->push_back(octets[i]);
      continue;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_.push_back(std::exchange(*pending, {}));
    has_line = true;
  }
  if (has_line) on_line_();
}

}  // namespace understudy::tools
