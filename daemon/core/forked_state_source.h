// A StateSource that forks: the child has the state as it was, and the parent goes on (state_child.h).
//
//   ForkedStateSource source(&loop);
#ifndef UNDERSTUDY_DAEMON_CORE_FORKED_STATE_SOURCE_H_
#define UNDERSTUDY_DAEMON_CORE_FORKED_STATE_SOURCE_H_

#include <functional>
#include <memory>

#include "daemon/core/state_source.h"
#include "daemon/net/io_loop.h"

namespace understudy::daemon {

class ForkedStateSource : public StateSource {
 public:
  // `loop` outlives the source.
  explicit ForkedStateSource(net::IoLoop* loop) : loop_(loop) {}

  absl::StatusOr<std::unique_ptr<StateReading>> Difference(absl::Span<const Hash128> known,
                                                           const journal::SnapshotInfo& info,
                                                           const engine::State& state,
                                                           std::function<void()> readable) override;
  absl::StatusOr<std::unique_ptr<StateProofing>> Proof(const engine::State& state, Proven proven) override;

 private:
  net::IoLoop* const loop_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_FORKED_STATE_SOURCE_H_
