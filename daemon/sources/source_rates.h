// So much a second for each source, with as much at once.
//
//   SourceRates rates(1000);
//   if (!rates.Take(SourceOf(remote), now)) return;      // too fast
//
// Sources are bounded: where too many owe something, those that are new share one account. Whoever writes addresses
// that are not his fills the table for a moment only, for what an account owes is forgotten as fast as it is earned.
#ifndef UNDERSTUDY_DAEMON_SOURCES_SOURCE_RATES_H_
#define UNDERSTUDY_DAEMON_SOURCES_SOURCE_RATES_H_

#include <cstddef>
#include <cstdint>

#include "absl/container/btree_map.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/cti/rate_limit.h"
#include "daemon/net/scheduler.h"

namespace understudy::daemon {

class SourceRates {
 public:
  static constexpr size_t kMostSources = 10'000;

  // 0: there is no limit.
  explicit SourceRates(int64_t per_second, size_t most_sources = kMostSources);

  bool Take(const Endpoint& source, net::MonotonicTime now);
  bool is_limited() const { return per_second_ > 0; }
  size_t sources() const { return sources_.size(); }

 private:
  void ForgetSome(net::MonotonicTime now);

  const int64_t per_second_;
  const size_t most_;
  const RateLimit fresh_;
  absl::btree_map<Endpoint, RateLimit> sources_;  // the empty one is everybody's
  net::MonotonicTime forgot_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_SOURCES_SOURCE_RATES_H_
