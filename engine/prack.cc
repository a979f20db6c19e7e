// Reliable provisional responses (RFC 3262). The two legs number theirs apart: RSeq and RAck are translated.
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/client_transactions.h"
#include "engine/early/early_dialogs.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "sip/cseq.h"
#include "sip/timer_values.h"

namespace understudy::engine {
namespace {

// Who gave the response has been cancelled since: it wants no PRACK any more.
void AnswerForNobody(Context& context, const SipReceived& request) {
  const TransactionId row = BeginServer(context, request, {}).id;
  RespondPlain(context, row, 200);
}

TimerHandle& HandleOf(AwaitedPrack& awaited, TimerKind kind) {
  return kind == TimerKind::kReliableRetransmit ? awaited.retransmit : awaited.timeout;
}

// Of several that wait it is the first whose timer has fired.
AwaitedPrack& Fired(Leg& leg, TimerKind kind) {
  std::vector<AwaitedPrack*> waiting;
  if (leg.awaited_prack.has_value()) waiting.push_back(&*leg.awaited_prack);
  if (leg.early.has_value()) {
    for (EarlyDialog& other : (*leg.early)->others) {
      if (other.awaited_prack.has_value()) waiting.push_back(&*other.awaited_prack);
    }
  }
  AwaitedPrack* fired = nullptr;
  for (AwaitedPrack* each : waiting) {
    const TimerHandle handle = HandleOf(*each, kind);
    if (handle == TimerHandle()) continue;
    if (fired == nullptr || handle < HandleOf(*fired, kind)) fired = each;
  }
  US_CHECK(fired != nullptr);
  return *fired;
}

// Who has given it gives up, too, and the others ring on.
void GiveUp(Context& context, AwaitedPrack& awaited) {
  context.state.timers.Cancel(&awaited.retransmit);
  awaited.response = SharedBytes();
}

}  // namespace

void StopResendingReliable(Context& context, Leg& leg) {
  if (!leg.awaited_prack.has_value()) return;
  context.state.timers.Cancel(&leg.awaited_prack->retransmit);
  context.state.timers.Cancel(&leg.awaited_prack->timeout);
  leg.awaited_prack->response = SharedBytes();
}

void StopAwaitingPrack(Context& context, Leg& leg) {
  StopResendingReliable(context, leg);
  leg.awaited_prack.reset();
}

void AwaitPrack(Context& context, Leg& leg, const Leg& giver, SharedBytes response, const Hop& hop,
                uint32_t other_rseq) {
  StopAwaitingPrack(context, leg);
  AwaitedPrack awaited;
  awaited.response = std::move(response);
  awaited.hop = hop;
  awaited.rseq = leg.sent_rseq;
  awaited.other_rseq = other_rseq;
  awaited.giver = giver.id;
  awaited.interval = sip::kFirstReliableProvisionalInterval;
  awaited.retransmit = StartTimer(context, awaited.interval, TimerKind::kReliableRetransmit, leg.id.value());
  awaited.timeout = StartTimer(context, sip::kReliableProvisionalGiveUp, TimerKind::kReliableTimeout, leg.id.value());
  leg.awaited_prack = std::move(awaited);
}

void OnPrack(Context& context, Leg& leg, const SipReceived& request) {
  sip::RAck rack;
  if (!sip::ParseRAck(request.message.ValueOf(sip::HeaderName::kRAck), &rack)) return Refuse(context, request, 400);
  const bool of_ours = rack.cseq.method == sip::Method::kInvite && rack.cseq.number == leg.invite_cseq;
  if (!leg.awaited_prack.has_value() || leg.awaited_prack->rseq != rack.rseq || !of_ours) {
    return Refuse(context, request, 481);
  }
  Leg* giver = context.state.legs.Find(leg.awaited_prack->giver);
  StopResendingReliable(context, leg);
  const AwaitedPrack acknowledged = *std::move(leg.awaited_prack);
  leg.awaited_prack.reset();
  if (giver == nullptr || giver->phase == Leg::Phase::kReleased) return AnswerForNobody(context, request);
  ServerTransaction& server = BeginServer(context, request, {});
  server.call = leg.call;
  server.leg = leg.id;
  server.purpose = Purpose::kRelay;
  TryLater(context, server);
  CarryPrack(context, *giver, server.id, request, acknowledged);
}

void OnReliableTimer(Context& context, const Timer& timer) {
  Leg* leg = context.state.legs.Find(LegId(timer.row));
  US_CHECK(leg != nullptr);
  Touch(context, leg->call);
  AwaitedPrack& awaited = Fired(*leg, timer.kind);
  if (timer.kind == TimerKind::kReliableRetransmit) {
    awaited.interval = sip::NextReliableProvisionalInterval(awaited.interval);
    awaited.retransmit = StartTimer(context, awaited.interval, timer.kind, timer.row);
    Send(context, awaited.hop, awaited.response);
    return;
  }
  awaited.timeout = TimerHandle();
  if (HasOthers(*leg)) return GiveUp(context, awaited);
  StopAwaitingPrack(context, *leg);
  const TransactionId invite = leg->server_invite;
  if (invite.empty()) return;
  if (leg->phase == Leg::Phase::kConfirmed) {  // a re-INVITE: the session that is there goes on
    leg->server_invite = TransactionId();
    const TransactionId relay = context.state.transactions.FindServer(invite)->relay;
    RespondPlain(context, invite, 504);
    if (ClientTransaction* carried = context.state.transactions.FindClient(relay)) CancelClient(context, *carried);
    return;
  }
  FailCall(context, context.state.CallOf(*leg), 504);
}

}  // namespace understudy::engine
