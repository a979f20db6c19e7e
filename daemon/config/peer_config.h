// What makes a node one of a pair: the other node, the witness between them, and the watch over their link.
//
//   if (config.node.peer) Connect(config.node.peer->remote, config.node.witness->endpoints);
//
// Values, from the node's own file; none of it enters the state.
#ifndef UNDERSTUDY_DAEMON_CONFIG_PEER_CONFIG_H_
#define UNDERSTUDY_DAEMON_CONFIG_PEER_CONFIG_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/config/http_url.h"
#include "daemon/config/secret_text.h"

namespace understudy::daemon {

enum class RedundancyType : uint8_t { kHotStandby, kWarmStandby };
enum class OnWitnessLoss : uint8_t { kHold, kAlone };
enum class WitnessType : uint8_t { kArbiter, kEtcd };
enum class AddpTrace : uint8_t { kOff, kLocal, kRemote, kBoth };

absl::string_view RedundancyTypeName(RedundancyType type);
absl::string_view OnWitnessLossName(OnWitnessLoss action);
absl::string_view WitnessTypeName(WitnessType type);
absl::string_view AddpTraceName(AddpTrace trace);

// Paths of PEM files.
struct TlsFiles {
  std::string ca;
  std::string certificate;
  std::string key;

  bool empty() const { return ca.empty() && certificate.empty() && key.empty(); }
};

struct PeerConfig {
  Endpoint remote;  // where the other node listens
  Endpoint listen;  // where this one does
  RedundancyType redundancy_type = RedundancyType::kHotStandby;
  Duration max_hold;     // 50 ms to 60 s
  Duration release_age;  // 200 ms to 32 s
  OnWitnessLoss on_witness_loss = OnWitnessLoss::kHold;
  Duration witness_loss_time;    // kAlone acts after it
  Duration peer_retention;       // an absent peer holds back the retention of the log for so long
  absl::optional<TlsFiles> tls;  // all three; nullopt: neither encrypted nor authenticated
  std::string tls_name;          // DNS name or IP address in the peer's certificate; with tls never empty
};

struct WitnessConfig {
  WitnessType type = WitnessType::kArbiter;
  std::vector<HttpUrl> endpoints;  // 1 to 9, different
  Duration timeout;                // of one request
  TlsFiles tls;                    // ca is there with an https endpoint; certificate and key both or none
  // Of etcd only.
  std::string key;   // never empty with kEtcd
  std::string user;  // empty: no log-in
  SecretText password;
};

// Section backup-sync of the pair's options, and ha-max-calls-sync-at-once.
struct BackupSyncConfig {
  bool addp = true;              // false: nothing but the end of the connection tells that the peer is gone
  Duration addp_timeout;         // silence after which this node gives the link up
  Duration addp_remote_timeout;  // the same of the peer
  AddpTrace addp_trace = AddpTrace::kOff;
  Duration reconnect;             // between two attempts to connect
  int64_t max_calls_at_once = 0;  // 200 to 1000, then a pause of 1 s; 0: no pauses
};

using Settings = std::vector<std::pair<std::string, std::string>>;

// Every key with its value in force as text, in the order of the option table; without a peer or witness the values are
// empty. A password is "set" or empty.
Settings PeerSettings(const absl::optional<PeerConfig>& peer);
Settings WitnessSettings(const absl::optional<WitnessConfig>& witness);
Settings BackupSyncSettings(const BackupSyncConfig& config);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_PEER_CONFIG_H_
