// ACK to a 2xx: carried from the leg that got the answer to the leg that gave it (13.2.2.4, 13.3.1.4).
#include <string>

#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/leg_message.h"
#include "engine/request.h"
#include "engine/sip_ids.h"
#include "sip/timer_values.h"

namespace understudy::engine {

void StopAwaitingAck(Context& context, Leg& leg) {
  if (!leg.awaited_ack.has_value()) return;
  context.state.timers.Cancel(&leg.awaited_ack->retransmit);
  context.state.timers.Cancel(&leg.awaited_ack->timeout);
  leg.awaited_ack.reset();
}

void AwaitAck(Context& context, Call& call, uint8_t side, SharedBytes answer, const Hop& hop, uint32_t cseq) {
  Leg& leg = call.leg(side);
  US_CHECK(!leg.awaited_ack.has_value());
  AwaitedAck awaited;
  awaited.answer = std::move(answer);
  awaited.hop = hop;
  awaited.cseq = cseq;
  awaited.interval = sip::kFirst2xxInterval;
  awaited.retransmit = StartTimer(context, awaited.interval, TimerKind::kAnswerRetransmit, call.id.value(), side);
  awaited.timeout = StartTimer(context, sip::k2xxGiveUp, TimerKind::kAnswerTimeout, call.id.value(), side);
  leg.awaited_ack = std::move(awaited);
}

void SendDueAck(Context& context, Call& call, uint8_t side, const SipReceived* ack) {
  Leg& leg = call.leg(side);
  if (!leg.due_ack.has_value()) return;
  const DueAck due = *leg.due_ack;
  leg.due_ack.reset();
  const std::string branch = MakeBranch(TransactionId(), NextMac(context));
  const int max_forwards = ack == nullptr ? kMaxForwards : std::max(0, NextMaxForwards(ack->message));
  const Hop hop = LegHop(context, leg);
  sip::MessageWriter writer = BeginLegRequest(context, leg, hop.transport, "ACK", branch, due.cseq, max_forwards);
  if (ack != nullptr) {
    CarryHeaders(ack->message, &writer);
    CarryBody(ack->message, &writer);
  } else {
    writer.NoBody();
  }
  const SharedBytes bytes = TakeText(context);
  Send(context, hop, bytes);
  if (FinishedTransaction* invite = context.state.transactions.FindFinishedClient(due.invite)) {
    invite->answer = bytes;
    invite->answer_lsn = context.state.lsn;
    invite->hop = hop;
  }
}

void OnDialogAck(Context& context, const SipReceived& request) {
  const sip::Message& message = request.message;
  const DialogPlace place = FindDialog(context.state, message.to_tag(), message.from_tag(), message.call_id());
  if (place.call == nullptr) return;
  Call& call = *place.call;
  Leg& leg = call.leg(place.side);
  if (!leg.awaited_ack.has_value() || leg.awaited_ack->cseq != message.cseq().number) return;
  Touch(context, call.id);
  StopAwaitingAck(context, leg);
  SendDueAck(context, call, OtherSide(place.side), &request);
  if (!leg.bye_due) return;
  leg.bye_due = false;
  leg.phase = Leg::Phase::kConfirmed;
  ReleaseLeg(context, call, place.side, 0);
  RemoveIfOver(context, call.id);
}

void OnAnswerTimer(Context& context, const Timer& timer) {
  Call* call = context.state.calls.Find(CallId(timer.row));
  US_CHECK(call != nullptr);
  Touch(context, call->id);
  Leg& leg = call->leg(timer.side);
  US_CHECK(leg.awaited_ack.has_value());
  AwaitedAck& awaited = *leg.awaited_ack;
  if (timer.kind == TimerKind::kAnswerRetransmit) {
    awaited.interval = sip::Next2xxInterval(awaited.interval);
    awaited.retransmit = StartTimer(context, awaited.interval, timer.kind, call->id.value(), timer.side);
    Send(context, awaited.hop, awaited.answer);
    return;
  }
  awaited.timeout = TimerHandle();
  StopAwaitingAck(context, leg);
  if (!leg.bye_due) return EndCall(context, *call, 408);
  leg.bye_due = false;
  leg.phase = Leg::Phase::kConfirmed;
  ReleaseLeg(context, *call, timer.side, 0);
  RemoveIfOver(context, call->id);
}

}  // namespace understudy::engine
