#include "daemon/server.h"

#include <signal.h>

#include <future>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "daemon/control/control_server.h"
#include "daemon/events.h"
#include "daemon/flow_book.h"
#include "daemon/health.h"
#include "daemon/http/http_server.h"
#include "daemon/http/metrics.h"
#include "daemon/ingress.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/sip_transport.h"
#include "daemon/node_control.h"
#include "daemon/node_journal.h"
#include "daemon/pair/last_words.h"
#include "daemon/pair/pair_driver.h"
#include "daemon/pair_setup.h"
#include "daemon/pair_state.h"
#include "daemon/progress_log.h"
#include "daemon/quarantine/quarantine.h"
#include "daemon/service_address.h"
#include "daemon/status_pages.h"
#include "daemon/unreachable.h"

namespace understudy::daemon {
namespace {

constexpr Duration kHeartbeat = Duration::Milliseconds(250);
constexpr Duration kSummary = Duration::Seconds(1);
constexpr Duration kSlowCommitLimit = Duration::Milliseconds(100);
// Under load a round of datagrams, with its commit, begins no sooner than this after the round before: a commit costs
// more than two calls do, however little is in it.
constexpr Duration kRound = Duration::Milliseconds(7);
// 4,096 datagrams: more than the kernel's buffer holds.
constexpr int kRoundsAtOnce = 16;
// While the disk is busy datagrams wait, but not so long that the kernel's buffer is full.
constexpr Duration kLongestPause = Duration::Milliseconds(50);

// No input is to blame that could be dropped: the timer stands in the state.
constexpr char kTimerAdvice[] =
    "it is due again at every start; keep a copy of the journal for the developers and start a program that has it "
    "mended (a node that must serve at once can, without its calls and registrations, on an empty journal.path)";

}  // namespace

class Server::Rep : public net::TrafficSink, public EffectSink, public PairHost {
 public:
  Rep(const ServerOptions& options, const Config& config, log::Log* log)
      : options_(options),
        config_(config),
        log_(log),
        transport_(&loop_, this, Limits(config.node.limits)),
        journal_(config.node, log),
        service_({config.pair.service_address(), config.node.socket_holder, config.node.scripts}),
        http_(&loop_),
        control_(&loop_),
        wake_up_(&loop_, [this] { Tick(); }),
        heartbeat_(&loop_, [this] { OnHeartbeat(); }),
        summary_(&loop_, [this] { OnSummary(); }),
        progress_(log) {}

  // SIGTERM and SIGINT end a recovery at once, as they always do; SIGHUP must not, and is looked at when we serve.
  absl::Status Start() {
    loop_.OnSignals({SIGHUP}, [this](int) { Reload(); });
    if (absl::Status s = journal_.Lock(); !s.ok()) return s;
    if (absl::Status s = StartQuarantine(); !s.ok()) return s;
    if (absl::Status s = service_.Prepare(); !s.ok()) return s;
    if (absl::Status s = StartCore(); !s.ok()) return s;
    loop_.OnSignals({SIGTERM, SIGINT}, [this](int signal) { OnSignal(signal); });
    AddMetrics();
    if (absl::Status s = StartRole(); !s.ok()) return s;
    if (absl::Status s = StartHttp(); !s.ok()) return s;
    if (absl::Status s = StartControl(); !s.ok()) return s;
    loop_.SetEndOfTurn([this] { EndOfTurn(); });
    slept_ = clock_.SinceBoot() - clock_.Monotonic();
    heartbeat_.SetAfter(kHeartbeat);
    summary_.SetAfter(kSummary);
    loop_.Post([] {});  // the first turn hands over the entries of the start
    return absl::OkStatus();
  }

  absl::Status Run() {
    if (pair_ != nullptr) quarantine::Quarantine::OnCrash(&SayLastWords);
    quarantine_->CatchCrashes();
    loop_.Run();
    if (core_ == nullptr) return failure_;  // between two journals
    transport_.StopReceiving();
    const absl::Status drained = core_->Drain();
    if (pair_ != nullptr) {
      pair_->OnCommits(CommitReport());
      pair_->SayGoodbye();
    }
    transport_.Flush();  // before the snapshot, which takes its time and calls what was released sent
    // Everything is committed: a snapshot that fails now costs the next start time, and no more.
    const absl::Status closed = core_->Close(failure_.ok());
    if (drained.ok() && !closed.ok()) log_->Write(kSnapshotFailed, {{"total", 1}, {"why", closed.message()}});
    log_->Write(kStopped, {{"journal", drained.ok() ? "closed" : drained.message()}});
    return failure_.ok() ? drained : failure_;
  }

