#include "daemon/pair/resync_proof.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/transfer/state_counts.h"

namespace understudy::daemon {
namespace {

std::string Text(const replication::Check& check) {
  static constexpr absl::string_view kNames[] = {"calls", "registrations", "transactions",   "timers",
                                                 "flows", "DNs",           "client sessions"};
  std::string text = absl::StrCat("lsn ", check.lsn.value(), ": ");
  for (size_t i = 0; i < check.counts.size() && i < std::size(kNames); ++i) {
    absl::StrAppend(&text, check.counts[i], " ", kNames[i], ", ");
  }
  return absl::StrCat(text, "digest ", check.digest ? check.digest->ToHex() : "unknown");
}

}  // namespace

std::vector<uint64_t> Numbers(const engine::StateCounts& counts) {
  return {counts.calls, counts.bindings, counts.transactions, counts.timers, counts.flows, counts.dns, counts.sessions};
}

std::vector<uint64_t> CountsOf(const engine::State& state) {
  return Numbers(engine::CountState(state));
}

absl::Status ResyncProof::Begin(const Core& core) {
  End();
  auto proofing = source_->Proof(core.state(), [this](const absl::StatusOr<StateProof>& proof) { Computed(proof); });
  if (!proofing.ok()) return proofing.status();
  proofing_ = *std::move(proofing);
  return absl::OkStatus();
}

void ResyncProof::End() {
  proofing_.reset();
  mine_.reset();
  theirs_.reset();
}

void ResyncProof::Computed(const absl::StatusOr<StateProof>& proof) {
  if (!proof.ok()) return proofing_.reset();
  mine_ = replication::Check{proof->lsn, Numbers(proof->counts), proof->digest};
  proofing_.reset();
  computed_();
}

absl::optional<bool> ResyncProof::equal() const {
  if (!mine_ || !theirs_ || mine_->lsn != theirs_->lsn) return absl::nullopt;
  return mine_->counts == theirs_->counts && mine_->digest == theirs_->digest;
}

std::string ResyncProof::ToText() const {
  if (!mine_) return "";
  if (!theirs_ || equal() == true) return Text(*mine_);
  return absl::StrCat("here ", Text(*mine_), "; at the peer ", Text(*theirs_));
}

}  // namespace understudy::daemon
