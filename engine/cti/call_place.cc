#include "engine/cti/call_place.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/cti/call_changes.h"
#include "engine/cti/sessions.h"
#include "tlib/message_codec.h"

namespace understudy::engine {

using tlib::Attribute;
using tlib::ErrorCode;

bool IsRegistered(const Context& context, const RequestCause& cause, absl::string_view dn) {
  const Session* session = context.state.sessions.Find(cause.session);
  US_CHECK(session != nullptr);
  return session->all_dns || std::binary_search(session->dns.begin(), session->dns.end(), dn);
}

bool CheckThisDn(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::string_view number = request.Text(Attribute::kThisDN);
  if (context.state.configuration.FindDn(number) == nullptr) {
    Refuse(context, cause, request, ErrorCode::kUnknownDN, "ThisDN is not configured");
    return false;
  }
  if (IsRegistered(context, cause, number)) return true;
  Refuse(context, cause, request, ErrorCode::kDNNotRegistered, "this session is not registered for ThisDN");
  return false;
}

absl::optional<CallPlace> FindPlace(Context& context, const tlib::Message& request, const RequestCause& cause,
                                    Attribute conn_id) {
  if (!CheckThisDn(context, request, cause)) return absl::nullopt;
  CallPlace place;
  place.call = FindCallByConnId(context.state, static_cast<uint64_t>(request.Number(conn_id)));
  if (place.call == nullptr) {
    Refuse(context, cause, request, ErrorCode::kInvalidConnID,
           absl::StrCat(tlib::AttributeName(conn_id), ": there is no such call"));
    return absl::nullopt;
  }
  place.party = place.call->facts.FindParty(request.Text(Attribute::kThisDN));
  if (place.party == nullptr) {
    Refuse(context, cause, request, ErrorCode::kNoCallOnDN, "ThisDN has no part in that call");
    return absl::nullopt;
  }
  Touch(context, place.call->id);
  return place;
}

bool CheckState(Context& context, const Party& party, std::initializer_list<tlib::PartyState> states,
                const tlib::Message& request, const RequestCause& cause) {
  if (std::find(states.begin(), states.end(), party.state) == states.end()) {
    Refuse(context, cause, request, ErrorCode::kWrongState,
           absl::StrCat("the party is in state ",
                        tlib::EnumName(Attribute::kPartyState, static_cast<int64_t>(party.state))));
    return false;
  }
  if (!party.pending.has_value()) return true;
  Refuse(context, cause, request, ErrorCode::kWrongState,
         absl::StrCat(tlib::MessageTypeName(party.pending->type), " is still at work at that party"));
  return false;
}

void Await(const tlib::Message& request, const RequestCause& cause, Party* party) {
  US_CHECK(!party->pending.has_value());
  party->pending = PendingRequest{request.type(), cause, tlib::EncodeMessage(request)};
}

absl::optional<Awaited> TakeAwaited(Party* party) {
  if (!party->pending.has_value()) return absl::nullopt;
  absl::StatusOr<tlib::Message> request = tlib::DecodeMessage(party->pending->request.view());
  US_CHECK(request.ok());
  const RequestCause cause = party->pending->cause;
  party->pending.reset();
  return Awaited{cause, *std::move(request)};
}

void FailAwaited(Context& context, Party* party, ErrorCode code, absl::string_view text) {
  if (const absl::optional<Awaited> awaited = TakeAwaited(party)) {
    Refuse(context, awaited->cause, awaited->request, code, text);
  }
}

}  // namespace understudy::engine
