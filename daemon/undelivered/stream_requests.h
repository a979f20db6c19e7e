// Requests that have been given to a connection because of its address, until somebody answers them. Where the
// connection ends first nobody knows whether they arrived: whoever has closed it may have read them or not.
//
//   requests.Sent(flow, {id, transport, remote, now}, state);              // each that leaves over a connection
//   for (const StreamRequest& lost : requests.Take(flow, state)) ...       // it has ended
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

// Whether a new connection may do better: this one ended because somebody had enough of it, not for what went over it.
bool MayTryAgain(net::FlowEnd why);

struct StreamRequest {
  engine::TransactionId id;
  Transport transport = Transport::kTcp;
  Endpoint remote;
  Duration sent_at;  // since boot
};

// Its memory is that of the requests that nobody has answered, at most doubled.
class StreamRequests {
 public:
  // `flow`: the transport's name of the connection.
  void Sent(uint64_t flow, const StreamRequest& request, const engine::State& state);

  // Those that wait still, and for an answer from there, in the order of transactions; of one that was sent twice, the
  // first. Forgets the connection.
  std::vector<StreamRequest> Take(uint64_t flow, const engine::State& state);

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
