// A SnapshotWork without a second process or thread: what is written is on the disk at once and counts a while later;
// upkeep is done a while later, as late as that of a slow thread. For tests: nothing else happens meanwhile.
//
//   options.make_snapshot_work = [&] { return std::make_unique<SteppedSnapshotWork>(&clock, takes); };
//
// To destroy it is the death of a process: upkeep that was to come does not.
#ifndef UNDERSTUDY_DAEMON_CORE_STEPPED_SNAPSHOT_WORK_H_
#define UNDERSTUDY_DAEMON_CORE_STEPPED_SNAPSHOT_WORK_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "base/time.h"
#include "daemon/core/clock.h"
#include "daemon/core/snapshot_work.h"

namespace understudy::daemon {

class SteppedSnapshotWork : public SnapshotWork {
 public:
  // `takes`: writing, and upkeep. `clock` outlives it.
  SteppedSnapshotWork(const Clock* clock, Duration takes) : clock_(clock), takes_(takes) {}

  absl::Status BeginWriting(std::unique_ptr<journal::SnapshotWriter> writer, const engine::State& state) override;
  bool writing() const override { return written_.has_value(); }
  absl::optional<absl::Status> PollWriting() override;
  void BeginUpkeep(std::function<Upkeep()> upkeep) override;
  bool keeping_up() const override { return upkeep_ != nullptr; }
  absl::optional<Upkeep> PollUpkeep() override;
  void End() override;

 private:
  bool TooEarly() const { return clock_->Monotonic() < ends_; }

  const Clock* const clock_;
  const Duration takes_;
  Duration ends_;
  absl::optional<absl::Status> written_;
  std::function<Upkeep()> upkeep_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_STEPPED_SNAPSHOT_WORK_H_
