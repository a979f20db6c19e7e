// Events that clients make: of their own (RequestDistributeUserEvent), or as if they were the server's
// (RequestDistributeEvent), which is how a router tells of virtual queues (5.16). What they say is not looked into;
// they go to who is registered for ThisDN.
#include <variant>

#include "engine/cti/call_requests.h"
#include "engine/cti/sessions.h"

namespace understudy::engine {
namespace {

using tlib::Attribute;

void Distribute(Context& context, tlib::MessageType type, const tlib::Message& request, const RequestCause& cause) {
  const absl::string_view dn = request.Text(Attribute::kThisDN);
  if (context.state.configuration.FindDn(dn) == nullptr) {
    return Refuse(context, cause, request, tlib::ErrorCode::kUnknownDN, "ThisDN is not configured");
  }
  tlib::Message event(type);
  for (const auto& pair : request.attributes()) {
    if (pair.first == Attribute::kReferenceID) continue;
    std::visit([&](const auto& value) { event.Set(pair.first, value); }, pair.second);
  }
  const SharedBytes body = Stamp(context, &event);
  if (SendToDn(context, dn, event, body, cause)) return;
  SendToSession(context, cause.session, body, cause.reference_id);
}

}  // namespace

void OnDistributeUserEvent(Context& context, const tlib::Message& request, const RequestCause& cause) {
  Distribute(context, tlib::MessageType::kEventUserEvent, request, cause);
}

void OnDistributeEvent(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<tlib::MessageType> type = tlib::FindMessageType(request.Text(Attribute::kUserEvent));
  if (!type || !tlib::IsEvent(*type)) {
    return Refuse(context, cause, request, tlib::ErrorCode::kInvalidAttribute, "UserEvent: no name of an event");
  }
  Distribute(context, *type, request, cause);
}

}  // namespace understudy::engine
