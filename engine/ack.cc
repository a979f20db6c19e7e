// ACK to a 2xx: carried from the leg that got the answer to the leg that gave it (13.2.2.4, 13.3.1.4).
#include <string>

#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/leg_message.h"
#include "engine/negotiation.h"
#include "engine/request.h"
#include "engine/session/session_refresh.h"
#include "engine/sip_ids.h"
#include "sip/timer_values.h"

namespace understudy::engine {
namespace {

// The BYE that had to wait for the ACK (section 15).
void SendLateBye(Context& context, Leg& leg) {
  leg.bye_due = false;
  leg.phase = Leg::Phase::kConfirmed;
  ReleaseLeg(context, leg, 0);
  RemoveIfOver(context, leg.call);
}

sip::MessageWriter BeginDueAck(Context& context, const Leg& leg, int max_forwards, Hop* hop) {
  const std::string branch = MakeBranch(TransactionId(), NextMac(context));
  *hop = AckHop(context, leg);
  return BeginLegRequest(context, leg, *hop, "ACK", branch, leg.due_ack->cseq, max_forwards);
}

// Sends what has been written, and keeps it for repetitions of the 2xx.
void FinishDueAck(Context& context, Leg& leg, const Hop& hop) {
  const SharedBytes bytes = TakeText(context);
  Send(context, hop, bytes);
  NoteTold(leg, bytes.view());
  if (FinishedTransaction* invite = context.state.transactions.FindFinishedClient(leg.due_ack->invite)) {
    invite->answer = bytes;
    invite->answer_lsn = context.state.lsn;
    invite->hop = hop;
  }
  leg.due_ack.reset();
}

}  // namespace

void StopAwaitingAck(Context& context, Leg& leg) {
  if (!leg.awaited_ack.has_value()) return;
  context.state.timers.Cancel(&leg.awaited_ack->retransmit);
  context.state.timers.Cancel(&leg.awaited_ack->timeout);
  leg.awaited_ack.reset();
}

void AwaitAck(Context& context, Leg& leg, SharedBytes answer, const Hop& hop, uint32_t cseq) {
  US_CHECK(!leg.awaited_ack.has_value());
  AwaitedAck awaited;
  awaited.answer = std::move(answer);
  awaited.hop = hop;
  awaited.cseq = cseq;
  awaited.interval = sip::kFirst2xxInterval;
  awaited.retransmit = StartTimer(context, awaited.interval, TimerKind::kAnswerRetransmit, leg.id.value());
  awaited.timeout = StartTimer(context, sip::k2xxGiveUp, TimerKind::kAnswerTimeout, leg.id.value());
  leg.awaited_ack = std::move(awaited);
}

void SendDueAck(Context& context, Leg& leg, const SipReceived* ack) {
  if (ack == nullptr) {
    // An offer wants an answer even where nobody is left to give one (13.2.2.4): its own.
    const bool answers = leg.due_ack.has_value() && leg.due_ack->answers;
    return AcknowledgeWith(context, leg, answers ? "application/sdp" : "", answers ? leg.session.view() : "");
  }
  if (!leg.due_ack.has_value()) return;
  Hop hop;
  sip::MessageWriter writer = BeginDueAck(context, leg, std::max(0, NextMaxForwards(ack->message)), &hop);
  CarryHeaders(ack->message, Asserted::kEnd, &writer);
  CarryBody(ack->message, &writer);
  FinishDueAck(context, leg, hop);
}

void AcknowledgeWith(Context& context, Leg& leg, absl::string_view type, absl::string_view body) {
  if (!leg.due_ack.has_value()) return;
  Hop hop;
  sip::MessageWriter writer = BeginDueAck(context, leg, kMaxForwards, &hop);
  writer.Body(type, body);
  FinishDueAck(context, leg, hop);
}

void OnDialogAck(Context& context, const SipReceived& request) {
  const sip::Message& message = request.message;
  Leg* leg = FindDialog(context.state, message.to_tag(), message.from_tag(), message.call_id());
  if (leg == nullptr || leg->dialog.local_tag != message.to_tag()) return;
  if (!leg->awaited_ack.has_value() || leg->awaited_ack->cseq != message.cseq().number) return;
  Touch(context, leg->call);
  StopAwaitingAck(context, *leg);
  Remember(message, *leg);
  Leg* peer = context.state.PeerOf(*leg);
  // An offer of the peer's that waits for another answer is not meant.
  if (peer != nullptr && peer->negotiation != Negotiation::kOffering) SendDueAck(context, *peer, &request);
  if (leg->bye_due) SendLateBye(context, *leg);
}

void OnAnswerTimer(Context& context, const Timer& timer) {
  Leg* leg = context.state.legs.Find(LegId(timer.row));
  US_CHECK(leg != nullptr);
  Touch(context, leg->call);
  US_CHECK(leg->awaited_ack.has_value());
  AwaitedAck& awaited = *leg->awaited_ack;
  if (timer.kind == TimerKind::kAnswerRetransmit) {
    awaited.interval = sip::Next2xxInterval(awaited.interval);
    awaited.retransmit = StartTimer(context, awaited.interval, timer.kind, timer.row);
    Send(context, awaited.hop, awaited.answer);
    return;
  }
  awaited.timeout = TimerHandle();
  StopAwaitingAck(context, *leg);
  if (!leg->bye_due) return EndCallOf(context, *leg, 408);
  SendLateBye(context, *leg);
}

}  // namespace understudy::engine
