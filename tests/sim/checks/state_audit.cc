#include "tests/sim/checks/state_audit.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/time.h"
#include "base/transport.h"
#include "engine/call.h"
#include "engine/leg.h"
#include "engine/timer_table.h"
#include "engine/transaction.h"
#include "sip/invite_client_transaction.h"
#include "sip/invite_server_transaction.h"
#include "sip/timer_values.h"

namespace understudy::sim {
namespace {

using engine::Purpose;
using engine::TimerHandle;
using engine::TimerKind;

using ClientState = sip::InviteClientTransaction::State;
using ServerState = sip::InviteServerTransaction::State;

bool IsCalling(const engine::ClientTransaction& row) {
  return row.method == sip::Method::kInvite && static_cast<ClientState>(row.state) == ClientState::kCalling;
}

// What ends a client transaction: the one timer that its method and state ask for.
TimerKind EndOf(const engine::ClientTransaction& row) {
  if (row.attempt.waits) return TimerKind::kLocating;
  if (row.cancelled) return TimerKind::kCancelTimeout;
  const bool waits = row.method == sip::Method::kInvite && !IsCalling(row);
  return waits ? TimerKind::kTimerC : TimerKind::kClientTimeout;
}

// The longest that it is ever set for.
Duration LongestOf(TimerKind kind) {
  switch (kind) {
    case TimerKind::kServerRetransmit:
    case TimerKind::kAnswerRetransmit:
      return sip::kT2;
    case TimerKind::kReliableRetransmit:  // doubles without a bound, until it is given up
    case TimerKind::kReliableTimeout:
      return sip::kReliableProvisionalGiveUp;
    case TimerKind::kClientRetransmit:  // timer A likewise
    case TimerKind::kClientTimeout:
      return sip::kGiveUp;
    case TimerKind::kServerTimeout:
      return sip::kTimerH;
    case TimerKind::kAnswerTimeout:
      return sip::k2xxGiveUp;
    case TimerKind::kCancelTimeout:
      return sip::kCancelGiveUp;
    case TimerKind::kTimerC:
      return sip::kTimerC;
    case TimerKind::kLocating:
      return Duration::Seconds(5);
    case TimerKind::kServerTrying:
      return sip::kTryingAfter;
    case TimerKind::kNoAnswer:
    case TimerKind::kPatience:
    case TimerKind::kReferral:
    case TimerKind::kBindingExpiry:
    case TimerKind::kSessionExpiry:
    case TimerKind::kSessionAbsence:
    case TimerKind::kReferPatience:
    case TimerKind::kSubscriptionExpiry:
    case TimerKind::kNotifyAgain:
    case TimerKind::kSessionRefresh:
    case TimerKind::kServiceCheck:
    case TimerKind::kServiceForce:
    case TimerKind::kRest:
    case TimerKind::kName:
      return Duration::Seconds(int64_t{1} << 31);  // configured, or agreed upon
  }
  return Duration();
}

class Audit {
 public:
  explicit Audit(const engine::State& state) : state_(state) {}

  std::string Run() {
    for (const auto& [id, row] : state_.transactions.servers()) Look(*row);
    for (const auto& [id, row] : state_.transactions.clients()) Look(*row);
    for (const auto& [id, call] : state_.calls.rows()) Look(*call);
    for (const auto& [id, leg] : state_.legs.rows()) Look(*leg);
    for (const auto& [id, binding] : state_.registrar.bindings()) Look(binding);
    for (const auto& [id, session] : state_.sessions.rows()) Look(session);
    for (const auto& [id, refer] : state_.refers.rows()) {
      Timer(refer.patience, {TimerKind::kReferPatience, id.value()}, refer.refer.empty() ? Must::kRun : Must::kMayRun,
            "the patience with a phone that is told to call");
    }
    for (const auto& [id, row] : state_.subscriptions.rows()) {
      Timer(row.expiry, {TimerKind::kSubscriptionExpiry, id.value()}, Must::kRun, "the end of a subscription");
      Timer(row.again, {TimerKind::kNotifyAgain, id.value()}, Must::kMayRun, "a NOTIFY that is said again");
    }
    for (const auto& [id, row] : state_.devices.rows()) {
      Timer(row.check, {TimerKind::kServiceCheck, id.value()}, Must::kMayRun, "the next OPTIONS to a device");
      Timer(row.force, {TimerKind::kServiceForce, id.value()}, Must::kMayRun, "the patience with a device");
      Timer(row.rest, {TimerKind::kRest, id.value()}, Must::kMayRun, "the rest of a device");
    }
    for (const auto& [id, name] : state_.names.rows()) Look(name);
    if (wrong_.empty() && named_ != state_.timers.size()) {
      Wrong(absl::StrCat(state_.timers.size(), " timers run, and rows wait for ", named_));
    }
    const absl::optional<EngineTime> next = state_.NextDeadline();
    if (next && *next <= state_.engine_time) Wrong("a timer that is due has not fired");
    if (!state_.transactions.IndexesAgree()) Wrong("the indexes of the transactions do not agree with their rows");
    if (!state_.sessions.IndexesAgree()) Wrong("the indexes of the clients' sessions do not agree with their rows");
    if (!state_.names.IndexesAgree()) Wrong("the indexes of the names do not agree with their rows");
    return std::move(wrong_);
  }

