#include "daemon/undelivered/unreachable.h"

#include <algorithm>

#include "sip/timer_values.h"

namespace understudy::daemon {
namespace {

bool Repeated(const engine::ClientTransaction& row) {
  return row.interval > sip::kT1;
}

}  // namespace

void UnreachableRemotes::Report(const Endpoint& remote) {
  if (remotes_.size() < kMostRemotes) remotes_.insert(remote);
}

std::vector<engine::TransactionId> UnreachableRemotes::TakeFailed(const engine::State& state) {
  std::vector<engine::TransactionId> failed;
  if (remotes_.empty()) return failed;
  const auto& clients = state.transactions.clients();
  size_t rows = 0;
  for (auto it = clients.rbegin(); it != clients.rend() && rows < kMostRows && failed.size() < kMostFailed; ++it) {
    ++rows;
    const engine::ClientTransaction& row = *it->second;
    if (row.hop.transport != Transport::kUdp || !IsUnanswered(row) || !Repeated(row)) continue;
    if (remotes_.contains(row.hop.remote)) failed.push_back(it->first);
  }
  remotes_.clear();
  std::reverse(failed.begin(), failed.end());
  return failed;
}

}  // namespace understudy::daemon
