// Requests that have been given to a connection because of its address, until somebody answers them. Where the
// connection ends first, nobody knows whether they arrived: whoever has closed it may have read them or not. They are
// said again over another one, once: their branch is the same, so that who has them already takes them for repeated.
// A request that is lost twice, or that a connection took which nobody reads, has failed (RFC 3261 section 18.4).
//
//   requests.Sent(flow, id, state);                  // each that leaves over a connection
//   const auto lost = requests.Take(flow, remote, why, state);  // it has ended: what is to be done about each
//
// Those that named their connection are the engine's matter, which hears of its end.
#ifndef UNDERSTUDY_DAEMON_UNDELIVERED_STREAM_REQUESTS_H_
#define UNDERSTUDY_DAEMON_UNDELIVERED_STREAM_REQUESTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/endpoint.h"
#include "daemon/net/traffic.h"
#include "engine/ids.h"
#include "engine/state.h"

namespace understudy::daemon {

// Its memory is that of the requests that nobody has answered, at most doubled.
class StreamRequests {
 public:
  struct Lost {
    std::vector<engine::TransactionId> again;
    std::vector<engine::TransactionId> failed;
  };

  // `flow`: the transport's name of the connection.
  void Sent(uint64_t flow, engine::TransactionId id, const engine::State& state);

  // Forgets the connection. Each list in the order in which they were first sent.
  Lost Take(uint64_t flow, const Endpoint& remote, net::FlowEnd why, const engine::State& state);

  size_t size() const { return size_; }

 private:
  void Sweep(const engine::State& state);

  absl::flat_hash_map<uint64_t, std::vector<engine::TransactionId>> by_flow_;
  absl::flat_hash_set<engine::TransactionId> said_again_;
  size_t size_ = 0;
  size_t sweep_at_ = 64;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_UNDELIVERED_STREAM_REQUESTS_H_
