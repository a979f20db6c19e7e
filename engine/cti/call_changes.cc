#include "engine/cti/call_changes.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/cti/call_uuid.h"
#include "engine/cti/sessions.h"
#include "tlib/message.h"

namespace understudy::engine {
namespace {

using tlib::Attribute;
using tlib::Message;
using tlib::MessageType;

// Octets; what comes from outside may be anything.
constexpr size_t kMostNumber = 255;

// It goes over the wire as a signed number.
uint64_t MakeConnId(Context& context) {
  for (;;) {
    const uint64_t id = NextMac(context) >> 1;
    if (id != 0 && context.state.parties.FindCall(id).empty()) return id;
  }
}

bool IsTrunk(const State& state, absl::string_view number) {
  const Dn* dn = state.configuration.FindDn(number);
  return dn != nullptr && dn->type == DnType::kTrunk;
}

bool IsMonitored(const Context& context) {
  return !context.state.sessions.monitors().empty();
}

Message CallMessage(MessageType type, const Call& call) {
  Message message(type);
  message.Set(Attribute::kConnID, static_cast<int64_t>(call.facts.conn_id));
  message.Set(Attribute::kCallUUID, call.facts.call_uuid);
  message.Set(Attribute::kCallID, static_cast<int64_t>(call.id.value()));
  message.Set(Attribute::kCallType, call.facts.type);
  if (call.facts.main_conn_id != 0) {
    message.Set(Attribute::kPreviousConnID, static_cast<int64_t>(call.facts.main_conn_id));
  }
  return message;
}

Message PartyMessage(MessageType type, const Call& call, const Party& party) {
  Message message = CallMessage(type, call);
  message.Set(Attribute::kPartyID, static_cast<int64_t>(party.id));
  message.Set(Attribute::kThisDN, party.number);
  message.Set(Attribute::kThisDNRole, party.role);
  message.Set(Attribute::kPartyState, party.state);
  if (!party.queue.empty()) message.Set(Attribute::kThisQueue, party.queue);
  return message;
}

void Unsettle(Context& context, CallId call) {
  std::vector<CallId>& unsettled = context.unsettled;
  if (std::find(unsettled.begin(), unsettled.end(), call) == unsettled.end()) unsettled.push_back(call);
}

void TellMonitors(Context& context, Message message) {
  SendToMonitors(context, Stamp(context, &message));
}

void EndFacts(Context& context, Call& call) {
  if (IsMonitored(context)) TellMonitors(context, CallMessage(MessageType::kEventCallDeleted, call));
  context.state.parties.RemoveCall(call.facts.conn_id);
  const std::string name = std::move(call.facts.call_uuid);
  call.facts = CallFacts();
  call.facts.call_uuid = name;
}

}  // namespace

tlib::CallType CallTypeOf(const State& state, absl::string_view originator, absl::string_view destination) {
  if (IsTrunk(state, originator)) return tlib::CallType::kInbound;
  return IsTrunk(state, destination) ? tlib::CallType::kOutbound : tlib::CallType::kInternal;
}

void BeginFacts(Context& context, Call& call, tlib::CallType type) {
  US_CHECK(!call.facts.known());
  call.facts.conn_id = MakeConnId(context);
  NameCall(context, call);
  call.facts.type = type;
  context.state.parties.AddCall(call.id, call.facts.conn_id);
  if (IsMonitored(context)) TellMonitors(context, CallMessage(MessageType::kEventCallCreated, call));
}

Party& AddParty(Context& context, Call& call, const Leg& leg, absl::string_view number, tlib::DNRole role) {
  US_CHECK(call.facts.known());
  US_CHECK_EQ(leg.call, call.id);
  US_CHECK(call.facts.FindParty(leg.id) == nullptr);
  Party party;
  party.id = ++call.facts.last_party;
  party.leg = leg.id;
  party.role = role;
  if (IsTrunk(context.state, leg.number)) party.trunk = leg.number;
  const absl::string_view named = number.empty() ? absl::string_view(leg.number) : number;
  party.number = party.external() ? std::string(named.substr(0, kMostNumber)) : leg.number;
  context.state.parties.AddParty(call.id, party);
  call.facts.parties.push_back(std::move(party));
  Party& added = call.facts.parties.back();
  if (IsMonitored(context)) TellMonitors(context, PartyMessage(MessageType::kEventCallPartyAdded, call, added));
  return added;
}

void SetPartyState(Context& context, const Call& call, Party& party, tlib::PartyState state) {
  if (party.state == state) return;
  party.state = state;
  if (IsMonitored(context)) TellMonitors(context, PartyMessage(MessageType::kEventCallPartyState, call, party));
}

void RemoveParty(Context& context, Call& call, LegId leg) {
  Unsettle(context, call.id);
  Party* party = call.facts.FindParty(leg);
  US_CHECK(party != nullptr);
  Party removed = std::move(*party);
  call.facts.parties.erase(call.facts.parties.begin() + (party - call.facts.parties.data()));
  context.state.parties.RemoveParty(call.id, call.facts, removed);
  removed.state = tlib::PartyState::kNull;
  call.facts.left_number = removed.number;
  call.facts.left_role = removed.role;
  if (IsMonitored(context)) TellMonitors(context, PartyMessage(MessageType::kEventCallPartyDeleted, call, removed));
  if (call.facts.parties.empty()) EndFacts(context, call);
}

Party& MoveParty(Context& context, Call& from, Call& to, LegId leg) {
  Unsettle(context, to.id);
  Unsettle(context, from.id);
  Party* found = from.facts.FindParty(leg);
  US_CHECK(found != nullptr);
  Party party = std::move(*found);
  from.facts.parties.erase(from.facts.parties.begin() + (found - from.facts.parties.data()));
  context.state.parties.RemoveParty(from.id, from.facts, party);
  party.id = ++to.facts.last_party;
  context.state.parties.AddParty(to.id, party);
  to.facts.parties.push_back(std::move(party));
  Party& moved = to.facts.parties.back();
  if (IsMonitored(context)) {
    Message message = PartyMessage(MessageType::kEventCallPartyMoved, to, moved);
    message.Set(Attribute::kPreviousConnID, static_cast<int64_t>(from.facts.conn_id));
    TellMonitors(context, std::move(message));
  }
  if (from.facts.parties.empty()) EndFacts(context, from);
  return moved;
}

bool ChangeUserData(Context& context, Call& call, const tlib::KeyValueList& data) {
  if (!SetUserData(data, &call.facts)) return false;
  if (IsMonitored(context)) {
    Message message = CallMessage(MessageType::kEventCallDataChanged, call);
    if (!data.empty()) message.Set(Attribute::kUserData, data);
    TellMonitors(context, std::move(message));
  }
  return true;
}

Call* FindCallByConnId(State& state, uint64_t conn_id) {
  return state.calls.Find(state.parties.FindCall(conn_id));
}

}  // namespace understudy::engine
