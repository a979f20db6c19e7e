#include "daemon/core/inline_state_source.h"

#include <deque>
#include <utility>

#include "engine/snapshot.h"

namespace understudy::daemon {
namespace {

class InlineReading : public StateReading {
 public:
  InlineReading(net::Scheduler* scheduler, Duration pause, std::function<void()> readable)
      : pause_(pause), readable_(std::move(readable)), next_(scheduler, [this] { Offer(); }) {}

  void Start(absl::Span<const Hash128> known, journal::SnapshotInfo info, const engine::State& state) {
    const absl::StatusOr<engine::DifferenceTotals> totals =
        engine::WriteDifference(state, known, [this](const engine::DifferenceChunk& chunk) {
          items_.push_back(StateChunk{std::string(chunk.bytes), chunk.calls_sent, chunk.calls_skipped});
          return absl::OkStatus();
        });
    if (totals.ok()) {
      info.digest = totals->digest;
      info.bytes = totals->state_bytes;
      items_.push_back(StateTrailer{info, engine::CountState(state), *totals});
    } else {
      error_ = totals.status();
    }
    next_.SetAfter(pause_);
  }

  bool running() const override { return !items_.empty() || !error_.ok(); }

  absl::StatusOr<absl::optional<StateItem>> Read() override {
    if (!offered_ || !running()) return absl::nullopt;
    offered_ = false;
    next_.Clear();
    if (items_.empty()) return std::exchange(error_, absl::OkStatus());
    StateItem item = std::move(items_.front());
    items_.pop_front();
    if (running()) next_.SetAfter(pause_);
    return item;
  }

  void Pause() override { paused_ = true; }
  void Resume() override {
    if (std::exchange(paused_, false) && offered_) next_.SetAfter(Duration());
  }

 private:
  void Offer() {
    offered_ = true;
    if (paused_) return;
    next_.SetAfter(pause_);  // again, unless it is read
    const std::function<void()> readable = readable_;
    readable();
  }

  const Duration pause_;
  const std::function<void()> readable_;
  std::deque<StateItem> items_;
  absl::Status error_;    // comes after the items
  bool offered_ = false;  // the next item may be read
  bool paused_ = false;
  net::Alarm next_;
};

class InlineProofing : public StateProofing {
 public:
  InlineProofing(net::Scheduler* scheduler, Duration pause, const StateProof& proof, StateSource::Proven proven)
      : done_(scheduler, [proof, proven = std::move(proven)] { proven(proof); }) {
    done_.SetAfter(pause);
  }

 private:
  net::Alarm done_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StateReading>> InlineStateSource::Difference(absl::Span<const Hash128> known,
                                                                            const journal::SnapshotInfo& info,
                                                                            const engine::State& state,
                                                                            std::function<void()> readable) {
  auto reading = std::make_unique<InlineReading>(scheduler_, pause_, std::move(readable));
  reading->Start(known, info, state);
  return reading;
}

absl::StatusOr<std::unique_ptr<StateProofing>> InlineStateSource::Proof(const engine::State& state, Proven proven) {
  const StateProof proof{state.lsn, engine::DigestState(state), engine::CountState(state)};
  return std::make_unique<InlineProofing>(scheduler_, pause_, proof, std::move(proven));
}

}  // namespace understudy::daemon
