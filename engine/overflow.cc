#include "engine/overflow.h"

#include <string>
#include <utility>

#include "base/check.h"
#include "engine/begin_leg.h"
#include "engine/branches/best_failure.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/client_transactions.h"
#include "engine/cti/call_notices.h"
#include "engine/cti/call_uuid.h"
#include "engine/dial_plan.h"
#include "engine/early/early_dialogs.h"
#include "engine/identity.h"
#include "engine/leg_message.h"
#include "engine/server_transactions.h"
#include "engine/session/session_refresh.h"
#include "engine/sip_ids.h"
#include "sip/parse.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

void KeepBest(int status, const SipReceived* response, TrunkUse* use) {
  if (!IsBetterFailure(status, static_cast<int>(use->best_status))) return;
  use->best_status = static_cast<uint32_t>(status);
  use->best = response == nullptr ? SharedBytes() : SharedBytes(response->message.raw());
}

bool IsCalled(const Leg& leg) {
  return leg.phase == Leg::Phase::kInviting || leg.phase == Leg::Phase::kAlerting;
}

// Somebody still waits for an answer, and this one sends the call on.
bool Overflows(Context& context, const Leg& leg, const ClientTransaction& ended, int status) {
  if (ended.purpose != Purpose::kInvite || !leg.trunk_use.has_value() || !IsCalled(leg)) return false;
  const TrunkUse& use = **leg.trunk_use;
  if (use.wanted.empty() || use.tried.size() + 1 >= kMostWays) return false;
  if (ended.cancelled || ended.cancel_pending) return false;
  if (!ended.relay.empty() && FindUnanswered(context, ended.relay) == nullptr) return false;
  const Dn* device = context.state.configuration.FindDn(use.device);
  return device != nullptr && context.state.configuration.OverflowOf(*device).Matches(status);
}

// What the caller's INVITE forbids: to leave TLS (26.2.2), and to come back to where it has been.
bool IsForbidden(Context& context, const Leg& leg, const ClientTransaction& ended, const Destination& next) {
  const ServerTransaction* server = FindUnanswered(context, ended.relay);
  const Leg* caller = context.state.PeerOf(leg);
  if (server == nullptr || caller == nullptr) return false;
  if (caller->dialog.secure && !IsSecure(next.hop.transport)) return true;
  return ComesBack(context.state, *server, next);
}

// What is passed over on the way is as good as tried.
Destination NextWay(Context& context, const Leg& leg, const ClientTransaction& ended, TrunkUse* use) {
  use->tried.push_back(use->device);
  for (;;) {
    Destination next = FindAlternative(context.state, leg.number, use->wanted, use->tried);
    const bool passed = next.status == 482 || (next.status == 0 && IsForbidden(context, leg, ended, next));
    if (!passed) return next;
    use->tried.push_back(next.device);
  }
}

void BeginAnew(Context& context, Leg& leg, const Destination& next, TrunkUse use) {
  ForgetEarlyDialogs(context, leg);
  leg.server_update = TransactionId();
  leg.client_update = TransactionId();
  const std::string from = FromUri(context.state, next, use.caller);
  use.device = next.device;
  context.state.legs.Occupy(leg, std::move(use));
  leg.number = next.number;
  leg.hop = next.hop;
  leg.binding = next.binding;
  leg.dialog = BeginDialogFrom(context, next, from, MakeTag(leg.id, NextMac(context)));
  leg.invite_cseq = leg.dialog.local_sequence;
  leg.rseq = 0;
  leg.session = SharedBytes();
  if (leg.agreement) context.state.timers.Cancel(&leg.agreement->timer);
  leg.agreement.reset();
  LegRerouted(context, leg);
}

// The INVITE of before, but for what is of the way. `own_timer`: what it said of session timers was ours.
void SendInviteAgain(Context& context, Leg& leg, const ClientTransaction& ended, const sip::Message& invite,
                     bool own_timer) {
  ClientTransaction& row = BeginClient(context, sip::Method::kInvite, leg.hop, Purpose::kInvite);
  row.call = leg.call;
  row.leg = leg.id;
  row.relay = ended.relay;
  row.cseq = leg.invite_cseq;
  leg.client_invite = row.id;
  if (ServerTransaction* server = context.state.transactions.FindServer(ended.relay)) server->relay = row.id;
  sip::MessageWriter writer =
      BeginLegRequest(context, leg, row.hop, "INVITE", MakeBranch(row.id, row.branch_mac), row.cseq,
                      static_cast<int>(invite.max_forwards().value_or(kMaxForwards)), invite.from().display);
  WriteContact(context, leg, &writer);
  WriteCallUuid(context, context.state.CallOf(leg), &writer);
  AssertAgain(context, invite, leg, &writer);
  WriteAsked(context, leg, &writer);
  CarryHeaders(invite, Asserted::kEnd, &writer, own_timer ? Timers::kEnd : TimersBetween(context.state, leg));
  if (invite.Has(HeaderName::kReplaces)) writer.Header(HeaderName::kReplaces, invite.ValueOf(HeaderName::kReplaces));
  CarryBody(invite, &writer);
  SendRequest(context, row);
}

void Report(Context& context, const std::string& device, int status) {
  context.effects.list.push_back(DeviceProgress{device, DeviceProgress::Step::kOverflowed, status});
}

}  // namespace

bool TryAlternativeTrunk(Context& context, Leg& leg, const ClientTransaction& ended, int status,
                         const SipReceived* response) {
  if (!Overflows(context, leg, ended, status)) return false;
  sip::Message invite;
  sip::ParseError error;
  if (!sip::ParseMessage(ended.request.view(), &invite, &error)) return false;  // longer than what is carried may be
  TrunkUse use = **leg.trunk_use;
  const Destination next = NextWay(context, leg, ended, &use);
  if (next.status != 0) return false;
  KeepBest(status, response, &use);
  if (Leg* asking = AskingOf(context, ended.relay)) LoseEarlyDialogs(context, *asking, leg.id, status);
  Report(context, (*leg.trunk_use)->device, status);
  const bool own_timer = HasOwnTimer(context.state, leg);
  BeginAnew(context, leg, next, std::move(use));
  SendInviteAgain(context, leg, ended, invite, own_timer);
  return true;
}

BestAnswer::BestAnswer(const Leg& leg, const ClientTransaction& ended, int status, const SipReceived* response)
    : status_(status), response_(response) {
  if (status < 300 || ended.purpose != Purpose::kInvite || !leg.trunk_use.has_value() || !IsCalled(leg)) return;
  const TrunkUse& use = **leg.trunk_use;
  const int best = static_cast<int>(use.best_status);
  if (IsBetterFailure(status, best)) return;
  status_ = best;
  response_ = nullptr;
  if (use.best.empty()) return;
  bytes_ = use.best;
  sip::ParseError error;
  kept_.bytes = bytes_.view();
  US_CHECK(sip::ParseMessage(kept_.bytes, &kept_.message, &error));  // it was received
  response_ = &kept_;
}

}  // namespace understudy::engine
