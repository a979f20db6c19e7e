// Which nonce-counts have been used, so that none is good twice. RFC 7616 3.4: a request that says one again is a
// replay.
//
//   NonceCounts counts(100000);
//   if (!counts.Take(mark, nonce_count, nonces.OldestSecond(now))) ...   // ask anew, with stale=true
//
// Of a nonce, those up to 64 below the highest may come late and in any order, as datagrams do. Nonces in memory are
// bounded: where there are more, the oldest are taken for stale, never for unused.
#ifndef UNDERSTUDY_DAEMON_AUTH_NONCE_COUNTS_H_
#define UNDERSTUDY_DAEMON_AUTH_NONCE_COUNTS_H_

#include <cstddef>
#include <cstdint>

#include "absl/container/btree_map.h"
#include "daemon/auth/nonces.h"

namespace understudy::auth {

class NonceCounts {
 public:
  explicit NonceCounts(size_t most) : most_(most) {}

  // `count` >= 1. False: taken before, or nobody can say. Nonces older than `oldest_second` are forgotten.
  bool Take(const Nonces::Mark& nonce, uint32_t count, uint64_t oldest_second);

  size_t size() const { return windows_.size(); }

 private:
  struct Window {
    uint32_t highest = 0;
    uint64_t seen = 0;  // bit i: highest - i

    bool Take(uint32_t count);
  };

  void MakeRoom();

  const size_t most_;
  absl::btree_map<Nonces::Mark, Window> windows_;  // by age
  Nonces::Mark forgotten_;                         // up to here; in use only where forgets_
  bool forgets_ = false;
};

}  // namespace understudy::auth

#endif  // UNDERSTUDY_DAEMON_AUTH_NONCE_COUNTS_H_