 private:
  void Wrong(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }

  enum class Must : uint8_t { kRun, kMayRun };

  // No two rows can be told the same timer: each asks for another one.
  void Timer(TimerHandle handle, const engine::Timer& wanted, Must must, absl::string_view what) {
    if (handle == TimerHandle()) {
      if (must == Must::kRun) Wrong(absl::StrCat(what, " of row ", wanted.row, " is not set, and must be"));
      return;
    }
    ++named_;
    const auto& transaction_timers = state_.timers.transaction_timers();
    auto found = transaction_timers.find(handle);
    if (found == transaction_timers.end()) {
      found = state_.timers.engine_timers().find(handle);
      if (found == state_.timers.engine_timers().end()) {
        return Wrong(absl::StrCat(what, " of row ", wanted.row, " does not run: it would never come"));
      }
    }
    const engine::Timer& timer = found->second;
    if (timer == wanted) return Deadline(handle, wanted, what);
    Wrong(absl::StrCat(what, " of row ", wanted.row, " is set for row ", timer.row, ", as kind ",
                       static_cast<int>(timer.kind)));
  }

  void Deadline(TimerHandle handle, const engine::Timer& timer, absl::string_view what) {
    const bool on_engine_clock = timer.kind == TimerKind::kBindingExpiry || timer.kind == TimerKind::kSessionExpiry ||
                                 timer.kind == TimerKind::kSessionAbsence ||
                                 timer.kind == TimerKind::kSubscriptionExpiry ||
                                 timer.kind == TimerKind::kSessionRefresh || timer.kind == TimerKind::kName;
    const EngineTime latest = state_.timers.TransactionTime(state_.engine_time) + LongestOf(timer.kind);
    if (on_engine_clock || handle.deadline <= latest) return;
    Wrong(absl::StrCat(what, " of row ", timer.row, " comes ", (handle.deadline - latest).milliseconds(),
                       " ms later than it is ever set for"));
  }

  void Look(const engine::ServerTransaction& row) {
    const uint64_t id = row.id.value();
    const bool invite = row.method == sip::Method::kInvite;
    const bool completed = invite && static_cast<ServerState>(row.state) == ServerState::kCompleted;
    Timer(row.retransmit, {TimerKind::kServerRetransmit, id},
          completed && !IsReliable(row.hop.transport) ? Must::kRun : Must::kMayRun,
          "the repetition of a server transaction");
    Timer(row.timeout, {invite ? TimerKind::kServerTimeout : TimerKind::kServerTrying, id},
          completed ? Must::kRun : Must::kMayRun, "the end of a server transaction");
    const bool carried_on = !invite && state_.transactions.FindClient(row.relay) != nullptr;
    if (row.timeout == TimerHandle() && !carried_on && !IsAwaited(row)) {
      Wrong(absl::StrCat("server transaction ", id, " has nothing that would end it"));
    }
  }

  // Its leg answers it.
  bool IsAwaited(const engine::ServerTransaction& row) const {
    const engine::Leg* const leg = state_.legs.Find(row.leg);
    return leg != nullptr && (leg->server_invite == row.id || leg->server_update == row.id);
  }

  void Look(const engine::ClientTransaction& row) {
    const uint64_t id = row.id.value();
    const bool invite = row.method == sip::Method::kInvite;
    const bool silent = row.attempt.waits || row.purpose == Purpose::kAbandoned;
    const bool repeats = (!invite || IsCalling(row)) && !IsReliable(row.hop.transport) && !silent;
    Timer(row.retransmit, {TimerKind::kClientRetransmit, id}, repeats ? Must::kRun : Must::kMayRun,
          "the repetition of a client transaction");
    const bool may_ring_for_ever = invite && !IsCalling(row) && !row.cancelled && !IsReInvite(row.purpose);
    Timer(row.timeout, {EndOf(row), id}, may_ring_for_ever ? Must::kMayRun : Must::kRun,
          "the end of a client transaction");
    if (row.purpose != Purpose::kInvite && !IsReInvite(row.purpose)) return;
    const engine::Leg* const leg = state_.legs.Find(row.leg);
    if (leg != nullptr && leg->client_invite == row.id) return;
    Wrong(absl::StrCat("client transaction ", id, " is the INVITE of no leg of call ", row.call.value()));
  }

  void Look(const engine::Call& call) {
    const uint64_t id = call.id.value();
    Timer(call.no_answer, {TimerKind::kNoAnswer, id}, Must::kMayRun, "the no-answer timer of a call");
    Timer(call.session_expiry, {TimerKind::kSessionExpiry, id}, Must::kMayRun, "the session timer of a call");
    for (const engine::LegId leg_id : call.legs) {
      const engine::Leg* const leg = state_.legs.Find(leg_id);
      if (leg != nullptr && leg->call == call.id) continue;
      Wrong(absl::StrCat("call ", id, " names leg ", leg_id.value(), ", which is not there, or not its own"));
    }
  }

