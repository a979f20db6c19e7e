// The state as a whole: sent, taken, and proven to be equal.
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/pair/pair_driver.h"
#include "daemon/pair/pair_events.h"

namespace understudy::daemon {

using replication::FrameType;

absl::Status PairDriver::TakeKnown(absl::string_view payload) {
  if (!core_->serving()) return absl::InvalidArgumentError("digests for a node that is not primary");
  if (payload.empty()) core_->EndTurn();  // the mark is the end of a batch
  if (absl::Status s = sender_.TakeKnown(payload, core_, feed_.last()); !s.ok()) return s;
  if (!payload.empty()) return absl::OkStatus();
  core_->set_peer_needs_after(sender_.mark());
  log_->Write(kResyncBegun, {{"lsn", sender_.mark().value()}, {"calls", core_->state().calls.size()}});
  return absl::OkStatus();
}

absl::Status PairDriver::TakeStateEnd(absl::string_view payload) {
  absl::StatusOr<FilledState> filled = receiver_.TakeEnd(payload);
  if (!filled.ok()) return filled.status();
  if (filled->info.cluster_id != core_->cluster_id()) return absl::DataLossError("a state of another cluster");
  log_->Write(kStateTaken, {{"lsn", filled->info.lsn.value()},
                            {"bytes", filled->bytes.size()},
                            {"received", filled->bytes_received},
                            {"calls_sent", filled->calls_sent},
                            {"calls_known", filled->calls_known}});
  wants_state_ = false;
  host_->Refill(*std::move(filled));
  return absl::OkStatus();
}

// Right behind the last batch: the backup sees it when it has applied exactly that.
void PairDriver::BeginProof() {
  proof_due_ = core_->serving() && link_ != nullptr && !options_.pair.warm;
  if (!proof_due_ || core_->state().lsn != core_->end()) return;  // at the end of a later turn
  proof_due_ = false;
  if (absl::Status s = proof_.Begin(*core_); !s.ok()) return log_->Write(kProofFailed, {{"why", s.message()}});
  Send(FrameType::kCheck, replication::Check{core_->end(), CountsOf(core_->state()), absl::nullopt});
}

absl::Status PairDriver::TakeCheck(absl::string_view payload) {
  replication::Check check;
  if (absl::Status s = Decode(payload, &check); !s.ok()) return s;
  if (core_->serving()) return absl::InvalidArgumentError("a primary that is asked to prove its state");
  if (!pair_.accepts_append() || check.lsn != core_->state().lsn) return absl::OkStatus();
  if (check.counts != CountsOf(core_->state())) {
    wants_state_ = true;
    log_->Write(kResyncDiffers, {{"lsn", check.lsn.value()}, {"why", "the counts of rows differ"}});
    return absl::DataLossError(absl::StrCat("the states differ at lsn ", check.lsn.value()));
  }
  if (absl::Status s = proof_.Begin(*core_); !s.ok()) log_->Write(kProofFailed, {{"why", s.message()}});
  return absl::OkStatus();
}

void PairDriver::OnProofComputed() {
  if (proof_.mine()) Send(FrameType::kCheckResult, *proof_.mine());
  CompareProofs();
}

absl::Status PairDriver::TakeCheckResult(absl::string_view payload) {
  replication::Check check;
  if (absl::Status s = Decode(payload, &check); !s.ok()) return s;
  proof_.TakeTheirs(check);
  CompareProofs();
  return absl::OkStatus();
}

void PairDriver::CompareProofs() {
  const absl::optional<bool> equal = proof_.equal();
  if (!equal) return;
  log_->Write(*equal ? kResyncProven : kResyncDiffers, {{"what", proof_.ToText()}});
  proof_.End();
  if (*equal) {
    ++proven_;
    return;
  }
  if (core_->serving()) return;
  wants_state_ = true;
  DropLink(absl::DataLossError("the states differ"));
  Do(replication::LinkDown{false});
}

}  // namespace understudy::daemon