  // ---- net::TrafficSink
  bool MayRead() override { return pair_ == nullptr || pair_->IsSure(); }
  void OnRound(absl::Span<const net::Received> round) override {
    for (const net::Received& received : round) ingress_->OnMessage(received, FlowName(received.flow));
  }
  void OnFlowOpened(uint64_t flow, Transport transport, const Endpoint&, const Endpoint& remote) override {
    flows_.Opened(FlowName(flow), transport, remote);
  }
  void OnFlowClosed(uint64_t flow, Transport, const Endpoint&, net::FlowEnd) override {
    if (core_->serving()) flows_.Closed(FlowName(flow), core_.get());
  }
  void OnSendFailed(uint64_t token, net::SendFailure) override {
    if (core_->serving()) core_->Append(engine::SendFailed{engine::TransactionId(token)});
  }
  void OnUnreachable(const Endpoint& remote) override { unreachable_.Report(remote); }
  bool BeforeCutting(absl::string_view octets) override { return ingress_->BeforeCutting(octets); }
  void AfterCutting() override { ingress_->AfterCutting(); }
  void OnUnframeable(const net::Received& received, absl::string_view reason) override {
    ingress_->OnUnframeable(received, FlowName(received.flow), reason);
  }

  // ---- PairHost
  void BeginService(Epoch epoch, bool forced) override {
    if (absl::Status s = service_.Open(&transport_); !s.ok()) return Fail(s);  // first: a slow script ages no effect
    core_->Serve(epoch, FreshKey(), forced, ToEngineConfiguration(config_.pair));
    NoteServing();
  }
  void EndService() override {
    if (absl::Status s = service_.Close(&transport_); !s.ok()) log_->Write(kServiceScript, {{"why", s.message()}});
    flows_ = FlowBook();
    unreachable_ = UnreachableRemotes();
    core_->StepDown();
  }
  void HoldInput() override { transport_.HoldInput(); }
  void ResumeInput() override { transport_.ResumeInput(); }
  void OnCommitted() override { Committed(); }
  void Refill(FilledState filled) override {
    loop_.Post([this, state = std::make_shared<FilledState>(std::move(filled))] { BeginAnew(*state); });
  }
  void GiveUpJournal(const absl::Status&) override {
    loop_.Post([this] { SetJournalAside(); });
  }
  void Condemn(uint64_t fingerprint) override {
    const size_t before = quarantine_->held();
    quarantine_->Hold(fingerprint, clock_.Wall()).IgnoreError();  // it counts in this process at least
    if (quarantine_->held() == before) return;
    log_->Write(kInputCondemned, {{"fingerprint", absl::StrCat(absl::Hex(fingerprint))}});
  }
  std::vector<uint64_t> Condemned() const override { return quarantine_->fingerprints(); }
  void Fail(const absl::Status& status) override {
    if (!failure_.ok()) return;
    failure_ = status;
    log_->Write(kJournalFailed, {{"why", status.message()}});
    loop_.Stop();
  }

  // ---- EffectSink
  void Release(Lsn lsn, const engine::Effect& effect) override {
    lsn_ = lsn;
    std::visit([this](const auto& e) { Do(e); }, effect);
  }

 private:
  static net::TrafficLimits Limits(const LimitsConfig& limits) {
    net::TrafficLimits traffic;
    traffic.gather = kRound;
    traffic.rounds_at_once = kRoundsAtOnce;
    traffic.longest_pause = kLongestPause;
    traffic.message_octets = static_cast<size_t>(limits.max_message_size);
    traffic.max_flows = static_cast<size_t>(limits.max_tcp_connections);
    traffic.max_flows_per_host = static_cast<size_t>(limits.max_tcp_connections_per_host);
    traffic.idle = limits.tcp_idle_timeout;
    return traffic;
  }

  engine::FlowId FlowName(uint64_t handle) const { return EngineFlow(core_->epoch(), handle); }

  void Do(const engine::SendSip& send) {
    net::Outgoing outgoing;
    outgoing.transport = send.transport;
    outgoing.flow = NodeFlow(core_->epoch(), send.flow);
    outgoing.remote = send.remote;
    outgoing.bytes = send.bytes;
    outgoing.token = send.transaction.value();
    transport_.Send(outgoing);
  }
  void Do(const engine::CallProgress& progress) { progress_.Write(lsn_, progress); }
  void Do(const engine::RegistrationProgress& progress) { progress_.Write(lsn_, progress); }

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

