// A forked child that tells its parent something, in frames over a pipe, while the parent goes on.
//
//   PipedChild child;
//   child.Start([&](FrameSink send) { return send(1, bytes); });   // in the child; its status reaches the parent
//   watch child.fd(); when it is readable, until Read gives nullopt:
//     absl::StatusOr<absl::optional<PipedChild::Frame>> frame = child.Read();
//
// The parent never blocks; the child does, when the parent does not read. Thread-compatible.
#ifndef UNDERSTUDY_DAEMON_CORE_PIPED_CHILD_H_
#define UNDERSTUDY_DAEMON_CORE_PIPED_CHILD_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "daemon/core/forked_child.h"

namespace understudy::daemon {

class PipedChild {
 public:
  static constexpr size_t kMaxFrameBytes = size_t{1} << 20;

  struct Frame {
    uint8_t kind = 0;
    std::string bytes;
  };
  // Unavailable: the parent reads no more.
  using FrameSink = absl::FunctionRef<absl::Status(uint8_t kind, absl::string_view bytes)>;

  PipedChild() = default;
  ~PipedChild() { Abandon(); }
  PipedChild(const PipedChild&) = delete;
  PipedChild& operator=(const PipedChild&) = delete;

  // Until it has ended and all of its frames were read.
  bool running() const { return fd_ >= 0; }
  // To watch for reading; -1 when not running. Another one after each Start.
  int fd() const { return fd_; }

  // Forks; `work` runs in the child. Frame kinds from 1. Unavailable when one is running, or no pipe or process is to
  // be had.
  absl::Status Start(absl::FunctionRef<absl::Status(FrameSink)> work);

  // The next frame; nullopt: none yet, or, when not running any more, none ever. An error is what `work` returned, or
  // Internal: how the child ended; then it is gone.
  absl::StatusOr<absl::optional<Frame>> Read();

  // Kills the child and forgets what it said.
  void Abandon();

 private:
  absl::optional<Frame> TakeFrame();
  absl::Status End();

  ForkedChild child_;
  int fd_ = -1;
  std::string in_;
  size_t taken_ = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_PIPED_CHILD_H_
