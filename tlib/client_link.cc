#include "tlib/client_link.h"

#include <algorithm>

#include "base/check.h"

namespace understudy::tlib {
namespace {

constexpr int64_t kPingsInSilence = 3;

Duration Part(Duration whole, int64_t parts) {
  return Duration::Nanoseconds(whole.nanoseconds() / parts);
}

void Earlier(absl::optional<ClientTime> time, absl::optional<ClientTime>* first) {
  if (time.has_value() && (!first->has_value() || *time < **first)) *first = time;
}

bool IsDue(absl::optional<ClientTime> time, ClientTime now) {
  return time.has_value() && *time <= now;
}

}  // namespace

void ClientLink::Open(ClientTime now) {
  US_CHECK(state_ == State::kDown);
  state_ = State::kOpening;
  connect_at_ = absl::nullopt;
  answer_by_ = now + times_.opening;
}

void ClientLink::Opened(ClientTime now) {
  US_CHECK(state_ == State::kOpening);
  state_ = State::kGreeting;
  role = ServerRole::kUnknown;
  claim = 0;
  sent_ = now;
  Received(now);
}

void ClientLink::Welcomed(const Welcome& welcome) {
  US_CHECK(state_ == State::kGreeting);
  state_ = State::kWelcomed;
  welcome_ = welcome;
  answer_by_ = absl::nullopt;
}

void ClientLink::Down(ClientTime now, Retry retry) {
  if (proved_.has_value() && now - *proved_ >= times_.last_retry) failures_ = 0;
  proved_ = absl::nullopt;
  state_ = State::kDown;
  role = ServerRole::kUnknown;
  claim = 0;
  has_session = false;
  answer_by_ = absl::nullopt;
  connect_at_ = now + RetryDelay(retry);
}

void ClientLink::AwaitAttached(ClientTime now) {
  last_event = 0;
  has_session = true;
  answer_by_ = now + times_.opening;
}

void ClientLink::Received(ClientTime now) {
  received_ = now;
  probed_ = false;
}

// Between half the delay and the whole: thousands of clients that lost one server must not all come in one instant.
Duration ClientLink::RetryDelay(Retry retry) {
  if (retry == Retry::kAtOnce) return Duration();
  Duration delay = times_.first_retry;
  for (uint32_t i = 0; i < failures_ && delay < times_.last_retry; ++i) delay = delay * 2;
  if (retry == Retry::kLate) delay = times_.last_retry;
  delay = std::min(delay, times_.last_retry);
  ++failures_;
  chance_ = chance_ * 6364136223846793005u + 1442695040888963407u;
  const int64_t half = delay.nanoseconds() / 2;
  return Duration::Nanoseconds(half + static_cast<int64_t>((chance_ >> 33) % static_cast<uint64_t>(half + 1)));
}

ClientLink::Due ClientLink::TakeDue(ClientTime now) {
  if (IsDue(connect_at_, now)) return Due::kConnect;
  if (IsDue(answer_by_, now)) return Due::kTooSlow;
  if (!is_up()) return Due::kNothing;
  if (times_.silence > Duration() && received_ + times_.silence <= now) return Due::kSilent;
  if (!IsDue(PingAt(), now) && !IsDue(ProbeAt(), now)) return Due::kNothing;
  probed_ = IsDue(ProbeAt(), now) || probed_;
  sent_ = now;
  return Due::kPing;
}

absl::optional<ClientTime> ClientLink::NextDue() const {
  absl::optional<ClientTime> first = connect_at_;
  Earlier(answer_by_, &first);
  if (!is_up()) return first;
  if (times_.silence > Duration()) Earlier(received_ + times_.silence, &first);
  Earlier(PingAt(), &first);
  Earlier(ProbeAt(), &first);
  return first;
}

// The server hears us in time.
absl::optional<ClientTime> ClientLink::PingAt() const {
  if (state_ != State::kWelcomed || welcome_.addp_milliseconds == 0) return absl::nullopt;
  return sent_ + Part(Duration::Milliseconds(welcome_.addp_milliseconds), kPingsInSilence);
}

// We ask before we take silence for death.
absl::optional<ClientTime> ClientLink::ProbeAt() const {
  if (state_ != State::kWelcomed || times_.silence <= Duration() || probed_) return absl::nullopt;
  return received_ + Part(times_.silence, 2);
}

}  // namespace understudy::tlib
