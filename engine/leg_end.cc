// The end of one leg for a reason of ours, and of a call whose last leg has ended.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/call_handlers.h"
#include "engine/client_transactions.h"
#include "engine/leg_request.h"
#include "engine/negotiation.h"
#include "engine/refer.h"
#include "sip/status.h"
#include "sip/writer.h"

namespace understudy::engine {
namespace {

bool Lives(const Leg& leg) {
  return leg.phase != Leg::Phase::kNone && leg.phase != Leg::Phase::kReleased;
}

void SendByeSaying(Context& context, Leg& leg, int status) {
  ClientTransaction& row = BeginNextRequest(context, leg, sip::Method::kBye, Purpose::kBye);
  sip::MessageWriter writer(&context.text);
  writer.Header(sip::HeaderName::kReason, "SIP;cause=", status, ";text=\"", sip::ReasonPhrase(status), "\"");
  writer.NoBody();
  SendRequest(context, row);
}

}  // namespace

void EndFor(Context& context, Leg& leg, int status) {
  const bool at_once = leg.phase == Leg::Phase::kConfirmed && leg.client_invite.empty() && leg.server_invite.empty() &&
                       !leg.awaited_ack.has_value();
  if (!at_once) {
    ReleaseLeg(context, leg, status);
  } else {
    FinishReferral(context, leg, 487);
    SendDueAck(context, leg, nullptr);
    leg.phase = Leg::Phase::kReleased;
    SendByeSaying(context, leg, status);
  }
  leg.phase = Leg::Phase::kReleased;
  StopNegotiating(context, leg);
}

void ReportEnd(Context& context, const Leg& leg, CallProgress::Step step, int status) {
  Call& call = context.state.CallOf(leg);
  const bool goes_on =
      std::any_of(call.legs.begin(), call.legs.end(), [&](LegId id) { return Lives(*context.state.legs.Find(id)); });
  if (!goes_on) {
    ReportCall(context, call, step, status);
    context.state.timers.Cancel(&call.no_answer);
    context.state.timers.Cancel(&call.session_expiry);
  }
  RemoveIfOver(context, call.id);
}

}  // namespace understudy::engine
