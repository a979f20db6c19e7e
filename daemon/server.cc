#include "daemon/server.h"

#include <signal.h>

#include <future>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "daemon/auth/authenticator.h"
#include "daemon/client_ports.h"
#include "daemon/control/control_server.h"
#include "daemon/core/forked_state_source.h"
#include "daemon/dns/dns_resolver.h"
#include "daemon/events.h"
#include "daemon/http/http_server.h"
#include "daemon/http/metrics.h"
#include "daemon/link/peer_port.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/sip_transport.h"
#include "daemon/node.h"
#include "daemon/node_control.h"
#include "daemon/node_journal.h"
#include "daemon/node_setup.h"
#include "daemon/pair/last_words.h"
#include "daemon/pair_state.h"
#include "daemon/progress_log.h"
#include "daemon/quarantine/quarantine.h"
#include "daemon/reading/named_files.h"
#include "daemon/reading/node_news.h"
#include "daemon/service_address.h"
#include "daemon/status_pages.h"

namespace understudy::daemon {
namespace {

// No input is to blame that could be dropped: the timer stands in the state.
constexpr char kTimerAdvice[] =
    "it is due again at every start; keep a copy of the journal for the developers and start a program that has it "
    "mended (a node that must serve at once can, without its calls and registrations, on an empty journal.path)";

}  // namespace

class Server::Rep : public NodeOwner {
 public:
  Rep(const ServerOptions& options, const Config& config, log::Log* log)
      : options_(options),
        config_(config),
        log_(log),
        journal_(MakeCoreOptions(config.node, &clock_), &FreshKey, log),
        http_(&loop_),
        control_(&loop_),
        progress_(log),
        clients_(&loop_, log),
        authenticator_(FreshKey(), MakeAuthenticatorOptions(config.node.limits)) {}

  // SIGTERM and SIGINT end a recovery at once, as they always do; SIGHUP must not, and is looked at when we serve.
  absl::Status Start() {
    loop_.OnSignals({SIGHUP}, [this](int) { Reload(); });
    if (absl::Status s = journal_.Lock(); !s.ok()) return s;
    if (absl::Status s = StartQuarantine(); !s.ok()) return s;
    if (absl::Status s = OpenNode(); !s.ok()) return s;
    loop_.OnSignals({SIGTERM, SIGINT}, [this](int signal) { OnSignal(signal); });
    AddMetrics();
    if (absl::Status s = node_->Start(); !s.ok()) return s;
    if (absl::Status s = StartHttp(); !s.ok()) return s;
    if (absl::Status s = StartControl(); !s.ok()) return s;
    if (absl::Status s = clients_.Listen(config_.node.tlib, &node_->clients()->edge()); !s.ok()) return s;
    loop_.SetEndOfTurn([this] { node_->EndOfTurn(); });
    return absl::OkStatus();
  }

  absl::Status Run() {
    if (config_.node.peer) quarantine::Quarantine::OnCrash(&SayLastWords);
    quarantine_->CatchCrashes();
    loop_.Run();
    clients_.Close();
    return node_->Close();
  }

  // ---- NodeOwner
  void OnServing() override {
    log_->Write(kServing, {{"sip", config_.pair.service_address().ToText()},
                           {"http", config_.node.http.ToText()},
                           {"epoch", node_->core()->epoch().value()}});
  }
  void OnReleased(Lsn lsn, const engine::Effect& effect) override { progress_.Write(lsn, effect); }
  void OnGroupDurable(Duration latency) override { commit_latency_->Observe(latency); }
  void OnBatchReleased(Duration latency) override { release_latency_->Observe(latency); }
  void OnFailed(const absl::Status&) override { loop_.Stop(); }

 private:
  absl::Status StartQuarantine() {
    quarantine::QuarantineOptions options;
    options.directory = config_.node.quarantine.path;
    options.hold = config_.node.quarantine.time;
    auto opened = quarantine::Quarantine::Open(options, clock_.Wall());
    if (!opened.ok()) return opened.status();
    quarantine_ = *std::move(opened);
    if (quarantine_->casualty()) {
      log_->Write(kInputQuarantined,
                  {{"file", quarantine_->casualty()->file}, {"bytes", quarantine_->casualty()->size}});
    }
    if (quarantine_->fatal_timer_after()) {
      log_->Write(kTimerCrashed, {{"after_lsn", quarantine_->fatal_timer_after()->value()}, {"do", kTimerAdvice}});
    }
    return absl::OkStatus();
  }

