#include "daemon/overload/overload_control.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace understudy::daemon {
namespace {

constexpr Duration kTick = Duration::Milliseconds(100);
// Nobody looked for so long: the process was stopped, and what has gathered meanwhile is no sign of too much work.
constexpr Duration kStall = Duration::Milliseconds(500);
// So many late ticks in a row begin an episode; so long without one, all being taken, ends it.
constexpr int kLateTicks = 2;
constexpr Duration kCalm = Duration::Seconds(5);
// A look may come late, and idle nodes look four times a second: the share grows for each tick that has passed, but not
// by leaps.
constexpr int64_t kMostTicks = 5;

// Of the share: less by so much a tick when late, more by so much when not.
constexpr int kCut = 32;
constexpr int kRise = 32;
constexpr int kLeastRise = 1;
constexpr int kLeastShare = 16;  // of kAll: it must be seen when more would go

Duration Least(const absl::optional<Duration>& known, Duration now) {
  return known ? std::min(*known, now) : now;
}

}  // namespace

void OverloadControl::NoteDatagrams(Duration waited) {
  tick_.datagrams = Least(tick_.datagrams, waited);
  waited_ = waited;
}

void OverloadControl::NoteStream(Duration waited) {
  tick_.stream = std::max(tick_.stream, waited);
  waited_ = waited;
}

void OverloadControl::NoteCommit(Duration latency) {
  tick_.commit = Least(tick_.commit, latency);
}

void OverloadControl::Look(net::MonotonicTime now) {
  if (options_.target == Duration()) return;
  if (Stalled(now)) return BeginTick(now);
  if (now - tick_began_ < kTick) return;
  const int64_t ticks = (now - tick_began_).nanoseconds() / kTick.nanoseconds();
  Judge(now, std::min(ticks, kMostTicks));
  BeginTick(now);
}

void OverloadControl::BeginTick(net::MonotonicTime now) {
  tick_ = Tick();
  tick_began_ = now;
  waited_ = Duration();
}

// Twice in a row is no stop: it is a processor that is hardly there.
bool OverloadControl::Stalled(net::MonotonicTime now) {
  const bool stalled = now - std::exchange(looked_, now) > kStall && !skipped_;
  skipped_ = stalled;
  return stalled;
}

// Commits and datagrams in the same measure.
Duration OverloadControl::LateBy() const {
  const int64_t commit = tick_.commit.value_or(Duration()).nanoseconds();
  const int64_t scaled = commit / 1000 * options_.target.nanoseconds() / (options_.commit_target.nanoseconds() / 1000);
  Duration late = std::max(tick_.stream, Duration::Nanoseconds(scaled));
  if (tick_.datagrams) late = std::max(late, *tick_.datagrams);
  if (tick_.dropped) late = std::max(late, options_.target * 2);
  return late;
}

void OverloadControl::Judge(net::MonotonicTime now, int64_t ticks) {
  late_by_ = LateBy();
  late_ticks_ = late_by_ > options_.target ? late_ticks_ + 1 : 0;
  if (!overloaded_) {
    if (late_ticks_ >= kLateTicks) Begin(now);
    return;
  }
  Adapt(ticks);
  EndIfCalm(now);
}

void OverloadControl::Begin(net::MonotonicTime now) {
  overloaded_ = true;
  ++episodes_;
  share_ = kAll / 2;
  began_ = calm_since_ = now;
  episode_ = News{true, late_by_, Duration(), share_percent(), refused()};
  begun_ = episode_;
}

void OverloadControl::Adapt(int64_t ticks) {
  if (late_by_ > options_.target) {
    share_ -= share_ / kCut;
  } else if (late_by_ * 2 < options_.target) {
    for (; ticks > 0; --ticks) share_ += share_ / kRise + kLeastRise;
  }
  share_ = std::clamp(share_, kLeastShare, kAll);
  episode_.late_by = std::max(episode_.late_by, late_by_);
  episode_.least_percent = std::min(episode_.least_percent, share_percent());
}

// All of the share up to the target, nothing of it from half as much again.
int OverloadControl::ShareNow() const {
  const int64_t half = options_.target.nanoseconds() / 2;
  const int64_t left = std::clamp<int64_t>(half * 3 - waited_.nanoseconds(), 0, half);
  return std::max<int>(kLeastShare, share_ * left / half);
}

void OverloadControl::EndIfCalm(net::MonotonicTime now) {
  if (share_ < kAll || late_by_ > options_.target) calm_since_ = now;
  if (now - calm_since_ < kCalm) return;
  overloaded_ = false;
  ended_ = News{false, episode_.late_by, now - began_, episode_.least_percent, refused() - episode_.refused};
}

bool OverloadControl::Takes(Work work) {
  if (!overloaded_) return true;
  int& owed = owed_[static_cast<size_t>(work)];
  owed += ShareNow();
  if (owed >= kAll) {
    owed -= kAll;
    return true;
  }
  CountRefused(work);
  return false;
}

uint64_t OverloadControl::refused() const {
  return std::accumulate(refused_.begin(), refused_.end(), uint64_t{0});
}

absl::optional<OverloadControl::News> OverloadControl::TakeNews() {
  if (begun_) return std::exchange(begun_, absl::nullopt);
  return std::exchange(ended_, absl::nullopt);
}

}  // namespace understudy::daemon
