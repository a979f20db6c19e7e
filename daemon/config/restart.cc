#include "daemon/config/restart.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace understudy::daemon {
namespace {

// Its networks change at once, its addresses do not.
constexpr absl::string_view kByNetwork = "TServer/sip-address-by-network";

constexpr absl::string_view kListening[] = {
    "TServer/sip-address",    kByNetwork,
    "TServer/sip-address-v6", "TServer/sip-port",
    "TServer/sip-tls-port",   "TServer/sip-ws-port",
    "TServer/sip-wss-port",
};

constexpr absl::string_view kAtOnceOfNode[] = {
    "node/sip-tls-ca",
    "node/sip-tls-cert",
    "node/sip-tls-key",
    "node/sip-tls-mutual",
    "node/sip-tls-target-name-check",
    "node/sip-tls-version",
    "node/sip-ws-origins",
};

template <size_t n>
bool IsIn(const absl::string_view (&keys)[n], absl::string_view key) {
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

}  // namespace

bool NeedsRestart(absl::string_view key) {
  if (absl::StartsWith(key, "node/") || absl::StartsWith(key, "node.")) return !IsIn(kAtOnceOfNode, key);
  if (key == "TServer/ha-max-calls-sync-at-once" || absl::StartsWith(key, "backup-sync/")) return true;
  return IsIn(kListening, key) && key != kByNetwork;
}

absl::Span<const absl::string_view> ListeningOptions() {
  return kListening;
}

}  // namespace understudy::daemon
