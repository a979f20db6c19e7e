// What becomes of notices: parties, and the events of 5.1 to 5.6 of the reference.
#include "engine/cti/call_notices.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/cti/call_changes.h"
#include "engine/cti/call_event.h"
#include "engine/cti/call_event_rules.h"
#include "engine/cti/call_place.h"
#include "engine/cti/call_requests.h"
#include "engine/dial_plan.h"

namespace understudy::engine {
namespace {

constexpr size_t kMostNumber = 255;  // octets; what is dialled may be anything

using tlib::CallState;
using tlib::DNRole;
using tlib::ErrorCode;
using tlib::MessageType;
using tlib::PartyState;

// The facts of a call that a phone begins.
void BeginPhoneCall(Context& context, Call& call, const Leg& leg) {
  const Leg* destination = context.state.PeerOf(leg);
  US_CHECK(destination != nullptr);
  BeginFacts(context, call, CallTypeOf(context.state, leg.number, destination->number));
  const Party& originator = AddParty(context, call, leg, NumberOfUri(leg.dialog.remote_uri), DNRole::kOrigination);
  call.facts.ani = originator.number;
}

// An event of the party, which is the outcome of what was asked for there if it was one of `requests`.
void TellOutcome(Context& context, CallEvent event, Party* party, std::initializer_list<MessageType> requests) {
  const bool is_outcome =
      party->pending.has_value() && std::find(requests.begin(), requests.end(), party->pending->type) != requests.end();
  if (!is_outcome) return event.Tell(context);
  const Awaited awaited = *TakeAwaited(party);
  event.For(awaited.cause, awaited.request).Tell(context);
}

// A party that was sent the call by another may take that one's place.
void Ring(Context& context, Call& call, LegId leg) {
  OnFurtherAlerting(context, call, leg);
  SetPartyState(context, call, *call.facts.FindParty(leg), PartyState::kAlerting);
  const Party& party = *call.facts.FindParty(leg);
  CallEvent event(MessageType::kEventRinging, call, party);
  event.State(party.sent_state);
  if (!party.sent_by.empty()) event.ThirdParty(party.sent_by, party.sent_role);
  event.Tell(context);
}

// Without the other party's event, which may never come: a Trunk's phones are not ours to know.
void ReachNetwork(Context& context, const Call& call, const Leg& leg) {
  const Party* originator = call.facts.FindParty(leg.peer);
  if (originator == nullptr || originator->state != PartyState::kDialing) return;
  CallEvent(MessageType::kEventNetworkReached, call, *originator).Tell(context);
}

// The call that the party of a leg is in: its own, or one that the leg will follow it into. nullptr: it has no party.
Call* CallOfParty(Context& context, const Leg& leg) {
  Call& call = context.state.CallOf(leg);
  if (call.facts.FindParty(leg.id) != nullptr) return &call;
  for (const CallId id : context.unsettled) {
    Call* other = context.state.calls.Find(id);
    if (other != nullptr && other->facts.FindParty(leg.id) != nullptr) return other;
  }
  return nullptr;
}

std::string ReleasingParty(const Call& call, const Party& party, LegEnd by) {
  switch (by) {
    case LegEnd::kParty:
      return party.number;
    case LegEnd::kPeer:
      return call.facts.left_number;
    case LegEnd::kServer:
      return party.pending.has_value() && party.pending->type == MessageType::kRequestReleaseCall ? party.number : "";
  }
  return "";
}

void TellReleased(Context& context, const Call& call, Party* party, CallState state, LegEnd by, int status = 0) {
  CallEvent event(MessageType::kEventReleased, call, *party);
  event.State(state).ReleasedBy(ReleasingParty(call, *party, by)).Cause(state == CallState::kOk ? 0 : status);
  TellOutcome(context, event, party, {MessageType::kRequestReleaseCall, MessageType::kRequestClearCall});
}

// An originator that has not answered us: nobody has heard of its call, and who asked for it hears why.
void EndOriginator(Context& context, const Call& call, Party* party, int status, LegEnd by) {
  const bool asked = party->pending.has_value() && (party->pending->type == MessageType::kRequestReleaseCall ||
                                                    party->pending->type == MessageType::kRequestClearCall);
  if (asked) return TellReleased(context, call, party, CallState::kOk, by);
  const ErrorCode code = status == 486 || status == 600 ? ErrorCode::kDNBusy : ErrorCode::kDestinationFailed;
  FailAwaited(context, party, code, absl::StrCat("the phone of ThisDN did not take the call: ", status));
}

void TellEnd(Context& context, const Call& call, Party* party, int status, LegEnd by) {
  switch (party->state) {
    case PartyState::kNull:
      return;
    case PartyState::kInitiated:
      return EndOriginator(context, call, party, status, by);
    case PartyState::kDialing:
    case PartyState::kBusy:
    case PartyState::kFailed:
      if (by != LegEnd::kParty && CallStateOf(status) != CallState::kOk) {
        CallEvent(MessageType::kEventDestinationBusy, call, *party)
            .State(CallStateOf(status))
            .Cause(status)
            .Tell(context);
      }
      return TellReleased(context, call, party, CallStateOf(status), by, status);
    case PartyState::kAlerting:
      if (by != LegEnd::kPeer) return TellReleased(context, call, party, CallStateOf(status), by, status);
      return CallEvent(MessageType::kEventAbandoned, call, *party).Tell(context);
    case PartyState::kConnected:
    case PartyState::kHeld:
    case PartyState::kQueued:
      return TellReleased(context, call, party, status >= 300 ? CallState::kDropped : CallState::kOk, by, status);
  }
}

}  // namespace

void LegDialing(Context& context, Leg& leg, absl::string_view dialled) {
  Call& call = context.state.CallOf(leg);
  if (!call.facts.known()) BeginPhoneCall(context, call, leg);
  if (call.facts.dnis.empty()) call.facts.dnis = std::string(dialled.substr(0, kMostNumber));
  if (const Leg* destination = context.state.PeerOf(leg)) {
    AddParty(context, call, *destination, call.facts.dnis, DNRole::kDestination);
  }
  Party* party = call.facts.FindParty(leg.id);
  US_CHECK(party != nullptr);
  SetPartyState(context, call, *party, PartyState::kDialing);
  CallEvent event(MessageType::kEventDialing, call, *party);
  event.Other(call.facts.dnis, DNRole::kDestination);
  TellOutcome(
      context, event, party,
      {MessageType::kRequestMakeCall, MessageType::kRequestInitiateTransfer, MessageType::kRequestInitiateConference});
}

void LegAlerting(Context& context, Leg& leg, int) {
  Call& call = context.state.CallOf(leg);
  const Party* party = call.facts.FindParty(leg.id);
  if (party == nullptr || party->told()) return;
  if (party->external()) ReachNetwork(context, call, leg);
  Ring(context, call, leg.id);
  CompleteMuteTransfer(context, leg);
}

void LegAnswered(Context& context, Leg& leg) {
  LegAlerting(context, leg, 0);
  Call* call = CallOfParty(context, leg);
  if (call == nullptr) return;
  Party* originator = call->facts.FindParty(leg.peer);
  if (originator != nullptr && originator->state == PartyState::kDialing) {
    SetPartyState(context, *call, *originator, PartyState::kConnected);
    CallEvent(MessageType::kEventEstablished, *call, *originator).Tell(context);
  }
  Party* party = call->facts.FindParty(leg.id);
  SetPartyState(context, *call, *party, PartyState::kConnected);
  TellOutcome(context, CallEvent(MessageType::kEventEstablished, *call, *party), party,
              {MessageType::kRequestAnswerCall});
  OnFurtherAnswered(context, *call, leg.id);
}

void LegReleased(Context& context, Leg& leg, int status, LegEnd by) {
  Call* call = CallOfParty(context, leg);
  if (call == nullptr) return;
  Party* party = call->facts.FindParty(leg.id);
  TellEnd(context, *call, party, status, by);
  if (status >= 300 && by != LegEnd::kParty) {
    FailAwaited(context, party, ErrorCode::kDestinationFailed, absl::StrCat("the call failed: ", status));
  }
  FailAwaited(context, party, ErrorCode::kCallDisconnected, "the party left the call before that was done");
  const bool further = OnFurtherFailed(context, *call, *party, status);
  const bool member = !further && party->member() && call->facts.CountTold() > 2;
  const Party leaving = *party;
  RemoveParty(context, *call, leg.id);
  if (member) TellPartyDeleted(context, *call, leaving, leaving);
}

void LegRerouted(Context& context, const Leg& leg) {
  Call* call = CallOfParty(context, leg);
  Party* party = call == nullptr ? nullptr : call->facts.FindParty(leg.id);
  if (party != nullptr && party->external()) party->trunk = leg.number;
}

void LegHeld(Context& context, Leg& leg) {
  Call* found = CallOfParty(context, leg);
  if (found == nullptr) return;
  const Call& call = *found;
  Party* party = found->facts.FindParty(leg.id);
  if (party->state != PartyState::kConnected) return;
  SetPartyState(context, call, *party, PartyState::kHeld);
  TellOutcome(context, CallEvent(MessageType::kEventHeld, call, *party), party, {MessageType::kRequestHoldCall});
}

void LegRetrieved(Context& context, Leg& leg) {
  Call* found = CallOfParty(context, leg);
  if (found == nullptr) return;
  const Call& call = *found;
  Party* party = found->facts.FindParty(leg.id);
  if (party->state != PartyState::kHeld) return;
  SetPartyState(context, call, *party, PartyState::kConnected);
  TellOutcome(
      context, CallEvent(MessageType::kEventRetrieved, call, *party), party,
      {MessageType::kRequestRetrieveCall, MessageType::kRequestAlternateCall, MessageType::kRequestReconnectCall});
}

void CommandDone(Context& context, Leg& leg, LegCommand command, int status) {
  Call* found = CallOfParty(context, leg);
  if (found == nullptr) return;
  const Call& call = *found;
  Party* party = found->facts.FindParty(leg.id);
  switch (command) {
    case LegCommand::kTalk:
      return OnTalkDone(context, party, status);
    case LegCommand::kHold:
      return OnHoldDone(context, call, party, status);
    case LegCommand::kRetrieve:
      return OnRetrieveDone(context, call, party, status);
    case LegCommand::kDtmf:
      return OnDtmfDone(context, call, party, status);
    case LegCommand::kJoin:
    case LegCommand::kRedirect:
      return;  // that they failed LegReleased has said
  }
}

}  // namespace understudy::engine
