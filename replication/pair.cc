#include "replication/pair.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "replication/silence.h"

namespace understudy::replication {
namespace {

constexpr Duration kSamples = Duration::Milliseconds(20);
constexpr Duration kLongestBackoff = Duration::Seconds(30);
// A process that has just ended: its sockets go one after the other, and nothing but a refusal tells. After a handover:
// effects wait until the next primary serves and this node follows it.
constexpr Duration kAftermath = Duration::Milliseconds(500);
constexpr Duration kRedial = Duration::Milliseconds(4);

Incarnation OtherMember(const Register& view, const Incarnation& me) {
  for (const Incarnation& member : view.in_sync) {
    if (member.store_id != me.store_id) return member;
  }
  return {};
}

}  // namespace

absl::string_view RoleName(Role role) {
  switch (role) {
    case Role::kJoining: return "joining";
    case Role::kBackup: return "backup";
    case Role::kPrimary: return "primary";
  }
  return "?";
}

Pair::Pair(const PairOptions& options, const NodeFacts& facts)
    : options_(options),
      me_(facts.me),
      cluster_id_(facts.cluster_id),
      new_cluster_id_(facts.new_cluster_id),
      last_epoch_(facts.last_epoch),
      promotable_(facts.promotable),
      may_found_(facts.may_found),
      promise_(facts.promise),
      end_(facts.end),
      durable_(facts.end),
      sample_(facts.end),
      gate_backoff_(kShortestGateBackoff) {
  AgreeOnSilence(Duration());
}

Output Pair::Step(Duration now, const Input& input) {
  out_ = Output();
  if (!started_) {
    started_ = true;
    started_at_ = last_heard_ = primary_heard_ = link_heard_ = last_step_ = now;
  }
  now_ = now;
  NoticeStall(now);
  std::visit([this](const auto& i) { On(i); }, input);
  Evaluate();
  last_step_ = now;
  return std::move(out_);
}

// Who suspects its peer does so until it is heard, or another is primary.
void Pair::ForgetPeersWish() {
  if (!Suspects()) AgreeOnSilence(Duration());
}

// ---- Inputs.

void Pair::On(const LinkUp&) {
  if (role_ == Role::kPrimary || phase_ != Phase::kDialling) {
    out_.hang_up = true;
    return;
  }
  linked_ = true;
  link_heard_ = now_;
  phase_ = Phase::kGreeting;
  out_.say_hello = true;
}

// Nobody listens where the peer listens for as long as it lives.
void Pair::On(const DialFailed& input) {
  if (phase_ != Phase::kDialling) return;
  phase_ = Phase::kApart;
  next_dial_ = now_ + Redial();
  if (input.refused) dead_ = true;
}

void Pair::On(const LinkDown& input) {
  const bool was_linked = std::exchange(linked_, false);
  if (role_ == Role::kPrimary) return EndSession();
  const bool followed = phase_ == Phase::kFollowing;
  if (was_linked && followed) Say(PairEvent::kPeerDisconnected);
  if (input.goodbye && was_linked && followed) dead_ = true;
  phase_ = Phase::kApart;
  ForgetPeersWish();
  // At once, but not again and again where sessions end as soon as they have begun.
  const bool brief = now_ - following_since_ < options_.reconnect;
  const bool at_once = followed && !(std::exchange(was_brief_, brief) && brief);
  next_dial_ = at_once ? now_ : now_ + options_.reconnect;
  if (at_once) lost_at_ = now_;
  if (role_ == Role::kBackup) role_ = Role::kJoining;
}

void Pair::On(const PeerHello& input) {
  if (role_ != Role::kPrimary) {
    out_.refuse = RefusalReason::kNotPrimary;
    return;
  }
  if (input.node.store_id == me_.store_id) {
    out_.refuse = RefusalReason::kOtherSettings;
    return;
  }
  if (input.promise > served_) {
    out_.refuse = RefusalReason::kPromisedMore;
    return;
  }
  if (input.refills && IsNeeded(input.node)) {
    if (!session_.node.empty()) EndSession();
    dead_ = true;
    out_.refuse = RefusalReason::kBusy;
    return;
  }
  if (!session_.node.empty()) EndSession();
  session_ = Session();
  session_.node = input.node;
  dead_ = false;
  linked_ = true;
  last_heard_ = next_ping_ = now_;
  if (!MayBeTwo()) heard_at_.reset();
  peers_suspect_ = input.timeout;
  AgreeOnSilence(input.remote_timeout);
  out_.welcome = true;
  out_.tell_register = true;
  Say(PairEvent::kPeerConnected, ToText(input.node));
}

void Pair::On(const PeerWelcome& input) {
  if (phase_ != Phase::kGreeting) return;
  if (promise_ > input.epoch || promise_pending_) return HangUp();
  dead_ = suspected_ = false;
  last_heard_ = next_ping_ = now_;
  pings_sent_.clear();
  peers_suspect_ = input.timeout;
  AgreeOnSilence(input.remote_timeout);
  followed_ = input.epoch;
  phase_ = input.plan == Plan::kState ? Phase::kTransferring : Phase::kPreparing;
  Say(PairEvent::kPeerConnected, ToText(input.node));
}

// A later life of the primary's store says that the one named by the register is over.
void Pair::On(const PeerRefusal& input) {
  if (phase_ != Phase::kGreeting) return;
  HangUp();
  const bool for_now = input.reason == RefusalReason::kNotPrimary || input.reason == RefusalReason::kBusy;
  if (for_now) next_dial_ = now_ + Redial();
  if (input.view) On(PeerRegister{*input.view});
  const bool later_life = view_ && input.node.store_id == view_->primary.store_id && input.node != view_->primary;
  if (later_life) dead_ = true;
}

void Pair::On(const PeerAck& input) {
  if (role_ != Role::kPrimary || session_.node.empty() || input.ack.epoch != served_) return;
  session_.ack.epoch = served_;
  session_.ack.received = std::max(session_.ack.received, input.ack.received);
  session_.ack.durable = std::max(session_.ack.durable, input.ack.durable);
  session_.ack.applied = std::max(session_.ack.applied, input.ack.applied);
  session_.acked = true;
  NoteHeard(input.ack);
}

void Pair::On(const Prepared&) {
  if (phase_ != Phase::kPreparing) return;
  if (promise_pending_) return HangUp();
  phase_ = Phase::kPromising;
  if (promise_ == followed_) {
    On(PromiseKept{promise_});
  } else {
    Keep(followed_);
  }
}

void Pair::On(const PromiseKept& input) {
  if (promise_pending_ == input.promise) promise_pending_.reset();
  promise_ = input.promise;
  if (phase_ != Phase::kPromising || promise_ != followed_ || promise_pending_) return;
  phase_ = Phase::kFollowing;
  following_since_ = now_;
  role_ = Role::kBackup;
  out_.begin_acks = true;
  Say(PairEvent::kBackupActivated);
}

void Pair::On(const LogGrew& input) { end_ = input.end; }

void Pair::On(const LogDurable& input) {
  durable_ = input.lsn;
  end_ = std::max(end_, durable_);
}

void Pair::On(const HandoverAsked&) {
  if (role_ == Role::kPrimary && !WitnessServes()) {
    return Say(PairEvent::kHandoverGivenUp, "the witness does not answer");
  }
  if (!ready() || role_ != Role::kPrimary || handover_since_) {
    return Say(PairEvent::kHandoverGivenUp, "not ready");
  }
  handover_since_ = now_;
  out_.stop_input = true;
  Say(PairEvent::kHandoverBegun);
}

void Pair::On(const ForceAsked&) {
  if (role_ == Role::kPrimary && !Forgets()) return;
  force_ = true;
  force_since_ = now_;
  force_over_.reset();
  if (view_ || blank_) force_over_ = view_ ? view_->epoch : Epoch();
}

// ---- What to do next, looked at as a whole after every input.

void Pair::Evaluate() {
  if (role_ == Role::kPrimary) {
    EvaluatePrimary();
  } else {
    EvaluateBackup();
    if (role_ != Role::kPrimary) EvaluateLink();
  }
  EvaluateWitness();
}

void Pair::EvaluatePrimary() {
  EvaluateHearing();
  force_ = force_ && Forgets();
  if (force_ && !witness_busy_) {
    force_ = false;
    outstanding_.reset();  // nobody will ever answer it
    return Ask(RegisterOperation::kForce);
  }
  if (outstanding_) return EvaluateUnguarded();
  if (view_->in_sync.size() < 2) return EvaluateGate();
  if (!shrink_barrier_ && NeedsShrink()) shrink_barrier_ = end_;
  if (shrink_barrier_) {
    if (handover_since_) GiveUpHandover("the backup is lost");
    if (LeavesToPeer()) return;
    if (durable_ >= *shrink_barrier_) Ask(RegisterOperation::kShrink);
    return;
  }
  if (handover_since_) EvaluateHandover();
}

// A peer that acknowledges may be promoted: nothing is done behind its back.
void Pair::EvaluateUnguarded() {
  const bool long_unanswered = now_ - asked_since_ >= options_.witness_loss && witness_failing_;
  const bool gone = !AckCounts() || now_ - last_heard_ > suspect_;
  const bool may = options_.alone_without_witness && outstanding_->operation == RegisterOperation::kShrink;
  const bool was = std::exchange(unguarded_, may && gone && (unguarded_ || long_unanswered));
  if (unguarded_ && !was) Say(PairEvent::kUnguarded);
}

void Pair::EvaluateGate() {
  if (handover_since_) GiveUpHandover("the backup is not in sync");
  // A Grow that hangs would leave nothing to this node if the peer died meanwhile.
  const bool acks = WitnessServes() && !session_.node.empty() && (options_.warm || (session_.acked && PeerHears()));
  if (!acks) return session_.gate.reset();
  if (options_.warm) return Ask(RegisterOperation::kGrow, session_.node);
  if (!session_.gate && session_.live && now_ >= no_gate_before_ && CountedAck() >= sample_) {
    session_.gate = end_;
    session_.gate_opened = now_;
  }
  if (now_ - sampled_ >= kSamples) {
    sample_ = end_;
    sampled_ = now_;
  }
  if (!session_.gate) return;
  if (CountedAck() >= *session_.gate) return Ask(RegisterOperation::kGrow, session_.node);
  if (now_ - session_.gate_opened <= options_.max_hold) return;
  session_.gate.reset();
  no_gate_before_ = now_ + gate_backoff_;
  gate_backoff_ = std::min(gate_backoff_ * 2, kLongestBackoff);
  Say(PairEvent::kGateGivenUp);
}

void Pair::EvaluateHandover() {
  if (!WitnessServes()) return GiveUpHandover("the witness does not answer");
  const bool has_all = options_.warm || (CountedAck() == end_ && session_.ack.applied == end_);
  const bool drained = AckCounts() && has_all && durable_ == end_;
  if (drained) return Ask(RegisterOperation::kHandover, session_.node);
  if (now_ - *handover_since_ > options_.handover) GiveUpHandover("the backup did not take everything in time");
}

void Pair::GiveUpHandover(std::string why) {
  handover_since_.reset();
  out_.resume_input = true;
  Say(PairEvent::kHandoverGivenUp, std::move(why));
}

// A store that some register that there may be lets serve is not to be given up for another one: a Handover to it may
// arrive, or this node may die. One that goes on unguarded has what no other has: nobody needs the other.
bool Pair::IsNeeded(const Incarnation& node) const {
  if (unguarded_) return false;
  const bool may_be_named = outstanding_ && !outstanding_->peer.empty();
  if (may_be_named && SameNode(view_->mode, outstanding_->peer, node)) return true;
  return view_->in_sync.size() > 1 && IsMember(*view_, node);
}

// A member is filled when the register names it no more. Until the witness has said that, nothing leaves the primary.
bool Pair::may_leave() const {
  return !view_ || !IsNeeded(me_) || WitnessServes();
}

// A backup that is there, be it slow, is to serve when this node has ended: it has all that was released.
bool Pair::LeavesToPeer() const { return ending_ && AckCounts() && now_ - last_heard_ <= suspect_; }

// Counts from when this node had done its own part: what its own disk held up the backup has only just been asked for.
bool Pair::AckIsLate() {
  const Lsn wanted = view_->mode == CommitMode::kDurable ? durable_ : end_;
  if (awaited_ && CountedAck() >= awaited_->lsn) awaited_.reset();
  if (!awaited_ && CountedAck() < wanted) awaited_ = AwaitedAck{wanted, now_};
  return awaited_ && now_ - awaited_->since > options_.max_hold;
}

bool Pair::NeedsShrink() {
  const bool here = AckCounts();
  const bool later_life = !here && !session_.node.empty();
  if (later_life || (!here && dead_)) return true;
  const bool held_long = held_since_ && now_ - *held_since_ > options_.max_hold;
  const bool unheard_long = unheard_since_ && now_ - *unheard_since_ > MayBeUnheard();
  const bool silent = unheard_long || now_ - last_heard_ > suspect_;
  if (!here) return held_long || silent;
  if (silent) {
    Say(PairEvent::kPeerSuspected);
    return true;
  }
  if (options_.warm || !AckIsLate() || !held_long) return false;
  Say(PairEvent::kBackupSlow);
  no_gate_before_ = now_ + gate_backoff_;
  gate_backoff_ = std::min(gate_backoff_ * 2, kLongestBackoff);
  return true;
}

// What was asked may yet arrive: Touch voids it when the witness is back, as with an Acquire that was refused.
void Pair::EvaluateForce() {
  const bool overtaken = view_ && force_over_ && view_->epoch > *force_over_ && view_->primary != me_;
  if (!overtaken && now_ - force_since_ <= options_.force) return;
  force_ = false;
  if (outstanding_ && outstanding_->operation == RegisterOperation::kForce) outstanding_.reset();
  Say(PairEvent::kForceGivenUp, overtaken ? "another node was given an epoch" : "it was not granted in time");
}

void Pair::EvaluateBackup() {
  if (force_) EvaluateForce();
  if (promise_pending_) return;
  if (view_ && view_->primary == me_ && view_->epoch > served_) {
    if (MayBeOver()) return ReplaceHandover();
    if (promise_ < view_->epoch) return Keep(view_->epoch);
    if (promise_ == view_->epoch) return Serve();
  }
  if (outstanding_ || witness_busy_) return;
  if (force_) {
    const Epoch least = std::max({view_ ? view_->epoch : Epoch(), last_epoch_, followed_}).Next();
    if (promise_ < least) return Keep(least);
    return Ask(RegisterOperation::kForce);
  }
  if (!view_) {
    if (!blank_ || !pristine()) return;
    if (promise_.empty()) return Keep(Epoch(1));
    return Ask(RegisterOperation::kCreate);
  }
  if (Forgets()) return;
  if (Suspects() && !std::exchange(suspected_, true)) SaySuspected();
  if (WantsEpoch()) {
    HangUp();
    if (promise_ <= view_->epoch) return Keep(view_->epoch.Next());
    return Ask(RegisterOperation::kAcquire);
  }
  if (first_answer_ || witness_failing_ || promise_ <= std::max(view_->epoch, followed_)) return;
  if (view_->version <= risky_version_) return Ask(RegisterOperation::kTouch);
  Keep(view_->epoch);
}

void Pair::EvaluateLink() {
  if (linked_ && LinkIsSilent()) return HangUp();
  if (phase_ == Phase::kFollowing && now_ >= next_ping_) Ping();
  if (linked_ || phase_ != Phase::kApart || now_ < next_dial_) return;
  if (promise_pending_ || outstanding_ || force_ || WantsEpoch()) return;
  phase_ = Phase::kDialling;
  out_.dial = true;
}

void Pair::SaySuspected() {
  Say(PairEvent::kPeerSuspected);
  if (!promotable_) return Say(PairEvent::kNotPromotable, "the log is not whole");
  if (!MayAcquire(*view_, me_)) Say(PairEvent::kNotPromotable, ToText(*view_));
}

bool Pair::Suspects() const { return dead_ || now_ - last_heard_ > suspect_; }

// A witness that does not answer would leave the promise standing, and this node with nobody to follow.
bool Pair::WantsEpoch() const {
  if (!promotable_) return false;
  if (!view_ || !WitnessServes() || !MayAcquire(*view_, me_)) return false;
  if (view_->primary.store_id == me_.store_id && view_->in_sync.size() == 1) return true;
  return Suspects();
}

// ---- Actions.

// Who has just ended may be gone in a moment, and who has just been named primary may serve in a moment.
bool Pair::InAftermath() const { return lost_at_ && now_ - *lost_at_ < kAftermath; }

Duration Pair::Redial() const { return InAftermath() ? kRedial : options_.reconnect; }

void Pair::HangUp() {
  if (!linked_) return;
  out_.hang_up = true;
  linked_ = false;
  phase_ = Phase::kApart;
  ForgetPeersWish();
  next_dial_ = now_ + options_.reconnect;
  if (role_ == Role::kBackup) role_ = Role::kJoining;
}

void Pair::Serve() {
  HangUp();
  EndSession();
  dead_ = false;
  role_ = Role::kPrimary;
  phase_ = Phase::kApart;
  served_ = view_->epoch;
  last_heard_ = now_;
  out_.serve = served_;
  out_.forced = view_->forced;
  force_ = false;
  ForgetHearing();
  unheard_since_ = now_;
  awaited_.reset();
  shrink_barrier_.reset();
  Say(PairEvent::kPrimaryActivated, ToText(*view_));
  if (alone()) Say(PairEvent::kUnprotected);
}

void Pair::StepDown() {
  role_ = Role::kJoining;
  phase_ = Phase::kApart;
  next_dial_ = lost_at_.emplace(now_);
  session_ = Session();
  linked_ = false;
  AgreeOnSilence(Duration());
  out_.step_down = true;
  shrink_barrier_.reset();
  unguarded_ = false;
  ForgetHearing();
  if (std::exchange(handover_since_, absl::nullopt)) {
    Say(PairEvent::kHandoverGivenUp, "this node is primary no longer");
  }
  Say(PairEvent::kSuperseded, ToText(*view_));
}

void Pair::EndSession() {
  if (role_ == Role::kPrimary && !session_.node.empty()) {
    dead_ = true;
    Say(PairEvent::kPeerDisconnected, ToText(session_.node));
  }
  session_ = Session();
  linked_ = false;
  AgreeOnSilence(Duration());
  pings_sent_.clear();
}

void Pair::Keep(Epoch promise) {
  promise_pending_ = promise;
  out_.keep_promise = promise;
}

// ---- What may be released, and what to say of it.

bool Pair::AckCounts() const {
  if (session_.node.empty() || !view_) return false;
  if (outstanding_ && outstanding_->operation == RegisterOperation::kGrow) return session_.node == outstanding_->peer;
  if (view_->in_sync.size() < 2) return true;
  return SameNode(view_->mode, OtherMember(*view_, me_), session_.node);
}

Lsn Pair::CountedAck() const {
  if (!AckCounts()) return Lsn();
  return view_->mode == CommitMode::kDurable ? session_.ack.durable : session_.ack.received;
}

Standing Pair::standing() const {
  if (role_ != Role::kPrimary || !view_ || view_->epoch != served_) return Standing::kNotServing;
  if (IsUnsure(now_)) return Standing::kUnsure;
  if (outstanding_ && outstanding_->operation == RegisterOperation::kHandover) return Standing::kHandingOver;
  if (unguarded_) return Standing::kUnguarded;
  const bool changes = outstanding_ && outstanding_->operation != RegisterOperation::kTouch;
  if (changes || shrink_barrier_) return Standing::kChanging;
  if (view_->in_sync.size() > 1) return Standing::kTwo;
  return session_.gate ? Standing::kGated : Standing::kAlone;
}

ReleaseView Pair::ReleaseNow() const {
  ReleaseView view;
  view.standing = standing();
  if (view_) view.mode = view_->mode;
  view.warm = options_.warm;
  view.own = durable_;
  view.ack = CountedAck();
  return view;
}

bool Pair::in_sync() const {
  return standing() == Standing::kTwo && AckCounts() && (session_.acked || options_.warm);
}

bool Pair::ready() const {
  const bool heard = WitnessServes() && now_ - last_heard_ <= suspect_;
  if (role_ == Role::kPrimary) return in_sync() && heard;
  return phase_ == Phase::kFollowing && heard && view_ && view_->epoch == followed_ && view_->in_sync.size() > 1 &&
         IsMember(*view_, me_);
}

}  // namespace understudy::replication
