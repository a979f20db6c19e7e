// Room for so many things, of which no host may take more than its share: one that takes all it can get leaves room for
// the others.
#ifndef UNDERSTUDY_DAEMON_CTI_HOST_SHARES_H_
#define UNDERSTUDY_DAEMON_CTI_HOST_SHARES_H_

#include <cstddef>

#include "absl/container/btree_map.h"
#include "base/endpoint.h"

namespace understudy::daemon {

class HostShares {
 public:
  HostShares(size_t most, size_t most_of_host) : most_(most), most_of_host_(most_of_host) {}

  // False: there is no room, or none for that host.
  bool Take(const Endpoint& remote) {
    const auto it = taken_.find(remote.WithPort(0));
    if (all_ >= most_ || (it != taken_.end() && it->second >= most_of_host_)) return false;
    ++all_;
    ++taken_[remote.WithPort(0)];
    return true;
  }

  // Once for each that was taken.
  void Give(const Endpoint& remote) {
    --all_;
    const auto it = taken_.find(remote.WithPort(0));
    if (--it->second == 0) taken_.erase(it);
  }

  size_t hosts() const { return taken_.size(); }

 private:
  const size_t most_;
  const size_t most_of_host_;
  size_t all_ = 0;
  absl::btree_map<Endpoint, size_t> taken_;  // by host, with port 0
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_HOST_SHARES_H_
