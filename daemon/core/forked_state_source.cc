#include "daemon/core/forked_state_source.h"

#include <utility>

#include "daemon/core/state_child.h"

namespace understudy::daemon {
namespace {

class ForkedReading : public StateReading {
 public:
  absl::Status Start(net::IoLoop* loop, absl::Span<const Hash128> known, const journal::SnapshotInfo& info,
                     const engine::State& state, std::function<void()> readable) {
    if (absl::Status s = child_.Start(known, info, state); !s.ok()) return s;
    watch_ = std::make_unique<net::FdWatch>(loop, child_.fd());
    watch_->WatchReadable(std::move(readable));
    return absl::OkStatus();
  }

  bool running() const override { return child_.running(); }

  absl::StatusOr<absl::optional<StateItem>> Read() override {
    absl::StatusOr<absl::optional<StateItem>> item = child_.Read();
    if (!child_.running()) watch_.reset();
    return item;
  }

  void Pause() override {
    if (watch_ != nullptr) watch_->PauseReadable();
  }
  void Resume() override {
    if (watch_ != nullptr) watch_->ResumeReadable();
  }

 private:
  StateChild child_;
  std::unique_ptr<net::FdWatch> watch_;  // goes before the child does
};

class ForkedProofing : public StateProofing {
 public:
  explicit ForkedProofing(StateSource::Proven proven) : proven_(std::move(proven)) {}

  absl::Status Start(net::IoLoop* loop, const engine::State& state) {
    if (absl::Status s = child_.Start(state); !s.ok()) return s;
    watch_ = std::make_unique<net::FdWatch>(loop, child_.fd());
    watch_->WatchReadable([this] { Read(); });
    return absl::OkStatus();
  }

 private:
  void Read() {
    const absl::StatusOr<absl::optional<StateProof>> proof = child_.Read();
    const bool has_proof = proof.ok() && proof->has_value();
    if (proof.ok() && !has_proof && child_.running()) return;
    watch_.reset();
    child_.Abandon();
    const StateSource::Proven proven = std::move(proven_);
    if (has_proof) return proven(**proof);
    proven(proof.ok() ? absl::InternalError("the child ended without a proof") : proof.status());
  }

  StateSource::Proven proven_;
  DigestChild child_;
  std::unique_ptr<net::FdWatch> watch_;  // goes before the child does
};

}  // namespace

absl::StatusOr<std::unique_ptr<StateReading>> ForkedStateSource::Difference(absl::Span<const Hash128> known,
                                                                            const journal::SnapshotInfo& info,
                                                                            const engine::State& state,
                                                                            std::function<void()> readable) {
  auto reading = std::make_unique<ForkedReading>();
  if (absl::Status s = reading->Start(loop_, known, info, state, std::move(readable)); !s.ok()) return s;
  return reading;
}

absl::StatusOr<std::unique_ptr<StateProofing>> ForkedStateSource::Proof(const engine::State& state, Proven proven) {
  auto proofing = std::make_unique<ForkedProofing>(std::move(proven));
  if (absl::Status s = proofing->Start(loop_, state); !s.ok()) return s;
  return proofing;
}

}  // namespace understudy::daemon
