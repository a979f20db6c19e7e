#include "daemon/pair/pair_driver.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "daemon/pair/last_words.h"
#include "daemon/pair/pair_events.h"
#include "replication/silence.h"

namespace understudy::daemon {
namespace {

using replication::FrameType;
using replication::PairEvent;

replication::NodeFacts FactsOf(const Core& core, uint64_t new_cluster_id) {
  replication::NodeFacts facts;
  facts.me = {core.identity().store_id, core.identity().start_number};
  facts.cluster_id = core.cluster_id();
  facts.new_cluster_id = new_cluster_id;
  facts.promise = core.promise();
  facts.last_epoch = std::max(core.epoch(), core.epochs().last());
  facts.end = core.end();
  const journal::Verdict& verdict = core.recovery().verdict;
  facts.promotable = verdict.promotable || verdict.outcome == journal::Outcome::kNew;
  facts.may_found = !core.was_set_aside();
  return facts;
}

}  // namespace

PairDriver::PairDriver(net::Scheduler* scheduler, const PairDriverOptions& options, Core* core,
                       witness::Witness* witness, PairHost* host, link::PeerPort* port, StateSource* states,
                       const Clock* clock, log::Log* log)
    : options_(options),
      core_(core),
      witness_(witness),
      host_(host),
      port_(port),
      clock_(clock),
      log_(log),
      pair_(options.pair, FactsOf(*core, options.new_cluster_id)),
      configuration_digest_(options.configuration_digest),
      sender_(states, clock, options.calls_a_second),
      proof_(states, [this] { OnProofComputed(); }),
      tick_(scheduler, [this] { OnTick(); }) {
  core_->SetBatchSink([this](const journal::EncodedBatch& batch) { feed_.OnBatch(batch); });
}

PairDriver::~PairDriver() {
  port_->Close();
  WatchLink(nullptr);
  core_->SetBatchSink(nullptr);
  if (link_ != nullptr) link_->SetEvents({});
}

absl::Status PairDriver::Start() {
  const absl::Status listening = port_->Listen(
      {.accepted = [this](std::shared_ptr<link::PeerLink> accepted) { Adopt(std::move(accepted), false); },
       .failed = [this](const absl::Status& why) { log_->Write(kPeerLinkFailed, {{"why", why.message()}}); }});
  if (!listening.ok()) return listening;
  OnTick();
  return absl::OkStatus();
}

void PairDriver::SayGoodbye() {
  if (link_ == nullptr) return;
  link_->Send(static_cast<uint16_t>(FrameType::kGoodbye), "");
  link_->Flush();
  link_->Close(absl::CancelledError("this node ends"));
}

void PairDriver::OnTick() {
  tick_.SetAfter(pair_.dials_soon() ? kTickApart : kTick);
  Do(replication::HeldSince{core_->serving() ? core_->outbox().held_since() : absl::nullopt});
  Pump();
  KeepForPeer();
  if (paused_) Do(replication::PeerHeard{});
  Do(replication::Tick{});
  SendHeartbeatIfDue();
}

// As often as the peer needs, whatever this node itself waits for.
void PairDriver::SendHeartbeatIfDue() {
  if (link_ == nullptr || !peer_) return;
  const absl::optional<Duration> interval = replication::HeartbeatInterval(peer_->timeout);
  if (!interval || clock_->SinceBoot() - last_sent_ < *interval) return;
  SendHeartbeat();
}

// What an input leads to may be a further input: they are taken one after the other.
void PairDriver::Do(replication::Input input) {
  inputs_.push_back(std::move(input));
  if (working_) return;
  working_ = true;
  while (!inputs_.empty()) {
    const replication::Input next = std::move(inputs_.front());
    inputs_.pop_front();
    Perform(pair_.Step(clock_->SinceBoot(), next));
  }
  working_ = false;
  if (!core_->serving()) {
    unsure_ = false;
    return;
  }
  const bool unsure = pair_.standing() == replication::Standing::kUnsure;
  if (unsure && !std::exchange(unsure_, true)) host_->HoldInput();
  if (!unsure && std::exchange(unsure_, false) && !pair_.handing_over()) host_->ResumeInput();
  const bool waited = core_->commit_in_flight();
  core_->Release(pair_.release_limit());
  if (waited && !core_->commit_in_flight()) host_->OnCommitted();
}

void PairDriver::Perform(const replication::Output& out) {
  for (const auto& [event, text] : out.events) Report(event, text);
  PerformRoles(out);
  PerformLink(out);
  PerformWitness(out);
}

void PairDriver::PerformRoles(const replication::Output& out) {
  if (out.adopt_cluster) {
    if (absl::Status s = core_->AdoptCluster(*out.adopt_cluster); !s.ok()) host_->Fail(s);
  }
  if (out.step_down) {
    if (out.tell_register && pair_.view()) Send(FrameType::kRegister, *pair_.view());
    EndTransfers();
    host_->EndService();
    feed_.Forget();
    core_->set_peer_needs_after(Lsn());
    DropLink(absl::CancelledError("this node is primary no longer"));
    told_end_ = core_->end();
    inputs_.push_back(replication::LogGrew{told_end_});  // what had been applied went into the log
  }
  if (out.keep_promise) {
    if (absl::Status s = core_->KeepPromise(*out.keep_promise); !s.ok()) host_->Fail(s);
  }
  if (out.serve) {
    DropLink(absl::CancelledError("this node becomes primary"));
    host_->BeginService(*out.serve, out.forced);
    // Older entries both nodes have: they have been released.
    core_->set_peer_needs_after(core_->outbox().released());
    peer_seen_ = clock_->SinceBoot();
  }
  if (out.stop_input) host_->HoldInput();
  if (out.resume_input && !unsure_) host_->ResumeInput();
}

void PairDriver::PerformLink(const replication::Output& out) {
  if (out.hang_up) DropLink(absl::CancelledError("this node follows no longer"));
  if (out.dial) Dial();
  if (out.say_hello) {
    said_hello_at_ = clock_->SinceBoot();
    Send(FrameType::kHello, MakeHello());
  }
  if (out.refuse && hello_link_ != nullptr) {
    hello_link_->Send(static_cast<uint16_t>(FrameType::kRefusal),
                      replication::Encode(MakeRefusal(*out.refuse, std::string(RefusalName(*out.refuse)))));
    if (core_->serving() && !pair_.connected()) DropLink(absl::CancelledError("a newer link was to take its place"));
  }
  if (out.welcome && hello_ && hello_link_ != nullptr) {
    if (link_ != nullptr && link_ != hello_link_) DropLink(absl::CancelledError("a newer link took its place"));
    link_ = hello_link_;
    Send(FrameType::kWelcome, welcome_);
    const bool tail = welcome_.plan == replication::Plan::kTail;
    if (tail && !options_.pair.warm) {
      feed_from_ = welcome_.common_lsn.Next();
      core_->set_peer_needs_after(std::max(welcome_.common_lsn, Lsn(1)));  // 0 would be: nobody needs it
    }
    if (!tail) sender_.Begin(link_);
  }
  if (out.tell_register && pair_.view() && !out.step_down) Send(FrameType::kRegister, *pair_.view());
  if (out.begin_acks) {
    acked_ = replication::Ack();
    SendAck();
  }
  if (out.ping) SendHeartbeat(*out.ping);
}

void PairDriver::PerformWitness(const replication::Output& out) {
  const auto done = [this](const absl::StatusOr<replication::RegisterAnswer>& answer) {
    if (answer.ok()) return Do(replication::WitnessAnswered{*answer});
    Do(replication::WitnessFailed{});
  };
  // What has left is not to leave again when the peer takes over.
  if (out.ask && out.ask->operation == replication::RegisterOperation::kHandover) SendHeartbeat();
  if (out.ask) return witness_->Ask(*out.ask, done);
  if (out.read) witness_->Read(done);
}

void PairDriver::SendHeartbeat(uint64_t ping) {
  replication::Heartbeat heartbeat;
  heartbeat.ping = ping;
  if (core_->serving() && !options_.pair.warm) heartbeat.released = core_->outbox().released();
  Send(FrameType::kHeartbeat, heartbeat);
  if (link_ != nullptr && traces()) log_->Write(kAddpSent);
}

bool PairDriver::IsSure() {
  if (!working_ && pair_.Doubts(clock_->SinceBoot())) Do(replication::Tick{});
  return !unsure_;
}

void PairDriver::EndOfTurn() {
  if (core_->end() != told_end_) {
    told_end_ = core_->end();
    Do(replication::LogGrew{told_end_});
  }
  if (!core_->serving()) SendAck();
  if (proof_due_) BeginProof();
}

void PairDriver::OnCommits(const CommitReport& report) {
  if (core_->durable() != told_durable_) {
    told_durable_ = core_->durable();
    Do(replication::LogDurable{told_durable_});
  }
  for (const Epoch promise : report.promises) Do(replication::PromiseKept{promise});
  if (core_->serving()) return;
  SendAck();
  if (paused_ && core_->waiting_batches() < kMostWaiting / 2) Pause(false);
}

// The link waits while the disk is behind: what comes then is not the primary's silence.
void PairDriver::Pause(bool paused) {
  paused_ = paused;
  if (link_ == nullptr) return;
  if (paused) {
    link_->PauseReading();
  } else {
    link_->ResumeReading();
  }
}

// In warm standby the two logs have nothing to do with each other. In durable mode what counts is what the disk has:
// nothing is gained by saying more often.
void PairDriver::SendAck() {
  if (!pair_.accepts_append() || link_ == nullptr || options_.pair.warm) return;
  const replication::Ack now{pair_.epoch(), core_->end(), core_->durable(), core_->state().lsn};
  const bool durable = options_.pair.mode == replication::CommitMode::kDurable;
  const bool news = durable ? now.durable != acked_.durable : now.received != acked_.received;
  if (!news && acked_.epoch == now.epoch && now.durable == acked_.durable) return;
  acked_ = now;
  Send(FrameType::kAck, now);
}

// An absent peer holds the log back for a while, and not where the disk is low: it can be filled anew.
void PairDriver::KeepForPeer() {
  const Duration now = clock_->SinceBoot();
  if (link_ != nullptr) peer_seen_ = now;
  if (core_->disk_low() || now - peer_seen_ > options_.peer_retention) core_->set_peer_needs_after(Lsn());
}

void PairDriver::EndTransfers() {
  feed_from_.reset();
  feed_.End();
  sender_.End();
  receiver_.Interrupt();
  proof_.End();
}

void PairDriver::Pump() {
  if (!core_->serving()) return;
  sender_.Pump().IgnoreError();  // the link is closed with the reason
  if (const absl::Status pumped = feed_.Pump(*core_); !pumped.ok()) {
    unreadable_ = feed_.next();
    log_->Write(kLogUnreadable, {{"why", pumped.message()}});
    DropLink(pumped);
    Do(replication::LinkDown{false});
  }
  Do(replication::SessionLive{feed_.live(*core_)});
}

void PairDriver::Switchover(Done done) {
  if (switchover_ != nullptr) return done(absl::UnavailableError("a switchover is under way"));
  switchover_ = std::move(done);
  Do(replication::HandoverAsked{});
}

absl::Status PairDriver::Resync() {
  if (!pair_.may_leave()) {
    return absl::FailedPreconditionError("the witness does not answer, and without this node nobody could serve");
  }
  wants_state_ = true;
  if (link_ == nullptr) return absl::OkStatus();
  DropLink(absl::CancelledError("asked to fetch the whole state"));
  Do(replication::LinkDown{false});
  return absl::OkStatus();
}

void PairDriver::Report(PairEvent event, const std::string& text) {
  // Who has just handed over follows nobody yet: pair_.epoch() is that of long ago, the log's last one its own.
  const Epoch epoch = std::max(pair_.epoch(), core_->epochs().last());
  log_->Write(LogEventOf(event), {{"node", options_.name}, {"epoch", epoch.value()}, {"what", text}});
  if (event == PairEvent::kInSync) proof_due_ = true;
  if (switchover_ == nullptr) return;
  if (event == PairEvent::kHandoverDone) std::exchange(switchover_, nullptr)(absl::OkStatus());
  if (event == PairEvent::kHandoverGivenUp) {
    std::exchange(switchover_, nullptr)(absl::FailedPreconditionError(text));
  }
}

link::LinkCounters PairDriver::link_counters() const {
  return link_ == nullptr ? link::LinkCounters() : link_->Counters();
}

uint64_t PairDriver::peer_lag() const {
  if (pair_.role() != replication::Role::kPrimary || pair_.peer_ack().durable.empty()) return 0;
  return core_->end().value() - std::min(core_->end(), pair_.peer_ack().durable).value();
}

}  // namespace understudy::daemon
