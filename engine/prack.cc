// Reliable provisional responses (RFC 3262). The two legs number theirs apart: RSeq and RAck are translated.
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/client_transactions.h"
#include "engine/early/early_dialogs.h"
#include "engine/held_session.h"
#include "engine/leg_request.h"
#include "engine/negotiation.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "sip/cseq.h"
#include "sip/header_values.h"
#include "sip/timer_values.h"
#include "sip/writer.h"

namespace understudy::engine {
namespace {

void SendPrack(Context& context, Leg& leg, uint32_t rseq, absl::string_view session) {
  ClientTransaction& row = BeginNextRequest(context, leg, sip::Method::kPrack, Purpose::kNone);
  sip::MessageWriter writer(&context.text);
  writer.Header(sip::HeaderName::kRAck, rseq, " ", leg.invite_cseq, " INVITE");
  writer.Body(session.empty() ? absl::string_view() : "application/sdp", session);
  SendRequest(context, row);
}

// `said`: the session in a reliable provisional response. Where the INVITE had none it is an offer, which the PRACK
// answers (section 5): on hold, for there is nobody yet.
void Acknowledge(Context& context, Leg& leg, uint32_t rseq, absl::string_view said) {
  const ClientTransaction* invite = context.state.transactions.FindClient(leg.client_invite);
  const bool asked = invite != nullptr && BodyOf(invite->request.view()).empty();
  SendPrack(context, leg, rseq, asked && !said.empty() ? HeldSession(said, 0) : std::string());
}

void AcknowledgeOne(Context& context, const Leg& asking) {
  if (!asking.awaited_prack.has_value()) return;
  Leg* giver = context.state.legs.Find(asking.awaited_prack->giver);
  if (giver == nullptr || giver->phase == Leg::Phase::kReleased || giver->client_invite.empty()) return;
  const SharedBytes response = asking.awaited_prack->response;
  Acknowledge(context, *giver, asking.awaited_prack->other_rseq, SessionIn(response.view()));
}

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

bool IsReliableProvisional(const sip::Message& response) {
  return response.Has(sip::HeaderName::kRSeq) && sip::HasToken(response, sip::HeaderName::kRequire, "100rel");
}

bool IsNextReliable(const Leg& leg, uint32_t rseq) {
  return leg.rseq == 0 || rseq == leg.rseq + 1;
}

void AcknowledgeProvisional(Context& context, Leg& leg, const sip::Message& response) {
  uint32_t rseq = 0;
  if (leg.phase == Leg::Phase::kReleased || !IsReliableProvisional(response)) return;
  if (!sip::ParseNumber(response.ValueOf(sip::HeaderName::kRSeq), 0xFFFFFFFF, &rseq) || rseq == 0) return;
  if (!IsNextReliable(leg, rseq)) return;
  leg.rseq = rseq;
  Acknowledge(context, leg, rseq, SessionOf(response));
  Remember(response, leg);
}

void AcknowledgeInsteadOf(Context& context, Leg& asking) {
  AcknowledgeOne(context, asking);
  if (!asking.early.has_value()) return;
  const std::vector<EarlyDialog> others = (*asking.early)->others;
  for (const EarlyDialog& other : others) {
    Leg* giver = context.state.legs.Find(other.giver);
    if (other.lost || !other.awaited_prack.has_value() || giver == nullptr) continue;
    EnterEarlyDialog(context, asking, *giver, other.giver_tag);
    AcknowledgeOne(context, asking);
  }
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
