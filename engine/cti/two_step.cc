// Two-step operations: a consult call, and what becomes of it and of the call that is held meanwhile. That call
// survives with its ConnID; who was consulted comes over into it.
//
// Here facts change and events are told. The legs follow at the end of the entry (settle_calls.cc).
#include <string>
#include <vector>

#include "engine/cti/call_changes.h"
#include "engine/cti/call_event.h"
#include "engine/cti/call_requests.h"
#include "engine/cti/sessions.h"
#include "engine/leg_commands.h"

namespace understudy::engine {
namespace {

using tlib::Attribute;
using tlib::CallState;
using tlib::DNRole;
using tlib::ErrorCode;
using tlib::MessageType;
using tlib::PartyState;

const Party& Consulted(const TwoStep& two) {
  const std::vector<Party>& parties = two.consult->facts.parties;
  return parties[0].leg == two.consult_leg ? parties[1] : parties[0];
}

constexpr absl::string_view kConsultedTwice = "who was consulted has a part in the held call already";

// Who was consulted rings at least. Whether the consult call was begun as one does not matter.
absl::optional<TwoStep> FindTwoStep(Context& context, std::initializer_list<PartyState> consult_states,
                                    const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> consult = FindPlace(context, request, cause);
  if (!consult || !CheckState(context, *consult->party, consult_states, request, cause)) return absl::nullopt;
  const absl::optional<CallPlace> main = FindPlace(context, request, cause, Attribute::kHeldConnID);
  if (!main || !CheckState(context, *main->party, {PartyState::kHeld}, request, cause)) return absl::nullopt;
  const CallFacts& facts = consult->call->facts;
  if (facts.parties.size() != 2 || facts.CountTold() != 2) {
    Refuse(context, cause, request, ErrorCode::kWrongState,
           "ConnID: not a call of two, or its destination does not ring");
    return absl::nullopt;
  }
  const TwoStep two{main->call, main->party->leg, consult->call, consult->party->leg, main->party->number};
  if (!HasConsulted(two)) return two;
  Refuse(context, cause, request, ErrorCode::kInvalidDestination, kConsultedTwice);
  return absl::nullopt;
}

// What both calls had; where both had a key, the main call's.
void MergeUserData(Context& context, const TwoStep& two) {
  if (two.consult->facts.user_data.view().empty()) return;
  const tlib::KeyValueList main = UserDataOf(two.main->facts);
  const tlib::KeyValueList consult = UserDataOf(two.consult->facts);
  tlib::KeyValueList merged = main;
  for (const tlib::KeyValuePair& pair : consult.pairs()) {
    if (main.Find(pair.key) == nullptr) merged.Append(pair);
  }
  // Beyond the limit the main call keeps what it had.
  if (merged.pairs().size() > main.pairs().size()) ChangeUserData(context, *two.main, merged);
}

// The consulted party comes over, and is told as one that has come, also if it still rings as somebody's guest; the
// calls of its legs' rows follow.
Party& BringOver(Context& context, const TwoStep& two) {
  MergeUserData(context, two);
  const LegId leg = Consulted(two).leg;
  RemoveParty(context, *two.consult, two.consult_leg);
  Party& party = MoveParty(context, *two.consult, *two.main, leg);
  party.asked_by = LegId();
  return party;
}

void Conference(Context& context, const TwoStep& two, const tlib::Message& request, const RequestCause& cause) {
  const uint64_t consult_conn_id = two.consult->facts.conn_id;
  CallEvent(MessageType::kEventReleased, *two.consult, *two.consult->facts.FindParty(two.consult_leg))
      .State(CallState::kConferenced)
      .Reasons(request)
      .Tell(context);
  Party* party = two.main->facts.FindParty(two.main_leg);
  SetPartyState(context, *two.main, *party, PartyState::kConnected);
  CallEvent(MessageType::kEventRetrieved, *two.main, *party)
      .State(CallState::kConferenced)
      .For(cause, request)
      .Tell(context);
  const LegId moved = BringOver(context, two).leg;
  const Party& consulted = *two.main->facts.FindParty(moved);
  for (const Party& each : two.main->facts.parties) {
    if (!each.told()) continue;
    if (each.leg == moved) {
      const Party& first = two.main->facts.parties.front();
      CallEvent(MessageType::kEventPartyChanged, *two.main, each)
          .State(CallState::kConferenced)
          .Other(first.number, first.role)
          .ThirdParty(two.dn, DNRole::kConferencedBy)
          .Previous(consult_conn_id)
          .Tell(context);
    } else {
      CallEvent(MessageType::kEventPartyAdded, *two.main, each)
          .State(CallState::kConferenced)
          .Other(consulted.number, DNRole::kNewParty)
          .ThirdParty(two.dn, DNRole::kAddedBy)
          .Tell(context);
    }
  }
}

// How the consult call's data begins.
bool CheckConsultUserData(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::string_view way = request.List(Attribute::kExtensions).Text("ConsultUserData");
  if (way.empty() || way == "separate" || way == "inherited") return true;
  Refuse(context, cause, request, ErrorCode::kInvalidAttribute,
         "Extensions: ConsultUserData: allowed are separate and inherited");
  return false;
}

bool CheckRoom(Context& context, const Call& call, const tlib::Message& request, const RequestCause& cause) {
  if (call.facts.parties.size() < kMostParties) return true;
  Refuse(context, cause, request, ErrorCode::kServiceUnavailable, "the call has as many parties as a call may have");
  return false;
}

}  // namespace

bool HasConsulted(const TwoStep& two) {
  const Party& consulted = Consulted(two);
  return !consulted.external() && two.main->facts.FindParty(consulted.number) != nullptr;
}

void CompleteTwoStep(Context& context, const TwoStep& two, const tlib::Message& request, const RequestCause& cause) {
  const uint64_t consult_conn_id = two.consult->facts.conn_id;
  const Party& party = *two.main->facts.FindParty(two.main_leg);
  CallEvent(MessageType::kEventReleased, *two.consult, *two.consult->facts.FindParty(two.consult_leg))
      .State(CallState::kTransferred)
      .Reasons(request)
      .Tell(context);
  CallEvent(MessageType::kEventReleased, *two.main, party)
      .State(CallState::kTransferred)
      .For(cause, request)
      .Tell(context);
  const LegId moved = BringOver(context, two).leg;
  RemoveParty(context, *two.main, two.main_leg);
  Party& consulted = *two.main->facts.FindParty(moved);
  const Party& first = two.main->facts.parties.front();
  if (!consulted.told()) {
    consulted.sent_by = two.dn;
    consulted.sent_role = DNRole::kTransferredBy;
    consulted.sent_state = CallState::kTransferred;
  }
  for (const Party& each : two.main->facts.parties) {
    if (!each.told()) continue;
    CallEvent event(MessageType::kEventPartyChanged, *two.main, each);
    event.State(CallState::kTransferred).ThirdParty(two.dn, DNRole::kTransferredBy);
    if (each.leg == moved) {
      event.Other(first.number, first.role).Previous(consult_conn_id);
    } else {
      event.Other(consulted.number, consulted.role);
    }
    event.Tell(context);
  }
}

// RequestInitiateTransfer, RequestInitiateConference, RequestMuteTransfer: the call is held, if it is not, and another
// begins. If that fails, the call stays held until it is retrieved.
void OnInitiate(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindPlace(context, request, cause);
  if (!place) return;
  Party* party = place->party;
  if (!CheckState(context, *party, {PartyState::kConnected, PartyState::kHeld}, request, cause)) return;
  if (!CheckConsultUserData(context, request, cause)) return;
  if (!CheckRoom(context, *place->call, request, cause)) return;
  const absl::optional<Destination> destination = CheckDestination(context, request, cause);
  if (!destination || !CheckNewcomer(context, *place->call, *destination, request, cause)) return;
  if (party->state == PartyState::kHeld) return BeginClientCall(context, place->call, request, cause);
  if (place->call->facts.CountTold() != 2) {
    return Refuse(context, cause, request, ErrorCode::kWrongState, "nobody can put a conference on hold");
  }
  Await(request, cause, party);
  HoldLeg(context, *context.state.legs.Find(party->leg));
}

void OnCompleteTransfer(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<TwoStep> two =
      FindTwoStep(context, {PartyState::kDialing, PartyState::kConnected}, request, cause);
  if (!two) return;
  CompleteTwoStep(context, *two, request, cause);
}

void OnCompleteConference(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<TwoStep> two = FindTwoStep(context, {PartyState::kConnected}, request, cause);
  if (!two || !CheckRoom(context, *two->main, request, cause)) return;
  RetrieveLegWhenFree(context, *context.state.legs.Find(two->main_leg));
  Conference(context, *two, request, cause);
}

// Two calls of ThisDN become one: without it (MergeType Transfer, which is what is meant when nothing is said), or with
// it.
void OnMergeCalls(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::string_view type = request.List(Attribute::kExtensions).Text("MergeType");
  if (type.empty() || type == "Transfer") return OnCompleteTransfer(context, request, cause);
  if (type == "Conference") return OnCompleteConference(context, request, cause);
  Refuse(context, cause, request, ErrorCode::kInvalidAttribute,
         "Extensions: MergeType: allowed are Transfer and Conference");
}

void CompleteMuteTransfer(Context& context, const Leg& destination) {
  Call& consult = context.state.CallOf(destination);
  Party* party = consult.facts.FindParty(destination.peer);
  if (party == nullptr || !party->pending || party->pending->type != MessageType::kRequestMuteTransfer) return;
  Call* main = FindCallByConnId(context.state, consult.facts.main_conn_id);
  const Party* held = main == nullptr ? nullptr : main->facts.FindParty(party->number);
  if (held == nullptr || held->state != PartyState::kHeld || held->pending.has_value()) {
    return FailAwaited(context, party, ErrorCode::kCallDisconnected, "the main call is not held any more");
  }
  const TwoStep two{main, held->leg, &consult, party->leg, party->number};
  if (HasConsulted(two)) return FailAwaited(context, party, ErrorCode::kInvalidDestination, kConsultedTwice);
  const Awaited awaited = *TakeAwaited(party);
  CompleteTwoStep(context, two, awaited.request, awaited.cause);
}

}  // namespace understudy::engine
