#include "daemon/config/peer_reader.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "daemon/config/loopback.h"
#include "daemon/config/option_table.h"
#include "daemon/config/option_value.h"

namespace understudy::daemon {
namespace {

constexpr absl::string_view kRedundancyTypes[] = {"hot-standby", "warm-standby"};
constexpr absl::string_view kLossActions[] = {"hold", "alone"};
constexpr absl::string_view kWitnessTypes[] = {"arbiter", "etcd"};
constexpr absl::string_view kTraces[] = {"off", "local", "remote", "both"};

bool HasMember(const NodeSection& node, absl::string_view key) {
  return node.node() != nullptr && node.node()->Find(key) != nullptr;
}

Endpoint EndpointOf(const NodeSection& section, absl::string_view address, absl::string_view port) {
  return Endpoint::Parse(section.Text(address), static_cast<uint16_t>(section.Whole(port))).value_or(Endpoint());
}

TlsFiles ReadTlsFiles(const NodeSection& tls) {
  return {tls.Text("ca"), tls.Text("certificate"), tls.Text("key")};
}

void CheckPeer(const NodeSection& section, const PeerConfig& peer, Diagnostics& diagnostics) {
  if (peer.remote == peer.listen) {
    diagnostics.Error(section.PlaceOf("port"), absl::StrCat("node.peer/port: found ", peer.remote.ToText(),
                                                            ", where this node listens; allowed: the other node's"));
  }
  if (!peer.tls && !(IsLoopback(peer.remote) && IsLoopback(peer.listen))) {
    diagnostics.Warn(
        section.place(),
        "node.peer: without tls whoever reaches listen-port can read and forge calls; keep that network apart");
  }
  if (peer.max_hold >= peer.release_age) {
    diagnostics.Warn(section.PlaceOf(section.Find("max-hold") == nullptr ? "release-age" : "max-hold"),
                     absl::StrCat("node.peer/max-hold ", SpanText(peer.max_hold), " is not below release-age ",
                                  SpanText(peer.release_age), ": effects that were held so long are not sent"));
  }
  if (peer.on_witness_loss == OnWitnessLoss::kAlone) {
    diagnostics.Warn(section.PlaceOf("on-witness-loss"),
                     "node.peer/on-witness-loss: alone: when a network fault parts this node from peer and witness, "
                     "both nodes may serve");
  }
}

void CheckEtcdKeys(const NodeSection& section, const WitnessConfig& witness, Diagnostics& diagnostics) {
  for (absl::string_view key : {"key", "user", "password"}) {
    if (witness.type == WitnessType::kEtcd || section.Find(key) == nullptr) continue;
    diagnostics.Error(section.PlaceOf(key),
                      absl::StrCat("node.witness/", key, ": found with type: arbiter; allowed with type: etcd"));
  }
  if ((section.Find("user") == nullptr) != (section.Find("password") == nullptr)) {
    absl::string_view there = section.Find("user") == nullptr ? "password" : "user";
    diagnostics.Error(section.PlaceOf(there), absl::StrCat("node.witness/", there, ": found without ",
                                                           there == "user" ? "password" : "user", "; allowed: both"));
  }
}

void CheckWitnessTls(const NodeSection& section, const NodeSection& tls, const WitnessConfig& witness,
                     Diagnostics& diagnostics) {
  auto is_tls = [](const HttpUrl& url) { return url.tls; };
  const bool some = std::any_of(witness.endpoints.begin(), witness.endpoints.end(), is_tls);
  const bool all = std::all_of(witness.endpoints.begin(), witness.endpoints.end(), is_tls);
  if (some && !all) {
    diagnostics.Error(section.PlaceOf("endpoints"),
                      "node.witness/endpoints: found http and https; allowed: all http or all https");
  }
  if (some && witness.tls.ca.empty()) {
    diagnostics.Error(section.PlaceOf("endpoints"),
                      "node.witness.tls/ca is missing; allowed with https endpoints: a path");
  }
  if (witness.tls.certificate.empty() != witness.tls.key.empty()) {
    absl::string_view there = witness.tls.key.empty() ? "certificate" : "key";
    diagnostics.Error(tls.PlaceOf(there), absl::StrCat("node.witness.tls/", there, ": found without ",
                                                       there == "key" ? "certificate" : "key", "; allowed: both"));
  }
  if (!some && !witness.tls.empty())
    diagnostics.Warn(tls.place(), "node.witness.tls has no effect: no endpoint is https");
  if (!all && !witness.password.empty()) {
    diagnostics.Warn(section.PlaceOf("password"),
                     "node.witness/password: it goes over http, where others may read it; use https");
  }
}

// The value in the file, or the default of its row.
std::string ValueOf(const Options& options, absl::string_view section, absl::string_view name) {
  if (absl::optional<absl::string_view> value = FindValue(options, section, name)) return std::string(*value);
  const OptionRow* row = FindOption(section, name);
  US_CHECK(row != nullptr);
  return std::string(row->rule.default_value);
}

}  // namespace

absl::optional<PeerConfig> ReadPeer(const NodeSection& node, Diagnostics& diagnostics) {
  if (!HasMember(node, "peer")) return absl::nullopt;
  NodeSection section(node.node(), "peer", "node.peer", node.place(), diagnostics);
  PeerConfig peer;
  peer.remote = EndpointOf(section, "address", "port");
  peer.listen = EndpointOf(section, "listen-address", "listen-port");
  peer.redundancy_type = EnumOf<RedundancyType>(kRedundancyTypes, section.Text("redundancy-type"));
  peer.max_hold = section.Span("max-hold");
  peer.release_age = section.Span("release-age");
  peer.on_witness_loss = EnumOf<OnWitnessLoss>(kLossActions, section.Text("on-witness-loss"));
  peer.witness_loss_time = section.Span("witness-loss-time");
  peer.peer_retention = section.Span("peer-retention");
  if (HasMember(section, "tls")) {
    const NodeSection tls(section.node(), "tls", "node.peer.tls", section.place(), diagnostics);
    peer.tls = ReadTlsFiles(tls);
    peer.tls_name = tls.Text("name").empty() ? section.Text("address") : tls.Text("name");
  }
  if (!HasMember(node, "witness")) {
    diagnostics.Error(section.place(),
                      "node.witness is missing; allowed with node.peer: a map with type and endpoints");
  }
  if (diagnostics.ok()) CheckPeer(section, peer, diagnostics);
  return peer;
}

absl::optional<WitnessConfig> ReadWitness(const NodeSection& node, Diagnostics& diagnostics) {
  if (!HasMember(node, "witness")) return absl::nullopt;
  NodeSection section(node.node(), "witness", "node.witness", node.place(), diagnostics);
  NodeSection tls(section.node(), "tls", "node.witness.tls", section.place(), diagnostics);
  WitnessConfig witness;
  witness.type = EnumOf<WitnessType>(kWitnessTypes, section.Text("type"));
  if (const YamlNode* list = section.Find("endpoints")) {
    for (const YamlNode& item : list->items) witness.endpoints.push_back(ParseHttpUrl(item.text).value_or(HttpUrl()));
  }
  witness.timeout = section.Span("timeout");
  witness.tls = ReadTlsFiles(tls);
  witness.key = section.Text("key");
  witness.user = section.Text("user");
  if (const YamlNode* password = section.Find("password")) witness.password = SecretText(password->text);
  if (!HasMember(node, "peer")) {
    diagnostics.Error(section.place(), "node.witness: found without node.peer; allowed: together with it");
  }
  CheckEtcdKeys(section, witness, diagnostics);
  CheckWitnessTls(section, tls, witness, diagnostics);
  return witness;
}

BackupSyncConfig BackupSyncOf(const Options& options) {
  constexpr absl::string_view kSection = "backup-sync";
  auto seconds = [&options](absl::string_view name) {
    return ParseSeconds(ValueOf(options, kSection, name)).value_or(Duration());
  };
  BackupSyncConfig config;
  config.addp = ValueOf(options, kSection, "protocol") == "addp";
  config.addp_timeout = seconds("addp-timeout");
  config.addp_remote_timeout = seconds("addp-remote-timeout");
  config.addp_trace = EnumOf<AddpTrace>(kTraces, ValueOf(options, kSection, "addp-trace"));
  config.reconnect = seconds("sync-reconnect-tout");
  config.max_calls_at_once = ParseWhole(ValueOf(options, "TServer", "ha-max-calls-sync-at-once")).value_or(0);
  return config;
}

}  // namespace understudy::daemon
