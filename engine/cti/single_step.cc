// RequestSingleStepTransfer and RequestSingleStepConference, and the REFER of a phone: a further party is called into
// the call, without a consult call. Nothing changes until it rings, or answers; if it does not, the request fails and
// the call is as it was.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/cti/call_changes.h"
#include "engine/cti/call_event.h"
#include "engine/cti/call_requests.h"
#include "engine/cti/phone_transfer.h"
#include "engine/cti/sessions.h"
#include "engine/leg_commands.h"
#include "engine/refer.h"

namespace understudy::engine {
namespace {

using tlib::CallState;
using tlib::DNRole;
using tlib::ErrorCode;
using tlib::MessageType;
using tlib::PartyState;

// The party that asked for `further` and waits for it; nullptr: nobody.
Party* RequesterOf(Call& call, const Party& further, MessageType type) {
  Party* party = further.asked_by.empty() ? nullptr : call.facts.FindParty(further.asked_by);
  return party != nullptr && party->pending && party->pending->type == type ? party : nullptr;
}

const Party& OtherThan(const Call& call, LegId a, LegId b) {
  for (const Party& party : call.facts.parties) {
    if (party.leg != a && party.leg != b) return party;
  }
  return call.facts.parties.front();
}

// The requester goes, for the further party rings.
void Transfer(Context& context, Call& call, Party* requester, LegId further) {
  const Awaited awaited = *TakeAwaited(requester);
  FinishReferral(context, *context.state.legs.Find(requester->leg), 200);
  const std::string dn = requester->number;
  const std::string target = call.facts.FindParty(further)->number;
  const Party& other = OtherThan(call, requester->leg, further);
  CallEvent(MessageType::kEventReleased, call, *requester)
      .State(CallState::kTransferred)
      .Other(other.number, other.role)
      .ThirdParty(target, DNRole::kDestination)
      .For(awaited.cause, awaited.request)
      .Tell(context);
  RemoveParty(context, call, requester->leg);
  call.facts.FindParty(further)->asked_by = LegId();
  for (const Party& party : call.facts.parties) {
    if (party.leg == further || !party.told()) continue;
    CallEvent(MessageType::kEventPartyChanged, call, party)
        .State(CallState::kTransferred)
        .Other(target, DNRole::kDestination)
        .ThirdParty(dn, DNRole::kTransferredBy)
        .Reasons(awaited.request)
        .Tell(context);
  }
}

// Who asked for it may be gone: then it is nobody's outcome.
void TellAdded(Context& context, const Call& call, const Party& added, LegId asked_by,
               const absl::optional<Awaited>& awaited) {
  const CallState state = call.facts.CountMembers() > 2 ? CallState::kConferenced : CallState::kOk;
  for (const Party& party : call.facts.parties) {
    if (party.leg == added.leg || !party.told()) continue;
    CallEvent event(MessageType::kEventPartyAdded, call, party);
    event.State(state).Other(added.number, DNRole::kNewParty).ThirdParty(added.sent_by, DNRole::kAddedBy);
    if (awaited) event.Reasons(awaited->request);
    if (awaited && party.leg == asked_by) event.For(awaited->cause, awaited->request);
    event.Tell(context);
  }
}

}  // namespace

void OnSingleStep(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindPlace(context, request, cause);
  if (!place) return;
  Call& call = *place->call;
  Party* party = place->party;
  if (!CheckState(context, *party, {PartyState::kConnected, PartyState::kHeld}, request, cause)) return;
  const bool transfer = request.type() == MessageType::kRequestSingleStepTransfer;
  if (transfer && call.facts.parties.size() != 2) {
    return Refuse(context, cause, request, ErrorCode::kWrongState,
                  "only a call of two is transferred in a single step");
  }
  if (call.facts.parties.size() >= kMostParties) {
    return Refuse(context, cause, request, ErrorCode::kServiceUnavailable,
                  "the call has as many parties as a call may have");
  }
  const absl::optional<Destination> destination = CheckDestination(context, request, cause);
  if (!destination) return;
  if (!CheckNewcomer(context, call, *destination, request, cause)) return;
  CallFurther(context, call, *party, *destination, request.Text(tlib::Attribute::kOtherDN), request, cause);
}

void CallFurther(Context& context, Call& call, Party& party, const Destination& destination, absl::string_view dialled,
                 const tlib::Message& request, const RequestCause& cause, const ReferredInvite& referred) {
  const bool transfer = request.type() == MessageType::kRequestSingleStepTransfer;
  const LegId asking = party.leg;
  Leg& peer = *context.state.legs.Find(transfer ? OtherThan(call, asking, asking).leg : asking);
  Await(request, cause, &party);
  const Leg& leg = DialFurther(context, peer, destination, referred);
  Party& further = AddParty(context, call, leg, dialled, DNRole::kDestination);
  further.asked_by = asking;
  further.sent_by = call.facts.FindParty(asking)->number;
  further.sent_role = transfer ? DNRole::kTransferredBy : DNRole::kAddedBy;
  further.sent_state = transfer ? CallState::kTransferred : CallState::kConferenced;
}

void LeaveSingleStep(Context& context, const Leg& leg) {
  Call& call = context.state.CallOf(leg);
  for (const Party& further : call.facts.parties) {
    if (further.asked_by != leg.id) continue;
    return Transfer(context, call, call.facts.FindParty(leg.id), further.leg);
  }
}

void OnFurtherAlerting(Context& context, Call& call, LegId leg) {
  const Party& further = *call.facts.FindParty(leg);
  if (Party* requester = RequesterOf(call, further, MessageType::kRequestSingleStepTransfer)) {
    Transfer(context, call, requester, leg);
  }
}

void OnFurtherAnswered(Context& context, Call& call, LegId leg) {
  Party& further = *call.facts.FindParty(leg);
  if (further.asked_by.empty()) return;
  Party* requester = RequesterOf(call, further, MessageType::kRequestSingleStepConference);
  const LegId asked_by = std::exchange(further.asked_by, LegId());
  TellAdded(context, call, further, asked_by, requester == nullptr ? absl::nullopt : TakeAwaited(requester));
}

bool OnFurtherFailed(Context& context, Call& call, const Party& party, int status) {
  for (const MessageType type : {MessageType::kRequestSingleStepTransfer, MessageType::kRequestSingleStepConference}) {
    if (Party* requester = RequesterOf(call, party, type)) {
      FailAwaited(context, requester, ErrorCode::kDestinationFailed,
                  absl::StrCat("OtherDN did not take the call: ", status));
      FinishReferral(context, *context.state.legs.Find(requester->leg), status < 300 ? 487 : status);
      return true;
    }
  }
  return false;
}

}  // namespace understudy::engine
