// The witness as a node sees it: one register somewhere else, read and changed by compare-and-set.
//
//   witness->Ask(request, [this](const absl::StatusOr<replication::RegisterAnswer>& answer) {
//     if (!answer.ok()) return RepeatLater();      // unknown: the request may have been granted, or may yet be
//     engine.OnAnswer(*answer);
//   });
//
// Belongs to the loop's thread. One question at a time: a second one before `done` fails a CHECK. Each has a deadline
// of its own (an option of the implementation). `done` is called exactly once, never from within Read or Ask, and never
// after the witness is destroyed; it may ask the next question, or destroy the witness.
//
// An error means "outcome unknown" and nothing else. A request may reach the register more than once, also without an
// error: repeat the same request, and only another version is an answer (replication::WasGranted).
#ifndef UNDERSTUDY_DAEMON_WITNESS_WITNESS_H_
#define UNDERSTUDY_DAEMON_WITNESS_WITNESS_H_

#include <functional>

#include "absl/status/statusor.h"
#include "replication/register.h"

namespace understudy::witness {

class Witness {
 public:
  using Done = std::function<void(const absl::StatusOr<replication::RegisterAnswer>&)>;

  virtual ~Witness() = default;

  // A linearizable read: kDone with the register, or kBlank.
  virtual void Read(Done done) = 0;

  virtual void Ask(const replication::RegisterRequest& request, Done done) = 0;
};

}  // namespace understudy::witness

#endif  // UNDERSTUDY_DAEMON_WITNESS_WITNESS_H_
