#include "replication/silence.h"

#include <algorithm>

namespace understudy::replication {
namespace {

constexpr Duration kUsual = Duration::Seconds(1);
constexpr int64_t kHeartbeatsATimeout = 5;

}  // namespace

Duration SilenceTimeout(Duration own, Duration asked) {
  if (own > kLongestSilence || asked <= Duration()) return own;
  return std::min(own, std::clamp(asked, kShortestSilence, kLongestSilence));
}

absl::optional<Duration> HeartbeatInterval(Duration timeout) {
  if (timeout > kLongestSilence) return absl::nullopt;
  const Duration waited_for = timeout <= Duration() ? kUsual : std::max(timeout, kShortestSilence);
  return Duration::Nanoseconds(waited_for.nanoseconds() / kHeartbeatsATimeout);
}

}  // namespace understudy::replication
