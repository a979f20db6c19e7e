// The driver's side of the link: who may be the peer, and what it says.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/net/open_socket.h"
#include "daemon/pair/last_words.h"
#include "daemon/pair/pair_driver.h"
#include "daemon/pair/pair_events.h"
#include "journal/batch.h"

namespace understudy::daemon {
namespace {

using replication::FrameType;
using replication::RefusalReason;

constexpr size_t kMostStrangers = 4;

// What only makes sense between nodes of which one has the other's log.
bool Replicates(FrameType type) {
  switch (type) {
    case FrameType::kAppend:
    case FrameType::kAck:
    case FrameType::kKnown:
    case FrameType::kStateChunk:
    case FrameType::kStateEnd:
    case FrameType::kCheck:
    case FrameType::kCheckResult:
      return true;
    default:
      return false;
  }
}

}  // namespace

void PairDriver::Dial() {
  port_->Dial([this](absl::StatusOr<std::shared_ptr<link::PeerLink>> dialled) {
    if (dialled.ok()) return Adopt(*std::move(dialled), true);
    Do(replication::DialFailed{net::IsRefused(dialled.status())});
  });
}

// Whoever dialled says Hello first, and has no part in anything before.
void PairDriver::Adopt(std::shared_ptr<link::PeerLink> accepted, bool dialled) {
  if (dialled) {
    if (link_ != nullptr) return accepted->Close(absl::CancelledError("this node has a link"));
    link_ = accepted;
    link_->SetEvents({.frame = [this](uint16_t type, absl::string_view payload) {
                        OnFrame(static_cast<FrameType>(type), payload);
                      },
                      .closed = [this](const absl::Status& why) { OnClosed(why); }});
    return Do(replication::LinkUp{});
  }
  if (strangers_.size() >= kMostStrangers) strangers_.erase(strangers_.begin());
  strangers_.push_back(accepted);
  const auto leave = [this, weak = std::weak_ptr(accepted)] {
    const std::shared_ptr<link::PeerLink> self = weak.lock();
    std::erase(strangers_, self);
    return self;
  };
  accepted->SetEvents({.frame = [this, leave](uint16_t type, absl::string_view payload) {
                         OnStrangerFrame(leave(), type, payload);
                       },
                       .closed = [leave](const absl::Status&) { leave(); }});
}

void PairDriver::OnStrangerFrame(const std::shared_ptr<link::PeerLink>& accepted, uint16_t type,
                                 absl::string_view payload) {
  absl::Status taken = absl::InvalidArgumentError(absl::StrCat("the first frame is a Hello, not type ", type));
  if (static_cast<FrameType>(type) == FrameType::kHello) taken = TakeHello(accepted, payload);
  if (link_ == accepted) return;
  if (!taken.ok()) log_->Write(kPeerRefused, {{"why", taken.message()}});
  accepted->SetEvents({});
  accepted->Close(taken.ok() ? absl::CancelledError("not now") : taken);
}

absl::Status PairDriver::TakeHello(const std::shared_ptr<link::PeerLink>& accepted, absl::string_view payload) {
  replication::Hello hello;
  if (absl::Status s = Decode(payload, &hello); !s.ok()) return s;
  if (core_->serving()) {
    if (const absl::optional<Objected> objection = Objection(Terms(), hello)) {
      accepted->Send(static_cast<uint16_t>(FrameType::kRefusal),
                     replication::Encode(MakeRefusal(objection->reason, objection->text)));
      accepted->Flush();
      return absl::FailedPreconditionError(objection->text);
    }
  }
  if (hello.cluster_id == core_->cluster_id()) CondemnAll(hello.quarantined);
  welcome_ = core_->serving() ? MakeWelcome(hello) : replication::Welcome();
  hello_ = std::move(hello);
  hello_link_ = accepted;
  Do(replication::PeerHello{hello_->node, hello_->promise, hello_->remote_timeout, TimeoutOf(hello_->timeout),
                            welcome_.plan == replication::Plan::kState});
  if (link_ == accepted) {
    peer_ = Peer{hello_->name, hello_->node, hello_->schema_version, hello_->feature_level,
                 hello_->configuration_digest == configuration_digest_, TimeoutOf(hello_->timeout),
                 hello_->remote_trace};
    if (!peer_->same_configuration) log_->Write(kPeerConfigurationDiffers, {{"peer", peer_->name}});
    WatchLink(link_.get());
    link_->SetEvents({.frame = [this](uint16_t type, absl::string_view frame) {
                        OnFrame(static_cast<FrameType>(type), frame);
                      },
                      .closed = [this](const absl::Status& why) { OnClosed(why); }});
  }
  accepted->Flush();
  hello_.reset();
  hello_link_.reset();
  return absl::OkStatus();
}

void PairDriver::OnFrame(FrameType type, absl::string_view payload) {
  Do(replication::PeerHeard{});
  if (!core_->serving() && pair_.role() == replication::Role::kBackup) core_->NoteServed();
  const absl::Status taken = Take(type, payload);
  if (taken.ok()) return;
  log_->Write(kPeerLinkFailed, {{"why", taken.message()}});
  const bool had = link_ != nullptr;
  DropLink(taken);
  if (had) Do(replication::LinkDown{false});
}

absl::Status PairDriver::Take(FrameType type, absl::string_view payload) {
  if (options_.pair.warm && Replicates(type)) {
    return absl::InvalidArgumentError(absl::StrCat("a frame of type ", static_cast<int>(type),
                                                   ", but with warm standby nothing is replicated"));
  }
  switch (type) {
    case FrameType::kHello: return absl::InvalidArgumentError("a second Hello");
    case FrameType::kWelcome: return TakeWelcome(payload);
    case FrameType::kRefusal: return TakeRefusal(payload);
    case FrameType::kAppend: return TakeAppend(payload);
    case FrameType::kAck: return TakeAck(payload);
    case FrameType::kHeartbeat: return TakeHeartbeat(payload);
    case FrameType::kRegister: return TakeRegister(payload);
    case FrameType::kKnown: return TakeKnown(payload);
    case FrameType::kStateChunk: return receiver_.TakeChunk(payload);
    case FrameType::kStateEnd: return TakeStateEnd(payload);
    case FrameType::kCheck: return TakeCheck(payload);
    case FrameType::kCheckResult: return TakeCheckResult(payload);
    case FrameType::kCondemned: return TakeCondemned(payload);
    case FrameType::kGoodbye: goodbye_ = true; return absl::OkStatus();
    case FrameType::kSuspects: break;
  }
  return absl::InvalidArgumentError(absl::StrCat("a frame of type ", static_cast<int>(type)));
}

void PairDriver::OnClosed(const absl::Status& why) {
  log_->Write(kPeerLinkClosed, {{"why", why.message()}});
  WatchLink(nullptr);
  paused_ = false;
  link_.reset();
  EndTransfers();
  peer_.reset();
  Do(replication::LinkDown{std::exchange(goodbye_, false)});
}

void PairDriver::DropLink(const absl::Status& why) {
  if (link_ == nullptr) return;
  WatchLink(nullptr);
  paused_ = false;
  const std::shared_ptr<link::PeerLink> old = std::exchange(link_, nullptr);
  old->SetEvents({});
  old->Flush();
  old->Close(why);
  EndTransfers();
  peer_.reset();
  goodbye_ = false;
}

absl::Status PairDriver::TakeWelcome(absl::string_view payload) {
  replication::Welcome welcome;
  if (absl::Status s = Decode(payload, &welcome); !s.ok()) return s;
  if (core_->serving()) return absl::InvalidArgumentError("a Welcome to a primary");
  if (core_->cluster_id() == 0 && core_->end().empty()) {
    if (absl::Status s = core_->AdoptCluster(welcome.cluster_id); !s.ok()) return s;
  }
  if (welcome.cluster_id != core_->cluster_id()) return absl::FailedPreconditionError("the peer is of another cluster");
  CondemnAll(welcome.quarantined);
  core_->NoteGreeting(welcome.epoch, welcome.boot_time, said_hello_at_);
  peer_ = Peer{welcome.name, welcome.node, welcome.schema_version, welcome.feature_level,
               welcome.configuration_digest == configuration_digest_, TimeoutOf(welcome.timeout),
               welcome.remote_trace};
  if (!peer_->same_configuration) log_->Write(kPeerConfigurationDiffers, {{"peer", peer_->name}});
  Do(replication::PeerWelcome{welcome.node, welcome.epoch, welcome.plan, welcome.remote_timeout,
                              TimeoutOf(welcome.timeout)});
  if (link_ == nullptr) return absl::OkStatus();
  if (welcome.plan == replication::Plan::kState) {
    log_->Write(kResyncBegun, {{"primary_lsn", welcome.end.value()}, {"own_lsn", core_->end().value()}});
    receiver_.Begin(link_.get(), core_->state());
    return absl::OkStatus();
  }
  if (!options_.pair.warm) {
    const absl::StatusOr<Hash128> chain =
        welcome.common_lsn.empty() ? journal::GenesisChain(core_->cluster_id()) : core_->ChainAt(welcome.common_lsn);
    if (!chain.ok() || *chain != welcome.chain) {
      wants_state_ = true;
      return absl::DataLossError(absl::StrCat("the two logs differ at lsn ", welcome.common_lsn.value(),
                                              ", which both should have: this node must be filled anew"));
    }
    const Lsn before = core_->end();
    if (absl::Status s = core_->CutAfter(welcome.common_lsn); !s.ok()) {
      host_->Fail(s);
      return s;
    }
    if (core_->end() < before) {
      log_->Write(kTailCut, {{"from", core_->end().value() + 1}, {"to", before.value()}});
    }
    told_end_ = told_durable_ = core_->end();
    Do(replication::LogGrew{told_end_});
    Do(replication::LogDurable{told_durable_});
  }
  Do(replication::Prepared{});
  return absl::OkStatus();
}

absl::Status PairDriver::TakeRefusal(absl::string_view payload) {
  replication::Refusal refusal;
  if (absl::Status s = Decode(payload, &refusal); !s.ok()) return s;
  CondemnAll(refusal.quarantined);
  if (refusal.reason != RefusalReason::kNotPrimary && refusal.reason != RefusalReason::kBusy) {
    log_->Write(kPeerRefusedUs, {{"reason", RefusalName(refusal.reason)}, {"why", refusal.text}});
  }
  Do(replication::PeerRefusal{refusal.reason, refusal.node, refusal.view});
  return absl::OkStatus();
}

absl::Status PairDriver::TakeAppend(absl::string_view payload) {
  if (!pair_.accepts_append()) return absl::OkStatus();
  absl::StatusOr<journal::EncodedBatch> batch = journal::EncodedBatch::FromBytes(payload);
  if (!batch.ok()) return batch.status();
  if (batch->epoch() > pair_.epoch()) return absl::DataLossError("a batch of an epoch above the primary's");
  const absl::Status followed = core_->Follow(*batch);
  if (core_->waiting_batches() >= kMostWaiting) Pause(true);
  if (absl::IsFailedPrecondition(followed)) {
    log_->Write(kDiverged, {{"why", followed.message()}});
    host_->GiveUpJournal(followed);
  }
  return followed;
}

absl::Status PairDriver::TakeAck(absl::string_view payload) {
  replication::Ack ack;
  if (absl::Status s = Decode(payload, &ack); !s.ok()) return s;
  if (!core_->serving() || std::max(ack.received, ack.durable) > core_->end()) {
    return absl::DataLossError(absl::StrCat("an acknowledgement of lsn ", ack.received.value(), ", the log ends with ",
                                            core_->end().value()));
  }
  if (feed_from_) feed_.Begin(link_, *std::exchange(feed_from_, absl::nullopt));
  core_->set_peer_needs_after(ack.durable);
  Do(replication::PeerAck{ack});
  Pump();
  return absl::OkStatus();
}

absl::Status PairDriver::TakeHeartbeat(absl::string_view payload) {
  replication::Heartbeat heartbeat;
  if (absl::Status s = Decode(payload, &heartbeat); !s.ok()) return s;
  if (traces()) log_->Write(kAddpReceived, {{"ping", heartbeat.ping}, {"pong", heartbeat.pong}});
  if (heartbeat.ping != 0) Send(FrameType::kHeartbeat, replication::Heartbeat{0, heartbeat.ping});
  if (pair_.role() == replication::Role::kBackup && !options_.pair.warm) core_->NoteReleased(heartbeat.released);
  if (heartbeat.pong != 0) Do(replication::PeerPong{heartbeat.pong});
  return absl::OkStatus();
}

absl::Status PairDriver::TakeCondemned(absl::string_view payload) {
  const absl::optional<uint64_t> fingerprint = ReadLastWords(payload);
  if (!fingerprint) return absl::InvalidArgumentError("last words that are none");
  host_->Condemn(*fingerprint);
  return absl::OkStatus();
}

void PairDriver::CondemnAll(const std::vector<uint64_t>& fingerprints) {
  for (const uint64_t fingerprint : fingerprints) host_->Condemn(fingerprint);
}

absl::Status PairDriver::TakeRegister(absl::string_view payload) {
  replication::Register view;
  if (absl::Status s = Decode(payload, &view); !s.ok()) return s;
  Do(replication::PeerRegister{view});
  return absl::OkStatus();
}

}  // namespace understudy::daemon
