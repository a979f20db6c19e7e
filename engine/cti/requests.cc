#include "engine/cti/requests.h"

#include "absl/strings/str_cat.h"
#include "engine/cti/session_steps.h"
#include "engine/cti/sessions.h"
#include "tlib/request_rules.h"

namespace understudy::engine {
namespace {

// What the edge puts in the place of a request that must not be done, by the reason; empty: it is none.
absl::string_view WhyWithheld(const tlib::Message& request) {
  if (request.type() != tlib::MessageType::kEventError) return "";
  switch (static_cast<tlib::ErrorCode>(request.Number(tlib::Attribute::kErrorCode))) {
    case tlib::ErrorCode::kInternal:
      return "this request has brought a server down: it is in quarantine, and not done";
    case tlib::ErrorCode::kServiceUnavailable:
      return "overload: this call is not made, try again later";
    default:
      return "";
  }
}

}  // namespace

void OnClientRequested(Context& context, const ClientRequested& input) {
  Session* session = context.state.sessions.FindByLink(input.link);
  if (session == nullptr) {
    return CloseLink(context, input.link, tlib::ErrorCode::kUnknownSession, "a request without a session");
  }
  if (input.request.number <= session->last_request) return;
  if (input.request.number - 1 != session->last_request) {
    CloseLink(context, input.link, tlib::ErrorCode::kProtocolError,
              absl::StrCat("request ", input.request.number, " after request ", session->last_request));
    return LoseLink(context, *session);
  }
  session->last_request = input.request.number;
  const RequestCause cause{session->id, input.request.message.Number(tlib::Attribute::kReferenceID)};
  OnRequest(context, cause.session, input.request.message, cause);
}

// The table of contents of what clients may ask.
void OnRequest(Context& context, SessionId, const tlib::Message& request, const RequestCause& cause) {
  if (const absl::string_view why = WhyWithheld(request); !why.empty()) {
    return Refuse(context, cause, request, static_cast<tlib::ErrorCode>(request.Number(tlib::Attribute::kErrorCode)),
                  why);
  }
  if (const absl::optional<tlib::Refusal> refusal = tlib::CheckRequest(request)) {
    return Refuse(context, cause, request, refusal->code, refusal->text);
  }
  switch (request.type()) {
    case tlib::MessageType::kRequestRegisterAddress:
      return OnRegisterAddress(context, request, cause);
    case tlib::MessageType::kRequestUnregisterAddress:
      return OnUnregisterAddress(context, request, cause);
    case tlib::MessageType::kRequestRegisterAll:
      return OnRegisterAll(context, cause);
    case tlib::MessageType::kRequestUnregisterAll:
      return OnUnregisterAll(context, cause);
    case tlib::MessageType::kRequestSetInputMask:
      return OnSetInputMask(context, request, cause);
    case tlib::MessageType::kRequestStartCallMonitoring:
      return OnStartCallMonitoring(context, cause);
    case tlib::MessageType::kRequestStopCallMonitoring:
      return OnStopCallMonitoring(context, cause);
    case tlib::MessageType::kRequestQueryServer:
      return OnQueryServer(context, cause);
    default:
      return OnCallRequest(context, request, cause);
  }
}

}  // namespace understudy::engine
