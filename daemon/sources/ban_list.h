// Sources that are shut out for a while, for what they have done wrong too often in a minute.
//
//   BanList bans(options);
//   if (bans.IsBanned(source, now)) return;
//   if (bans.Note(source, now)) log(...);            // a wrong password: now it is banned
//
// Note only what the source has shown to be its own doing: over UDP anybody can write anybody's address, and would have
// him banned. Both lists are bounded: while they are full, sources that are new are not counted.
#ifndef UNDERSTUDY_DAEMON_SOURCES_BAN_LIST_H_
#define UNDERSTUDY_DAEMON_SOURCES_BAN_LIST_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/cti/rate_limit.h"
#include "daemon/net/scheduler.h"

namespace understudy::daemon {

struct BanOptions {
  int64_t failures_per_minute = 0;  // the last of them is banned for; 0: nobody is
  Duration time = Duration::Seconds(300);
  size_t most_sources = 10'000;
};

class BanList {
 public:
  struct Ban {
    Endpoint source;
    Duration left;
  };

  explicit BanList(const BanOptions& options);

  // True: it is banned from now on, and was not before.
  bool Note(const Endpoint& source, net::MonotonicTime now);
  bool IsBanned(const Endpoint& source, net::MonotonicTime now);
  // False: it was not banned. What it has done is forgotten.
  bool Lift(const Endpoint& source);

  // Those that last, by address.
  std::vector<Ban> Bans(net::MonotonicTime now) const;
  size_t size() const { return bans_.size(); }
  uint64_t total() const { return total_; }

 private:
  void ForgetSome(net::MonotonicTime now);

  const BanOptions options_;
  const RateLimit fresh_;
  absl::btree_map<Endpoint, RateLimit> failures_;
  absl::btree_map<Endpoint, net::MonotonicTime> bans_;  // until then
  net::MonotonicTime forgot_;
  uint64_t total_ = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_SOURCES_BAN_LIST_H_
