#include "replication/pair_mistakes_testing.h"

#include <algorithm>
#include <variant>

namespace understudy::replication {

absl::string_view MistakeName(Mistake mistake) {
  static constexpr absl::string_view kNames[kMistakes] = {
      "none",     "ack",    "release",     "promise", "forget",      "shrink", "pending",      "gate",   "start",
      "unknown",  "cut",    "resume",      "anyone",  "ack-anybody", "version", "ack-only",    "acquire-sync",
      "window",   "session", "read-back",  "refuse",  "store-id",    "grow-ack", "stuck",      "cut-by-epoch", "hears"};
  return kNames[static_cast<int>(mistake)];
}

void PairMistakes::TakeForFailure(Pair* pair) const {
  pair->outstanding_.reset();
  pair->session_.gate.reset();
  pair->shrink_barrier_.reset();
  pair->risky_version_ = 0;
}

void PairMistakes::Before(const Input& input, Pair* pair) {
  if (mistake_ == Mistake::kHears && std::holds_alternative<PeerHeard>(input)) pair->heard_at_ = pair->now_;
  if (mistake_ == Mistake::kUnknown && std::holds_alternative<WitnessFailed>(input)) TakeForFailure(pair);
  if (mistake_ == Mistake::kReadBack && pair->outstanding_) {
    const auto* answered = std::get_if<WitnessAnswered>(&input);
    const bool same = answered != nullptr && answered->answer.now &&
                      answered->answer.now->version == pair->outstanding_->version;
    if (same) TakeForFailure(pair);
  }
  if (mistake_ == Mistake::kRefuse) {
    const auto* answered = std::get_if<WitnessAnswered>(&input);
    if (answered != nullptr && answered->answer.verdict == RegisterVerdict::kRefused) {
      TakeForFailure(pair);
      pair->dead_ = false;
      pair->last_heard_ = pair->now_;
    }
  }
  if (mistake_ == Mistake::kAnyone && pair->view_ && pair->role_ != Role::kPrimary && pair->end_ > Lsn() &&
      !MayAcquire(*pair->view_, pair->me_)) {
    pair->view_->in_sync = {pair->view_->primary, pair->me_};
  }
}

void PairMistakes::After(Pair* pair) {
  if (mistake_ == Mistake::kShrink && pair->shrink_barrier_ && !pair->outstanding_) pair->shrink_barrier_ = Lsn();
  const bool gate_open = pair->session_.gate.has_value() && !pair->outstanding_;
  if (mistake_ == Mistake::kWindow && gate_open && gate_ != pair->session_.gate) {
    const uint64_t gate = pair->session_.gate->value();
    gate_ = pair->session_.gate = Lsn(gate > 2 ? gate - 2 : 0);
  }
  if (mistake_ != Mistake::kSession) return;
  if (pair->session_.gate && !gate_) gate_ = pair->session_.gate;
  if (pair->role_ != Role::kPrimary || !pair->alone()) gate_.reset();
  if (gate_ && pair->session_.acked) pair->session_.gate = gate_;
}

Lsn PairMistakes::Limit(const Pair& pair) const {
  ReleaseView view = pair.ReleaseNow();
  const Standing standing = view.standing;
  const bool growing = pair.outstanding_ && pair.outstanding_->operation == RegisterOperation::kGrow;
  const bool by_ack = standing == Standing::kTwo || standing == Standing::kGated || standing == Standing::kChanging;
  const Lsn raw = view.mode == CommitMode::kDurable ? pair.session_.ack.durable : pair.session_.ack.received;
  switch (mistake_) {
    case Mistake::kRelease:
      if (by_ack) return view.own;
      break;
    case Mistake::kPending:
      if (standing == Standing::kChanging && pair.view_->in_sync.size() > 1) view.standing = Standing::kTwo;
      break;
    case Mistake::kGate:
      if (standing == Standing::kGated || (standing == Standing::kChanging && growing)) return view.own;
      break;
    case Mistake::kAckOnly:
      if (standing == Standing::kTwo) return view.ack;
      break;
    case Mistake::kAckAnybody:
      if (by_ack) view.ack = raw;
      break;
    case Mistake::kGrowAck:
      if (growing) view.ack = raw;
      break;
    default:
      break;
  }
  return ReleaseLimit(view);
}

void PairMistakes::Resume(const Register& present, Pair* pair) {
  pair->view_ = present;
  pair->first_answer_ = false;
  pair->role_ = Role::kPrimary;
  pair->served_ = present.epoch;
}

}  // namespace understudy::replication