  absl::Status OpenNode() {
    NodeParts parts;
    parts.scheduler = &loop_;
    parts.clock = &clock_;
    parts.log = log_;
    parts.journal = &journal_;
    parts.owner = this;
    parts.quarantine = quarantine_.get();
    parts.fresh_key = &FreshKey;
    parts.make_witness = [this] { return MakeWitness(config_, &loop_); };
    AdoptPasswords();
    parts.passwords = clients_.passwords();
    absl::StatusOr<std::unique_ptr<dns::DnsResolver>> resolver =
        dns::DnsResolver::Create(&loop_, MakeDnsOptions(config_.node.dns));
    if (!resolver.ok()) return resolver.status();
    resolver_ = *std::move(resolver);
    parts.resolver = resolver_.get();
    NodeOptions options;
    options.configuration = ToEngineConfiguration(config_.pair);
    options.clients_digest = config_.pair.clients_digest;
    options.ingress.parse.message_octets = static_cast<size_t>(config_.node.limits.max_message_size);
    options.ingress.hooks = options_.hooks;
    options.ingress.authenticator = &authenticator_;
    options.ingress.messages_per_source = config_.node.limits.max_messages_per_source;
    options.ingress.answers_per_source = config_.node.limits.max_answers_per_source;
    options.ingress.overload.target = config_.node.limits.overload_delay;
    options.ingress.bans = {config_.node.limits.ban_after, config_.node.limits.ban_time};
    options.clients = MakeClientOptions(config_.node.name, config_.node.tlib);
    if (config_.node.peer) {
      absl::StatusOr<std::unique_ptr<link::PeerPort>> port = MakePeerPort(config_, &loop_);
      if (!port.ok()) return port.status();
      port_ = *std::move(port);
      parts.port = port_.get();
      parts.states = &states_;
      options.pair = MakePairOptions(config_);
    }
    node_ = std::make_unique<Node>(parts, options);
    transport_ = std::make_unique<net::SipTransport>(&loop_, node_.get(), MakeTrafficLimits(config_.node.limits));
    if (absl::Status s = UseTls(config_.node.sip_tls); !s.ok()) return s;
    transport_->AllowOrigins(config_.node.sip_ws_origins);
    transport_->SetTypeOfService(config_.pair.tos());
    transport_->UseSourceAddresses(config_.pair.addresses_by_network());
    service_ = std::make_unique<ServiceAddress>(
        ServiceAddress::Options{config_.pair.service_address(), ListenersOf(config_.pair), config_.node.socket_holder,
                                config_.node.scripts},
        transport_.get());
    if (absl::Status s = service_->Prepare(); !s.ok()) return s;
    return node_->Open(transport_.get(), service_.get());
  }

  void AdoptPasswords() {
    clients_.Adopt(config_.pair.clients);
    authenticator_.Adopt(auth::AccountsOf(config_.pair));
  }

  // What is read from the files is for connections from now on.
  absl::Status UseTls(const absl::optional<SipTlsConfig>& config) {
    if (!config) return absl::OkStatus();
    absl::StatusOr<net::TlsContexts> contexts = MakeTlsContexts(*config);
    if (!contexts.ok()) return contexts.status();
    tls_files_ = tls::FilesOf(*contexts->connects);
    transport_->UseTls(*std::move(contexts));
    return absl::OkStatus();
  }

  absl::Status StartControl() {
    if (config_.node.control.empty()) return absl::OkStatus();
    NodeControl node;
    node.status = [this] { return Status(); };
    node.pair = [this] { return node_->pair(); };
    node.raise_feature_level = [this](uint32_t level) { node_->RaiseFeatureLevel(level); };
    node.bans = [this] {
      return node_->ingress() == nullptr ? std::vector<BanList::Ban>() : node_->ingress()->BansNow();
    };
    node.lift_ban = [this](const Endpoint& source) { return node_->LiftBan(source); };
    node.clock = &clock_;
    AddCommands(node, &control_);
    return control_.Listen(config_.node.control);
  }

  NodeStatus Status() const {
    NodeStatus status;
    status.name = config_.node.name;
    status.service_address = config_.pair.service_address();
    status.core = node_->core();
    status.pair = node_->pair();
    status.ingress = node_->ingress();
    status.clients = &node_->clients()->edge().counters();
    status.refused_websockets = clients_.refused_handshakes();
    status.log = log_;
    status.http = http_.counters();
    status.health = node_->HealthNow();
    status.unreachable_transactions = node_->unreachable_transactions();
    status.requests_lost = node_->requests_lost();
    status.dns = resolver_->counters();
    return status;
  }

  void AddMetrics() {
    progress_.AddMetrics(&metrics_);
    commit_latency_ =
        metrics_.AddHistogram("understudy_commit_latency_seconds", "From the end of a batch until it is durable.",
                              http::CommitLatencyBuckets());
    release_latency_ = metrics_.AddHistogram("understudy_release_latency_seconds",
                                             "From the end of a batch until its effects may leave: by the disk's "
                                             "word, or the pair's.",
                                             http::CommitLatencyBuckets());
    metrics_.AddCollector([this](http::MetricsWriter* out) { CollectMetrics(Status(), transport_->Counters(), out); });
  }

