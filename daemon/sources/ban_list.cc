#include "daemon/sources/ban_list.h"

#include <algorithm>
#include <iterator>

namespace understudy::daemon {
namespace {

constexpr Duration kMinute = Duration::Seconds(60);
// Full lists are gone through no more often than this.
constexpr Duration kForgetInterval = Duration::Milliseconds(100);

// One that is left whole is not banned yet: a part of one is none.
RateLimit LimitOf(int64_t per_minute) {
  const int64_t most = std::max<int64_t>(per_minute, 1);
  const Duration interval = Duration::Nanoseconds(kMinute.nanoseconds() / most);
  return RateLimit(interval, interval * (most - 1) + Duration::Nanoseconds(1));
}

}  // namespace

BanList::BanList(const BanOptions& options) : options_(options), fresh_(LimitOf(options.failures_per_minute)) {}

bool BanList::Note(const Endpoint& source, net::MonotonicTime now) {
  if (options_.failures_per_minute == 0 || IsBanned(source, now)) return false;
  auto account = failures_.find(source);
  if (account == failures_.end()) {
    if (failures_.size() >= options_.most_sources) ForgetSome(now);
    if (failures_.size() >= options_.most_sources) return false;
    account = failures_.try_emplace(source, fresh_).first;
  }
  RateLimit with_this = account->second;
  with_this.Take(now);
  if (with_this.IsFree(now)) {
    account->second = with_this;
    return false;
  }
  if (bans_.size() >= options_.most_sources) ForgetSome(now);
  if (bans_.size() >= options_.most_sources) return false;
  failures_.erase(account);
  bans_[source] = now + options_.time;
  ++total_;
  return true;
}

bool BanList::IsBanned(const Endpoint& source, net::MonotonicTime now) {
  if (bans_.empty()) return false;
  const auto ban = bans_.find(source);
  if (ban == bans_.end()) return false;
  if (now < ban->second) return true;
  bans_.erase(ban);
  return false;
}

bool BanList::Lift(const Endpoint& source) {
  failures_.erase(source);
  return bans_.erase(source) > 0;
}

std::vector<BanList::Ban> BanList::Bans(net::MonotonicTime now) const {
  std::vector<Ban> bans;
  for (const auto& [source, until] : bans_) {
    if (now < until) bans.push_back({source, until - now});
  }
  return bans;
}

void BanList::ForgetSome(net::MonotonicTime now) {
  if (now < forgot_ + kForgetInterval) return;
  forgot_ = now;
  for (auto it = failures_.begin(); it != failures_.end();) {
    it = it->second.IsForgotten(now) ? failures_.erase(it) : std::next(it);
  }
  for (auto it = bans_.begin(); it != bans_.end();) it = it->second <= now ? bans_.erase(it) : std::next(it);
}

}  // namespace understudy::daemon
