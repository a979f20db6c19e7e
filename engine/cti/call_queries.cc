// What a client may ask about calls: who is in one, and which a DN is in.
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/cti/call_changes.h"
#include "engine/cti/call_requests.h"
#include "engine/cti/dn_service.h"
#include "engine/cti/requests.h"
#include "engine/cti/sessions.h"

namespace understudy::engine {
namespace {

using tlib::Attribute;
using tlib::ErrorCode;
using tlib::KeyValueList;

std::string ConnIdText(uint64_t conn_id) {
  return absl::StrCat(absl::Hex(conn_id, absl::kZeroPad16));
}

void AppendEnum(Attribute attribute, int64_t value, KeyValueList* list) {
  list->Append(tlib::AttributeName(attribute), tlib::EnumName(attribute, value));
}

KeyValueList ListOf(const Party& party) {
  KeyValueList list;
  list.Append("PartyID", static_cast<int64_t>(party.id));
  if (party.external()) list.Append("Trunk", party.trunk);
  AppendEnum(Attribute::kThisDNRole, static_cast<int64_t>(party.role), &list);
  AppendEnum(Attribute::kPartyState, static_cast<int64_t>(party.state), &list);
  if (!party.queue.empty()) list.Append("ThisQueue", party.queue);
  return list;
}

KeyValueList ListOf(const Call& call, const Party& party) {
  KeyValueList list;
  list.Append("ConnID", ConnIdText(call.facts.conn_id));
  list.Append("CallUUID", call.facts.call_uuid);
  list.Append("CallID", static_cast<int64_t>(call.id.value()));
  AppendEnum(Attribute::kCallType, static_cast<int64_t>(call.facts.type), &list);
  AppendEnum(Attribute::kThisDNRole, static_cast<int64_t>(party.role), &list);
  AppendEnum(Attribute::kPartyState, static_cast<int64_t>(party.state), &list);
  for (const Party& other : call.facts.parties) {
    if (other.id != party.id) list.Append("OtherDN", other.number);
  }
  return list;
}

enum class AddressStatus : int64_t { kIdle = 0, kBusy = 1, kOutOfService = 2 };

AddressStatus StatusOf(const State& state, const Dn& dn) {
  if (!state.parties.CallsOf(dn.number).empty()) return AddressStatus::kBusy;
  return IsInService(state, dn.number) ? AddressStatus::kIdle : AddressStatus::kOutOfService;
}

}  // namespace

// What does not fit any more is left out: of calls, the later ones.
KeyValueList CallsOfDn(const State& state, absl::string_view dn) {
  KeyValueList calls;
  for (const CallId id : state.parties.CallsOf(dn)) {
    const Call& call = *state.calls.Find(id);
    for (const Party& party : call.facts.parties) {
      if (party.external() || party.number != dn || !party.begun()) continue;
      KeyValueList longer = calls;
      longer.Append(ConnIdText(call.facts.conn_id), ListOf(call, party));
      if (longer.octets() > tlib::MostOctets(Attribute::kCalls)) return calls;
      calls = std::move(longer);
    }
  }
  return calls;
}

void OnQueryCall(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const Call* call = FindCallByConnId(context.state, static_cast<uint64_t>(request.Number(Attribute::kConnID)));
  if (call == nullptr) {
    return Refuse(context, cause, request, ErrorCode::kInvalidConnID, "ConnID: there is no such call");
  }
  const CallFacts& facts = call->facts;
  tlib::Message event(tlib::MessageType::kEventPartyInfo);
  if (request.Has(Attribute::kThisDN)) event.Set(Attribute::kThisDN, request.Text(Attribute::kThisDN));
  event.Set(Attribute::kConnID, static_cast<int64_t>(facts.conn_id));
  event.Set(Attribute::kCallID, static_cast<int64_t>(call->id.value()));
  event.Set(Attribute::kCallUUID, facts.call_uuid);
  event.Set(Attribute::kCallType, facts.type);
  if (facts.main_conn_id != 0) event.Set(Attribute::kPreviousConnID, static_cast<int64_t>(facts.main_conn_id));
  if (!facts.ani.empty()) event.Set(Attribute::kANI, facts.ani);
  if (!facts.dnis.empty()) event.Set(Attribute::kDNIS, facts.dnis);
  if (!facts.user_data.view().empty()) event.Set(Attribute::kUserData, UserDataOf(facts));
  KeyValueList parties;
  for (const Party& party : facts.parties) {
    KeyValueList longer = parties;
    longer.Append(party.number, ListOf(party));
    if (longer.octets() > tlib::MostOctets(Attribute::kCalls)) break;
    parties = std::move(longer);
  }
  event.Set(Attribute::kCalls, std::move(parties));
  Reply(context, cause, std::move(event));
}

void OnQueryAddress(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::string_view number = request.Text(Attribute::kThisDN);
  const Dn* dn = context.state.configuration.FindDn(number);
  if (dn == nullptr) return Refuse(context, cause, request, ErrorCode::kUnknownDN, "ThisDN is not configured");
  const auto info = static_cast<tlib::InfoType>(request.Number(Attribute::kInfoType));
  int64_t status = 0;
  switch (info) {
    case tlib::InfoType::kAddressStatus:
      status = static_cast<int64_t>(StatusOf(context.state, *dn));
      break;
    case tlib::InfoType::kCalls:
      status = static_cast<int64_t>(context.state.parties.CallsOf(number).size());
      break;
    case tlib::InfoType::kAgentStatus:
    case tlib::InfoType::kQueueStatus:
      return Refuse(context, cause, request, ErrorCode::kUnsupportedOperation,
                    "InfoType: there are no agents and no queues here yet; allowed are AddressStatus and Calls");
  }
  tlib::Message event(tlib::MessageType::kEventAddressInfo);
  event.Set(Attribute::kThisDN, number);
  event.Set(Attribute::kAddressType, AddressTypeOf(*dn));
  event.Set(Attribute::kInfoType, info);
  event.Set(Attribute::kInfoStatus, status);
  KeyValueList calls = CallsOfDn(context.state, number);
  if (!calls.empty()) event.Set(Attribute::kCalls, std::move(calls));
  SetStateOfDn(context.state, number, &event);
  Reply(context, cause, std::move(event));
}

}  // namespace understudy::engine
