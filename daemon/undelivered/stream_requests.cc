#include "daemon/undelivered/stream_requests.h"

#include <algorithm>
#include <utility>

namespace understudy::daemon {
namespace {

using net::FlowEnd;

// Nobody has answered it, it names no connection that is there, and it has not been sent elsewhere since.
bool Waits(const StreamRequest& request, const engine::State& state) {
  const engine::ClientTransaction* row = state.transactions.FindClient(request.id);
  if (row == nullptr || !IsUnanswered(*row) || state.flows.contains(row->hop.flow)) return false;
  return row->hop.transport == request.transport && row->hop.remote == request.remote;
}

}  // namespace

bool MayTryAgain(FlowEnd why) {
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

void StreamRequests::Sent(uint64_t flow, const StreamRequest& request, const engine::State& state) {
  by_flow_[flow].push_back(request);
  if (++size_ > sweep_at_) Sweep(state);
}

std::vector<StreamRequest> StreamRequests::Take(uint64_t flow, const engine::State& state) {
  const auto found = by_flow_.find(flow);
  if (found == by_flow_.end()) return {};
  std::vector<StreamRequest> requests = std::move(found->second);
  by_flow_.erase(found);
  size_ -= requests.size();
  std::erase_if(requests, [&state](const StreamRequest& request) { return !Waits(request, state); });
  std::stable_sort(requests.begin(), requests.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  const auto is_same = [](const auto& a, const auto& b) { return a.id == b.id; };
  requests.erase(std::unique(requests.begin(), requests.end(), is_same), requests.end());
  return requests;
}

void StreamRequests::Sweep(const engine::State& state) {
  size_ = 0;
  for (auto& [flow, requests] : by_flow_) {
    std::erase_if(requests, [&state](const StreamRequest& request) { return !Waits(request, state); });
    size_ += requests.size();
  }
  absl::erase_if(by_flow_, [](const auto& row) { return row.second.empty(); });
  sweep_at_ = std::max(kLeastSweep, 2 * size_);
}

}  // namespace understudy::daemon
