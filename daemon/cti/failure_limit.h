// How many wrong passwords each host may try. Bounded: where too many hosts fail, those that are new share one account.
#ifndef UNDERSTUDY_DAEMON_CTI_FAILURE_LIMIT_H_
#define UNDERSTUDY_DAEMON_CTI_FAILURE_LIMIT_H_

#include <cstddef>
#include <cstdint>

#include "absl/container/btree_map.h"
#include "base/endpoint.h"
#include "daemon/cti/rate_limit.h"

namespace understudy::daemon {

class FailureLimit {
 public:
  static constexpr size_t kMostHosts = 10000;

  FailureLimit(int64_t failures, Duration interval) : fresh_(interval, interval * failures) {}

  bool MayTry(const Endpoint& remote, net::MonotonicTime now) const;
  void NoteFailure(const Endpoint& remote, net::MonotonicTime now);
  size_t hosts() const { return hosts_.size(); }

 private:
  RateLimit& AccountOf(const Endpoint& host, net::MonotonicTime now);

  const RateLimit fresh_;
  absl::btree_map<Endpoint, RateLimit> hosts_;  // port 0; the empty one is everybody's
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_FAILURE_LIMIT_H_
