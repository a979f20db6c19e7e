#include "tests/scenarios/checked_engine.h"

#include <cstring>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/feature_level.h"
#include "engine/effect_hash.h"
#include "engine/sip_ids.h"
#include "engine/snapshot.h"
#include "sip/header_values.h"
#include "sip/invite_client_transaction.h"
#include "sip/parse.h"

namespace understudy::tests {
namespace {

using engine::Timer;
using engine::TimerHandle;
using engine::TimerKind;

// The timers that rows hold, and what each must look like in the table.
class ExpectedTimers {
 public:
  void Add(const TimerHandle& handle, TimerKind kind, uint64_t row) {
    if (handle.id.empty()) return;
    Timer timer;
    timer.kind = kind;
    timer.row = row;
    rows_.emplace(handle, timer);
  }
  const std::map<TimerHandle, Timer>& rows() const { return rows_; }

 private:
  std::map<TimerHandle, Timer> rows_;
};

TimerKind TimeoutOf(const engine::ClientTransaction& row) {
  if (row.attempt.waits) return TimerKind::kLocating;
  if (row.cancelled) return TimerKind::kCancelTimeout;
  const bool waits =
      row.method == sip::Method::kInvite &&
      static_cast<sip::InviteClientTransaction::State>(row.state) != sip::InviteClientTransaction::State::kCalling;
  return waits ? TimerKind::kTimerC : TimerKind::kClientTimeout;
}

void AddTransactions(const engine::State& state, ExpectedTimers* expected) {
  for (const auto& [id, row] : state.transactions.servers()) {
    expected->Add(row->retransmit, TimerKind::kServerRetransmit, id.value());
    const bool invite = row->method == sip::Method::kInvite;
    expected->Add(row->timeout, invite ? TimerKind::kServerTimeout : TimerKind::kServerTrying, id.value());
  }
  for (const auto& [id, row] : state.transactions.clients()) {
    expected->Add(row->retransmit, TimerKind::kClientRetransmit, id.value());
    expected->Add(row->timeout, TimeoutOf(*row), id.value());
  }
}

void AddAwaited(const absl::optional<engine::AwaitedPrack>& awaited, engine::LegId leg, ExpectedTimers* expected) {
  if (!awaited.has_value()) return;
  expected->Add(awaited->retransmit, TimerKind::kReliableRetransmit, leg.value());
  expected->Add(awaited->timeout, TimerKind::kReliableTimeout, leg.value());
}

std::vector<engine::EarlyDialog> OthersOf(const engine::Leg& leg) {
  return leg.early.has_value() ? (*leg.early)->others : std::vector<engine::EarlyDialog>();
}

void AddCalls(const engine::State& state, ExpectedTimers* expected) {
  for (const auto& [id, call] : state.calls.rows()) {
    expected->Add(call->no_answer, TimerKind::kNoAnswer, id.value());
    expected->Add(call->session_expiry, TimerKind::kSessionExpiry, id.value());
  }
  for (const auto& [id, leg] : state.legs.rows()) {
    expected->Add(leg->patience, TimerKind::kPatience, id.value());
    expected->Add(leg->referral.bye, TimerKind::kReferral, id.value());
    if (leg->agreement) expected->Add(leg->agreement->timer, TimerKind::kSessionRefresh, id.value());
    if (leg->awaited_ack) {
      expected->Add(leg->awaited_ack->retransmit, TimerKind::kAnswerRetransmit, id.value());
      expected->Add(leg->awaited_ack->timeout, TimerKind::kAnswerTimeout, id.value());
    }
    AddAwaited(leg->awaited_prack, id, expected);
    for (const engine::EarlyDialog& other : OthersOf(*leg)) AddAwaited(other.awaited_prack, id, expected);
  }
  for (const auto& [id, binding] : state.registrar.bindings()) {
    expected->Add(binding.timer, TimerKind::kBindingExpiry, id.value());
  }
  for (const auto& [id, session] : state.sessions.rows()) {
    expected->Add(session.absence, TimerKind::kSessionAbsence, id.value());
  }
  for (const auto& [id, refer] : state.refers.rows()) {
    expected->Add(refer.patience, TimerKind::kReferPatience, id.value());
  }
  for (const auto& [id, row] : state.subscriptions.rows()) {
    expected->Add(row.expiry, TimerKind::kSubscriptionExpiry, id.value());
    expected->Add(row.again, TimerKind::kNotifyAgain, id.value());
  }
  for (const auto& [id, row] : state.devices.rows()) {
    expected->Add(row.check, TimerKind::kServiceCheck, id.value());
    expected->Add(row.force, TimerKind::kServiceForce, id.value());
    expected->Add(row.rest, TimerKind::kRest, id.value());
  }
  for (const auto& [id, name] : state.names.rows()) expected->Add(name.timer, TimerKind::kName, id.value());
}

bool MakesDialog(sip::Method method) {
  return method == sip::Method::kInvite || method == sip::Method::kUpdate || method == sip::Method::kSubscribe;
}

bool NamesHop(absl::string_view text, const engine::SendSip& send) {
  sip::Uri uri;
  if (!sip::ParseUri(text, &uri) || uri.Param("ob").has_value()) return true;  // by its flow (RFC 5626 4.3)
  const absl::optional<Endpoint> endpoint =
      Endpoint::Parse(uri.host, uri.port == 0 ? DefaultPort(send.transport) : uri.port);
  return !endpoint || *endpoint == send.remote;  // a name leads where DNS says, or where the party was last heard
}

// 8.1.2, 12.2.1.1: to the first Route; without one, or when a strict router comes first, to the Request-URI. Over a
// connection it goes where that leads.
bool GoesWhereItSays(const engine::State& state, const engine::SendSip& send, const sip::Message& request) {
  if (!send.flow.empty()) return true;
  sip::NameAddr route;
  if (!sip::ParseNameAddr(sip::FirstValue(request, sip::HeaderName::kRoute), &route)) {
    return NamesHop(request.request_uri_text(), send);
  }
  if (NamesHop(route.uri, send)) return true;
  const absl::optional<engine::TagId> tag = engine::ParseTag(request.from_tag());
  const engine::Leg* leg = tag ? state.legs.Find(tag->leg) : nullptr;
  const bool strict =
      leg == nullptr || leg->dialog.route_set.empty() || leg->dialog.route_set.front() == request.request_uri_text();
  return strict && NamesHop(request.request_uri_text(), send);
}

// What is wrong with a message that leaves; empty: nothing.
std::string FaultOf(const engine::State& state, const engine::SendSip& send) {
  sip::Message message;
  sip::ParseError error;
  if (!sip::ParseMessage(send.bytes.view(), &message, &error)) return absl::StrCat("does not parse: ", error.text);
  if (message.raw().size() != send.bytes.size()) return "has octets beyond its end";
  if (send.remote.port() == 0 || send.remote.is_any()) return "goes nowhere";
  const std::string service = state.configuration.service_address(send.transport, send.remote).ToText();
  if (message.is_request()) {
    const sip::Via& via = message.top_via();
    if (absl::StrCat(via.host, ":", via.port) != service) return "has a Via that is not the service address";
    if (via.transport != TransportName(send.transport)) return "has a Via of another transport than it leaves by";
    if (!engine::ParseBranch(via.branch)) return "has a branch that is not of our making";
    if (!message.max_forwards()) return "has no Max-Forwards";
    if (message.method() == sip::Method::kInvite && !message.Has(sip::HeaderName::kContact)) return "has no Contact";
  }
  if (message.is_request() && !message.to_tag().empty() && !GoesWhereItSays(state, send, message)) {
    return "goes elsewhere than its Route or its Request-URI says";
  }
  const bool ours = message.is_request() ? MakesDialog(message.method())
                                         : message.status() < 300 && MakesDialog(message.cseq().method);
  if (!ours) return {};
  for (absl::string_view element : sip::HeaderValues(message, sip::HeaderName::kContact)) {
    sip::NameAddr contact;
    sip::Uri uri;
    if (!sip::ParseContact(element, &contact) || !sip::ParseUri(contact.uri, &uri)) return "has a bad Contact";
    if (absl::StrCat(uri.host, ":", uri.port) != service) return "has a Contact that is not the service address";
  }
  return {};
}

}  // namespace

void CheckedEngine::Pass(Duration span, const std::function<void(engine::ClockAdvanced)>& apply) {
  const EngineTime end = now_ + span;
  for (;;) {
    const absl::optional<EngineTime> next = state_.NextDeadline();
    if (!next || *next > end) break;
    now_ = *next;
    apply(engine::ClockAdvanced{});
  }
  now_ = end;
}

void CheckedEngine::Fault(std::string text) {
  faults_.push_back(absl::StrCat("lsn ", state_.lsn.value(), ": ", text));
}

CheckedEngine::CheckedEngine() {
  state_.feature_level = kFeatureLevel;
  replica_.feature_level = kFeatureLevel;
}

const engine::Effects& CheckedEngine::Apply(engine::Input input) {
  const absl::string_view bytes = encoder_.Encode(input);
  encoded_.assign(bytes.size() / sizeof(uint64_t), 0);
  std::memcpy(encoded_.data(), bytes.data(), bytes.size());
  engine::Entry entry;
  entry.lsn = state_.lsn.Next();
  entry.epoch = epoch_;
  entry.engine_time = now_;
  entry.wall_time = WallTime::FromNanoseconds(1700000000000000000) + (now_ - EngineTime());
  entry.input = std::move(input);
  engine::Apply(&state_, entry, &effects_);
  Replay(entry, engine::HashEffects(effects_));
  CheckSnapshot();
  CheckTimers();
  CheckRows();
  CheckSessions();
  CheckLegs();
  CheckMessages();
  CheckProgress();
  return effects_;
}

void CheckedEngine::Replay(const engine::Entry& entry, uint64_t hash) {
  engine::Entry again;
  again.lsn = entry.lsn;
  again.epoch = entry.epoch;
  again.engine_time = entry.engine_time;
  again.wall_time = entry.wall_time;
  const absl::string_view bytes(reinterpret_cast<const char*>(encoded_.data()), encoded_.size() * sizeof(uint64_t));
  const absl::Status decoded = engine::DecodeInput(bytes, &again.input);
  if (!decoded.ok()) return Fault(absl::StrCat("the encoded input does not decode: ", decoded.message()));
  engine::InputEncoder encoder;
  if (encoder.Encode(again.input) != bytes) Fault("the decoded input encodes to other bytes");
  engine::Effects effects;
  engine::Apply(&replica_, again, &effects);
  if (engine::HashEffects(effects) != hash) Fault("the replica had other effects");
  if (!(replica_ == state_)) Fault("the replica is in another state");
}

void CheckedEngine::CheckSnapshot() {
  std::string saved;
  engine::SaveState(state_, &saved);
  engine::State loaded;
  const absl::Status status = engine::LoadState(saved, &loaded);
  if (!status.ok()) return Fault(std::string(status.message()));
  if (!(loaded == state_)) Fault("the saved state loads as another one");
  if (engine::DigestState(loaded) != engine::DigestState(state_)) Fault("the loaded state has another digest");
  std::string again;
  engine::SaveState(loaded, &again);
  if (again != saved) Fault("the loaded state saves to other bytes");
  if (!loaded.transactions.IndexesAgree()) Fault("the loaded transaction table's lookups disagree with its rows");
  if (!state_.transactions.IndexesAgree()) Fault("the transaction table's lookups disagree with its rows");
  if (!loaded.sessions.IndexesAgree()) Fault("the loaded session table's lookups disagree with its rows");
  if (!state_.sessions.IndexesAgree()) Fault("the session table's lookups disagree with its rows");
  replica_ = std::move(loaded);
}

void CheckedEngine::CheckTimers() {
  ExpectedTimers expected;
  AddTransactions(state_, &expected);
  AddCalls(state_, &expected);
  size_t running = 0;
  for (const auto* rows : {&state_.timers.transaction_timers(), &state_.timers.engine_timers()}) {
    running += rows->size();
    for (const auto& [handle, timer] : *rows) {
      auto it = expected.rows().find(handle);
      if (it == expected.rows().end()) {
        Fault(
            absl::StrCat("timer ", handle.id.value(), " of kind ", static_cast<int>(timer.kind), " belongs to no row"));
      } else if (!(it->second == timer)) {
        Fault(absl::StrCat("timer ", handle.id.value(), " is not what its row thinks"));
      }
    }
  }
  if (running != expected.rows().size()) Fault("a row names a timer that does not run");
  const absl::optional<EngineTime> next = state_.NextDeadline();
  if (next && *next <= now_) Fault("a timer that is due has not fired");
}

void CheckedEngine::CheckUpdates(engine::LegId leg, engine::TransactionId received, engine::TransactionId sent) {
  const engine::ServerTransaction* server = state_.transactions.FindServer(received);
  const engine::ClientTransaction* client = state_.transactions.FindClient(sent);
  if (!received.empty() && (server == nullptr || server->leg != leg)) {
    Fault("a leg names an UPDATE that it has not received");
  }
  if (!sent.empty() && (client == nullptr || client->leg != leg)) Fault("a leg names an UPDATE that it has not sent");
}

// A leg that waits for its answer is in one early dialog of whoever has given it, and keeps each other pair once;
// who is called keeps marks of those that are over.
void CheckedEngine::CheckEarly(const engine::Leg& leg) {
  const engine::Leg* giver = state_.legs.Find(leg.giver);
  if (!leg.giver.empty() && leg.server_invite.empty()) Fault("a leg that waits for no answer is in an early dialog");
  if (!leg.giver.empty() && (giver == nullptr || giver->dialog.remote_tag.empty())) {
    Fault("a leg is in an early dialog that nobody gives");
  }
  std::set<std::pair<engine::LegId, std::string>> pairs;
  if (giver != nullptr) pairs.emplace(giver->id, giver->dialog.remote_tag);
  for (const engine::EarlyDialog& other : OthersOf(leg)) {
    CheckUpdates(leg.id, other.server_update, other.client_update);
    if (other.lost) {
      const bool marks = leg.invited && leg.phase != engine::Leg::Phase::kConfirmed;
      if (!other.awaited_prack && !marks) Fault("a leg keeps an early dialog that is lost");
    } else if (!other.giver.empty() && !pairs.emplace(other.giver, other.giver_tag).second) {
      Fault("a leg has two early dialogs for one");
    }
  }
}

void CheckedEngine::CheckRows() {
  const engine::TransactionTable& transactions = state_.transactions;
  for (const auto& [id, row] : state_.legs.rows()) {
    const engine::Leg& leg = *row;
    const engine::ServerTransaction* server = transactions.FindServer(leg.server_invite);
    const engine::ClientTransaction* client = transactions.FindClient(leg.client_invite);
    if (!leg.server_invite.empty() && (server == nullptr || server->leg != id)) {
      Fault("a leg names an INVITE that it has not received");
    }
    if (!leg.client_invite.empty() && (client == nullptr || client->leg != id)) {
      Fault("a leg names an INVITE that it has not sent");
    }
    CheckUpdates(id, leg.server_update, leg.client_update);
    CheckEarly(leg);
    if (leg.due_ack && transactions.FindFinishedClient(leg.due_ack->invite) == nullptr) {
      Fault("a leg owes an ACK to an INVITE that is forgotten");
    }
  }
  for (const auto& [id, refer] : state_.refers.rows()) {
    const engine::ClientTransaction* client = transactions.FindClient(refer.refer);
    if (!refer.refer.empty() && (client == nullptr || client->purpose != engine::Purpose::kRefer)) {
      Fault("a REFER names a transaction that it has not");
    }
    if (refer.refer.empty() && refer.patience == TimerHandle()) Fault("a REFER has nothing that would end it");
  }
  for (const auto& [id, row] : state_.subscriptions.rows()) {
    const engine::ClientTransaction* client = transactions.FindClient(row.notify);
    if (!row.notify.empty() && (client == nullptr || client->purpose != engine::Purpose::kEventNotify)) {
      Fault("a subscription names a NOTIFY that it has not");
    }
    if (row.expiry == TimerHandle()) Fault("a subscription has no end");
    if (row.rests && row.again == TimerHandle()) Fault("a subscription rests for ever");
  }
  CheckDevices();
  for (const auto& [id, row] : transactions.clients()) {
    if (row->purpose != engine::Purpose::kInvite && !engine::IsReInvite(row->purpose)) continue;
    const engine::Leg* leg = state_.legs.Find(row->leg);
    if (leg == nullptr || leg->client_invite != id) Fault("an INVITE was sent for no leg");
  }
}

// What is counted is what the legs say; a device is asked, or will be, or rests.
void CheckedEngine::CheckDevices() {
  std::map<std::string, uint32_t> places;
  for (const auto& [id, leg] : state_.legs.rows()) {
    if (leg->trunk_use.has_value()) ++places[(*leg->trunk_use)->device];
  }
  for (const auto& [device, taken] : places) {
    if (state_.legs.PlacesTaken(device) != taken) Fault(absl::StrCat("the places of ", device, " are miscounted"));
  }
  for (const auto& [number, dn] : state_.configuration.dns()) {
    if (!places.contains(number) && state_.legs.PlacesTaken(number) != 0) {
      Fault(absl::StrCat("places of ", number, " are taken by no leg"));
    }
  }
  for (const auto& [id, row] : state_.devices.rows()) {
    for (const engine::TransactionId options : row.questions) {
      const engine::ClientTransaction* client = state_.transactions.FindClient(options);
      if (client != nullptr && client->purpose == engine::Purpose::kServiceCheck) continue;
      Fault("a device names an OPTIONS that it has not");
    }
    if (row.questions.empty() && row.check == TimerHandle() && row.rest == TimerHandle()) {
      Fault("a device is asked no more");
    }
  }
}

// A client's session has a link or a time at which it ends, and its queue is within its limits.
void CheckedEngine::CheckSessions() {
  for (const auto& [id, session] : state_.sessions.rows()) {
    if (session.link.empty() == (session.absence == TimerHandle())) Fault("a session without a link has no end");
    uint64_t octets = 0;
    for (const engine::QueuedEvent& event : session.events) octets += event.message.size();
    if (octets != session.queued_octets) Fault("a session has miscounted the octets that wait");
  }
}

// A leg stands in its call, and its peer, if it has one, stands beside it and knows it.
void CheckedEngine::CheckLegs() {
  size_t listed = 0;
  for (const auto& [id, call] : state_.calls.rows()) {
    listed += call->legs.size();
    for (const engine::LegId leg_id : call->legs) {
      const engine::Leg* leg = state_.legs.Find(leg_id);
      if (leg == nullptr || leg->call != id) {
        Fault("a call names a leg that is not its own");
        continue;
      }
      if (leg->peer.empty()) continue;
      const engine::Leg* peer = state_.PeerOf(*leg);
      if (peer == nullptr || peer->peer != leg_id || peer->call != id) Fault("a leg has a peer that does not know it");
    }
  }
  if (listed != state_.legs.size()) Fault("a leg is of no call");
}

void CheckedEngine::CheckMessages() {
  for (const engine::Effect& effect : effects_.list) {
    const auto* send = std::get_if<engine::SendSip>(&effect);
    if (send == nullptr) continue;
    const std::string fault = FaultOf(state_, *send);
    if (!fault.empty()) Fault(absl::StrCat("a message ", fault, ":\n", send->bytes.view()));
  }
}

// A call starts once, goes forward only, and ends once.
void CheckedEngine::CheckProgress() {
  using Step = engine::CallProgress::Step;
  for (const engine::Effect& effect : effects_.list) {
    const auto* progress = std::get_if<engine::CallProgress>(&effect);
    if (progress == nullptr) continue;
    auto [last, is_new] = progress_.emplace(progress->call, progress->step);
    if (is_new != (progress->step == Step::kStarted)) Fault("a call does not begin with its start");
    if (is_new) continue;
    const bool over = last->second == Step::kReleased || last->second == Step::kFailed;
    if (over || progress->step <= last->second) {
      Fault(absl::StrCat("call ", progress->call.value(), " goes from step ", static_cast<int>(last->second), " to ",
                         static_cast<int>(progress->step)));
    }
    last->second = progress->step;
  }
  for (const auto& [id, call] : state_.calls.rows()) {
    if (!progress_.contains(id)) Fault("a call began in silence");
  }
}

}  // namespace understudy::tests
