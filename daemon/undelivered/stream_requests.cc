#include "daemon/undelivered/stream_requests.h"

#include <algorithm>
#include <utility>

#include "daemon/undelivered/unanswered.h"

namespace understudy::daemon {
namespace {

using net::FlowEnd;

// Whether a new connection may do better: this one ended because somebody had enough of it, not for what went over it.
bool MayGoOnElsewhere(FlowEnd why) {
  switch (why) {
    case FlowEnd::kPeerClosed:
    case FlowEnd::kPeerReset:
    case FlowEnd::kIdle:
    case FlowEnd::kOurs:
      return true;
    case FlowEnd::kUnframeable:
    case FlowEnd::kHalfMessage:
    case FlowEnd::kStalled:
    case FlowEnd::kConnectFailed:
    case FlowEnd::kSilent:
    case FlowEnd::kQuarantined:
    case FlowEnd::kTlsFailed:
    case FlowEnd::kTlsSilent:
    case FlowEnd::kNoWebsocket:
    case FlowEnd::kShutOut:
      return false;
  }
  return false;
}

}  // namespace

const engine::ClientTransaction* FindWaiting(const engine::State& state, const StreamRequest& request) {
  const engine::ClientTransaction* row = state.transactions.FindClient(request.id);
  if (row == nullptr || !IsUnanswered(*row)) return nullptr;
  const engine::Hop& hop = row->hop;
  const bool by_address = !state.flows.contains(hop.flow);
  return by_address && hop.transport == request.transport && hop.remote == request.remote ? row : nullptr;
}

void StreamRequests::Sent(uint64_t flow, const StreamRequest& request, const engine::State& state) {
  by_flow_[flow].push_back(request);
  if (++size_ > sweep_at_) Sweep(state);
}

StreamRequests::Lost StreamRequests::Take(uint64_t flow, FlowEnd why, const engine::State& state) {
  Lost lost;
  const auto found = by_flow_.find(flow);
  if (found == by_flow_.end()) return lost;
  std::vector<StreamRequest> requests = std::move(found->second);
  by_flow_.erase(found);
  size_ -= requests.size();
  const auto by_id = [](const StreamRequest& a, const StreamRequest& b) { return a.id < b.id; };
  std::stable_sort(requests.begin(), requests.end(), by_id);
  for (size_t i = 0; i < requests.size(); ++i) {
    const StreamRequest& request = requests[i];
    if (i + 1 < requests.size() && requests[i + 1].id == request.id) continue;
    if (FindWaiting(state, request) == nullptr) continue;
    if (request.again || !MayGoOnElsewhere(why)) {
      lost.failed.push_back(request.id);
    } else {
      lost.again.push_back(request);
    }
  }
  return lost;
}

void StreamRequests::Sweep(const engine::State& state) {
  size_ = 0;
  for (auto& [flow, requests] : by_flow_) {
    std::erase_if(requests, [&state](const StreamRequest& request) { return FindWaiting(state, request) == nullptr; });
    size_ += requests.size();
  }
  absl::erase_if(by_flow_, [](const auto& row) { return row.second.empty(); });
  sweep_at_ = std::max(kLeastSweep, 2 * size_);
}

}  // namespace understudy::daemon
