// Hold and retrieve, and what is made of them: alternate and reconnect. A party that is held hears nothing of it.
#include "absl/strings/str_cat.h"
#include "engine/cti/call_changes.h"
#include "engine/cti/call_event.h"
#include "engine/cti/call_requests.h"
#include "engine/cti/sessions.h"
#include "engine/leg_commands.h"

namespace understudy::engine {
namespace {

using tlib::Attribute;
using tlib::ErrorCode;
using tlib::MessageType;
using tlib::PartyState;

Leg& LegOf(Context& context, const Party& party) {
  return *context.state.legs.Find(party.leg);
}

// Which session is to stop, where there are many?
bool CheckTwo(Context& context, const CallPlace& place, const tlib::Message& request, const RequestCause& cause) {
  if (place.call->facts.CountTold() == 2 && !LegOf(context, *place.party).peer.empty()) return true;
  Refuse(context, cause, request, ErrorCode::kWrongState, "only one of two parties holds the other");
  return false;
}

// Two calls of ThisDN: the one it holds, and the one it does not.
struct TwoPlaces {
  CallPlace current;
  CallPlace held;
};

absl::optional<TwoPlaces> FindTwoPlaces(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> current = FindPlace(context, request, cause);
  if (!current) return absl::nullopt;
  const absl::optional<CallPlace> held = FindPlace(context, request, cause, Attribute::kHeldConnID);
  if (!held || !CheckState(context, *held->party, {PartyState::kHeld}, request, cause)) return absl::nullopt;
  return TwoPlaces{*current, *held};
}

bool Awaits(const Party& party, MessageType type) {
  return party.pending.has_value() && party.pending->type == type;
}

bool AwaitsHold(const Party& party) {
  return Awaits(party, MessageType::kRequestHoldCall) || Awaits(party, MessageType::kRequestAlternateCall) ||
         Awaits(party, MessageType::kRequestInitiateTransfer) ||
         Awaits(party, MessageType::kRequestInitiateConference) || Awaits(party, MessageType::kRequestMuteTransfer);
}

bool AwaitsRetrieve(const Party& party) {
  return Awaits(party, MessageType::kRequestRetrieveCall) || Awaits(party, MessageType::kRequestAlternateCall) ||
         Awaits(party, MessageType::kRequestReconnectCall);
}

// The second half of a request about two calls; its outcome is that of this half.
void RetrieveOther(Context& context, const Awaited& awaited) {
  const auto held = static_cast<uint64_t>(awaited.request.Number(Attribute::kHeldConnID));
  Call* call = FindCallByConnId(context.state, held);
  Party* party = call == nullptr ? nullptr : call->facts.FindParty(awaited.request.Text(Attribute::kThisDN));
  if (party == nullptr || party->state != PartyState::kHeld || party->pending.has_value()) {
    return Refuse(context, awaited.cause, awaited.request, ErrorCode::kCallDisconnected,
                  "HeldConnID: the call is not held there any more");
  }
  Await(awaited.request, awaited.cause, party);
  RetrieveLeg(context, LegOf(context, *party));
}

}  // namespace

void OnHoldCall(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindPlace(context, request, cause);
  if (!place || !CheckState(context, *place->party, {PartyState::kConnected}, request, cause)) return;
  if (!CheckTwo(context, *place, request, cause)) return;
  Await(request, cause, place->party);
  HoldLeg(context, LegOf(context, *place->party));
}

void OnRetrieveCall(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindPlace(context, request, cause);
  if (!place || !CheckState(context, *place->party, {PartyState::kHeld}, request, cause)) return;
  if (LegOf(context, *place->party).peer.empty()) {
    return Refuse(context, cause, request, ErrorCode::kWrongState, "ThisDN talks to nobody there");
  }
  for (const CallId id : context.state.parties.CallsOf(place->party->number)) {
    const Party* other = context.state.calls.Find(id)->facts.FindParty(place->party->number);
    if (id != place->call->id && other->state == PartyState::kConnected) {
      return Refuse(context, cause, request, ErrorCode::kDNBusy, "ThisDN talks in another call");
    }
  }
  Await(request, cause, place->party);
  RetrieveLeg(context, LegOf(context, *place->party));
}

void OnAlternateCall(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<TwoPlaces> places = FindTwoPlaces(context, request, cause);
  if (!places || !CheckState(context, *places->current.party, {PartyState::kConnected}, request, cause)) return;
  if (!CheckTwo(context, places->current, request, cause)) return;
  Await(request, cause, places->current.party);
  HoldLeg(context, LegOf(context, *places->current.party));
}

// The other call may still ring: that is how a consultation is given up.
void OnReconnectCall(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<TwoPlaces> places = FindTwoPlaces(context, request, cause);
  if (!places) return;
  const Party& current = *places->current.party;
  if (!CheckState(context, current, {PartyState::kDialing, PartyState::kConnected}, request, cause)) return;
  HangUp(context, LegOf(context, current));
  RetrieveOther(context, Awaited{cause, request});
}

// A phone that was told to hold may have said so itself, before it answered: then it is held already.
void OnHoldDone(Context& context, const Call& call, Party* party, int status) {
  const bool asked = AwaitsHold(*party);
  if (status >= 300) {
    if (!asked) return;
    return FailAwaited(context, party, ErrorCode::kDestinationFailed,
                       absl::StrCat("the other phone was not put on hold: ", status));
  }
  const bool told = party->state == PartyState::kHeld;
  if (told && !asked) return;
  if (!told) SetPartyState(context, call, *party, PartyState::kHeld);
  CallEvent event(MessageType::kEventHeld, call, *party);
  const bool alternates = Awaits(*party, MessageType::kRequestAlternateCall);
  const bool outcome = Awaits(*party, MessageType::kRequestHoldCall);
  const absl::optional<Awaited> awaited = asked ? TakeAwaited(party) : absl::nullopt;
  if (awaited && outcome) event.For(awaited->cause, awaited->request);
  if (!told || outcome) event.Tell(context);
  if (!awaited) return;
  if (alternates) return RetrieveOther(context, *awaited);
  if (!outcome) BeginClientCall(context, &call, awaited->request, awaited->cause);
}

void OnRetrieveDone(Context& context, const Call& call, Party* party, int status) {
  const bool asked = AwaitsRetrieve(*party);
  if (status >= 300) {
    if (!asked) return;
    return FailAwaited(context, party, ErrorCode::kDestinationFailed,
                       absl::StrCat("the other phone was not taken off hold: ", status));
  }
  if (party->state != PartyState::kHeld && !asked) return;
  if (party->state == PartyState::kHeld) SetPartyState(context, call, *party, PartyState::kConnected);
  CallEvent event(MessageType::kEventRetrieved, call, *party);
  const absl::optional<Awaited> awaited = asked ? TakeAwaited(party) : absl::nullopt;
  if (awaited) event.For(awaited->cause, awaited->request);
  event.Tell(context);
}

}  // namespace understudy::engine
