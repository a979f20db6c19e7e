// Turns ICMP reports into transactions that have failed (RFC 3261 section 18.4). A report is a hint that anybody can
// forge and that a phone which starts anew causes: it counts for requests over UDP that nobody has answered in any way
// and that were repeated at least once.
//
//   unreachable.Report(remote);                                    // whenever one comes
//   for (TransactionId id : unreachable.TakeFailed(state)) ...     // once a second: one walk, whatever was reported
#ifndef UNDERSTUDY_DAEMON_UNDELIVERED_UNREACHABLE_H_
#define UNDERSTUDY_DAEMON_UNDELIVERED_UNREACHABLE_H_

#include <cstddef>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/endpoint.h"
#include "engine/ids.h"
#include "engine/state.h"

namespace understudy::daemon {

class UnreachableRemotes {
 public:
  // Most remotes between two walks; more are forgotten, and their transactions end by their timers.
  static constexpr size_t kMostRemotes = 256;
  // Most rows looked at in a walk, the youngest first, and most transactions it gives.
  static constexpr size_t kMostRows = 100000;
  static constexpr size_t kMostFailed = 1000;

  void Report(const Endpoint& remote);

  // The transactions that wait for one of the remotes reported since the last walk. Forgets the reports.
  std::vector<engine::TransactionId> TakeFailed(const engine::State& state);

 private:
  absl::flat_hash_set<Endpoint> remotes_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_UNDELIVERED_UNREACHABLE_H_
