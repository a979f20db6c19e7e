// A StateSource without a second process: everything is computed when it is asked for, on the calling thread, and
// handed over in later turns. For tests only.
//
//   InlineStateSource source(scheduler, Duration::Milliseconds(2));
//
// For states that are small: nothing else happens while one is written, and what was written waits in memory.
#ifndef UNDERSTUDY_DAEMON_CORE_INLINE_STATE_SOURCE_H_
#define UNDERSTUDY_DAEMON_CORE_INLINE_STATE_SOURCE_H_

#include <functional>
#include <memory>

#include "base/time.h"
#include "daemon/core/state_source.h"
#include "daemon/net/scheduler.h"

namespace understudy::daemon {

class InlineStateSource : public StateSource {
 public:
  // `pause`: between two items of a difference, and before a proof. `scheduler` outlives the source.
  InlineStateSource(net::Scheduler* scheduler, Duration pause) : scheduler_(scheduler), pause_(pause) {}

  absl::StatusOr<std::unique_ptr<StateReading>> Difference(absl::Span<const Hash128> known,
                                                           const journal::SnapshotInfo& info,
                                                           const engine::State& state,
                                                           std::function<void()> readable) override;
  absl::StatusOr<std::unique_ptr<StateProofing>> Proof(const engine::State& state, Proven proven) override;

 private:
  net::Scheduler* const scheduler_;
  const Duration pause_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_INLINE_STATE_SOURCE_H_
