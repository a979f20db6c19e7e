// How many wrong passwords each host may try. A password is counted as wrong from when it is said, and given back when
// it was right: so a host has no more checks under way than it may have wrong ones, and what it owes is bounded.
//
//   if (failures.MayTry(remote, now) == FailureLimit::Answer::kYes) account = failures.Charge(remote, now);
//   failures.Settle(account, was_wrong, now);       // each once
//
// Hosts are bounded: where too many fail, those that are new share one account.
#ifndef UNDERSTUDY_DAEMON_CTI_FAILURE_LIMIT_H_
#define UNDERSTUDY_DAEMON_CTI_FAILURE_LIMIT_H_

#include <cstddef>
#include <cstdint>

#include "absl/container/btree_map.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/cti/rate_limit.h"
#include "daemon/net/scheduler.h"

namespace understudy::daemon {

class FailureLimit {
 public:
  static constexpr size_t kMostHosts = 10000;

  enum class Answer : uint8_t {
    kYes = 0,
    kLater = 1,  // when those under way are settled
    kNo = 2,
  };

  FailureLimit(int64_t failures, Duration interval) : fresh_{RateLimit(interval, interval * failures), 0} {}

  Answer MayTry(const Endpoint& remote, net::MonotonicTime now) const;
  // Returns the account, for Settle.
  Endpoint Charge(const Endpoint& remote, net::MonotonicTime now);
  void Settle(const Endpoint& account, bool was_wrong, net::MonotonicTime now);
  size_t hosts() const { return hosts_.size(); }

 private:
  struct Account {
    RateLimit limit;
    size_t under_way;
  };

  bool IsFull(const Endpoint& host) const { return hosts_.size() >= kMostHosts && !hosts_.contains(host); }
  void ForgetSome(net::MonotonicTime now);

  const Account fresh_;
  absl::btree_map<Endpoint, Account> hosts_;  // port 0; the empty one is everybody's
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_FAILURE_LIMIT_H_