  absl::Status StartHttp() {
    if (config_.node.http.port() == 0) return absl::OkStatus();
    const auto json = [](const http::HttpRequest& request) { return absl::StrContains(request.query, "json"); };
    http_.Route("/healthz", [this, json](const http::HttpRequest& request) {
      return HealthAnswer(WhyNotAlive(node_->HealthNow()), json(request));
    });
    http_.Route("/readyz", [this, json](const http::HttpRequest& request) {
      return HealthAnswer(WhyNotReady(node_->HealthNow()), json(request));
    });
    http_.Route("/metrics", [this](const http::HttpRequest&) {
      return http::HttpResponse{200, "text/plain; version=0.0.4", metrics_.Render()};
    });
    http_.Route("/server", [this](const http::HttpRequest& request) { return ServerAnswer(Status(), request); });
    return http_.Listen(config_.node.http).status();
  }

  // The backup, where there is one, takes over before this node goes.
  void OnSignal(int signal) {
    log_->Write(kStopping, {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
    node_->HandOver([this] { loop_.Stop(); });
  }

  // A large file takes its time, which calls do not have: it is read on a thread of its own.
  void Reload() {
    log_->Reopen().IgnoreError();  // the old file stays in use
    read_again_ = reading_.valid();
    if (read_again_) return;
    reading_ = std::async(std::launch::async, [this] {
      absl::StatusOr<Config> config = ReloadConfig(options_.config_path);
      if (absl::Status s = config.ok() ? CheckNamedFiles(*config) : absl::OkStatus(); !s.ok()) config = s;
      loop_.Post([this] { OnConfiguration(); });
      return config;
    });
  }

  void OnConfiguration() {
    const absl::StatusOr<Config> config = reading_.get();
    if (std::exchange(read_again_, false)) return Reload();
    if (!config.ok()) return log_->Write(kConfigurationRefused, {{"why", config.status().message()}});
    if (config->pair.service_address() != config_.pair.service_address() ||
        ListenersOf(config->pair) != ListenersOf(config_.pair)) {
      return log_->Write(kConfigurationRefused, {{"why", ListeningNews(config_, *config)}});
    }
    const NodeReading before{config_.node, tls_files_};
    if (absl::Status s = UseTls(config->node.sip_tls); !s.ok()) {
      return log_->Write(kConfigurationRefused, {{"why", s.message()}});
    }
    if (config->node.sip_tls) config_.node.sip_tls = config->node.sip_tls;  // else the old one stays in force
    config_.node.sip_ws_origins = config->node.sip_ws_origins;
    transport_->AllowOrigins(config_.node.sip_ws_origins);
    transport_->SetTypeOfService(config->pair.tos());
    transport_->UseSourceAddresses(config->pair.addresses_by_network());
    for (const Warning& warning : config->warnings) log_->Write(kConfigurationRemark, {{"remark", ToString(warning)}});
    config_.pair = config->pair;
    AdoptPasswords();
    const absl::string_view pair = node_->Adopt(ToEngineConfiguration(config->pair), config->pair.clients_digest);
    log_->Write(kConfigurationRead, {{"pair", pair}, {"node", NodeNews(before, {config->node, tls_files_})}});
  }

  const ServerOptions options_;
  Config config_;  // node: as at the start; pair: as last accepted
  log::Log* const log_;
  SystemClock clock_;
  net::IoLoop loop_;
  NodeJournal journal_;
  std::unique_ptr<quarantine::Quarantine> quarantine_;
  http::MetricsRegistry metrics_;
  http::HttpServer http_;
  control::ControlServer control_;
  std::unique_ptr<link::PeerPort> port_;  // of a node of a pair
  ForkedStateSource states_{&loop_};
  ProgressLog progress_;
  ClientPorts clients_;
  auth::Authenticator authenticator_;
  http::Histogram* commit_latency_ = nullptr;
  http::Histogram* release_latency_ = nullptr;
  std::unique_ptr<net::SipTransport> transport_;
  tls::LoadedFiles tls_files_;  // of SIP, as last read
  std::unique_ptr<ServiceAddress> service_;
  std::unique_ptr<dns::DnsResolver> resolver_;
  std::unique_ptr<Node> node_;
  bool read_again_ = false;
  std::future<absl::StatusOr<Config>> reading_;  // last: its thread ends before what it uses
};

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, const Config& config,
                                                      log::Log* log) {
  auto rep = std::make_unique<Rep>(options, config, log);
  if (absl::Status s = rep->Start(); !s.ok()) return s;
  return std::unique_ptr<Server>(new Server(std::move(rep)));
}

Server::Server(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Server::~Server() = default;

absl::Status Server::Run() {
  return rep_->Run();
}

}  // namespace understudy::daemon
