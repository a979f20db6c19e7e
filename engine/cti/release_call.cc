// RequestReleaseCall: a party leaves. RequestClearCall: all do. What was asked for before and is not done fails.
#include <algorithm>
#include <string>
#include <vector>

#include "engine/cti/call_changes.h"
#include "engine/cti/call_requests.h"
#include "engine/cti/sessions.h"
#include "engine/leg_commands.h"

namespace understudy::engine {
namespace {

using tlib::Attribute;
using tlib::ErrorCode;

void Supersede(Context& context, const tlib::Message& request, const RequestCause& cause, Party* party) {
  FailAwaited(context, party, ErrorCode::kCallDisconnected, "the party was released before that was done");
  Await(request, cause, party);
}

bool HearsOfCall(Context& context, const Call& call, const RequestCause& cause) {
  return std::any_of(call.facts.parties.begin(), call.facts.parties.end(), [&](const Party& party) {
    return IsRegistered(context, cause, party.external() ? absl::string_view() : party.number);
  });
}

}  // namespace

void OnReleaseCall(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindPlace(context, request, cause);
  if (!place) return;
  if (!place->party->told()) {
    return Refuse(context, cause, request, ErrorCode::kWrongState, "the call has not come to ThisDN yet");
  }
  Supersede(context, request, cause, place->party);
  HangUp(context, *context.state.legs.Find(place->party->leg));
}

// ThisDN, if there is one, says whose event the outcome is; otherwise it is that of who came first.
void OnClearCall(Context& context, const tlib::Message& request, const RequestCause& cause) {
  Call* call = FindCallByConnId(context.state, static_cast<uint64_t>(request.Number(Attribute::kConnID)));
  if (call == nullptr) {
    return Refuse(context, cause, request, ErrorCode::kInvalidConnID, "ConnID: there is no such call");
  }
  if (request.Has(Attribute::kThisDN) && !CheckThisDn(context, request, cause)) return;
  if (!HearsOfCall(context, *call, cause)) {
    return Refuse(context, cause, request, ErrorCode::kDNNotRegistered,
                  "this session is not registered for a DN of that call");
  }
  Touch(context, call->id);
  Party* party = request.Has(Attribute::kThisDN) ? call->facts.FindParty(request.Text(Attribute::kThisDN))
                                                 : &call->facts.parties.front();
  if (party == nullptr || !party->told()) {
    return Refuse(context, cause, request, ErrorCode::kNoCallOnDN, "ThisDN has no part in that call");
  }
  Supersede(context, request, cause, party);
  std::vector<LegId> legs;
  for (const Party& each : call->facts.parties) legs.push_back(each.leg);
  for (const LegId leg : legs) {
    if (Leg* each = context.state.legs.Find(leg)) HangUpAlone(context, *each);
  }
}

}  // namespace understudy::engine
