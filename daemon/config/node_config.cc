#include "daemon/config/node_config.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daemon/config/option_value.h"
#include "daemon/config/section_reader.h"

namespace understudy::daemon {
namespace {

constexpr absl::string_view kDurabilities[] = {"local-sync", "durable", "received"};
constexpr absl::string_view kLogLevels[] = {"debug", "info", "warning", "error"};
constexpr absl::string_view kLogFormats[] = {"text", "json"};

// A tenth for one host, so that it takes ten to keep others out; but as many as a site behind one address may need.
constexpr int64_t kShareOfOneHost = 10;
constexpr int64_t kLeastForOneHost = 200;

template <class Enum, size_t n>
Enum EnumOf(const absl::string_view (&names)[n], absl::string_view name) {
  for (size_t i = 0; i < n; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return Enum{};
}

// One section of the node with its typed readers. A value that was refused reads as its default: the error is
// already noted.
class NodeSection {
 public:
  NodeSection(const YamlNode* parent, absl::string_view key, absl::string_view section, Place parent_place,
              Diagnostics& diagnostics)
      : section_(section), node_(parent == nullptr ? nullptr : parent->Find(key)) {
    YamlNode absent;
    absent.place = parent_place;
    options_ = ReadSection(node_ == nullptr ? absent : *node_, {section, kNodeLevel, ""}, diagnostics);
  }

  // The map in the file, or nullptr.
  const YamlNode* node() const { return node_; }
  const YamlNode* Find(absl::string_view name) const {
    auto it = options_.find(name);
    return it == options_.end() ? nullptr : it->second;
  }
  std::string Text(absl::string_view name) const { return TextOf(options_, section_, name); }
  int64_t Whole(absl::string_view name) const { return ParseWhole(Text(name)).value_or(0); }
  Duration Span(absl::string_view name) const { return ParseSpan(Text(name)).value_or(Duration()); }
  int64_t Size(absl::string_view name) const { return ParseSize(Text(name)).value_or(0); }

 private:
  absl::string_view section_;
  const YamlNode* node_;
  OptionMap options_;
};

JournalConfig ReadJournal(const NodeSection& node, Place place, Diagnostics& diagnostics) {
  NodeSection journal(node.node(), "journal", "node.journal", place, diagnostics);
  NodeSection retention(journal.node(), "retention", "node.journal.retention", place, diagnostics);
  JournalConfig config;
  config.path = journal.Text("path");
  config.durability = EnumOf<Durability>(kDurabilities, journal.Text("durability"));
  config.snapshot_interval = journal.Span("snapshot-interval");
  config.retention.max_age = retention.Span("max-age");
  config.retention.max_size = retention.Size("max-size");
  if (config.durability != config.EffectiveDurability()) {
    diagnostics.Warn(journal.Find("durability")->place,
                     absl::StrCat("node.journal/durability: ", DurabilityName(config.durability),
                                  " belongs to a pair; no peer configured: local-sync is used"));
  }
  return config;
}

LogConfig ReadLog(const NodeSection& node, Place place, Diagnostics& diagnostics) {
  NodeSection log(node.node(), "log", "node.log", place, diagnostics);
  return {EnumOf<LogLevel>(kLogLevels, log.Text("level")), EnumOf<LogFormat>(kLogFormats, log.Text("format")),
          log.Text("file")};
}

LimitsConfig ReadLimits(const NodeSection& node, Place place, Diagnostics& diagnostics) {
  NodeSection limits(node.node(), "limits", "node.limits", place, diagnostics);
  LimitsConfig config;
  config.max_message_size = limits.Size("max-message-size");
  config.max_tcp_connections = limits.Whole("max-tcp-connections");
  config.max_tcp_connections_per_host = limits.Whole("max-tcp-connections-per-host");
  if (config.max_tcp_connections_per_host == 0) {
    config.max_tcp_connections_per_host = std::max(config.max_tcp_connections / kShareOfOneHost, kLeastForOneHost);
  }
  config.tcp_idle_timeout = limits.Span("tcp-idle-timeout");
  return config;
}

QuarantineConfig ReadQuarantine(const NodeSection& node, const std::string& journal_path, Place place,
                                Diagnostics& diagnostics) {
  NodeSection quarantine(node.node(), "quarantine", "node.quarantine", place, diagnostics);
  std::string path = quarantine.Text("path");
  if (path.empty()) path = absl::StrCat(journal_path, "/quarantine");
  return {path, quarantine.Span("time")};
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

std::vector<std::pair<std::string, std::string>> NodeSettings(const NodeConfig& node) {
  return {
      {"node/http-address", node.http.WithPort(0).ToText()},
      {"node/http-port", absl::StrCat(node.http.port())},
      {"node/name", node.name},
      {"node.journal/durability", std::string(DurabilityName(node.journal.durability))},
      {"node.journal/path", node.journal.path},
      {"node.journal/snapshot-interval", SpanText(node.journal.snapshot_interval)},
      {"node.journal.retention/max-age", SpanText(node.journal.retention.max_age)},
      {"node.journal.retention/max-size", absl::StrCat(node.journal.retention.max_size)},
      {"node.limits/max-message-size", absl::StrCat(node.limits.max_message_size)},
      {"node.limits/max-tcp-connections", absl::StrCat(node.limits.max_tcp_connections)},
      {"node.limits/max-tcp-connections-per-host", absl::StrCat(node.limits.max_tcp_connections_per_host)},
      {"node.limits/tcp-idle-timeout", SpanText(node.limits.tcp_idle_timeout)},
      {"node.log/file", node.log.file},
      {"node.log/format", std::string(LogFormatName(node.log.format))},
      {"node.log/level", std::string(LogLevelName(node.log.level))},
      {"node.quarantine/path", node.quarantine.path},
      {"node.quarantine/time", SpanText(node.quarantine.time)},
  };
}

std::vector<std::string> ChangedKeys(const NodeConfig& before, const NodeConfig& after) {
  const auto old_settings = NodeSettings(before);
  const auto new_settings = NodeSettings(after);
  std::vector<std::string> changed;
  for (size_t i = 0; i < old_settings.size(); ++i) {
    if (old_settings[i] != new_settings[i]) changed.push_back(old_settings[i].first);
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
  config.journal = ReadJournal(node, place, diagnostics);
  config.log = ReadLog(node, place, diagnostics);
  config.limits = ReadLimits(node, place, diagnostics);
  config.quarantine = ReadQuarantine(node, config.journal.path, place, diagnostics);
  return config;
}

}  // namespace understudy::daemon
