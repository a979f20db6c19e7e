// What clients ask about calls and DNs; cti/requests.cc sends each here. One file for each family.
//
// A request that is refused changes nothing. One whose outcome comes later stands in its party until then (Await).
#ifndef UNDERSTUDY_ENGINE_CTI_CALL_REQUESTS_H_
#define UNDERSTUDY_ENGINE_CTI_CALL_REQUESTS_H_

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/context.h"
#include "engine/cti/call_place.h"
#include "engine/cti/request_cause.h"
#include "engine/dial_plan.h"
#include "tlib/message.h"

namespace understudy::engine {

// ---- release_call.cc: 5.4
void OnReleaseCall(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnClearCall(Context& context, const tlib::Message& request, const RequestCause& cause);

// ---- user_data.cc: 5.19
void OnAttachUserData(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnUpdateUserData(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnDeleteUserData(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnDeletePair(Context& context, const tlib::Message& request, const RequestCause& cause);

// ---- call_queries.cc
void OnQueryCall(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnQueryAddress(Context& context, const tlib::Message& request, const RequestCause& cause);

// ---- dn_features.cc
void OnSetDnd(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnCallForwardSet(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnCallForwardCancel(Context& context, const tlib::Message& request, const RequestCause& cause);
// "dnd" and "fwd", when they are on.
tlib::KeyValueList FeaturesOfDn(const State& state, absl::string_view number);

// ---- user_event.cc
void OnDistributeUserEvent(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnDistributeEvent(Context& context, const tlib::Message& request, const RequestCause& cause);

// ---- private_service.cc
void OnPrivateService(Context& context, const tlib::Message& request, const RequestCause& cause);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_CALL_REQUESTS_H_
