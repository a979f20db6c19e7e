// When a resync has ended both nodes compute counts and digest of the state after the same entry, exchange them, and
// compare.
//
//   primary:  proof.Begin(core);  send Check{lsn, counts}      // right behind the batch that ends with lsn
//   backup:   proof.Begin(core)   when that comes
//   both:     when mine() is there, send it; TakeTheirs(...); verdict() when both are
//
// One thread.
#ifndef UNDERSTUDY_DAEMON_PAIR_RESYNC_PROOF_H_
#define UNDERSTUDY_DAEMON_PAIR_RESYNC_PROOF_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "daemon/core/core.h"
#include "daemon/core/state_source.h"
#include "engine/transfer/state_counts.h"
#include "replication/messages.h"

namespace understudy::daemon {

class ResyncProof {
 public:
  // `computed`: mine() is there. `source` outlives the proof.
  ResyncProof(StateSource* source, std::function<void()> computed) : source_(source), computed_(std::move(computed)) {}

  // Of the state as it is now. Unavailable: the source cannot.
  absl::Status Begin(const Core& core);
  void End();

  // Begun, and not compared yet.
  bool active() const { return proofing_ != nullptr || mine_.has_value(); }
  const absl::optional<replication::Check>& mine() const { return mine_; }
  void TakeTheirs(const replication::Check& theirs) { theirs_ = theirs; }

  // nullopt: not both are there, or not of the same entry.
  absl::optional<bool> equal() const;
  // "lsn 7: 3 calls, ..., digest 0123..." of this node, or of both where they differ.
  std::string ToText() const;

 private:
  void Computed(const absl::StatusOr<StateProof>& proof);

  StateSource* const source_;
  const std::function<void()> computed_;
  std::unique_ptr<StateProofing> proofing_;
  absl::optional<replication::Check> mine_;
  absl::optional<replication::Check> theirs_;
};

// As messages carry them.
std::vector<uint64_t> Numbers(const engine::StateCounts& counts);
std::vector<uint64_t> CountsOf(const engine::State& state);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_PAIR_RESYNC_PROOF_H_