  absl::Status StartCore() {
    const auto wake = [this] { loop_.Post([this] { OnCommits(); }); };
    absl::StatusOr<std::unique_ptr<Core>> core = journal_.Open(&clock_, this, wake);
    if (!core.ok()) return core.status();
    core_ = *std::move(core);
    IngressOptions ingress;
    ingress.parse.message_octets = static_cast<size_t>(config_.node.limits.max_message_size);
    ingress.before_apply = options_.before_apply;
    ingress.introduce = [this](engine::FlowId flow) { flows_.Introduce(flow, core_.get()); };
    ingress_ = std::make_unique<Ingress>(ingress, core_.get(), &transport_, quarantine_.get(), &clock_);
    return absl::OkStatus();
  }

  // The journal becomes the primary's state; what it was goes aside.
  void BeginAnew(const FilledState& filled) {
    const Epoch promise = pair_->pair().promise();
    Rejoin([&] { return journal_.Fill(filled, promise); });
  }

  void SetJournalAside() {
    Rejoin([this] { return journal_.SetAside(); });
  }

  // The node as after a start, with another journal. What fails leaves nothing that could be served: the process ends.
  void Rejoin(const std::function<absl::Status()>& change_journal) {
    pair_.reset();
    witness_.reset();
    absl::Status done = core_->Stop(false);
    ingress_.reset();
    core_.reset();
    if (done.ok()) done = change_journal();
    if (done.ok()) done = StartCore();
    if (done.ok()) done = StartRole();
    if (!done.ok()) Fail(done);
  }

  // A node alone serves at once; one of a pair when it is told to.
  absl::Status StartRole() {
    if (!config_.node.peer) {
      const Epoch last = std::max(core_->epoch(), core_->epochs().last());
      if (absl::Status s = service_.Open(&transport_); !s.ok()) return s;
      core_->Serve(last.Next(), FreshKey(), false, ToEngineConfiguration(config_.pair));
      NoteServing();
      return absl::OkStatus();
    }
    absl::StatusOr<std::unique_ptr<witness::Witness>> made = MakeWitness(config_, &loop_);
    if (!made.ok()) return made.status();
    witness_ = *std::move(made);
    absl::StatusOr<PairDriverOptions> options = MakePairOptions(config_);
    if (!options.ok()) return options.status();
    options->new_cluster_id = FreshKey().k0 | 1;
    pair_ = std::make_unique<PairDriver>(&loop_, *options, core_.get(), witness_.get(), this, &clock_, log_);
    return pair_->Start();
  }

  void NoteServing() {
    transport_.SetKnownHosts(TrunkContacts(core_->state().configuration));
    log_->Write(kServing, {{"sip", config_.pair.service_address().ToText()},
                           {"http", config_.node.http.ToText()},
                           {"epoch", core_->epoch().value()}});
  }

  absl::Status StartControl() {
    if (config_.node.control.empty()) return absl::OkStatus();
    NodeControl node;
    node.status = [this] { return Status(); };
    node.pair = [this] { return pair_.get(); };
    node.raise_feature_level = [this](uint32_t level) { core_->Append(engine::FeatureLevelRaised{level}); };
    node.clock = &clock_;
    AddCommands(node, &control_);
    return control_.Listen(config_.node.control);
  }

  NodeStatus Status() const {
    NodeStatus status;
    status.name = config_.node.name;
    status.service_address = config_.pair.service_address();
    status.core = core_.get();
    status.pair = pair_.get();
    status.ingress = ingress_.get();
    status.log = log_;
    status.http = http_.counters();
    status.health = HealthNow();
    status.unreachable_transactions = unreachable_transactions_;
    return status;
  }

  Health HealthNow() const {
    Health health;
    health.disk_waits = disk_wait_.Since(clock_.Monotonic());
    health.backlogged = core_->backlogged();
    health.disk_low = core_->disk_low();
    health.overloaded = ingress_->overloaded();
    if (pair_ == nullptr) return health;
    health.pair_waits = pair_wait_.Since(clock_.Monotonic());
    health.witness_lost = pair_->pair().witness_lost();
    if (!core_->serving()) health.standby = RoleName(pair_->pair().role());
    return health;
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
    metrics_.AddCollector([this](http::MetricsWriter* out) { CollectMetrics(Status(), transport_.Counters(), out); });
  }

