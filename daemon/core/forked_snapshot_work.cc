#include "daemon/core/forked_snapshot_work.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

namespace understudy::daemon {

absl::Status ForkedSnapshotWork::BeginWriting(std::unique_ptr<journal::SnapshotWriter> writer,
                                              const engine::State& state) {
  return child_.Start([&] { return WriteSnapshot(state, writer.get()).ok() ? 0 : 1; });
}

absl::optional<absl::Status> ForkedSnapshotWork::PollWriting() {
  const absl::optional<absl::Status> ended = child_.Poll();
  if (!ended || ended->ok()) return ended;
  return absl::InternalError(absl::StrCat("the snapshot could not be written (is the disk full?): ", ended->message()));
}

void ForkedSnapshotWork::BeginUpkeep(std::function<Upkeep()> upkeep) {
  upkeep_ = std::async(std::launch::async, std::move(upkeep));
}

absl::optional<SnapshotWork::Upkeep> ForkedSnapshotWork::PollUpkeep() {
  if (upkeep_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return absl::nullopt;
  return upkeep_.get();
}

void ForkedSnapshotWork::End() {
  child_.Abandon();
  if (upkeep_.valid()) upkeep_.wait();
  upkeep_ = {};
}

}  // namespace understudy::daemon
