#include "engine/cti/phone_transfer.h"

#include "base/check.h"
#include "engine/cti/call_changes.h"
#include "engine/cti/call_event.h"
#include "engine/cti/call_requests.h"

namespace understudy::engine {
namespace {

using tlib::CallState;
using tlib::DNRole;
using tlib::MessageType;
using tlib::PartyState;

// Rows of one call, which phones hand on without being asked whether they may.
constexpr size_t kMostLegs = 64;

Party& PartyOf(Context& context, const Leg& leg) {
  Party* party = context.state.CallOf(leg).facts.FindParty(leg.id);
  US_CHECK(party != nullptr);
  return *party;
}

bool Talks(const Party& party) {
  return party.state == PartyState::kConnected || party.state == PartyState::kHeld;
}

const Leg* ConfirmedPeer(const State& state, const Leg& leg) {
  const Leg* peer = state.PeerOf(leg);
  return peer != nullptr && peer->phase == Leg::Phase::kConfirmed ? peer : nullptr;
}

// The consult call, where one of the two was begun as the other's; otherwise the one that REFER does not come in.
bool IsConsultOf(const Call& call, const Call& main) {
  return call.facts.main_conn_id != 0 && call.facts.main_conn_id == main.facts.conn_id;
}

TwoStep TwoStepOf(Context& context, const Leg& leg, const Leg& other) {
  Call& call = context.state.CallOf(leg);
  Call& other_call = context.state.CallOf(other);
  if (IsConsultOf(call, other_call)) return TwoStep{&other_call, other.id, &call, leg.id, leg.number};
  return TwoStep{&call, leg.id, &other_call, other.id, leg.number};
}

}  // namespace

bool IsPhoneInCall(const State& state, const Leg& leg) {
  const Dn* dn = state.configuration.FindDn(leg.number);
  if (dn == nullptr || dn->type != DnType::kExtension) return false;
  const Call* call = state.calls.Find(leg.call);
  if (call == nullptr || !call->facts.known()) return false;
  // Who has handed its call over has no party any more, but its REFERs are ours still.
  return call->facts.FindParty(leg.id) != nullptr || leg.referral.step != Referral::Step::kNone;
}

Refusal RefusalOfSingleStep(Context& context, const Leg& leg) {
  const Call& call = context.state.CallOf(leg);
  const Party& party = PartyOf(context, leg);
  if (party.pending.has_value()) return {491, "A request of a client is at work"};
  if (call.facts.parties.size() != 2) return {403, "Only a call of two can be handed over"};
  if (!Talks(party) || ConfirmedPeer(context.state, leg) == nullptr) return {403, "The call is not answered"};
  if (call.legs.size() >= kMostLegs) return {403, "The call has been handed on too often"};
  return {};
}

Refusal RefusalOfTarget(const Context& context, const Leg& leg, const Destination& destination) {
  const Dn* dn = context.state.configuration.FindDn(destination.number);
  if (dn == nullptr || dn->type != DnType::kExtension) return {};
  if (destination.number == leg.number) return {403, "The call would come back"};
  const bool there = context.state.CallOf(leg).facts.FindParty(destination.number) != nullptr;
  if (there) return {403, "The call is there already"};
  return {};
}

void StartSingleStep(Context& context, Leg& leg, const Destination& destination, absl::string_view dialled,
                     const ReferredInvite& referred) {
  tlib::Message request(MessageType::kRequestSingleStepTransfer);
  request.Set(tlib::Attribute::kThisDN, leg.number);
  CallFurther(context, context.state.CallOf(leg), PartyOf(context, leg), destination, dialled, request, {}, referred);
}

Refusal RefusalOfTwoStep(Context& context, const Leg& leg, const Leg& other) {
  if (other.number != leg.number) return {403, "Replaces names a dialog of another DN"};
  if (other.call == leg.call) return {403, "Replaces names a dialog of the same call"};
  if (other.phase == Leg::Phase::kReleased || !IsPhoneInCall(context.state, other)) {
    return {481, "Replaces names a dialog that has ended"};
  }
  if (other.referral.step != Referral::Step::kNone) return {491, "Another REFER is at work"};
  const TwoStep two = TwoStepOf(context, leg, other);
  const Party& main = *two.main->facts.FindParty(two.main_leg);
  const Party& consult = *two.consult->facts.FindParty(two.consult_leg);
  if (main.pending.has_value() || consult.pending.has_value()) return {491, "A request of a client is at work"};
  if (!Talks(main)) return {403, "The call is not answered"};
  if (!Talks(consult) && consult.state != PartyState::kDialing)
    return {403, "The consult call is not dialled by the DN"};
  if (two.main->facts.CountTold() < 2) return {403, "Nobody is left in the call"};
  if (two.consult->facts.parties.size() != 2 || two.consult->facts.CountTold() != 2) {
    return {403, "The consult call is not one of two"};
  }
  if (HasConsulted(two)) return {403, "Who was consulted is in the call already"};
  if (two.main->legs.size() >= kMostLegs) return {403, "The call has been handed on too often"};
  return {};
}

void DoTwoStep(Context& context, const Leg& leg, const Leg& other) {
  CompleteTwoStep(context, TwoStepOf(context, leg, other), tlib::Message(), {});
}

Refusal RefusalOfPlace(Context& context, const Leg& old, absl::string_view taker) {
  const Call& call = context.state.CallOf(old);
  const Leg* peer = context.state.PeerOf(old);
  const Party* party = call.facts.FindParty(old.id);
  if (party == nullptr || peer == nullptr || call.facts.FindParty(peer->id) == nullptr) {
    return {403, "The dialog is of no call of two"};
  }
  const Party& other = *call.facts.FindParty(peer->id);
  if (call.facts.parties.size() != 2) return {403, "The dialog is of no call of two"};
  if (party->pending.has_value() || other.pending.has_value()) return {491, "A request is at work in the call"};
  if (!other.external() && other.number == taker) return {403, "The DN is in the call already"};
  const bool rings = party->state == PartyState::kAlerting;
  const bool waits = rings && other.state == PartyState::kDialing;  // a caller; who talks was transferred to it
  if (!waits && !((rings || Talks(*party)) && Talks(other))) return {491, "The call is not answered"};
  if (call.legs.size() >= kMostLegs) return {403, "The call has been handed on too often"};
  return {};
}

void TakePlace(Context& context, const Leg& old, const Leg& leg, absl::string_view number) {
  Call& call = context.state.CallOf(leg);
  const Party left = PartyOf(context, old);
  const CallState left_by = left.state == PartyState::kAlerting ? CallState::kPickedup : CallState::kTransferred;
  const Party added = AddParty(context, call, leg, number, left.role);
  CallEvent(MessageType::kEventReleased, call, PartyOf(context, old))
      .State(left_by)
      .ThirdParty(added.number, DNRole::kDestination)
      .Tell(context);
  RemoveParty(context, call, old.id);
  Party& other = call.facts.parties.front();
  Party& taking = *call.facts.FindParty(leg.id);
  SetPartyState(context, call, taking, PartyState::kConnected);
  if (other.state == PartyState::kDialing) {
    SetPartyState(context, call, other, PartyState::kConnected);
    CallEvent(MessageType::kEventEstablished, call, other).Tell(context);
  } else {
    CallEvent(MessageType::kEventPartyChanged, call, other)
        .State(left_by)
        .Other(taking.number, taking.role)
        .ThirdParty(left.number, DNRole::kTransferredBy)
        .Tell(context);
  }
  CallEvent(MessageType::kEventEstablished, call, taking).ThirdParty(left.number, DNRole::kTransferredBy).Tell(context);
}

}  // namespace understudy::engine