  absl::Status StartHttp() {
    if (config_.node.http.port() == 0) return absl::OkStatus();
    const auto json = [](const http::HttpRequest& request) { return absl::StrContains(request.query, "json"); };
    http_.Route("/healthz", [this, json](const http::HttpRequest& request) {
      return HealthAnswer(WhyNotAlive(HealthNow()), json(request));
    });
    http_.Route("/readyz", [this, json](const http::HttpRequest& request) {
      return HealthAnswer(WhyNotReady(HealthNow()), json(request));
    });
    http_.Route("/metrics", [this](const http::HttpRequest&) {
      return http::HttpResponse{200, "text/plain; version=0.0.4", metrics_.Render()};
    });
    http_.Route("/server", [this](const http::HttpRequest& request) { return ServerAnswer(Status(), request); });
    return http_.Listen(config_.node.http).status();
  }

  void Tick() {
    if (!core_->serving()) return core_->Tick();
    const quarantine::Quarantine::Armed armed(quarantine_.get(), core_->state().lsn);
    core_->Tick();
  }

  void OnHeartbeat() {
    Tick();
    slept_ = clock_.SinceBoot() - clock_.Monotonic();
    heartbeat_.SetAfter(kHeartbeat);
  }

  void OnSummary() {
    if (core_->serving()) {
      ingress_->Summarise();
      FailUnreachable();
    }
    log_->Tick();
    if (ingress_->kept(engine::Kept::kUnparseable) > refused_) {
      refused_ = ingress_->kept(engine::Kept::kUnparseable);
      log_->Write(kMessageRefused, {{"total", refused_}, {"last", ingress_->last_parse_error()}});
    }
    if (const std::string refusal = ingress_->TakeRefusal(); !refusal.empty()) {
      log_->Write(kRequestRefused, {{"total", ingress_->kept(engine::Kept::kRefused)}, {"one", refusal}});
    }
    if (core_->service_gaps() > gaps_) {
      gaps_ = core_->service_gaps();
      log_->Write(kServiceGap, {{"total", gaps_}});
    }
    if (core_->snapshot_failures() > snapshot_failures_) {
      snapshot_failures_ = core_->snapshot_failures();
      log_->Write(kSnapshotFailed, {{"total", snapshot_failures_}, {"why", core_->last_snapshot_failure().message()}});
    }
    summary_.SetAfter(kSummary);
  }

  void FailUnreachable() {
    for (engine::TransactionId id : unreachable_.TakeFailed(core_->state())) {
      core_->Append(engine::SendFailed{id});
      ++unreachable_transactions_;
    }
  }

  // After everything that was ready: the batch goes to the journal, datagrams wait while the disk is busy (the next
  // batch is the larger for it), and what is to be sent leaves together.
  void EndOfTurn() {
    if (core_ == nullptr) return;
    EndTurn();
    if (core_->commit_in_flight()) transport_.PauseDatagrams();
    if (core_->backlogged()) transport_.PauseStreams();
    transport_.Flush();
    if (core_->has_batch()) EndTurn();
    NoteWaits();
    SetWakeUp();
  }

  // The disk is waited for by every node; the pair's rule, by one that serves, for what the disk has already.
  void NoteWaits() {
    const Duration now = clock_.Monotonic();
    disk_wait_.Look(core_->durable(), core_->end(), now);
    const Lsn held = core_->serving() && core_->commit_in_flight() ? core_->durable() : core_->outbox().released();
    pair_wait_.Look(core_->outbox().released(), held, now);
  }

  void EndTurn() {
    core_->EndTurn();
    if (pair_ != nullptr) pair_->EndOfTurn();
    for (Duration latency : core_->TakeCommitTimes()) release_latency_->Observe(latency);
  }

  void SetWakeUp() {
    const absl::optional<Duration> next = core_->NextAlarm();
    if (!next) return wake_up_.Clear();
    wake_up_.SetAt(net::MonotonicTime::FromNanoseconds((*next - slept_).nanoseconds()));
  }

