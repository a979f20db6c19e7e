// The node's part of the configuration: addresses, paths, limits, log. It never enters the state.
#ifndef UNDERSTUDY_DAEMON_CONFIG_NODE_CONFIG_H_
#define UNDERSTUDY_DAEMON_CONFIG_NODE_CONFIG_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/config/diagnostics.h"
#include "daemon/config/yaml_tree.h"

namespace understudy::daemon {

// What must have happened to an entry before its effects leave. The last two need a peer.
enum class Durability : uint8_t { kLocalSync, kDurable, kReceived };

enum class LogLevel : uint8_t { kDebug, kInfo, kWarning, kError };
enum class LogFormat : uint8_t { kText, kJson };

absl::string_view DurabilityName(Durability durability);
absl::string_view LogLevelName(LogLevel level);
absl::string_view LogFormatName(LogFormat format);

struct RetentionConfig {
  Duration max_age;
  int64_t max_size = 0;  // bytes
};

struct JournalConfig {
  std::string path;
  Durability durability = Durability::kLocalSync;  // as in the file
  Duration snapshot_interval;
  RetentionConfig retention;

  // What is used: without a peer always kLocalSync.
  Durability EffectiveDurability() const { return Durability::kLocalSync; }
};

struct LogConfig {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  std::string file;  // empty: standard error
};

struct LimitsConfig {
  int64_t max_message_size = 0;  // bytes, 4 KiB to 64 KiB
  int64_t max_tcp_connections = 0;
  int64_t max_tcp_connections_per_host = 0;
  Duration tcp_idle_timeout;
};

struct QuarantineConfig {
  std::string path;
  Duration time;  // how long a quarantined input is dropped
};

struct NodeConfig {
  std::string name;
  Endpoint http;  // port 0: no HTTP server
  JournalConfig journal;
  LogConfig log;
  LimitsConfig limits;
  QuarantineConfig quarantine;
};

// Every key with its value in force as text, in order; `section/key` as in the option table.
std::vector<std::pair<std::string, std::string>> NodeSettings(const NodeConfig& node);

// The keys whose values differ, in order.
std::vector<std::string> ChangedKeys(const NodeConfig& before, const NodeConfig& after);

// Reads the member "node" of the file's map. With errors in `diagnostics` the result is of no use.
NodeConfig ReadNode(const YamlNode& root, Diagnostics& diagnostics);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_NODE_CONFIG_H_