  void Look(const engine::Leg& leg) {
    const uint64_t id = leg.id.value();
    const engine::Call* const call = state_.calls.Find(leg.call);
    if (call == nullptr || std::find(call->legs.begin(), call->legs.end(), leg.id) == call->legs.end()) {
      Wrong(absl::StrCat("leg ", id, " is of no call"));
    }
    const engine::Leg* const peer = state_.PeerOf(leg);
    if (!leg.peer.empty() && (peer == nullptr || peer->peer != leg.id || peer->call != leg.call)) {
      Wrong(absl::StrCat("leg ", id, " has a peer that does not know it, or is of another call"));
    }
    Timer(leg.patience, {TimerKind::kPatience, id}, Must::kMayRun, "the patience with a leg");
    Timer(leg.referral.bye, {TimerKind::kReferral, id}, Must::kMayRun, "the patience with a party that is to hang up");
    if (leg.agreement) {
      Timer(leg.agreement->timer, {TimerKind::kSessionRefresh, id}, Must::kMayRun, "the session timer of a leg");
    }
    if (leg.awaited_ack) {
      Timer(leg.awaited_ack->retransmit, {TimerKind::kAnswerRetransmit, id}, Must::kRun, "the repetition of a 2xx");
      Timer(leg.awaited_ack->timeout, {TimerKind::kAnswerTimeout, id}, Must::kRun, "the wait for an ACK");
    }
    Look(leg.awaited_prack, leg);
    if (leg.early) {
      for (const engine::EarlyDialog& other : (*leg.early)->others) Look(other.awaited_prack, leg);
    }
    Names(leg);
  }

  // One that is not repeated any more waits for the PRACK alone, and ends with the call.
  void Look(const absl::optional<engine::AwaitedPrack>& awaited, const engine::Leg& leg) {
    if (!awaited) return;
    const Must must = awaited->response.empty() ? Must::kMayRun : Must::kRun;
    const uint64_t id = leg.id.value();
    Timer(awaited->retransmit, {TimerKind::kReliableRetransmit, id}, must, "the repetition of a 18x");
    Timer(awaited->timeout, {TimerKind::kReliableTimeout, id}, must, "the wait for a PRACK");
  }

  template <class Row>
  static bool IsOf(const Row* row, const engine::Leg& leg) {
    return row != nullptr && row->leg == leg.id;
  }

  void Names(const engine::Leg& leg) {
    for (const engine::TransactionId id : {leg.server_invite, leg.server_update}) {
      if (!id.empty() && !IsOf(state_.transactions.FindServer(id), leg)) MissesRow(leg, id);
    }
    for (const engine::TransactionId id : {leg.client_invite, leg.client_update}) {
      if (!id.empty() && !IsOf(state_.transactions.FindClient(id), leg)) MissesRow(leg, id);
    }
    if (leg.due_ack && state_.transactions.FindFinishedClient(leg.due_ack->invite) == nullptr) {
      MissesRow(leg, leg.due_ack->invite);
    }
  }

  void MissesRow(const engine::Leg& leg, engine::TransactionId id) {
    Wrong(absl::StrCat("leg ", leg.id.value(), " of call ", leg.call.value(), " names transaction ", id.value(),
                       ", which is not there, or not of this leg"));
  }

  void Look(const engine::Binding& binding) {
    Timer(binding.timer, {TimerKind::kBindingExpiry, binding.id.value()}, Must::kRun, "the end of a registration");
    if (binding.timer.deadline == binding.expires) return;
    Wrong(absl::StrCat("the registration of ", binding.number, " does not end when it expires"));
  }

  // Who waits for a name, waits for one that has been asked for.
  void Look(const engine::LocatedName& name) {
    const uint64_t id = name.id.value();
    Timer(name.timer, {TimerKind::kName, id}, Must::kRun, "the next step of a name");
    if (!name.waiting.empty() && !name.asked) Wrong(absl::StrCat("name ", id, " is waited for, and nobody is asked"));
  }

  // Either it has a link or it waits, and not forever.
  void Look(const engine::Session& session) {
    const bool absent = session.link.empty();
    Timer(session.absence, {TimerKind::kSessionAbsence, session.id.value()}, absent ? Must::kRun : Must::kMayRun,
          "the end of a client's session");
    if (!absent && session.absence != TimerHandle()) {
      Wrong(absl::StrCat("session ", session.id.value(), " of a client has a link and ends without one"));
    }
  }

  const engine::State& state_;
  size_t named_ = 0;
  std::string wrong_;
};

}  // namespace

std::string AuditState(const engine::State& state) {
  return Audit(state).Run();
}

}  // namespace understudy::sim
