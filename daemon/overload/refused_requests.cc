#include "daemon/overload/refused_requests.h"

#include <utility>

namespace understudy::daemon {
namespace {

// Timer B and F: 64*T1. Nobody repeats a request for longer, so each stays for one to two of these.
constexpr Duration kGeneration = Duration::Seconds(32);

}  // namespace

void RefusedRequests::Add(const sip::TransactionKey& key, net::MonotonicTime now) {
  Age(now);
  if (young_.size() >= most_) Turn(now);
  young_.insert(key);
}

bool RefusedRequests::Holds(const sip::TransactionKey& key, net::MonotonicTime now) {
  Age(now);
  return young_.contains(key) || old_.contains(key);
}

void RefusedRequests::Age(net::MonotonicTime now) {
  if (now - turned_ < kGeneration) return;
  if (now - turned_ >= kGeneration * 2) young_.clear();
  Turn(now);
}

void RefusedRequests::Turn(net::MonotonicTime now) {
  old_ = std::exchange(young_, {});
  turned_ = now;
}

}  // namespace understudy::daemon
