#include "daemon/cti/failure_limit.h"

#include <iterator>

#include "base/check.h"

namespace understudy::daemon {

FailureLimit::Answer FailureLimit::MayTry(const Endpoint& remote, net::MonotonicTime now) const {
  const Endpoint host = remote.WithPort(0);
  const auto account = hosts_.find(IsFull(host) ? Endpoint() : host);
  if (account == hosts_.end() || account->second.limit.IsFree(now)) return Answer::kYes;
  return account->second.under_way > 0 ? Answer::kLater : Answer::kNo;
}

Endpoint FailureLimit::Charge(const Endpoint& remote, net::MonotonicTime now) {
  Endpoint account = remote.WithPort(0);
  if (IsFull(account)) ForgetSome(now);
  if (IsFull(account)) account = Endpoint();
  Account& charged = hosts_.try_emplace(account, fresh_).first->second;
  charged.limit.Take(now);
  ++charged.under_way;
  return account;
}

void FailureLimit::Settle(const Endpoint& account, bool was_wrong, net::MonotonicTime now) {
  const auto it = hosts_.find(account);
  US_CHECK(it != hosts_.end());
  US_CHECK(it->second.under_way > 0);
  --it->second.under_way;
  if (was_wrong) return;
  it->second.limit.GiveBack();
  if (it->second.under_way == 0 && it->second.limit.IsForgotten(now)) hosts_.erase(it);
}

void FailureLimit::ForgetSome(net::MonotonicTime now) {
  for (auto it = hosts_.begin(); it != hosts_.end();) {
    const bool is_settled = it->second.under_way == 0 && it->second.limit.IsForgotten(now);
    it = is_settled ? hosts_.erase(it) : std::next(it);
  }
}

}  // namespace understudy::daemon
