#include "daemon/unreachable.h"

#include <algorithm>

#include "sip/invite_client_transaction.h"
#include "sip/non_invite_client_transaction.h"
#include "sip/timer_values.h"

namespace understudy::daemon {
namespace {

// Nothing has come back yet: state Calling or Trying.
bool Unanswered(const engine::ClientTransaction& row) {
  if (row.method == sip::Method::kInvite) {
    return row.state == static_cast<uint8_t>(sip::InviteClientTransaction::State::kCalling);
  }
  return row.state == static_cast<uint8_t>(sip::NonInviteClientTransaction::State::kTrying);
}

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
    if (row.hop.transport != Transport::kUdp || !Unanswered(row) || !Repeated(row)) continue;
    if (remotes_.contains(row.hop.remote)) failed.push_back(it->first);
  }
  remotes_.clear();
  std::reverse(failed.begin(), failed.end());
  return failed;
}

}  // namespace understudy::daemon
