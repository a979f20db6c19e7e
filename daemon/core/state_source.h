// The state as it is at a moment, for a peer: what differs from what the peer has, or a proof of all of it. Computing
// that takes long, and the state goes on meanwhile; how the two are kept apart is for the implementation to say.
//
//   auto reading = source->Difference(known, info, state, [&] { Pump(); });   // between two batches
//   Pump: until Read gives nullopt, or too much waits to be sent:
//     absl::StatusOr<absl::optional<StateItem>> item = (*reading)->Read();
//     a StateChunk -> send it; the StateTrailer -> all of it has been read
//
//   auto computation = source->Proof(state, [&](const absl::StatusOr<StateProof>& proof) { ... });
//
// Callbacks come in a later turn, and none after the object that they belong to: it may go within one. The source
// outlives what it has begun. One thread.
#ifndef UNDERSTUDY_DAEMON_CORE_STATE_SOURCE_H_
#define UNDERSTUDY_DAEMON_CORE_STATE_SOURCE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "engine/state.h"
#include "engine/transfer/state_counts.h"
#include "engine/transfer/state_difference.h"
#include "journal/snapshot_store.h"

namespace understudy::daemon {

struct StateChunk {
  std::string bytes;  // of the difference, at most engine::kMaxDifferenceChunk
  uint32_t calls_sent = 0;
  uint32_t calls_skipped = 0;
};

struct StateTrailer {
  journal::SnapshotInfo info;  // digest and bytes filled in
  engine::StateCounts counts;
  engine::DifferenceTotals totals;
};

using StateItem = std::variant<StateChunk, StateTrailer>;

// What both nodes compute when a resync has ended, each on the state after the same entry, and compare.
struct StateProof {
  Lsn lsn;
  Hash128 digest;
  engine::StateCounts counts;

  friend bool operator==(const StateProof&, const StateProof&) = default;
};

// "lsn 7: digest 0123..., 3 calls, ..."
std::string ToText(const StateProof& proof);

// A difference that is being read. Ends with the object.
class StateReading {
 public:
  virtual ~StateReading() = default;

  // Until the trailer was read, or an error.
  virtual bool running() const = 0;
  // The next item; nullopt: nothing yet, or nothing any more. The trailer is the last one. An error ends the reading:
  // Internal: what went wrong on the way; ResourceExhausted: an object is too large.
  virtual absl::StatusOr<absl::optional<StateItem>> Read() = 0;

  // No callback comes while it is paused, and no more is computed than fits a small buffer.
  virtual void Pause() = 0;
  virtual void Resume() = 0;
};

// A proof that is being computed. Ends with the object.
class StateProofing {
 public:
  virtual ~StateProofing() = default;
};

class StateSource {
 public:
  // Once. The errors of StateReading::Read.
  using Proven = std::function<void(const absl::StatusOr<StateProof>& proof)>;

  virtual ~StateSource() = default;

  // `known`: sorted digests of what the peer has. `info`: this moment. `readable` comes again and again for as long as
  // there is something to read, the end included. Unavailable: it cannot be begun now.
  virtual absl::StatusOr<std::unique_ptr<StateReading>> Difference(absl::Span<const Hash128> known,
                                                                   const journal::SnapshotInfo& info,
                                                                   const engine::State& state,
                                                                   std::function<void()> readable) = 0;

  virtual absl::StatusOr<std::unique_ptr<StateProofing>> Proof(const engine::State& state, Proven proven) = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_STATE_SOURCE_H_
