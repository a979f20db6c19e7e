#include "daemon/core/stepped_snapshot_work.h"

#include <utility>

namespace understudy::daemon {

absl::Status SteppedSnapshotWork::BeginWriting(std::unique_ptr<journal::SnapshotWriter> writer,
                                               const engine::State& state) {
  written_ = WriteSnapshot(state, writer.get());
  ends_ = clock_->Monotonic() + takes_;
  return absl::OkStatus();
}

absl::optional<absl::Status> SteppedSnapshotWork::PollWriting() {
  if (TooEarly()) return absl::nullopt;
  return std::exchange(written_, absl::nullopt);
}

void SteppedSnapshotWork::BeginUpkeep(std::function<Upkeep()> upkeep) {
  upkeep_ = std::move(upkeep);
  ends_ = clock_->Monotonic() + takes_;
}

absl::optional<SnapshotWork::Upkeep> SteppedSnapshotWork::PollUpkeep() {
  if (TooEarly()) return absl::nullopt;
  return std::exchange(upkeep_, nullptr)();
}

void SteppedSnapshotWork::End() {
  written_.reset();
  if (upkeep_ != nullptr) std::exchange(upkeep_, nullptr)().IgnoreError();
}

}  // namespace understudy::daemon
