#include "daemon/cti/failure_limit.h"

#include <iterator>

namespace understudy::daemon {

bool FailureLimit::MayTry(const Endpoint& remote, net::MonotonicTime now) const {
  auto account = hosts_.find(remote.WithPort(0));
  if (account == hosts_.end() && hosts_.size() >= kMostHosts) account = hosts_.find(Endpoint());
  return account == hosts_.end() || account->second.IsFree(now);
}

void FailureLimit::NoteFailure(const Endpoint& remote, net::MonotonicTime now) {
  AccountOf(remote.WithPort(0), now).Take(now);
}

RateLimit& FailureLimit::AccountOf(const Endpoint& host, net::MonotonicTime now) {
  if (const auto it = hosts_.find(host); it != hosts_.end()) return it->second;
  if (hosts_.size() >= kMostHosts) {
    for (auto it = hosts_.begin(); it != hosts_.end();) {
      it = it->second.IsForgotten(now) ? hosts_.erase(it) : std::next(it);
    }
  }
  const bool shares = hosts_.size() >= kMostHosts;
  return hosts_.try_emplace(shares ? Endpoint() : host, fresh_).first->second;
}

}  // namespace understudy::daemon