  void OnCommits() {
    if (core_ == nullptr) return;
    const CommitReport report = core_->TakeCommits();
    for (Duration latency : report.latencies) commit_latency_->Observe(latency);
    if (report.longest > kSlowCommitLimit) {
      log_->Write(kSlowCommit, {{"ms", report.longest.milliseconds()}});
    }
    if (!report.status.ok()) return Fail(report.status);
    if (core_->disk_low() && !disk_was_low_) log_->Write(kDiskLow);
    disk_was_low_ = core_->disk_low();
    if (pair_ != nullptr) pair_->OnCommits(report);
    Committed();
  }

  // Something has been committed: the turn's end begins anew.
  void Committed() {
    if (!core_->serving()) return;
    if (!core_->commit_in_flight()) transport_.ResumeDatagrams();
    if (!core_->backlogged()) transport_.ResumeStreams();
  }

  // The backup, where there is one, takes over before this node goes.
  void OnSignal(int signal) {
    log_->Write(kStopping, {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
    const bool may_hand_over = pair_ != nullptr && core_->serving() && pair_->pair().ready() && !ending_;
    ending_ = true;
    if (!may_hand_over) return loop_.Stop();
    pair_->Switchover([this](const absl::Status&) { loop_.Stop(); });
  }

  // A large file takes its time, which calls do not have: it is read on a thread of its own.
  void Reload() {
    log_->Reopen().IgnoreError();  // the old file stays in use
    read_again_ = reading_.valid();
    if (read_again_) return;
    reading_ = std::async(std::launch::async, [this] {
      absl::StatusOr<Config> config = ReloadConfig(options_.config_path);
      loop_.Post([this] { OnConfiguration(); });
      return config;
    });
  }

  void OnConfiguration() {
    const absl::StatusOr<Config> config = reading_.get();
    if (std::exchange(read_again_, false)) return Reload();
    if (!config.ok()) return log_->Write(kConfigurationRefused, {{"why", config.status().message()}});
    if (config->pair.service_address() != config_.pair.service_address()) {
      return log_->Write(kConfigurationRefused,
                         {{"why", "TServer/sip-address and sip-port change with a restart only"}});
    }
    for (const Warning& warning : config->warnings) log_->Write(kConfigurationRemark, {{"remark", ToString(warning)}});
    const absl::string_view pair = AdoptPairPart(config->pair);
    const std::vector<std::string> later = ChangedKeys(config_.node, config->node);
    log_->Write(
        kConfigurationRead,
        {{"pair", pair},
         {"node", later.empty() ? "as before" : absl::StrCat("needs a restart: ", absl::StrJoin(later, ", "))}});
  }

  // Whoever serves next on this node begins with it. Says what came of it.
  absl::string_view AdoptPairPart(const PairConfig& pair) {
    config_.pair = pair;
    if (pair_ != nullptr) pair_->set_configuration_digest(ConfigurationDigest(pair));
    if (!core_->serving()) return "kept until this node serves";
    const bool changed = core_->Reconfigure(ToEngineConfiguration(pair));
    transport_.SetKnownHosts(TrunkContacts(core_->state().configuration));
    return changed ? "changed, in force" : "as before";
  }

  const ServerOptions options_;
  Config config_;  // node: as at the start; pair: as last accepted
  log::Log* const log_;
  SystemClock clock_;
  net::IoLoop loop_;
  net::SipTransport transport_;
  NodeJournal journal_;
  ServiceAddress service_;
  http::MetricsRegistry metrics_;
  http::HttpServer http_;
  control::ControlServer control_;
  std::unique_ptr<quarantine::Quarantine> quarantine_;
  std::unique_ptr<Core> core_;
  std::unique_ptr<Ingress> ingress_;
  std::unique_ptr<witness::Witness> witness_;
  std::unique_ptr<PairDriver> pair_;
  bool ending_ = false;
  FlowBook flows_;
  UnreachableRemotes unreachable_;
  uint64_t unreachable_transactions_ = 0;
  net::Alarm wake_up_;
  net::Alarm heartbeat_;
  net::Alarm summary_;
  ProgressLog progress_;
  http::Histogram* commit_latency_ = nullptr;
  http::Histogram* release_latency_ = nullptr;
  Lsn lsn_;  // of the effect at hand
  uint64_t refused_ = 0;
  uint64_t gaps_ = 0;
  uint64_t snapshot_failures_ = 0;
  bool disk_was_low_ = false;
  Wait disk_wait_;  // CLOCK_MONOTONIC, as the next
  Wait pair_wait_;
  Duration slept_;  // since boot: CLOCK_BOOTTIME is so far ahead of CLOCK_MONOTONIC
  absl::Status failure_;
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
