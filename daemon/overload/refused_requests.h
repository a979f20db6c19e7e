// The requests that were refused for overload, for as long as they may be repeated. A repetition is refused as well:
// taken now, it would begin a call whose caller has heard that there is none.
//
// At most two generations of `most` each; when the younger is full, the older goes before its time, and what is
// repeated after that is taken or refused as a new one. One thread.
#ifndef UNDERSTUDY_DAEMON_OVERLOAD_REFUSED_REQUESTS_H_
#define UNDERSTUDY_DAEMON_OVERLOAD_REFUSED_REQUESTS_H_

#include <cstddef>

#include "absl/container/flat_hash_set.h"
#include "base/time.h"
#include "daemon/net/scheduler.h"
#include "sip/transaction_key.h"

namespace understudy::daemon {

class RefusedRequests {
 public:
  explicit RefusedRequests(size_t most = 200000) : most_(most) {}

  void Add(const sip::TransactionKey& key, net::MonotonicTime now);
  bool Holds(const sip::TransactionKey& key, net::MonotonicTime now);

  bool empty() const { return young_.empty() && old_.empty(); }
  size_t size() const { return young_.size() + old_.size(); }

 private:
  void Age(net::MonotonicTime now);
  void Turn(net::MonotonicTime now);

  const size_t most_;
  absl::flat_hash_set<sip::TransactionKey> young_;
  absl::flat_hash_set<sip::TransactionKey> old_;
  net::MonotonicTime turned_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_OVERLOAD_REFUSED_REQUESTS_H_
