#include "engine/context.h"

#include <utility>

namespace understudy::engine {

void Touch(Context& context, CallId call) {
  if (call.empty()) return;
  for (CallId seen : context.effects.calls) {
    if (seen == call) return;
  }
  context.effects.calls.push_back(call);
}

CallId CallOf(const State& state, LegId leg, CallId began_in) {
  const Leg* row = state.legs.Find(leg);
  return row == nullptr ? began_in : row->call;
}

void TouchLeg(Context& context, LegId leg, CallId began_in) {
  Touch(context, CallOf(context.state, leg, began_in));
}

SharedBytes TakeText(Context& context) {
  SharedBytes bytes(context.text);
  context.text.clear();
  return bytes;
}

void Send(Context& context, const Hop& hop, const SharedBytes& bytes, TransactionId transaction) {
  SendSip send;
  send.transport = hop.transport;
  send.flow = context.state.flows.contains(hop.flow) ? hop.flow : FlowId();
  send.remote = hop.remote;
  send.bytes = bytes;
  send.transaction = transaction;
  if (hop.transport == Transport::kUdp) send.local = hop.local;
  if (IsSecure(hop.transport)) send.domain = hop.domain;
  context.effects.list.push_back(std::move(send));
}

TimerHandle StartTimer(Context& context, Duration after, TimerKind kind, uint64_t row) {
  Timer timer;
  timer.kind = kind;
  timer.row = row;
  return context.state.timers.Start(context.now(), after, timer);
}

}  // namespace understudy::engine
