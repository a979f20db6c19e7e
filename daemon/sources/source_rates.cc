#include "daemon/sources/source_rates.h"

#include <algorithm>
#include <iterator>

namespace understudy::daemon {
namespace {

// A full table is gone through no more often than this.
constexpr Duration kForgetInterval = Duration::Milliseconds(100);

// The last of them needs what is left whole: a part of one is none.
RateLimit LimitOf(int64_t per_second) {
  const int64_t most = std::max<int64_t>(per_second, 1);
  const Duration interval = Duration::Nanoseconds(Duration::Seconds(1).nanoseconds() / most);
  return RateLimit(interval, interval * (most - 1) + Duration::Nanoseconds(1));
}

}  // namespace

SourceRates::SourceRates(int64_t per_second, size_t most_sources)
    : per_second_(per_second), most_(most_sources), fresh_(LimitOf(per_second)) {}

bool SourceRates::Take(const Endpoint& source, net::MonotonicTime now) {
  if (!is_limited()) return true;
  auto account = sources_.find(source);
  if (account == sources_.end()) {
    if (sources_.size() >= most_ && now >= forgot_ + kForgetInterval) ForgetSome(now);
    account = sources_.try_emplace(sources_.size() >= most_ ? Endpoint() : source, fresh_).first;
  }
  if (!account->second.IsFree(now)) return false;
  account->second.Take(now);
  return true;
}

void SourceRates::ForgetSome(net::MonotonicTime now) {
  forgot_ = now;
  for (auto it = sources_.begin(); it != sources_.end();) {
    it = it->second.IsForgotten(now) ? sources_.erase(it) : std::next(it);
  }
}

}  // namespace understudy::daemon
