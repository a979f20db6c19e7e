// A child of this process that looks at its memory as it was at the fork, computes, writes to what it was given, and
// ends.
//
//   ForkedChild child;
//   child.Start([&] { return Compute(state) ? 0 : 1; });    // in the child, whose exit code it is
//   absl::optional<absl::Status> ended = child.Poll();
//
// It touches no lock of another thread but malloc's, which fork keeps usable. It holds no socket, so that a node that
// was killed can bind its ports again at once, dies with the thread that forked it, and leaves signals to its parent.
// Thread-compatible.
#ifndef UNDERSTUDY_DAEMON_CORE_FORKED_CHILD_H_
#define UNDERSTUDY_DAEMON_CORE_FORKED_CHILD_H_

#include <sys/types.h>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/optional.h"

namespace understudy::daemon {

class ForkedChild {
 public:
  ForkedChild() = default;
  ~ForkedChild() { Abandon(); }
  ForkedChild(const ForkedChild&) = delete;
  ForkedChild& operator=(const ForkedChild&) = delete;

  bool running() const { return pid_ != 0; }

  // Unavailable when one is running or fork fails.
  absl::Status Start(absl::FunctionRef<int()> work);
  // nullopt while it runs, and when there is none; once OK for the exit code 0, or Internal: how it ended.
  absl::optional<absl::Status> Poll();
  // As Poll, and waits: for a child that is about to end.
  absl::Status Await();
  // Kills it and waits for it.
  void Abandon();

 private:
  pid_t pid_ = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_FORKED_CHILD_H_
