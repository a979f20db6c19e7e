#include "daemon/node.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "daemon/events.h"
#include "daemon/pair_state.h"
#include "engine/input_codec.h"
#include "engine/levels/lost_sends.h"
#include "sip/timer_values.h"

namespace understudy::daemon {
namespace {

constexpr Duration kHeartbeat = Duration::Milliseconds(250);
constexpr Duration kSummary = Duration::Seconds(1);
constexpr Duration kSlowCommitLimit = Duration::Milliseconds(100);

}  // namespace

Node::Node(NodeParts parts, NodeOptions options)
    : parts_(std::move(parts)),
      options_(std::move(options)),
      wake_up_(parts_.scheduler, [this] { Tick(); }),
      heartbeat_(parts_.scheduler, [this] { OnHeartbeat(); }),
      summary_(parts_.scheduler, [this] { OnSummary(); }) {
  options_.ingress.introduce = [this](engine::FlowId flow) { flows_.Introduce(flow, core_.get()); };
  if (parts_.passwords == nullptr) return;
  clients_ = std::make_unique<NodeClients>(parts_.scheduler, parts_.passwords, parts_.log, options_.clients);
}

Node::~Node() = default;

absl::Status Node::Open(net::MessageTransport* transport, ServiceGate* service) {
  transport_ = transport;
  service_ = service;
  return StartCore();
}

absl::Status Node::Start() {
  if (absl::Status s = StartRole(); !s.ok()) return s;
  slept_ = parts_.clock->SinceBoot() - parts_.clock->Monotonic();
  heartbeat_.SetAfter(kHeartbeat);
  summary_.SetAfter(kSummary);
  parts_.scheduler->Post([] {});  // the first turn hands over the entries of the start
  return absl::OkStatus();
}

absl::Status Node::StartCore() {
  const auto wake = [this] { parts_.scheduler->Post([this] { OnCommits(); }); };
  absl::StatusOr<std::unique_ptr<Core>> core = parts_.journal->Open(this, wake);
  if (!core.ok()) return core.status();
  core_ = *std::move(core);
  reported_ = {};
  ingress_ = std::make_unique<Ingress>(options_.ingress, core_.get(), transport_, parts_.quarantine, parts_.clock);
  NoteRole();
  return absl::OkStatus();
}

// A node alone serves at once; one of a pair when it is told to.
absl::Status Node::StartRole() {
  if (!options_.pair) return StartAlone();
  absl::StatusOr<std::unique_ptr<witness::Witness>> made = parts_.make_witness();
  if (!made.ok()) return made.status();
  witness_ = *std::move(made);
  options_.pair->new_cluster_id = parts_.fresh_key().k0 | 1;
  options_.pair->configuration_digest = ConfigurationDigest(options_.configuration, options_.clients_digest);
  pair_ = std::make_unique<PairDriver>(parts_.scheduler, *options_.pair, core_.get(), witness_.get(), this, parts_.port,
                                       parts_.states, parts_.clock, parts_.log);
  return pair_->Start();
}

absl::Status Node::StartAlone() {
  const Epoch last = std::max(core_->epoch(), core_->epochs().last());
  if (absl::Status s = service_->Open(); !s.ok()) return s;
  core_->Serve(last.Next(), parts_.fresh_key(), false, options_.configuration);
  NoteServing();
  return absl::OkStatus();
}

// The journal becomes the primary's state; what it was goes aside.
void Node::BeginAnew(const FilledState& filled) {
  const Epoch promise = pair_->pair().promise();
  Rejoin([&] { return parts_.journal->Fill(filled, promise); });
}

// The node as after a start, with another journal. What fails leaves nothing that could be served: the process ends.
void Node::Rejoin(const std::function<absl::Status()>& change_journal) {
  ++rejoined_;
  ReportRefusals();
  ReportTroubles();
  pair_.reset();
  witness_.reset();
  absl::Status done = core_->Stop(false);
  if (clients_ != nullptr) clients_->Use(nullptr, nullptr);
  ingress_.reset();
  core_.reset();
  if (done.ok()) done = change_journal();
  if (done.ok()) done = StartCore();
  if (done.ok()) done = StartRole();
  if (!done.ok()) Fail(done);
}

void Node::NoteRole() {
  if (clients_ != nullptr) clients_->Use(core_.get(), ingress_.get());
}

void Node::NoteTrunks() {
  const std::vector<Endpoint> contacts = TrunkContacts(core_->state());
  transport_->SetKnownHosts(contacts);
  ingress_->SetTrunks(contacts);
}

void Node::NoteServing() {
  sip_pass_.Heard(parts_.clock->Monotonic());
  NoteTrunks();
  NoteRole();
  parts_.owner->OnServing();
}

void Node::HandOver(std::function<void()> done) {
  const bool may_hand_over = pair_ != nullptr && Serves() && pair_->pair().ready() && !ending_;
  ending_ = true;
  if (pair_ != nullptr) pair_->NoteEnding();
  if (!may_hand_over) return done();
  pair_->Switchover([done = std::move(done)](const absl::Status&) { done(); });
}

absl::Status Node::Close() {
  if (core_ == nullptr) return failure_;  // between two journals
  transport_->StopReceiving();
  const absl::Status drained = core_->Drain();
  if (pair_ != nullptr) {
    pair_->OnCommits(CommitReport());
    pair_->SayGoodbye();
  }
  if (clients_ != nullptr) clients_->edge().Stop();
  transport_->Flush();  // before the snapshot, which takes its time and calls what was released sent
  // Everything is committed: a snapshot that fails now costs the next start time, and no more.
  const absl::Status closed = core_->Close(failure_.ok());
  if (drained.ok() && !closed.ok()) parts_.log->Write(kSnapshotFailed, {{"total", 1}, {"why", closed.message()}});
  parts_.log->Write(kStopped, {{"journal", drained.ok() ? "closed" : drained.message()}});
  return failure_.ok() ? drained : failure_;
}

absl::string_view Node::Adopt(const engine::Configuration& wanted, uint64_t clients_digest) {
  const bool other_passwords = options_.clients_digest != clients_digest;
  options_.configuration = wanted;
  options_.clients_digest = clients_digest;
  if (pair_ != nullptr) pair_->set_configuration_digest(ConfigurationDigest(wanted, clients_digest));
  if (!Serves()) return "kept until this node serves";
  const bool changed = core_->Reconfigure(wanted);
  NoteTrunks();
  return changed || other_passwords ? "changed, in force" : "as before";
}

Health Node::HealthNow() const {
  Health health;
  if (core_ == nullptr) {
    health.standby = "without a journal";
    return health;
  }
  health.disk_waits = disk_wait_.Since(parts_.clock->Monotonic());
  health.backlogged = core_->backlogged();
  health.disk_low = core_->disk_low();
  health.overloaded = ingress_->overloaded();
  const Duration now = parts_.clock->Monotonic();
  health.sip_silent = core_->serving() && sip_pass_.Unavailable(core_->state(), now);
  if (pair_ == nullptr) return health;
  health.pair_waits = pair_wait_.Since(parts_.clock->Monotonic());
  health.witness_lost = pair_->pair().witness_lost();
  if (!core_->serving()) health.standby = RoleName(pair_->pair().role());
  return health;
}

// ---- net::TrafficSink

void Node::OnRound(absl::Span<const net::Received> round) {
  const uint64_t parsed = ingress_->parsed();
  ingress_->NoteRound(round);
  for (const net::Received& received : round) ingress_->OnMessage(received, FlowName(received.flow));
  if (ingress_->parsed() != parsed) sip_pass_.Heard(parts_.clock->Monotonic());
}

void Node::OnFlowOpened(uint64_t flow, Transport transport, const Endpoint&, const Endpoint& remote) {
  flows_.Opened(FlowName(flow), transport, remote);
}

void Node::OnFlowClosed(uint64_t flow, Transport, const Endpoint&, net::FlowEnd why) {
  if (!Serves()) return;
  flows_.Closed(FlowName(flow), core_.get());
  const bool takes_lost = engine::TakesLostSends(core_->state().feature_level);
  const Duration now = parts_.clock->SinceBoot();
  for (const StreamRequest& lost : stream_requests_.Take(flow, core_->state())) {
    ++requests_lost_;
    // While this node stood still whoever answered, and heard nothing, has forgotten the branch.
    const bool too_late = now - lost.sent_at >= sip::kGiveUp;
    if (takes_lost && (too_late || MayTryAgain(why))) {
      core_->Append(engine::SendLost{lost.id, too_late});
    } else {
      core_->Append(engine::SendFailed{lost.id});
    }
  }
}

void Node::OnSendFailed(uint64_t token, net::SendFailure) {
  if (Serves()) core_->Append(engine::SendFailed{engine::TransactionId(token)});
}

void Node::OnUnframeable(const net::Received& received, sip::ParseErrorKind error) {
  ingress_->OnUnframeable(received, FlowName(received.flow), error);
}

// ---- EffectSink

void Node::Release(Lsn lsn, const engine::Effect& effect) {
  if (const auto* send = std::get_if<engine::SendSip>(&effect)) {
    net::Outgoing outgoing;
    outgoing.transport = send->transport;
    outgoing.flow = NodeFlow(core_->epoch(), send->flow);
    outgoing.local = send->local;
    outgoing.remote = send->remote;
    outgoing.bytes = send->bytes;
    outgoing.token = send->transaction.value();
    outgoing.domain = send->domain;
    const uint64_t flow = transport_->Send(outgoing);
    if (flow != 0 && outgoing.flow == 0 && outgoing.token != 0) {
      const StreamRequest sent = {send->transaction, send->transport, send->remote, parts_.clock->SinceBoot()};
      stream_requests_.Sent(flow, sent, core_->state());
    }
  }
  if (const auto* locate = std::get_if<engine::Locate>(&effect)) LookUp(*locate);
  if (clients_ != nullptr) clients_->Release(effect);
  parts_.owner->OnReleased(lsn, effect);
}

// Of an earlier reign nobody waits for the answer any more: its questions are asked again.
void Node::LookUp(const engine::Locate& locate) {
  engine::LocateAnswer nobody;
  nobody.failure = engine::LocateFailure::kServerFailure;
  const auto take = [this, name = locate.name, epoch = core_->epoch(), asked = rejoined_,
                     alive = std::weak_ptr<int>(alive_)](const engine::LocateAnswer& answer) {
    if (alive.expired() || asked != rejoined_ || !Serves() || core_->epoch() != epoch) return;
    OnLocated(name, answer);
  };
  if (parts_.resolver == nullptr) return parts_.scheduler->Post([take, nobody] { take(nobody); });
  parts_.resolver->Resolve(locate.query, take);
}

void Node::OnLocated(engine::NameId name, const engine::LocateAnswer& answer) {
  const engine::NamesResolved resolved{name, answer};
  engine::InputEncoder encoder;
  const std::string bytes(encoder.Encode(resolved));
  if (!ingress_->IsQuarantined(bytes)) ingress_->Append(resolved, bytes);
  if (IsOfTrunk(core_->state(), name)) NoteTrunks();
}

// ---- PairHost

void Node::BeginService(Epoch epoch, bool forced) {
  if (absl::Status s = service_->Open(); !s.ok()) return Fail(s);  // first: a slow script ages no effect
  core_->Serve(epoch, parts_.fresh_key(), forced, options_.configuration);
  NoteServing();
}

void Node::EndService() {
  if (absl::Status s = service_->Close(); !s.ok()) parts_.log->Write(kServiceScript, {{"why", s.message()}});
  flows_ = FlowBook();
  unreachable_ = UnreachableRemotes();
  stream_requests_ = StreamRequests();
  core_->StepDown();
  ingress_->ForgetUnsettled();
  NoteRole();
}

void Node::Refill(FilledState filled) {
  parts_.scheduler->Post([this, asked = rejoined_, state = std::make_shared<FilledState>(std::move(filled))] {
    if (asked == rejoined_) BeginAnew(*state);
  });
}

void Node::GiveUpJournal(const absl::Status&) {
  parts_.scheduler->Post([this, asked = rejoined_] {
    if (asked == rejoined_) Rejoin([this] { return parts_.journal->SetAside(); });
  });
}

void Node::Condemn(uint64_t fingerprint) {
  quarantine::Quarantine* const quarantine = parts_.quarantine;
  if (quarantine == nullptr) return;
  const size_t before = quarantine->held();
  quarantine->Hold(fingerprint, parts_.clock->Wall()).IgnoreError();  // it counts in this process at least
  if (quarantine->held() == before) return;
  parts_.log->Write(kInputCondemned, {{"fingerprint", absl::StrCat(absl::Hex(fingerprint))}});
}

std::vector<uint64_t> Node::Condemned() const {
  return parts_.quarantine == nullptr ? std::vector<uint64_t>() : parts_.quarantine->fingerprints();
}

void Node::Fail(const absl::Status& status) {
  if (!failure_.ok()) return;
  failure_ = status;
  parts_.log->Write(kJournalFailed, {{"why", status.message()}});
  parts_.owner->OnFailed(status);
}

// ---- Alarms

void Node::Tick() {
  if (core_ == nullptr) return;
  absl::optional<quarantine::Quarantine::Armed> armed;
  if (core_->serving() && parts_.quarantine != nullptr) armed.emplace(parts_.quarantine, core_->state().lsn);
  core_->Tick();
}

void Node::OnHeartbeat() {
  Tick();
  if (Serves()) ingress_->NoteTime();
  slept_ = parts_.clock->SinceBoot() - parts_.clock->Monotonic();
  heartbeat_.SetAfter(kHeartbeat);
}

void Node::OnSummary() {
  summary_.SetAfter(kSummary);
  parts_.log->Tick();
  if (core_ == nullptr) return;
  if (core_->serving()) {
    ingress_->Summarise();
    FailUnreachable();
  }
  ReportRefusals();
  ReportWrongSignatures();
  ReportTroubles();
  ReportOverload();
  ReportSipPass();
}

void Node::ReportSipPass() {
  const bool silent = HealthNow().sip_silent;
  if (silent != sip_was_silent_) parts_.log->Write(silent ? kSipSilent : kSipHeard);
  sip_was_silent_ = silent;
}

void Node::ReportRefusals() {
  if (const uint64_t total = ingress_->kept(engine::Kept::kUnparseable); total > reported_.unparseable) {
    reported_.unparseable = total;
    parts_.log->Write(kMessageRefused, {{"total", total}, {"one", ingress_->TakeUnreadable()}});
  }
  if (const std::string refusal = ingress_->TakeRefusal(); !refusal.empty()) {
    parts_.log->Write(kRequestRefused, {{"total", ingress_->kept(engine::Kept::kRefused)}, {"one", refusal}});
  }
  if (const std::string failure = std::exchange(tls_failure_, {}); !failure.empty()) {
    parts_.log->Write(kTlsFailed, {{"total", tls_failures_}, {"one", failure}});
  }
}

void Node::OnTlsFailed(const Endpoint& remote, absl::string_view reason) {
  ++tls_failures_;
  if (tls_failure_.empty()) tls_failure_ = absl::StrCat(remote.ToText(), ": ", reason);
}

void Node::ReportWrongSignatures() {
  if (const std::string wrong = ingress_->TakeWrongSignature(); !wrong.empty()) {
    parts_.log->Write(kWrongSignature,
                      {{"total", ingress_->authenticator()->judged(auth::Outcome::kWrong)}, {"one", wrong}});
  }
  if (const std::string dn = ingress_->TakeAttackedDn(); !dn.empty()) parts_.log->Write(kPasswordTried, {{"dn", dn}});
  if (const std::string ban = ingress_->TakeBan(); !ban.empty()) {
    parts_.log->Write(kSourceBanned, {{"total", ingress_->bans().total()}, {"one", ban}});
  }
}

void Node::ReportTroubles() {
  if (const ServiceGaps gaps = core_->service_gaps(); gaps.count > reported_.gaps.count) {
    const int64_t news_ms = (gaps.total - reported_.gaps.total).milliseconds();
    // A planned switchover has one, too, that nobody notices.
    if (news_ms > 0) parts_.log->Write(kServiceGap, {{"total", gaps.count}, {"ms", news_ms}});
    reported_.gaps = gaps;
  }
  if (const uint64_t total = core_->snapshot_failures(); total > reported_.snapshot_failures) {
    reported_.snapshot_failures = total;
    parts_.log->Write(kSnapshotFailed, {{"total", total}, {"why", core_->last_snapshot_failure().message()}});
  }
}

void Node::ReportOverload() {
  const absl::optional<OverloadControl::News> news = ingress_->TakeOverloadNews();
  if (!news) return;
  const int64_t late = news->late_by.milliseconds();
  if (news->begins) return parts_.log->Write(kOverloadBegins, {{"late_ms", late}});
  parts_.log->Write(kOverloadEnds, {{"seconds", news->lasted.seconds()},
                                    {"refused", news->refused},
                                    {"least_percent", news->least_percent},
                                    {"late_ms", late}});
}

void Node::FailUnreachable() {
  for (engine::TransactionId id : unreachable_.TakeFailed(core_->state())) {
    core_->Append(engine::SendFailed{id});
    ++unreachable_transactions_;
  }
}

// ---- Turns

// After everything that was ready: the batch goes to the journal, datagrams wait while the disk is busy (the next
// batch is the larger for it), and what is to be sent leaves together.
void Node::EndOfTurn() {
  if (core_ == nullptr) return;
  EndTurn();
  if (core_->commit_in_flight()) transport_->PauseDatagrams();
  if (core_->backlogged()) transport_->PauseStreams();
  transport_->Flush();
  if (core_->has_batch()) EndTurn();
  NoteWaits();
  SetWakeUp();
}

void Node::EndTurn() {
  core_->EndTurn();
  if (pair_ != nullptr) pair_->EndOfTurn();
  ingress_->AnswerSettled();
  if (clients_ != nullptr) clients_->EndOfTurn(MayRead());
  for (Duration latency : core_->TakeCommitTimes()) {
    parts_.owner->OnBatchReleased(latency);
    ingress_->NoteCommit(latency);
  }
}

// The disk is waited for by every node; the pair's rule, by one that serves, for what the disk has already, and by
// whoever would send something to a primary that does not know whether it still is one.
void Node::NoteWaits() {
  const Duration now = parts_.clock->Monotonic();
  disk_wait_.Look(core_->durable(), core_->end(), now);
  const Lsn released = core_->outbox().released();
  const bool holds_input = pair_ != nullptr && pair_->pair().standing() == replication::Standing::kUnsure;
  Lsn held = core_->serving() && core_->commit_in_flight() ? core_->durable() : released;
  if (holds_input) held = std::max(held, released.Next());
  pair_wait_.Look(released, held, now);
}

void Node::SetWakeUp() {
  const absl::optional<Duration> next = core_->NextAlarm();
  if (!next) return wake_up_.Clear();
  wake_up_.SetAt(net::MonotonicTime::FromNanoseconds((*next - slept_).nanoseconds()));
}

void Node::OnCommits() {
  if (core_ == nullptr) return;
  const CommitReport report = core_->TakeCommits();
  for (Duration latency : report.latencies) parts_.owner->OnGroupDurable(latency);
  if (report.longest > kSlowCommitLimit) {
    parts_.log->Write(kSlowCommit, {{"ms", report.longest.milliseconds()}});
  }
  if (!report.status.ok()) return Fail(report.status);
  if (core_->disk_low() && !disk_was_low_) parts_.log->Write(kDiskLow);
  disk_was_low_ = core_->disk_low();
  if (pair_ != nullptr) pair_->OnCommits(report);
  Committed();
}

// Something has been committed: the turn's end begins anew.
void Node::Committed() {
  if (!Serves()) return;
  if (!core_->commit_in_flight()) transport_->ResumeDatagrams();
  if (!core_->backlogged()) transport_->ResumeStreams();
}

}  // namespace understudy::daemon
