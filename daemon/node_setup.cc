#include "daemon/node_setup.h"

#include <sys/random.h>

#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "daemon/link/frame_port.h"
#include "daemon/tls/tls_context.h"
#include "daemon/witness/arbiter_witness.h"
#include "daemon/witness/etcd_witness.h"
#include "replication/silence.h"

namespace understudy::daemon {
namespace {

// Under load a round of datagrams, with its commit, begins no sooner than this after the round before: a commit costs
// more than two calls do, however little is in it.
constexpr Duration kRound = Duration::Milliseconds(7);
// 4,096 datagrams: more than the kernel's buffer holds.
constexpr int kRoundsAtOnce = 16;
// Unless they cost more than this: answers and the commit must not wait for all that an overload brings.
constexpr Duration kLongestTurn = Duration::Milliseconds(20);
// While the disk is busy datagrams wait, but not so long that the kernel's buffer is full.
constexpr Duration kLongestPause = Duration::Milliseconds(50);

replication::PairOptions ProtocolOptions(const NodeConfig& node) {
  const PeerConfig& peer = *node.peer;
  replication::PairOptions options;
  options.mode = node.EffectiveDurability() == Durability::kReceived ? replication::CommitMode::kReceived
                                                                     : replication::CommitMode::kDurable;
  options.warm = peer.redundancy_type == RedundancyType::kWarmStandby;
  options.suspect = node.backup_sync.addp ? node.backup_sync.addp_timeout : replication::kNoSilence;
  options.max_hold = peer.max_hold;
  options.reconnect = node.backup_sync.reconnect;
  options.alone_without_witness = peer.on_witness_loss == OnWitnessLoss::kAlone;
  options.witness_loss = peer.witness_loss_time;
  return options;
}

}  // namespace

HashKey FreshKey() {
  HashKey key;
  US_CHECK_EQ(getrandom(&key, sizeof(key), 0), static_cast<ssize_t>(sizeof(key)));
  return key;
}

net::TrafficLimits MakeTrafficLimits(const LimitsConfig& limits) {
  net::TrafficLimits traffic;
  traffic.gather = kRound;
  traffic.rounds_at_once = kRoundsAtOnce;
  traffic.longest_turn = kLongestTurn;
  traffic.longest_pause = kLongestPause;
  traffic.message_octets = static_cast<size_t>(limits.max_message_size);
  traffic.max_flows = static_cast<size_t>(limits.max_tcp_connections);
  traffic.max_flows_per_host = static_cast<size_t>(limits.max_tcp_connections_per_host);
  traffic.handshakes_per_host = limits.max_tls_handshakes_per_source;
  traffic.idle = limits.tcp_idle_timeout;
  return traffic;
}

dns::DnsOptions MakeDnsOptions(const DnsConfig& config) {
  dns::DnsOptions options;
  options.servers = config.servers;
  options.timeout = config.timeout;
  options.tries = config.tries;
  return options;
}

auth::AuthenticatorOptions MakeAuthenticatorOptions(const LimitsConfig& limits) {
  auth::AuthenticatorOptions options;
  options.nonce_lifetime = limits.nonce_lifetime;
  return options;
}

absl::StatusOr<net::TlsContexts> MakeTlsContexts(const SipTlsConfig& config) {
  const tls::TlsVersion lowest = config.only_1_3 ? tls::TlsVersion::k1_3 : tls::TlsVersion::k1_2;
  const TlsFiles& files = config.files;
  auto accepts = tls::TlsContext::LoadServer({config.mutual ? files.ca : "", files.certificate, files.key, "", lowest});
  if (!accepts.ok()) return accepts.status();
  auto connects = tls::TlsContext::LoadClient({files.ca, files.certificate, files.key, "", lowest});
  if (!connects.ok()) return connects.status();
  return net::TlsContexts{*std::move(accepts), *std::move(connects), config.checks_name && !files.ca.empty()};
}

std::vector<net::ServedStream> ListenersOf(const PairConfig& pair) {
  std::vector<net::ServedStream> streams;
  const auto add = [&](Transport transport, const Endpoint& at) {
    if (at.port() != 0) streams.push_back({transport, at});
  };
  for (Transport transport : {Transport::kTls, Transport::kWs, Transport::kWss}) {
    add(transport, pair.service_address(transport));
  }
  for (int i = 0; i < kTransportCount; ++i) {
    add(static_cast<Transport>(i), pair.service_address_v6(static_cast<Transport>(i)));
  }
  for (const SourceAddress& one : pair.addresses_by_network()) {
    for (int i = 0; i < kTransportCount; ++i) {
      const Endpoint at = one.address.WithPort(pair.service_address(static_cast<Transport>(i)).port());
      const net::ServedStream stream{static_cast<Transport>(i), at};
      if (std::find(streams.begin(), streams.end(), stream) == streams.end()) add(stream.transport, at);
    }
  }
  return streams;
}

CoreOptions MakeCoreOptions(const NodeConfig& node, const Clock* clock) {
  CoreOptions options;
  options.directory = node.journal.path;
  options.pair = node.peer.has_value();
  if (options.pair) options.release_age = node.peer->release_age;
  options.clock = clock;
  options.low_bytes = static_cast<uint64_t>(node.journal.low_space);
  options.snapshot_interval = node.journal.snapshot_interval;
  options.retention.max_age = node.journal.retention.max_age;
  options.retention.max_bytes = static_cast<uint64_t>(node.journal.retention.max_size);
  return options;
}

absl::StatusOr<std::unique_ptr<witness::Witness>> MakeWitness(const Config& config, net::IoLoop* loop) {
  US_CHECK(config.node.witness.has_value());
  const WitnessConfig& wanted = *config.node.witness;
  std::vector<std::string> endpoints;
  for (const HttpUrl& url : wanted.endpoints) endpoints.push_back(url.ToText());
  const http::TlsFiles tls{.ca = wanted.tls.ca, .certificate = wanted.tls.certificate, .key = wanted.tls.key};
  switch (wanted.type) {
    case WitnessType::kArbiter:
      return witness::NewArbiterWitness(loop, {.endpoints = endpoints, .tls = tls, .deadline = wanted.timeout});
    case WitnessType::kEtcd:
      break;
  }
  return witness::NewEtcdWitness(loop, {.endpoints = endpoints,
                                        .tls = tls,
                                        .key = wanted.key,
                                        .user = wanted.user,
                                        .password = std::string(wanted.password.view()),
                                        .deadline = wanted.timeout});
}

absl::StatusOr<std::unique_ptr<link::PeerPort>> MakePeerPort(const Config& config, net::IoLoop* loop) {
  US_CHECK(config.node.peer.has_value());
  const PeerConfig& peer = *config.node.peer;
  link::FramePortOptions options;
  options.listen = peer.listen;
  options.remote = peer.remote;
  options.setting = "node.peer/listen-address and listen-port";
  if (peer.tls) {
    tls::TlsFiles files;
    files.certificate = peer.tls->certificate;
    files.key = peer.tls->key;
    files.ca = peer.tls->ca;
    files.peer_name = peer.tls_name;
    auto tls = tls::TlsContext::Load(files);
    if (!tls.ok()) return tls.status();
    options.link.tls = *std::move(tls);
  }
  return std::make_unique<link::FramePort>(loop, options);
}

PairDriverOptions MakePairOptions(const Config& config) {
  US_CHECK(config.node.peer.has_value());
  const PeerConfig& peer = *config.node.peer;
  PairDriverOptions options;
  options.pair = ProtocolOptions(config.node);
  options.name = config.node.name;
  options.service = config.pair.service_address().ToText();
  const AddpTrace trace = config.node.backup_sync.addp_trace;
  options.trace = trace == AddpTrace::kLocal || trace == AddpTrace::kBoth;
  options.remote_trace = trace == AddpTrace::kRemote || trace == AddpTrace::kBoth;
  options.peer_retention = peer.peer_retention;
  options.calls_a_second = config.node.backup_sync.max_calls_at_once;
  if (config.node.backup_sync.addp) options.remote_timeout = config.node.backup_sync.addp_remote_timeout;
  return options;
}

}  // namespace understudy::daemon
