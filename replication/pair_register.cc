// What the witness says, and what is asked of it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "replication/pair.h"

namespace understudy::replication {

void Pair::On(const WitnessAnswered& input) {
  witness_busy_ = false;
  witness_failing_.reset();
  if (std::exchange(witness_lost_, false)) Say(PairEvent::kWitnessBack);
  next_witness_ = now_;
  const RegisterAnswer& answer = input.answer;
  if (!answer.now) {
    if (!std::exchange(blank_, true) && !pristine()) Say(PairEvent::kWitnessBlank);
    const bool founds = outstanding_ && outstanding_->version == 0;
    if (role_ != Role::kPrimary && !founds) outstanding_.reset();
    next_witness_ = now_ + options_.witness_retry;
    return;
  }
  if (cluster_id_ == 0) {
    cluster_id_ = answer.now->cluster_id;
    out_.adopt_cluster = cluster_id_;
  }
  if (answer.now->cluster_id != cluster_id_) {
    Say(PairEvent::kWitnessOther);
    next_witness_ = now_ + options_.witness_poll;
    return;
  }
  NoteVouched(*answer.now);
  // What an earlier life of this node has asked may still arrive.
  if (std::exchange(first_answer_, false) && promise_ > answer.now->epoch) {
    risky_version_ = std::max(risky_version_, answer.now->version);
  }
  const bool refused = answer.verdict == RegisterVerdict::kRefused;
  if (std::exchange(blank_, false)) view_.reset();
  if (IsStale(*answer.now)) return;
  SeeRegister(*answer.now);
  if (refused && outstanding_) {
    outstanding_.reset();
    next_witness_ = now_ + options_.witness_retry;
  }
}

void Pair::On(const WitnessFailed&) {
  witness_busy_ = false;
  read_soon_ = true;
  next_witness_ = now_ + options_.witness_retry;
  if (!witness_failing_) witness_failing_ = now_;
  if (now_ - *witness_failing_ >= options_.witness_retry && !std::exchange(witness_lost_, true)) {
    Say(PairEvent::kWitnessLost);
  }
}

void Pair::On(const PeerRegister& input) {
  if (cluster_id_ != 0 && input.view.cluster_id == cluster_id_) SeeRegister(input.view);
}

// An answer to what was asked after this node had seen a later register. Only Force ends that: its epoch is above all.
bool Pair::IsStale(const Register& answer) {
  const bool older = view_ && answer.version < view_->version && answer.epoch <= view_->epoch;
  if (!older) stale_.reset();
  if (!older || (!stale_ && busy_since_ <= seen_at_)) return false;
  if (!stale_) Say(PairEvent::kWitnessStale, absl::StrCat(ToText(answer), "; seen before: ", ToText(*view_)));
  stale_ = answer;
  const bool forces = outstanding_ && outstanding_->operation == RegisterOperation::kForce;
  if (forces) outstanding_->version = answer.version;
  if (!forces && role_ != Role::kPrimary) outstanding_.reset();
  next_witness_ = now_ + options_.witness_retry;
  return true;
}

void Pair::SeeRegister(const Register& seen) {
  // A witness that had become blank counts its versions anew; epochs only grow.
  if (view_ && seen.version < view_->version && seen.epoch <= view_->epoch) return;
  const bool other_epoch = !view_ || seen.epoch != view_->epoch;
  if (view_ != seen) seen_at_ = now_;
  if (other_epoch && seen.primary == me_) handed_at_ = primary_heard_;
  view_ = seen;
  if (other_epoch) {
    dead_ = suspected_ = false;
    last_heard_ = now_;
    if (!linked_) AgreeOnSilence(Duration());
  }
  if (outstanding_ && seen.version != outstanding_->version) Resolve(seen);
  if (role_ == Role::kPrimary && (seen.epoch > served_ || seen.primary != me_)) StepDown();
}

// The answer to what was asked, however it came.
void Pair::Resolve(const Register& seen) {
  const RegisterRequest asked = *std::exchange(outstanding_, absl::nullopt);
  const bool granted = WasGranted(seen, asked);
  unguarded_ = false;
  shrink_barrier_.reset();
  out_.tell_register = role_ == Role::kPrimary;
  if (asked.operation == RegisterOperation::kShrink && granted) Say(PairEvent::kUnprotected);
  if (asked.operation == RegisterOperation::kGrow && granted) {
    session_.gate.reset();
    gate_backoff_ = kShortestGateBackoff;
    Say(PairEvent::kInSync);
  }
  if (asked.operation != RegisterOperation::kHandover) return;
  if (granted || seen.epoch > served_) {
    handover_since_.reset();
    return Say(PairEvent::kHandoverDone);
  }
  GiveUpHandover("the register has changed");
}

void Pair::EvaluateWitness() {
  if (witness_busy_ || now_ < next_witness_) return;
  const bool void_there = stale_ && outstanding_ && outstanding_->operation != RegisterOperation::kForce;
  if (outstanding_ && !void_there) {
    out_.ask = outstanding_;
  } else if (read_soon_ || now_ - busy_since_ >= options_.witness_poll || !view_) {
    out_.read = true;
    read_soon_ = false;
  } else {
    return;
  }
  witness_busy_ = true;
  busy_since_ = now_;
}

void Pair::Ask(RegisterOperation operation, const Incarnation& peer) {
  if (witness_busy_) return;
  RegisterRequest request;
  request.operation = operation;
  request.cluster_id = cluster_id_ == 0 ? new_cluster_id_ : cluster_id_;
  request.version = view_ && !blank_ ? view_->version : 0;
  if (stale_ && operation == RegisterOperation::kForce) request.version = stale_->version;
  request.asker = me_;
  request.peer = peer;
  request.epoch = operation == RegisterOperation::kForce ? std::max(promise_, served_.Next()) : promise_;
  request.mode = options_.mode;
  const bool takes = operation == RegisterOperation::kAcquire || operation == RegisterOperation::kForce;
  if (takes) risky_version_ = std::max(risky_version_, request.version);
  outstanding_ = request;
  asked_since_ = now_;
  next_witness_ = now_;
}

}  // namespace understudy::replication
