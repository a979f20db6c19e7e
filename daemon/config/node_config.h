// The node's part of the configuration: addresses, paths, limits, log. It never enters the state.
#ifndef UNDERSTUDY_DAEMON_CONFIG_NODE_CONFIG_H_
#define UNDERSTUDY_DAEMON_CONFIG_NODE_CONFIG_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/config/diagnostics.h"
#include "daemon/config/dns_config.h"
#include "daemon/config/peer_config.h"
#include "daemon/config/sip_tls_config.h"
#include "daemon/config/tlib_config.h"
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
  Durability durability = Durability::kLocalSync;  // as in the file, or its default
  int64_t low_space = 0;                           // bytes
  Duration snapshot_interval;
  RetentionConfig retention;
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
  Duration nonce_lifetime;
  int64_t max_messages_per_source = 0;        // a second; 0: no limit
  int64_t max_answers_per_source = 0;         // likewise
  int64_t max_tls_handshakes_per_source = 0;  // likewise
  int64_t ban_after = 0;                      // failures a minute; 0: never
  Duration ban_time;
  Duration overload_delay;  // 0: no overload is seen by it
};

struct QuarantineConfig {
  std::string path;
  Duration time;  // how long a quarantined input is dropped
};

// Programs that move the service address; empty: none.
struct ServiceScripts {
  std::string up;    // when this node becomes the primary
  std::string down;  // when it stops being it
  Duration timeout;  // 1 s to 60 s, of each
};

struct NodeConfig {
  std::string name;
  std::string control;        // path of a Unix socket; empty: none, for the default path would be too long
  std::string socket_holder;  // the same; empty: this node opens its sockets itself
  ServiceScripts scripts;
  Endpoint http;  // port 0: no HTTP server
  DnsConfig dns;
  absl::optional<SipTlsConfig> sip_tls;     // nullopt: no SIP over TLS
  std::vector<std::string> sip_ws_origins;  // of pages whose phones may come by WebSocket; empty: any
  TlibConfig tlib;
  JournalConfig journal;
  LogConfig log;
  LimitsConfig limits;
  QuarantineConfig quarantine;
  absl::optional<PeerConfig> peer;  // there: this node is one of a pair, and so is the witness
  absl::optional<WitnessConfig> witness;
  BackupSyncConfig backup_sync;

  // What is used: without a peer always kLocalSync.
  Durability EffectiveDurability() const { return peer ? journal.durability : Durability::kLocalSync; }
};

// Every key of the node and of backup-sync with its value in force as text, in order; `section/key` as in the option
// table. A password is "set" or empty.
Settings NodeSettings(const NodeConfig& node);

// The keys whose values differ, in order.
std::vector<std::string> ChangedKeys(const NodeConfig& before, const NodeConfig& after);

// Reads the member "node" of the file's map. With errors in `diagnostics` the result is of no use. backup_sync and the
// default of the witness's key come from the pair's part (config.cc).
NodeConfig ReadNode(const YamlNode& root, Diagnostics& diagnostics);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_NODE_CONFIG_H_
