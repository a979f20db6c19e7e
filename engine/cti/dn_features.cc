// RequestSetDNDOn and Off, RequestCallForwardSet and Cancel, which engine/dial_plan.cc: FindCallDestination respects,
// and RequestSetMessageWaitingOn and Off, which phones that have subscribed show (engine/events/message_summary.h).
//
// To ask for what is so already is no mistake: the event comes again.
#include <string>
#include <utility>

#include "engine/cti/call_requests.h"
#include "engine/cti/dn_service.h"
#include "engine/cti/sessions.h"
#include "engine/dial_plan.h"
#include "engine/events/subscribe.h"

namespace understudy::engine {
namespace {

using tlib::Attribute;
using tlib::ErrorCode;
using tlib::MessageType;

constexpr int64_t kOutOfServiceStatus = 2;  // as InfoStatus of InfoType AddressStatus says it

// False: refused.
bool CheckExtension(Context& context, const tlib::Message& request, const RequestCause& cause) {
  if (!CheckThisDn(context, request, cause)) return false;
  const Dn* dn = context.state.configuration.FindDn(request.Text(Attribute::kThisDN));
  if (dn->type == DnType::kExtension) return true;
  Refuse(context, cause, request, ErrorCode::kUnsupportedOperation, "only an Extension has that feature");
  return false;
}

void TellFeature(Context& context, tlib::Message event, const tlib::Message& request, const RequestCause& cause) {
  event.Set(Attribute::kThisDN, request.Text(Attribute::kThisDN));
  if (request.Has(Attribute::kReasons)) event.Set(Attribute::kReasons, request.List(Attribute::kReasons));
  const SharedBytes body = Stamp(context, &event);
  if (SendToDn(context, request.Text(Attribute::kThisDN), event, body, cause)) return;
  SendToSession(context, cause.session, body, cause.reference_id);
}

// False: refused. Only what is served; other modes would need to be respected at a call's end.
bool CheckForwardMode(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const auto unconditional = static_cast<int64_t>(tlib::ForwardMode::kUnconditional);
  if (request.Number(Attribute::kForwardMode, unconditional) == unconditional) return true;
  Refuse(context, cause, request, ErrorCode::kUnsupportedOperation, "ForwardMode: allowed is Unconditional");
  return false;
}

}  // namespace

void OnSetDnd(Context& context, const tlib::Message& request, const RequestCause& cause) {
  if (!CheckExtension(context, request, cause)) return;
  const bool on = request.type() == MessageType::kRequestSetDNDOn;
  DnFeatures features = context.state.dn_features.Of(request.Text(Attribute::kThisDN));
  features.do_not_disturb = on;
  context.state.dn_features.Put(features);
  TellFeature(context, tlib::Message(on ? MessageType::kEventDNDOn : MessageType::kEventDNDOff), request, cause);
}

void OnSetMessageWaiting(Context& context, const tlib::Message& request, const RequestCause& cause) {
  if (!CheckExtension(context, request, cause)) return;
  const bool on = request.type() == MessageType::kRequestSetMessageWaitingOn;
  DnFeatures features = context.state.dn_features.Of(request.Text(Attribute::kThisDN));
  const bool differs = features.message_waiting != on || !features.message_counts.empty();
  if (differs) NoteChange(context, EventPackage::kMessageSummary, features.number);
  features.message_waiting = on;
  features.message_counts.clear();
  context.state.dn_features.Put(features);
  const MessageType type = on ? MessageType::kEventMessageWaitingOn : MessageType::kEventMessageWaitingOff;
  TellFeature(context, tlib::Message(type), request, cause);
}

void OnCallForwardSet(Context& context, const tlib::Message& request, const RequestCause& cause) {
  if (!CheckExtension(context, request, cause) || !CheckForwardMode(context, request, cause)) return;
  const absl::string_view target = request.Text(Attribute::kOtherDN);
  const Destination destination = FindDestination(context.state, target);
  if (destination.status == 404 || target == request.Text(Attribute::kThisDN)) {
    return Refuse(context, cause, request, ErrorCode::kInvalidDestination,
                  "OtherDN: no other DN, and no number of a Trunk");
  }
  DnFeatures features = context.state.dn_features.Of(request.Text(Attribute::kThisDN));
  features.forward_to = std::string(target);
  context.state.dn_features.Put(features);
  tlib::Message event(MessageType::kEventForwardSet);
  event.Set(Attribute::kOtherDN, target).Set(Attribute::kForwardMode, tlib::ForwardMode::kUnconditional);
  TellFeature(context, event, request, cause);
}

void OnCallForwardCancel(Context& context, const tlib::Message& request, const RequestCause& cause) {
  if (!CheckExtension(context, request, cause) || !CheckForwardMode(context, request, cause)) return;
  DnFeatures features = context.state.dn_features.Of(request.Text(Attribute::kThisDN));
  features.forward_to.clear();
  context.state.dn_features.Put(features);
  tlib::Message event(MessageType::kEventForwardCancel);
  event.Set(Attribute::kForwardMode, tlib::ForwardMode::kUnconditional);
  TellFeature(context, event, request, cause);
}

void SetStateOfDn(const State& state, absl::string_view number, tlib::Message* event) {
  tlib::KeyValueList list;
  if (!IsInService(state, number)) list.Append("status", kOutOfServiceStatus);
  if (const DnFeatures* features = state.dn_features.Find(number)) {
    if (features->do_not_disturb) list.Append("dnd", int64_t{1});
    if (features->message_waiting) list.Append("mwi", int64_t{1});
    if (!features->forward_to.empty()) list.Append("fwd", features->forward_to);
  }
  if (!list.empty()) event->Set(Attribute::kExtensions, std::move(list));
}

}  // namespace understudy::engine
