#include "engine/replaces.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/begin_leg.h"
#include "engine/branches/branches.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/cti/phone_transfer.h"
#include "engine/dial_plan.h"
#include "engine/held_session.h"
#include "engine/leg_commands.h"
#include "engine/leg_message.h"
#include "engine/levels/phone_transfers.h"
#include "engine/negotiation.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "engine/session/own_answer.h"
#include "engine/session/session_refresh.h"
#include "engine/sip_ids.h"
#include "sip/dialog.h"
#include "sip/header_values.h"
#include "sip/refer_to.h"
#include "sip/replaces.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

bool MayReplace(const Configuration& configuration, const Leg& old, const Dn& originator, const sip::Message& invite) {
  if (old.number == originator.number) return true;
  sip::NameAddr referred_by;
  if (!sip::ReadReferredBy(invite, &referred_by)) return false;
  const std::string number = NumberOfUri(referred_by.uri);
  if (number == old.number) return true;
  const Dn* dn = configuration.FindDn(old.number);
  return dn != nullptr && dn->type == DnType::kTrunk && configuration.FindDn(number) == nullptr;
}

// RFC 3891 section 3, in its order; then our own.
Refusal RefusalOfReplaced(Context& context, const sip::Replaces& replaces, const Leg& old, const Dn& taker) {
  if (old.phase == Leg::Phase::kReleased) return {603, "The dialog has ended"};
  const bool confirmed = old.phase == Leg::Phase::kConfirmed;
  if (confirmed && replaces.early_only) return {486, "The dialog is not early any more"};
  if (!confirmed && !old.invited) return {481, "The dialog is early, and not begun by us"};
  return RefusalOfPlace(context, old, taker.number);
}

Leg& AddLeg(Context& context, Call& call, const SipReceived& request, sip::Dialog dialog, const Dn& originator) {
  Leg& leg = context.state.legs.Add(call.id);
  call.legs.push_back(leg.id);
  leg.phase = Leg::Phase::kInviting;
  leg.dialog = std::move(dialog);
  leg.number = originator.number;
  OccupyTrunk(context, leg, originator);
  leg.hop = ResponseHop(request);
  leg.invite_cseq = request.message.cseq().number;
  Remember(request.message, leg);
  ReadAskedOf(context, leg, request.message);
  ServerTransaction& server = BeginServer(context, request, leg.dialog.local_tag, Trying::kSkip);
  server.call = call.id;
  server.leg = leg.id;
  server.purpose = Purpose::kInvite;
  leg.server_invite = server.id;
  return leg;
}

// The INVITE that has made the leg, which has no medium yet: its own session, or that of `other` for an offer.
void Answer(Context& context, Leg& leg, const Leg& other) {
  const Leg& describes = leg.session.empty() ? other : leg;
  const std::string session = HeldSession(describes.session.view(), 0);
  leg.phase = Leg::Phase::kConfirmed;
  leg.dialog.state = sip::DialogState::kConfirmed;
  AnswerOurselves(context, leg, std::exchange(leg.server_invite, TransactionId()), session);
}

void Replace(Context& context, Leg& old, Leg& leg) {
  Leg& peer = *context.state.PeerOf(old);
  Call& call = context.state.CallOf(leg);
  PartFromPeer(context, old);
  Answer(context, leg, peer);
  if (peer.phase != Leg::Phase::kConfirmed) Answer(context, peer, leg);
  if (old.phase != Leg::Phase::kConfirmed) {
    context.state.timers.Cancel(&call.no_answer);
    ReportCall(context, call, CallProgress::Step::kAnswered, 200);
  }
  TakePlace(context, old, leg, NumberOfUri(leg.dialog.remote_uri));
}

}  // namespace

bool TakesReplaces(const Context& context, const sip::Message& invite) {
  return invite.Has(HeaderName::kReplaces) && ServesPhoneTransfers(context.state.feature_level);
}

void OnReplacingInvite(Context& context, const SipReceived& request, const Dn& originator) {
  const sip::Message& message = request.message;
  sip::Replaces replaces;
  if (!sip::ParseReplaces(message.ValueOf(HeaderName::kReplaces), &replaces)) {
    return RefuseSaying(context, request, 400, "Replaces must name one dialog");
  }
  Leg* old = FindDialog(context.state, replaces.to_tag, replaces.from_tag, replaces.call_id);
  if (old == nullptr) return RefuseSaying(context, request, 481, "Replaces names no dialog");
  if (!MayReplace(context.state.configuration, *old, originator, message)) {
    return RefuseSaying(context, request, 403, "The dialog is of another DN");
  }
  old = &LeadOf(context.state, *old);  // of several phones that ring for the same call any may be named
  const Refusal refusal = RefusalOfReplaced(context, replaces, *old, originator);
  if (refusal.status != 0) return RefuseSaying(context, request, refusal.status, refusal.reason);
  if (SessionOf(message).empty() && context.state.PeerOf(*old)->session.empty()) {
    return RefuseSaying(context, request, 488, "Nobody has described a session");
  }
  const LegId next = context.state.legs.last_id().Next();
  const std::string tag = MakeTag(next, NextMac(context));
  absl::StatusOr<sip::Dialog> dialog = sip::BeginUasDialog(message, tag, IsSecure(request.transport));
  if (!dialog.ok()) return Refuse(context, request, 400);
  Touch(context, old->call);
  Leg& leg = AddLeg(context, context.state.CallOf(*old), request, *std::move(dialog), originator);
  Replace(context, *old, leg);
}

}  // namespace understudy::engine
