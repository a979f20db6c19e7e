// Legs that are called because a client wants it: a call of its own, a further leg, another destination.
#include <string>

#include "base/check.h"
#include "engine/begin_leg.h"
#include "engine/branches/branches.h"
#include "engine/call_handlers.h"
#include "engine/client_transactions.h"
#include "engine/cti/call_notices.h"
#include "engine/diversion.h"
#include "engine/early/early_dialogs.h"
#include "engine/leg_commands.h"
#include "engine/leg_message.h"
#include "engine/negotiation.h"
#include "engine/server_transactions.h"
#include "sip/escape.h"

namespace understudy::engine {
namespace {

std::string NumberOf(const Destination& destination) {
  std::string number;
  sip::Unescape(destination.dialled, &number);
  return number;
}

// The INVITE of a new destination in the place of one whose INVITE carried that of `originator`: what it is answered is
// the originator's.
void RelayTo(const Context& context, Leg& leg, const Leg& originator) {
  ServerTransaction* server = context.state.transactions.FindServer(originator.server_invite);
  ClientTransaction* row = context.state.transactions.FindClient(leg.client_invite);
  if (server == nullptr || row == nullptr) return;
  row->relay = server->id;
  server->relay = row->id;
}

// The phone that a client calls from answers when it is told to: of several all would.
bool AnswersByItself(const State& state, const Leg& leg) {
  const Dn* dn = state.configuration.FindDn(leg.number);
  return dn != nullptr && dn->profile.takes_talk;
}

// A caller that is nobody to those it calls stays so.
void KeepAnonymous(const Leg& originator, Leg* leg) {
  if (!IsAnonymous(originator.dialog.remote_uri)) return;
  leg->dialog.local_uri = originator.dialog.remote_uri;
  if (leg->trunk_use) (*leg->trunk_use)->caller = originator.dialog.remote_uri;
}

// `leg` has no peer any more, and is cancelled.
void Abandon(Context& context, Leg& leg) {
  if (ClientTransaction* row = context.state.transactions.FindClient(leg.client_invite)) row->relay = TransactionId();
  leg.peer = LegId();
  ReleaseLeg(context, leg, 487);
  leg.phase = Leg::Phase::kReleased;
  LegReleased(context, leg, 487, LegEnd::kServer);
}

}  // namespace

Leg& ThirdPartyCall(Context& context, const Destination& originator, const Destination& destination) {
  US_CHECK_EQ(originator.status, 0);
  US_CHECK_EQ(destination.status, 0);
  Call& call = context.state.calls.Add();
  call.started = context.now();
  call.started_at = context.state.wall_time;
  Touch(context, call.id);
  Leg& leg = BeginLeg(context, call, originator, NumberOf(destination));
  MakePeers(leg, BeginLeg(context, call, destination, originator.number));
  leg.negotiation = Negotiation::kAsked;
  SendOwnInvite(context, leg, {});
  if (!originator.alone && !AnswersByItself(context.state, leg)) RingFurther(context, leg);
  RestartNoAnswer(context, leg);
  ReportCall(context, call, CallProgress::Step::kStarted, 0);
  return leg;
}

Leg& DialFurther(Context& context, Leg& peer, const Destination& destination, const ReferredInvite& referred) {
  US_CHECK_EQ(destination.status, 0);
  Leg& leg = BeginLeg(context, context.state.CallOf(peer), destination, peer.number);
  Touch(context, leg.call);
  if (peer.session.empty()) leg.negotiation = Negotiation::kAsked;
  SendOwnInvite(context, leg, peer.session.view(), referred);
  if (!destination.alone) RingFurther(context, leg);
  if (destination.no_answer_timeout > Duration()) {
    leg.patience = StartTimer(context, destination.no_answer_timeout, TimerKind::kPatience, leg.id.value());
  }
  return leg;
}

Leg& RedirectAlerting(Context& context, Leg& alerting, const Destination& destination) {
  US_CHECK_EQ(destination.status, 0);
  Leg* originator = context.state.PeerOf(alerting);
  US_CHECK(originator != nullptr);
  LoseEarlyDialogs(context, *originator, LegId(), 0);
  StopAwaitingPrack(context, *originator);
  Call& call = context.state.CallOf(alerting);
  Touch(context, call.id);
  Destination there = destination;
  if (WantsTls(*originator)) TurnToTls(context.state, &there);
  Leg& leg = BeginLeg(context, call, there, originator->number);
  KeepAnonymous(*originator, &leg);
  NoteDeflection(context.state, alerting, &leg);
  MakePeers(*originator, leg);
  if (originator->session.empty() && originator->server_invite.empty()) leg.negotiation = Negotiation::kAsked;
  SendOwnInvite(context, leg, originator->session.view());
  RelayTo(context, leg, *originator);
  RingFurther(context, leg);
  RestartNoAnswer(context, leg);
  Abandon(context, alerting);
  return leg;
}

}  // namespace understudy::engine
