// The SnapshotWork of a node: a forked child writes the state as it was at the fork to the file that was opened before,
// a thread keeps up; the loop goes on.
#ifndef UNDERSTUDY_DAEMON_CORE_FORKED_SNAPSHOT_WORK_H_
#define UNDERSTUDY_DAEMON_CORE_FORKED_SNAPSHOT_WORK_H_

#include <functional>
#include <future>
#include <memory>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "daemon/core/forked_child.h"
#include "daemon/core/snapshot_work.h"

namespace understudy::daemon {

class ForkedSnapshotWork : public SnapshotWork {
 public:
  ~ForkedSnapshotWork() override { End(); }

  absl::Status BeginWriting(std::unique_ptr<journal::SnapshotWriter> writer, const engine::State& state) override;
  bool writing() const override { return child_.running(); }
  absl::optional<absl::Status> PollWriting() override;
  void BeginUpkeep(std::function<Upkeep()> upkeep) override;
  bool keeping_up() const override { return upkeep_.valid(); }
  absl::optional<Upkeep> PollUpkeep() override;
  void End() override;

 private:
  ForkedChild child_;
  std::future<Upkeep> upkeep_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_FORKED_SNAPSHOT_WORK_H_
