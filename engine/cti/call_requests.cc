#include "engine/cti/call_requests.h"

#include "engine/cti/requests.h"
#include "engine/cti/sessions.h"

namespace understudy::engine {
namespace {

using tlib::MessageType;

struct CallRequest {
  MessageType type;
  void (*handler)(Context& context, const tlib::Message& request, const RequestCause& cause);
};

// The table of contents of call control.
constexpr CallRequest kCallRequests[] = {
    {MessageType::kRequestMakeCall, OnMakeCall},
    {MessageType::kRequestAnswerCall, OnAnswerCall},
    {MessageType::kRequestReleaseCall, OnReleaseCall},
    {MessageType::kRequestClearCall, OnClearCall},
    {MessageType::kRequestHoldCall, OnHoldCall},
    {MessageType::kRequestRetrieveCall, OnRetrieveCall},
    {MessageType::kRequestAlternateCall, OnAlternateCall},
    {MessageType::kRequestReconnectCall, OnReconnectCall},
    {MessageType::kRequestInitiateTransfer, OnInitiate},
    {MessageType::kRequestInitiateConference, OnInitiate},
    {MessageType::kRequestMuteTransfer, OnInitiate},
    {MessageType::kRequestCompleteTransfer, OnCompleteTransfer},
    {MessageType::kRequestCompleteConference, OnCompleteConference},
    {MessageType::kRequestMergeCalls, OnMergeCalls},
    {MessageType::kRequestSingleStepTransfer, OnSingleStep},
    {MessageType::kRequestSingleStepConference, OnSingleStep},
    {MessageType::kRequestDeleteFromConference, OnDeleteFromConference},
    {MessageType::kRequestRedirectCall, OnRedirectCall},
    {MessageType::kRequestSendDTMF, OnSendDtmf},
    {MessageType::kRequestAttachUserData, OnAttachUserData},
    {MessageType::kRequestUpdateUserData, OnUpdateUserData},
    {MessageType::kRequestDeleteUserData, OnDeleteUserData},
    {MessageType::kRequestDeletePair, OnDeletePair},
    {MessageType::kRequestQueryCall, OnQueryCall},
    {MessageType::kRequestQueryAddress, OnQueryAddress},
    {MessageType::kRequestSetDNDOn, OnSetDnd},
    {MessageType::kRequestSetDNDOff, OnSetDnd},
    {MessageType::kRequestSetMessageWaitingOn, OnSetMessageWaiting},
    {MessageType::kRequestSetMessageWaitingOff, OnSetMessageWaiting},
    {MessageType::kRequestCallForwardSet, OnCallForwardSet},
    {MessageType::kRequestCallForwardCancel, OnCallForwardCancel},
    {MessageType::kRequestDistributeUserEvent, OnDistributeUserEvent},
    {MessageType::kRequestDistributeEvent, OnDistributeEvent},
    {MessageType::kRequestPrivateService, OnPrivateService},
};

}  // namespace

void OnCallRequest(Context& context, const tlib::Message& request, const RequestCause& cause) {
  for (const CallRequest& row : kCallRequests) {
    if (row.type == request.type()) return row.handler(context, request, cause);
  }
  Refuse(context, cause, request, tlib::ErrorCode::kUnsupportedOperation, "this server does not serve that request");
}

}  // namespace understudy::engine
