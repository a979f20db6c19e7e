#include "daemon/config/peer_config.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daemon/config/option_value.h"

namespace understudy::daemon {
namespace {

constexpr absl::string_view kPeerKeys[] = {"address",         "listen-address",   "listen-port", "max-hold",
                                           "on-witness-loss", "peer-retention",   "port",        "redundancy-type",
                                           "release-age",     "witness-loss-time"};
constexpr absl::string_view kWitnessKeys[] = {"endpoints", "key", "password", "timeout", "type", "user"};
constexpr absl::string_view kTlsKeys[] = {"ca", "certificate", "key"};

template <size_t n>
void AppendSettings(absl::string_view section, const absl::string_view (&keys)[n], const std::string (&values)[n],
                    Settings& settings) {
  for (size_t i = 0; i < n; ++i) settings.emplace_back(absl::StrCat(section, "/", keys[i]), values[i]);
}

void AppendTls(absl::string_view section, const TlsFiles& tls, Settings& settings) {
  AppendSettings(section, kTlsKeys, {tls.ca, tls.certificate, tls.key}, settings);
}

std::string PortText(const Endpoint& endpoint) {
  return absl::StrCat(endpoint.port());
}

std::string UrlsText(const std::vector<HttpUrl>& urls) {
  return absl::StrJoin(urls, " ", [](std::string* out, const HttpUrl& url) { absl::StrAppend(out, url.ToText()); });
}

}  // namespace

absl::string_view RedundancyTypeName(RedundancyType type) {
  switch (type) {
    case RedundancyType::kHotStandby:
      return "hot-standby";
    case RedundancyType::kWarmStandby:
      return "warm-standby";
  }
  return "";
}

absl::string_view OnWitnessLossName(OnWitnessLoss action) {
  switch (action) {
    case OnWitnessLoss::kHold:
      return "hold";
    case OnWitnessLoss::kAlone:
      return "alone";
  }
  return "";
}

absl::string_view WitnessTypeName(WitnessType type) {
  switch (type) {
    case WitnessType::kArbiter:
      return "arbiter";
    case WitnessType::kEtcd:
      return "etcd";
  }
  return "";
}

absl::string_view AddpTraceName(AddpTrace trace) {
  switch (trace) {
    case AddpTrace::kOff:
      return "off";
    case AddpTrace::kLocal:
      return "local";
    case AddpTrace::kRemote:
      return "remote";
    case AddpTrace::kBoth:
      return "both";
  }
  return "";
}

Settings PeerSettings(const absl::optional<PeerConfig>& peer) {
  std::string values[std::size(kPeerKeys)];
  if (peer) {
    const std::string given[] = {peer->remote.HostText(),
                                 peer->listen.HostText(),
                                 PortText(peer->listen),
                                 SpanText(peer->max_hold),
                                 std::string(OnWitnessLossName(peer->on_witness_loss)),
                                 SpanText(peer->peer_retention),
                                 PortText(peer->remote),
                                 std::string(RedundancyTypeName(peer->redundancy_type)),
                                 SpanText(peer->release_age),
                                 SpanText(peer->witness_loss_time)};
    static_assert(std::size(given) == std::size(kPeerKeys));
    std::copy(std::begin(given), std::end(given), std::begin(values));
  }
  Settings settings;
  AppendSettings("node.peer", kPeerKeys, values, settings);
  AppendTls("node.peer.tls", peer && peer->tls ? *peer->tls : TlsFiles(), settings);
  settings.emplace_back("node.peer.tls/name", peer ? peer->tls_name : "");
  return settings;
}

Settings WitnessSettings(const absl::optional<WitnessConfig>& witness) {
  Settings settings;
  std::string values[std::size(kWitnessKeys)];
  if (witness) {
    const std::string given[] = {UrlsText(witness->endpoints),
                                 witness->key,
                                 witness->password.empty() ? "" : "set",
                                 SpanText(witness->timeout),
                                 std::string(WitnessTypeName(witness->type)),
                                 witness->user};
    static_assert(std::size(given) == std::size(kWitnessKeys));
    std::copy(std::begin(given), std::end(given), std::begin(values));
  }
  AppendSettings("node.witness", kWitnessKeys, values, settings);
  AppendTls("node.witness.tls", witness ? witness->tls : TlsFiles(), settings);
  return settings;
}

Settings BackupSyncSettings(const BackupSyncConfig& config) {
  return {
      {"backup-sync/addp-remote-timeout", SecondsText(config.addp_remote_timeout)},
      {"backup-sync/addp-timeout", SecondsText(config.addp_timeout)},
      {"backup-sync/addp-trace", std::string(AddpTraceName(config.addp_trace))},
      {"backup-sync/protocol", config.addp ? "addp" : "none"},
      {"backup-sync/sync-reconnect-tout", SecondsText(config.reconnect)},
  };
}

}  // namespace understudy::daemon
