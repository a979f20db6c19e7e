// The state for a peer, without stopping: a forked child compares the state as it was at the fork with what the peer
// has (engine/transfer/state_difference.h), and the parent forwards what it reads from it.
//
//   StateChild child;
//   child.Start(known, info, state);                      // between two batches: `info` is that moment
//   watch child.fd(); when it is readable, until Read gives nullopt:
//     absl::StatusOr<absl::optional<StateItem>> item = child.Read();
//     a StateChunk -> send it; the StateTrailer -> all of it has been read
//
// When the parent stops reading, the child waits: back pressure needs nothing else. Pages that the parent changes
// meanwhile are copied by the kernel: at worst the state is there twice. Thread-compatible.
#ifndef UNDERSTUDY_DAEMON_CORE_STATE_CHILD_H_
#define UNDERSTUDY_DAEMON_CORE_STATE_CHILD_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "base/siphash.h"
#include "daemon/core/piped_child.h"
#include "daemon/core/state_source.h"
#include "engine/state.h"
#include "journal/snapshot_store.h"

namespace understudy::daemon {

class StateChild {
 public:
  // From Start until all was read and the child is gone.
  bool running() const { return child_.running(); }
  int fd() const { return child_.fd(); }
  const journal::SnapshotInfo& info() const { return info_; }

  // Forks. `known`: sorted digests of what the peer has. Unavailable when one is running, or no process is to be had.
  absl::Status Start(absl::Span<const Hash128> known, const journal::SnapshotInfo& info, const engine::State& state);

  // The next item; nullopt: nothing yet, or nothing any more. The trailer is the last one. An error ends the child:
  // Internal: how it ended; ResourceExhausted: an object is too large.
  absl::StatusOr<absl::optional<StateItem>> Read();

  // Ends the child if one is running.
  void Abandon() { child_.Abandon(); }

 private:
  PipedChild child_;
  journal::SnapshotInfo info_;
};

// Computes the proof of the state as it was at the fork.
class DigestChild {
 public:
  bool running() const { return child_.running(); }
  int fd() const { return child_.fd(); }

  // As StateChild.
  absl::Status Start(const engine::State& state);
  absl::StatusOr<absl::optional<StateProof>> Read();
  void Abandon() { child_.Abandon(); }

 private:
  PipedChild child_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_STATE_CHILD_H_
