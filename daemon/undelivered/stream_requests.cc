#include "daemon/undelivered/stream_requests.h"

#include <algorithm>
#include <utility>

#include "daemon/undelivered/unanswered.h"

namespace understudy::daemon {
namespace {

constexpr size_t kLeastSweep = 64;

// The far side, or we, ended a connection that could have gone on: a new one may do better.
bool MayGoOnElsewhere(net::FlowEnd why) {
  return why == net::FlowEnd::kPeerClosed || why == net::FlowEnd::kPeerReset || why == net::FlowEnd::kIdle ||
         why == net::FlowEnd::kOurs;
}

bool WaitsIn(const engine::State& state, engine::TransactionId id) {
  const engine::ClientTransaction* row = state.transactions.FindClient(id);
  return row != nullptr && IsUnanswered(*row);
}

}  // namespace

void StreamRequests::Sent(uint64_t flow, engine::TransactionId id, const engine::State& state) {
  by_flow_[flow].push_back(id);
  if (++size_ > sweep_at_) Sweep(state);
}

StreamRequests::Lost StreamRequests::Take(uint64_t flow, const Endpoint& remote, net::FlowEnd why,
                                          const engine::State& state) {
  Lost lost;
  const auto found = by_flow_.find(flow);
  if (found == by_flow_.end()) return lost;
  std::vector<engine::TransactionId> ids = std::move(found->second);
  by_flow_.erase(found);
  size_ -= ids.size();
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (const engine::TransactionId id : ids) {
    if (!WaitsIn(state, id)) continue;
    const engine::Hop& hop = state.transactions.FindClient(id)->hop;
    if (hop.transport == Transport::kUdp || !hop.flow.empty() || hop.remote != remote)
      continue;  // sent elsewhere since
    const bool again = MayGoOnElsewhere(why) && said_again_.insert(id).second;
    (again ? lost.again : lost.failed).push_back(id);
  }
  return lost;
}

void StreamRequests::Sweep(const engine::State& state) {
  const auto over = [&state](engine::TransactionId id) { return !WaitsIn(state, id); };
  size_ = 0;
  for (auto& [flow, ids] : by_flow_) {
    std::erase_if(ids, over);
    size_ += ids.size();
  }
  absl::erase_if(by_flow_, [](const auto& row) { return row.second.empty(); });
  absl::erase_if(said_again_, over);
  sweep_at_ = std::max(kLeastSweep, 2 * size_);
}

}  // namespace understudy::daemon
