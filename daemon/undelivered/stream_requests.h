// Requests that have been given to a connection because of its address, until somebody answers them. Where the
// connection ends first, nobody knows whether they arrived: whoever has closed it may have read them or not. They are
// said again over another one, once: their branch is the same, so that who has them already takes them for repeated.
// One that is lost a second time, or that a connection took which nobody reads, has failed (RFC 3261 section 18.4).
//
//   requests.Sent(flow, {id, transport, remote, now}, state);   // each that leaves over a connection
//   const auto lost = requests.Take(flow, why, state);          // it has ended: what is to be done
//
// Those that named a connection are the engine's matter, which hears of its end.
#ifndef UNDERSTUDY_DAEMON_UNDELIVERED_STREAM_REQUESTS_H_
#define UNDERSTUDY_DAEMON_UNDELIVERED_STREAM_REQUESTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "base/transport.h"
#include "daemon/net/traffic.h"
#include "engine/ids.h"
#include "engine/state.h"

namespace understudy::daemon {

struct StreamRequest {
  engine::TransactionId id;
  Transport transport = Transport::kTcp;
  Endpoint remote;
  Duration sent_at;    // by the engine's word, since boot
  bool again = false;  // it has been lost once
};

// Its row, if that waits still, and for an answer from there: no connection is named that is there, and it is not sent
// elsewhere by now. Else null.
const engine::ClientTransaction* FindWaiting(const engine::State& state, const StreamRequest& request);

// Its memory is that of the requests that nobody has answered, at most doubled.
class StreamRequests {
 public:
  struct Lost {
    std::vector<StreamRequest> again;
    std::vector<engine::TransactionId> failed;
  };

  // `flow`: the transport's name of the connection.
  void Sent(uint64_t flow, const StreamRequest& request, const engine::State& state);

  // Forgets the connection. Each list in the order of transactions.
  Lost Take(uint64_t flow, net::FlowEnd why, const engine::State& state);

  size_t size() const { return size_; }

 private:
  static constexpr size_t kLeastSweep = 64;

  void Sweep(const engine::State& state);

  absl::flat_hash_map<uint64_t, std::vector<StreamRequest>> by_flow_;
  size_t size_ = 0;
  size_t sweep_at_ = kLeastSweep;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_UNDELIVERED_STREAM_REQUESTS_H_
