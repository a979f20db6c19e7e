// Lines of a descriptor of any kind (a file, a pipe, a terminal), read beside whatever else the thread does.
#ifndef UNDERSTUDY_TOOLS_CTI_LINE_READER_H_
#define UNDERSTUDY_TOOLS_CTI_LINE_READER_H_

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/types/optional.h"

namespace understudy::tools {

class LineReader {
 public:
  // Does not own `fd`. `on_line` runs on a thread of the reader's, after each line and at the end: it may only wake
  // somebody.
  LineReader(int fd, std::function<void()> on_line);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // Without its line end; nullopt: none has come yet, or none will.
  absl::optional<std::string> Take();
  // None will come, and all have been taken.
  bool at_end() const;
  bool has_line() const;
  // Unavailable: the descriptor could not be read to its end. Asked at the end.
  absl::Status status() const;

 private:
  void Read();
  void Add(std::string* pending, const char* octets, size_t size);

  const int fd_;
  const std::function<void()> on_line_;
  int stop_[2];  // closing [1] wakes the thread
  mutable std::mutex mutex_;
  std::deque<std::string> lines_;
  bool ended_ = false;
  int error_ = 0;  // errno
  std::thread thread_;
};

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CTI_LINE_READER_H_
