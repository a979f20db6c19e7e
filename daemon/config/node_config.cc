#include "daemon/config/node_config.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "daemon/config/node_section.h"
#include "daemon/config/option_value.h"
#include "daemon/config/peer_reader.h"
#include "daemon/config/tlib_reader.h"

namespace understudy::daemon {
namespace {

constexpr absl::string_view kDurabilities[] = {"local-sync", "durable", "received"};
constexpr absl::string_view kLogLevels[] = {"debug", "info", "warning", "error"};
constexpr absl::string_view kLogFormats[] = {"text", "json"};

// A tenth for one host, so that it takes ten to keep others out; but as many as a site behind one address may need.
constexpr int64_t kShareOfOneHost = 10;
constexpr int64_t kLeastForOneHost = 200;

constexpr absl::string_view kPasswordKey = "node.witness/password";
constexpr size_t kMaxSocketPath = 107;

// local-sync would release effects that the backup does not have; the others wait for a backup that is not there.
Durability ReadDurability(const NodeSection& journal, bool has_peer, Diagnostics& diagnostics) {
  const std::string text = journal.Text("durability");
  if (text.empty()) return has_peer ? Durability::kDurable : Durability::kLocalSync;
  const Durability durability = EnumOf<Durability>(kDurabilities, text);
  if (has_peer && durability == Durability::kLocalSync && journal.Find("durability") != nullptr) {
    diagnostics.Error(journal.PlaceOf("durability"),
                      "node.journal/durability: found \"local-sync\"; allowed with node.peer: durable, received");
  }
  if (!has_peer && durability != Durability::kLocalSync) {
    diagnostics.Warn(
        journal.PlaceOf("durability"),
        absl::StrCat("node.journal/durability: ", text, " belongs to a pair; no peer configured: local-sync is used"));
  }
  return durability;
}

JournalConfig ReadJournal(const NodeSection& node, bool has_peer, Place place, Diagnostics& diagnostics) {
  NodeSection journal(node.node(), "journal", "node.journal", place, diagnostics);
  NodeSection retention(journal.node(), "retention", "node.journal.retention", place, diagnostics);
  JournalConfig config;
  config.path = journal.Text("path");
  config.durability = ReadDurability(journal, has_peer, diagnostics);
  config.low_space = journal.Size("low-space");
  config.snapshot_interval = journal.Span("snapshot-interval");
  config.retention.max_age = retention.Span("max-age");
  config.retention.max_size = retention.Size("max-size");
  return config;
}

LogConfig ReadLog(const NodeSection& node, Place place, Diagnostics& diagnostics) {
  NodeSection log(node.node(), "log", "node.log", place, diagnostics);
  return {EnumOf<LogLevel>(kLogLevels, log.Text("level")), EnumOf<LogFormat>(kLogFormats, log.Text("format")),
          log.Text("file")};
}

LimitsConfig ReadLimits(const NodeSection& limits) {
  LimitsConfig config;
  config.max_message_size = limits.Size("max-message-size");
  config.max_tcp_connections = limits.Whole("max-tcp-connections");
  config.max_tcp_connections_per_host = limits.Whole("max-tcp-connections-per-host");
  if (config.max_tcp_connections_per_host == 0) {
    config.max_tcp_connections_per_host = std::max(config.max_tcp_connections / kShareOfOneHost, kLeastForOneHost);
  }
  config.tcp_idle_timeout = limits.Span("tcp-idle-timeout");
  config.nonce_lifetime = limits.Span("nonce-lifetime");
  config.max_messages_per_source = limits.Whole("max-messages-per-source");
  config.max_answers_per_source = limits.Whole("max-answers-per-source");
  config.max_tls_handshakes_per_source = limits.Whole("max-tls-handshakes-per-source");
  config.ban_after = limits.Whole("ban-after");
  config.ban_time = limits.Span("ban-time");
  config.overload_delay = limits.Span("overload-delay");
  return config;
}

QuarantineConfig ReadQuarantine(const NodeSection& node, const std::string& journal_path, Place place,
                                Diagnostics& diagnostics) {
  NodeSection quarantine(node.node(), "quarantine", "node.quarantine", place, diagnostics);
  std::string path = quarantine.Text("path");
  if (path.empty()) path = absl::StrCat(journal_path, "/quarantine");
  return {path, quarantine.Span("time")};
}

// In the journal's directory when the file names none; a path that no socket can have is not used.
std::string ReadControl(const NodeSection& node, const std::string& journal_path, Diagnostics& diagnostics) {
  std::string path = node.Text("control");
  if (path.empty()) path = absl::StrCat(journal_path, "/control");
  if (path.size() <= kMaxSocketPath) return path;
  diagnostics.Warn(node.place(), absl::StrCat("node/control: the default, control in the journal's directory, has ",
                                              path.size(), " bytes; a socket's path has at most ", kMaxSocketPath,
                                              ": there is none, and understudyctl cannot connect; give a path"));
  return "";
}

ServiceScripts ReadScripts(const NodeSection& node) {
  return {node.Text("service-up"), node.Text("service-down"), node.Span("service-script-timeout")};
}

Settings OwnSettings(const NodeConfig& node) {
  return {
      {"node/http-address", node.http.WithPort(0).ToText()},
      {"node/http-port", absl::StrCat(node.http.port())},
      {"node/name", node.name},
      {"node/service-down", node.scripts.down},
      {"node/service-script-timeout", SpanText(node.scripts.timeout)},
      {"node/service-up", node.scripts.up},
  };
}

Settings JournalSettings(const JournalConfig& journal) {
  return {
      {"node.journal/durability", std::string(DurabilityName(journal.durability))},
      {"node.journal/low-space", absl::StrCat(journal.low_space)},
      {"node.journal/path", journal.path},
      {"node.journal/snapshot-interval", SpanText(journal.snapshot_interval)},
      {"node.journal.retention/max-age", SpanText(journal.retention.max_age)},
      {"node.journal.retention/max-size", absl::StrCat(journal.retention.max_size)},
  };
}

// The clients' stand among them.
Settings LimitSettings(const LimitsConfig& limits, const TlibConfig& tlib) {
  Settings all = {
      {"node.limits/ban-after", absl::StrCat(limits.ban_after)},
      {"node.limits/ban-time", SpanText(limits.ban_time)},
      {"node.limits/max-answers-per-source", absl::StrCat(limits.max_answers_per_source)},
      {"node.limits/max-message-size", absl::StrCat(limits.max_message_size)},
      {"node.limits/max-messages-per-source", absl::StrCat(limits.max_messages_per_source)},
      {"node.limits/max-tcp-connections", absl::StrCat(limits.max_tcp_connections)},
      {"node.limits/max-tcp-connections-per-host", absl::StrCat(limits.max_tcp_connections_per_host)},
      {"node.limits/max-tls-handshakes-per-source", absl::StrCat(limits.max_tls_handshakes_per_source)},
      {"node.limits/nonce-lifetime", SpanText(limits.nonce_lifetime)},
      {"node.limits/overload-delay", SpanText(limits.overload_delay)},
      {"node.limits/tcp-idle-timeout", SpanText(limits.tcp_idle_timeout)},
  };
  for (auto& setting : ClientLimitSettings(tlib)) all.push_back(std::move(setting));
  std::sort(all.begin(), all.end());
  return all;
}

Settings LogSettings(const LogConfig& log) {
  return {
      {"node.log/file", log.file},
      {"node.log/format", std::string(LogFormatName(log.format))},
      {"node.log/level", std::string(LogLevelName(log.level))},
  };
}

Settings QuarantineSettings(const QuarantineConfig& quarantine) {
  return {
      {"node.quarantine/path", quarantine.path},
      {"node.quarantine/time", SpanText(quarantine.time)},
  };
}

bool SamePassword(const NodeConfig& a, const NodeConfig& b) {
  const SecretText none;
  return (a.witness ? a.witness->password : none) == (b.witness ? b.witness->password : none);
}

}  // namespace

absl::string_view DurabilityName(Durability durability) {
  return kDurabilities[static_cast<size_t>(durability)];
}
absl::string_view LogLevelName(LogLevel level) {
  return kLogLevels[static_cast<size_t>(level)];
}
absl::string_view LogFormatName(LogFormat format) {
  return kLogFormats[static_cast<size_t>(format)];
}

Settings NodeSettings(const NodeConfig& node) {
  Settings all;
  const Settings begins = {{"node/control", node.control}};
  const Settings ends = {{"node/sip-ws-origins", absl::StrJoin(node.sip_ws_origins, ",")},
                         {"node/socket-holder", node.socket_holder}};
  for (const Settings& part :
       {BackupSyncSettings(node.backup_sync), begins, DnsSettings(node.dns), OwnSettings(node),
        SipTlsSettings(node.sip_tls), ends, TlibSettings(node.tlib), JournalSettings(node.journal),
        LimitSettings(node.limits, node.tlib), LogSettings(node.log), PeerSettings(node.peer),
        QuarantineSettings(node.quarantine), WitnessSettings(node.witness)}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

std::vector<std::string> ChangedKeys(const NodeConfig& before, const NodeConfig& after) {
  const auto old_settings = NodeSettings(before);
  const auto new_settings = NodeSettings(after);
  std::vector<std::string> changed;
  for (size_t i = 0; i < old_settings.size(); ++i) {
    const std::string& key = old_settings[i].first;
    bool is_other = key == kPasswordKey ? !SamePassword(before, after) : old_settings[i] != new_settings[i];
    if (is_other) changed.push_back(key);
  }
  return changed;
}

NodeConfig ReadNode(const YamlNode& root, Diagnostics& diagnostics) {
  const YamlNode* map = root.Find("node");
  Place place = map == nullptr ? Place{} : map->place;
  NodeSection node(&root, "node", "node", place, diagnostics);
  NodeConfig config;
  config.name = node.Text("name");
  config.http =
      Endpoint::Parse(node.Text("http-address"), static_cast<uint16_t>(node.Whole("http-port"))).value_or(Endpoint());
  config.peer = ReadPeer(node, diagnostics);
  config.witness = ReadWitness(node, diagnostics);
  config.journal = ReadJournal(node, config.peer.has_value(), place, diagnostics);
  config.control = ReadControl(node, config.journal.path, diagnostics);
  config.socket_holder = node.Text("socket-holder");
  config.scripts = ReadScripts(node);
  config.dns = ReadDns(node, diagnostics);
  config.sip_tls = ReadSipTls(node, diagnostics);
  const std::string origins = node.Text("sip-ws-origins");
  config.sip_ws_origins = absl::StrSplit(origins, absl::ByAnyChar(", "), absl::SkipEmpty());
  config.log = ReadLog(node, place, diagnostics);
  const NodeSection limits(node.node(), "limits", "node.limits", place, diagnostics);
  config.limits = ReadLimits(limits);
  config.tlib = ReadTlib(node, limits, diagnostics);
  config.quarantine = ReadQuarantine(node, config.journal.path, place, diagnostics);
  return config;
}

}  // namespace understudy::daemon
