#include "engine/next_target.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/client_transactions.h"
#include "engine/early/early_dialogs.h"
#include "engine/leg_message.h"
#include "engine/locating.h"
#include "engine/server_transactions.h"
#include "engine/sip_ids.h"
#include "sip/header_values.h"
#include "sip/timer_values.h"

namespace understudy::engine {
namespace {

constexpr Duration kAvoidFor = Duration::Seconds(60);
constexpr Duration kLongestAvoidance = Duration::Seconds(3600);

// 503, or nobody there (RFC 3263 4.3). A 408 that somebody has sent is an answer.
bool IsFailureOfTarget(int status, const SipReceived* response) {
  return status == 503 || (status == 408 && response == nullptr);
}

// The Trunk's recovery-timeout, or Retry-After where the server says it.
Duration AvoidanceOf(const State& state, const ClientTransaction& ended, const SipReceived* response) {
  uint32_t seconds = 0;
  if (response != nullptr) {
    const absl::string_view after = response->message.ValueOf(sip::HeaderName::kRetryAfter);
    const absl::string_view digits = after.substr(0, after.find_first_not_of("0123456789"));
    if (sip::ParseDeltaSeconds(digits, &seconds)) return std::min(Duration::Seconds(seconds), kLongestAvoidance);
  }
  const Leg* leg = state.legs.Find(ended.leg);
  const Dn* dn = leg == nullptr ? nullptr : DeviceOf(state, *leg);
  const Duration rest = dn == nullptr ? Duration() : dn->profile.trunk.recovery_timeout;
  return rest > Duration() ? rest : kAvoidFor;
}

void Avoid(Context& context, const ClientTransaction& ended, const SipReceived* response) {
  const Duration avoidance = AvoidanceOf(context.state, ended, response);
  if (avoidance <= Duration()) return;
  const Target target{ended.hop.transport, ended.hop.remote};
  LocateCounts& counts = context.state.names.counts();
  const bool noted = context.state.avoided_targets.Avoid(target, context.now(), context.now() + avoidance);
  ++(noted ? counts.avoided : counts.refused);
}

// Whether the request is still wanted. A call that has begun to ring is its server's.
bool IsWanted(const State& state, const ClientTransaction& ended) {
  if (ended.cancelled || ended.cancel_pending) return false;
  const bool re_invite = IsReInvite(ended.purpose);
  if (ended.purpose != Purpose::kInvite && !re_invite) return true;
  const Leg* leg = state.legs.Find(ended.leg);
  if (leg == nullptr || leg->client_invite != ended.id) return false;
  if (re_invite) return leg->phase == Leg::Phase::kConfirmed;
  return leg->dialog.remote_tag.empty() && leg->phase != Leg::Phase::kReleased;
}

// Whoever waits for the answer waits for that of the new one.
void TakePlace(Context& context, const ClientTransaction& ended, const ClientTransaction& row) {
  State& state = context.state;
  ServerTransaction* server = state.transactions.FindServer(ended.relay);
  if (server != nullptr && server->relay == ended.id) server->relay = row.id;
  if (SentRefer* refer = state.refers.FindByTransaction(ended.id)) state.refers.SetTransaction(*refer, row.id);
  if (Subscription* subscription = state.subscriptions.FindByTransaction(ended.id)) {
    state.subscriptions.SetNotify(*subscription, row.id);
  }
  if (Device* device = state.devices.FindByQuestion(ended.id)) {
    state.devices.EndQuestion(*device, ended.id);
    state.devices.AddQuestion(*device, row.id);
  }
  Leg* leg = state.legs.Find(ended.leg);
  if (leg == nullptr) return;
  EnterDialogOf(context, *leg, ended.id);
  if (leg->client_invite == ended.id) leg->client_invite = row.id;
  if (leg->client_update == ended.id) leg->client_update = row.id;
  if (ended.purpose == Purpose::kInvite) leg->hop = row.hop;
  for (Leg* waits : {leg, state.PeerOf(*leg)}) {
    if (waits != nullptr && waits->command_request == ended.id) waits->command_request = row.id;
  }
}

void SendToNext(Context& context, const ClientTransaction& ended) {
  const Hop hop = HopTo(ended.attempt.rest.front(), ended.hop.domain);
  ClientTransaction& row = BeginClient(context, ended.method, hop, ended.purpose);
  row.call = ended.call;
  row.leg = ended.leg;
  row.relay = ended.relay;
  row.cseq = ended.cseq;
  row.attempt.name = ended.attempt.name;
  row.attempt.rest.assign(ended.attempt.rest.begin() + 1, ended.attempt.rest.end());
  TakePlace(context, ended, row);
  ++context.state.names.counts().next;
  context.text.assign(ended.request.view().data(), ended.request.size());
  PointMessageAt(context, row.hop, MakeBranch(row.id, row.branch_mac));
  StartRequest(context, row);
}

void WaitOn(Context& context, ClientTransaction& row) {
  row.attempt.hurried = false;
  const Duration left = sip::kGiveUp - context.state.configuration.next_server_timeout();
  row.timeout = StartTimer(context, std::max(left, sip::kT1), TimerKind::kClientTimeout, row.id.value());
}

// An answer that still comes finds a transaction, which cancels the call, or ends it.
void Abandon(Context& context, ClientTransaction& row) {
  context.state.timers.Cancel(&row.retransmit);
  row.purpose = Purpose::kAbandoned;
  row.relay = TransactionId();
  row.leg = LegId();
  row.attempt = Attempt();
  row.cancel_pending = row.method == sip::Method::kInvite;  // 9.1
  WaitOn(context, row);
}

}  // namespace

bool TryNextTarget(Context& context, const ClientTransaction& ended, int status, const SipReceived* response) {
  if (ended.attempt.name.empty() || ended.attempt.waits || !IsFailureOfTarget(status, response)) return false;
  Avoid(context, ended, response);
  if (ended.attempt.rest.empty() || !IsWanted(context.state, ended)) return false;
  SendToNext(context, ended);
  return true;
}

void GiveUpEarly(Context& context, ClientTransaction& row) {
  if (!IsUnanswered(row) || !IsWanted(context.state, row)) return WaitOn(context, row);
  const ClientTransaction given_up = row;
  Abandon(context, row);
  US_CHECK(TryNextTarget(context, given_up, 408, nullptr));
}

void OnAbandonedFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response) {
  if (ended.method != sip::Method::kInvite || response == nullptr || status >= 300) return;
  FinishedTransaction* invite = context.state.transactions.FindFinishedClient(ended.id);
  US_CHECK(invite != nullptr);
  invite->key = sip::TransactionKey();  // no answer of it is ours: each is one of a fork
  invite->cseq = ended.cseq;
  OnForkedAnswer(context, *invite, *response);
}

}  // namespace understudy::engine
