// Who leaves a conference, by itself or by the will of another member (5.5).
#include "engine/cti/call_changes.h"
#include "engine/cti/call_event.h"
#include "engine/cti/call_requests.h"
#include "engine/cti/sessions.h"

namespace understudy::engine {

using tlib::Attribute;
using tlib::CallState;
using tlib::DNRole;
using tlib::ErrorCode;
using tlib::MessageType;

void TellPartyDeleted(Context& context, const Call& call, const Party& leaving, const Party& by,
                      const tlib::Message& request, const RequestCause& cause) {
  const size_t remaining = call.facts.CountMembers();
  for (const Party& party : call.facts.parties) {
    if (!party.told()) continue;
    CallEvent event(MessageType::kEventPartyDeleted, call, party);
    event.Other(leaving.number, DNRole::kDeletedParty)
        .ThirdParty(by.number, DNRole::kDeletedBy)
        .State(remaining > 2 ? CallState::kConferenced : CallState::kOk)
        .Reasons(request);
    if (party.id == by.id) event.For(cause, request);
    event.Tell(context);
  }
}

void OnDeleteFromConference(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindPlace(context, request, cause);
  if (!place) return;
  if (!place->party->member()) {
    return Refuse(context, cause, request, ErrorCode::kWrongState, "ThisDN is no member of the call yet");
  }
  Call& call = *place->call;
  const Party* leaving = nullptr;
  for (const Party& party : call.facts.parties) {
    if (party.number == request.Text(Attribute::kOtherDN) && party.member()) leaving = &party;
  }
  if (leaving == nullptr || leaving->id == place->party->id) {
    return Refuse(context, cause, request, ErrorCode::kInvalidDestination, "OtherDN: no other member of that call");
  }
  if (call.facts.CountMembers() < 3) {
    return Refuse(context, cause, request, ErrorCode::kWrongState, "a call of two is no conference");
  }
  CallEvent(MessageType::kEventReleased, call, *leaving)
      .ThirdParty(place->party->number, DNRole::kDeletedBy)
      .ReleasedBy(place->party->number)
      .Reasons(request)
      .Tell(context);
  FailAwaited(context, call.facts.FindParty(leaving->leg), ErrorCode::kCallDisconnected,
              "the party was deleted from the call before that was done");
  const Party left = *leaving;
  const Party by = *place->party;
  RemoveParty(context, *place->call, left.leg);
  TellPartyDeleted(context, call, left, by, request, cause);
}

}  // namespace understudy::engine
