// INVITE outside a dialog: a call begins.
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/begin_leg.h"
#include "engine/branches/branches.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/client_transactions.h"
#include "engine/cti/call_notices.h"
#include "engine/cti/call_uuid.h"
#include "engine/cti/refer_notices.h"
#include "engine/dial_plan.h"
#include "engine/diversion.h"
#include "engine/early/early_dialogs.h"
#include "engine/gruu/gruu.h"
#include "engine/identity.h"
#include "engine/leg_message.h"
#include "engine/negotiation.h"
#include "engine/refer_call.h"
#include "engine/replaces.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "engine/session/session_refresh.h"
#include "engine/sip_ids.h"
#include "sip/dialog.h"
#include "sip/header_values.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

// An originator that says which bodies it takes, and does not take session descriptions (8.2.3, 21.4.7).
bool RefusesSdp(const sip::Message& request) {
  if (!request.Has(HeaderName::kAccept)) return false;
  for (absl::string_view accepted : sip::HeaderValues(request, HeaderName::kAccept)) {
    const absl::string_view type = sip::WithoutParams(accepted);
    if (absl::EqualsIgnoreCase(type, "application/sdp") || absl::EqualsIgnoreCase(type, "application/*")) return false;
    if (type == "*/*" || absl::StartsWithIgnoreCase(type, "multipart/")) return false;
  }
  return true;
}

// The destination's leg, joined with the originator's.
Leg& BeginSecondLeg(Context& context, Call& call, Leg& first, const SipReceived& request,
                    const Destination& destination) {
  Leg& leg = context.state.legs.Add(call.id);
  call.legs.push_back(leg.id);
  leg.peer = first.id;
  first.peer = leg.id;
  leg.phase = Leg::Phase::kInviting;
  leg.number = destination.number;
  leg.hop = destination.hop;
  leg.binding = destination.binding;
  leg.invited = true;
  const uint64_t half = NextMac(context);
  const uint64_t other_half = NextMac(context);
  const std::string sip_call_id =
      absl::StrCat(absl::Hex(half, absl::kZeroPad16), absl::Hex(other_half, absl::kZeroPad16));
  const std::string tag = MakeTag(leg.id, NextMac(context));
  leg.dialog = BeginDialogTo(context.state, request.message, destination, sip_call_id, tag);
  leg.invite_cseq = leg.dialog.local_sequence;
  OccupyWay(context, leg, destination, CallerUri(context.state, request.message));
  NoteForwards(context.state, destination, &leg);
  if (leg.trunk_use) (*leg.trunk_use)->asserted = AssertedBy(context.state, request.message, first.number);
  return leg;
}

void SendInvite(Context& context, Leg& leg, ServerTransaction& server, const SipReceived& request,
                const Destination& destination) {
  ClientTransaction& row = BeginClient(context, sip::Method::kInvite, leg.hop, Purpose::kInvite);
  row.call = leg.call;
  row.leg = leg.id;
  row.relay = server.id;
  row.cseq = leg.invite_cseq;
  server.relay = row.id;
  leg.client_invite = row.id;
  const std::string branch = MakeBranch(row.id, row.branch_mac);
  sip::MessageWriter writer = BeginLegRequest(context, leg, row.hop, "INVITE", branch, leg.invite_cseq,
                                              NextMaxForwards(request.message), request.message.from().display);
  WriteContact(context, leg, &writer);
  WriteCallUuid(context, context.state.CallOf(leg), &writer);
  const Leg& from = *context.state.PeerOf(leg);
  WriteAsked(context, leg, &writer);
  WriteDiversion(leg, &writer);
  const Asserted asserted = AssertOf(context, request.message, from.number, leg.number, destination.cpn, &writer);
  CarryHeaders(request.message, asserted, &writer, TimersBetween(context.state, leg));
  CarryBody(request.message, &writer);
  SendRequest(context, row);
}

}  // namespace

void OnInvite(Context& context, const SipReceived& request) {
  const sip::Message& message = request.message;
  if (NextMaxForwards(message) < 0) return Refuse(context, request, 483);
  if (RefusesSdp(message))
    return Refuse(context, request, 406, HeaderName::kWarning, "399 understudy \"no SDP accepted\"");
  const Dn* originator = FindOriginator(context.state, request);
  US_CHECK(originator != nullptr);  // RefusalOf
  if (const uint32_t least = RefusedIntervalOf(context.state, originator->number, message)) {
    return Refuse(context, request, 422, HeaderName::kMinSe, absl::StrCat(least));
  }
  if (TakesReplaces(context, message)) return OnReplacingInvite(context, request, *originator);
  const Destination destination = FindCalled(context.state, message.request_uri());
  if (destination.status != 0) return Refuse(context, request, destination.status);
  if (BreaksSips(message, destination)) return Refuse(context, request, 480, HeaderName::kWarning, kSipsNotAllowed);
  if (ComesBack(context.state, message, destination)) return Refuse(context, request, 482);

  const LegId next = context.state.legs.last_id().Next();
  const std::string tag = MakeTag(next, NextMac(context));
  absl::StatusOr<sip::Dialog> dialog = sip::BeginUasDialog(message, tag, IsSecure(request.transport));
  if (!dialog.ok()) return Refuse(context, request, 400);

  Call& call = context.state.calls.Add();
  call.started = context.now();
  call.started_at = context.state.wall_time;
  Leg& leg = context.state.legs.Add(call.id);
  call.legs.push_back(leg.id);
  leg.phase = Leg::Phase::kInviting;
  leg.dialog = *std::move(dialog);
  leg.number = originator->number;
  OccupyTrunk(context, leg, *originator);
  leg.hop = ResponseHop(request);
  leg.invite_cseq = message.cseq().number;
  Remember(message, leg);
  ReadAskedOf(context, leg, message);
  leg.hears_199 = Hears199(message);
  AskForTarget(context, leg);
  Touch(context, call.id);

  ServerTransaction& server = BeginServer(context, request, tag);
  server.call = call.id;
  server.leg = leg.id;
  server.purpose = Purpose::kInvite;
  leg.server_invite = server.id;
  Leg& second = BeginSecondLeg(context, call, leg, request, destination);
  SendInvite(context, second, server, request, destination);
  if (!destination.alone) RingFurther(context, second);
  if (destination.no_answer_timeout > Duration()) {
    call.no_answer = StartTimer(context, destination.no_answer_timeout, TimerKind::kNoAnswer, call.id.value());
  }
  ReportCall(context, call, CallProgress::Step::kStarted, 0);
  if (absl::optional<PendingRequest> request_of =
          TakeReferred(context, message, *originator, Dialled(message), leg.id)) {
    BeginReferredCall(context, call, leg, *std::move(request_of));
  }
  LegDialing(context, leg, Dialled(message));
}

}  // namespace understudy::engine
