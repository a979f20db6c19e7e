// Whether the peer hears this primary. Its silence is the peer's leave to take over: who cannot tell whether it is
// heard cannot tell whether it still serves. And how old the word of a primary is that this node follows: no older than
// the question that it has answered. When it is read tells nothing: it may have waited in a network that was cut, or in
// the socket of a process that was stopped.
#include <algorithm>

#include "replication/pair.h"
#include "replication/silence.h"

namespace understudy::replication {
namespace {

constexpr Duration kUsual = Duration::Seconds(1);
// So long between two steps is nothing but a busy machine; more was not the peer's silence but ours.
constexpr Duration kUsualPause = Duration::Milliseconds(100);
constexpr Duration kShortestStall = Duration::Milliseconds(50);
constexpr Duration kLongestGreeting = Duration::Seconds(10);
constexpr size_t kMostPings = 64;  // that nobody has answered

Duration Share(Duration whole, int64_t parts) { return Duration::Nanoseconds(whole.nanoseconds() / parts); }

}  // namespace

void Pair::On(const PeerPong& input) {
  absl::optional<Duration> asked;
  while (!pings_sent_.empty() && pings_sent_.front().number <= input.number) {
    asked = pings_sent_.front().at;
    pings_sent_.pop_front();
  }
  if (!asked) return;
  if (role_ == Role::kPrimary) return NoteHeard(*asked);
  primary_heard_ = std::max(primary_heard_, *asked);
}

void Pair::On(const PeerHeard&) {
  const bool of_primary = phase_ == Phase::kPreparing || phase_ == Phase::kPromising ||
                          phase_ == Phase::kTransferring || phase_ == Phase::kFollowing;
  if (role_ == Role::kPrimary || of_primary) last_heard_ = now_;
  link_heard_ = now_;
}

void Pair::NoticeStall(Duration now) {
  const Duration gap = now - last_step_;
  if (gap > kUsualPause) {
    last_heard_ = last_heard_ + gap;
    link_heard_ = link_heard_ + gap;
    if (unheard_since_) unheard_since_ = *unheard_since_ + gap;
  }
  if (gap <= stall_ || role_ != Role::kPrimary || !MayBeTwo()) return;
  stalled_at_ = now;
  read_soon_ = true;
  Ping();
}

// A machine that lost its power ends no connection. Whoever may not take over would wait for TCP to notice.
bool Pair::LinkIsSilent() const {
  const Duration patience = std::max(suspect_ + suspect_, kUsual);
  return now_ - link_heard_ > (phase_ == Phase::kGreeting ? std::min(patience, kLongestGreeting) : patience);
}

void Pair::AgreeOnSilence(Duration asked_by_peer) {
  suspect_ = SilenceTimeout(options_.suspect, asked_by_peer);
  stall_ = std::max(kShortestStall, std::min({options_.stall, Share(suspect_, 2), MayBeUnheard()}));
}

// Half of what the peer waits before it takes over.
Duration Pair::MayBeUnheard() const {
  return std::max(kShortestStall, Share(peers_suspect_ <= Duration() ? kUsual : peers_suspect_, 2));
}

// While the answer to a Grow is unknown the peer may be a member.
bool Pair::MayBeTwo() const {
  const bool grows = outstanding_ && outstanding_->operation == RegisterOperation::kGrow;
  return view_ && (view_->in_sync.size() > 1 || grows);
}

// The peer takes no silence for death.
bool Pair::NeverSuspected() const { return peers_suspect_ > kLongestSilence; }

bool Pair::MustBeHeard() const {
  return role_ == Role::kPrimary && MayBeTwo() && !options_.warm && !unguarded_ && !NeverSuspected();
}

bool Pair::IsHeard(Duration now) const { return heard_at_ && now - *heard_at_ <= MayBeUnheard(); }

// The witness says who serves, not who will in a moment: its word counts for a while, and for less than the peer's.
bool Pair::IsVouchedFor(Duration now) const {
  const Duration half = MayBeUnheard();
  return heard_at_ && now - *heard_at_ <= half + Share(half, 2) && vouched_at_ && now - *vouched_at_ <= Share(half, 2);
}

bool Pair::IsUnsure(Duration now) const {
  return stalled_at_ || (MustBeHeard() && !IsHeard(now) && !IsVouchedFor(now));
}

bool Pair::Doubts(Duration now) const {
  return role_ == Role::kPrimary && (now - last_step_ > stall_ || IsUnsure(now));
}

void Pair::NoteHeard(Duration sent) {
  if (!AckCounts()) return;
  heard_at_ = std::max(heard_at_.value_or(sent), sent);
  if (stalled_at_ && sent >= *stalled_at_) stalled_at_.reset();
}

// An entry that was appended after a ping was sent after it.
void Pair::NoteHeard(const Ack& ack) {
  absl::optional<Duration> sent;
  for (const PingSent& ping : pings_sent_) {
    if (ping.end < std::max(ack.received, ack.durable)) sent = ping.at;
  }
  if (sent) NoteHeard(*sent);
}

void Pair::NoteVouched(const Register& answer) {
  if (answer.epoch != served_) return;
  vouched_at_ = busy_since_;
  if (stalled_at_ && busy_since_ >= *stalled_at_) stalled_at_.reset();
}

// Handed to this node so long ago that the other member may take it for dead before it serves, and serve in its place.
bool Pair::MayBeOver() const {
  const bool matters = view_->in_sync.size() > 1 && !options_.warm && !NeverSuspected();
  return matters && now_ - handed_at_ > MayBeUnheard();
}

// By an epoch that only one of the two can be given.
void Pair::ReplaceHandover() {
  if (outstanding_ || witness_busy_ || !WitnessServes()) return;
  if (promise_ <= view_->epoch) return Keep(view_->epoch.Next());
  Ask(RegisterOperation::kAcquire);
}

void Pair::ForgetHearing() {
  pings_sent_.clear();
  heard_at_.reset();
  vouched_at_.reset();
  unheard_since_.reset();
  stalled_at_.reset();
}

void Pair::Ping() {
  out_.ping = ++pings_;
  pings_sent_.push_back({pings_, now_, end_});
  if (pings_sent_.size() > kMostPings) pings_sent_.pop_front();
  next_ping_ = now_ + HeartbeatInterval(peers_suspect_).value_or(kUsual);
}

void Pair::EvaluateHearing() {
  if (!session_.node.empty() && now_ >= next_ping_) Ping();
  if (!MustBeHeard() || IsHeard(now_)) {
    unheard_since_.reset();
  } else if (!unheard_since_) {
    unheard_since_ = now_;
    read_soon_ = true;
  }
  if (IsUnsure(now_) && now_ - busy_since_ >= options_.witness_retry) read_soon_ = true;
}

}  // namespace understudy::replication
