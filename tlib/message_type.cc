#include "tlib/message_type.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "absl/strings/match.h"

namespace understudy::tlib {
namespace {

struct Row {
  MessageType type;
  absl::string_view name;
};

// By number.
constexpr Row kRows[] = {
    {MessageType::kRequestRegisterClient, "RequestRegisterClient"},
    {MessageType::kRequestQueryServer, "RequestQueryServer"},
    {MessageType::kRequestQueryAddress, "RequestQueryAddress"},
    {MessageType::kRequestRegisterAddress, "RequestRegisterAddress"},
    {MessageType::kRequestUnregisterAddress, "RequestUnregisterAddress"},
    {MessageType::kRequestRegisterAll, "RequestRegisterAll"},
    {MessageType::kRequestUnregisterAll, "RequestUnregisterAll"},
    {MessageType::kRequestSetInputMask, "RequestSetInputMask"},
    {MessageType::kRequestAgentLogin, "RequestAgentLogin"},
    {MessageType::kRequestAgentLogout, "RequestAgentLogout"},
    {MessageType::kRequestAgentReady, "RequestAgentReady"},
    {MessageType::kRequestAgentNotReady, "RequestAgentNotReady"},
    {MessageType::kRequestSetDNDOn, "RequestSetDNDOn"},
    {MessageType::kRequestSetDNDOff, "RequestSetDNDOff"},
    {MessageType::kRequestMakeCall, "RequestMakeCall"},
    {MessageType::kRequestMakePredictiveCall, "RequestMakePredictiveCall"},
    {MessageType::kRequestAnswerCall, "RequestAnswerCall"},
    {MessageType::kRequestReleaseCall, "RequestReleaseCall"},
    {MessageType::kRequestHoldCall, "RequestHoldCall"},
    {MessageType::kRequestRetrieveCall, "RequestRetrieveCall"},
    {MessageType::kRequestInitiateConference, "RequestInitiateConference"},
    {MessageType::kRequestCompleteConference, "RequestCompleteConference"},
    {MessageType::kRequestDeleteFromConference, "RequestDeleteFromConference"},
    {MessageType::kRequestInitiateTransfer, "RequestInitiateTransfer"},
    {MessageType::kRequestMuteTransfer, "RequestMuteTransfer"},
    {MessageType::kRequestSingleStepTransfer, "RequestSingleStepTransfer"},
    {MessageType::kRequestCompleteTransfer, "RequestCompleteTransfer"},
    {MessageType::kRequestMergeCalls, "RequestMergeCalls"},
    {MessageType::kRequestAlternateCall, "RequestAlternateCall"},
    {MessageType::kRequestReconnectCall, "RequestReconnectCall"},
    {MessageType::kRequestAttachUserData, "RequestAttachUserData"},
    {MessageType::kRequestUpdateUserData, "RequestUpdateUserData"},
    {MessageType::kRequestDeleteUserData, "RequestDeleteUserData"},
    {MessageType::kRequestDeletePair, "RequestDeletePair"},
    {MessageType::kRequestCallForwardSet, "RequestCallForwardSet"},
    {MessageType::kRequestCallForwardCancel, "RequestCallForwardCancel"},
    {MessageType::kRequestRouteCall, "RequestRouteCall"},
    {MessageType::kRequestGiveMusicTreatment, "RequestGiveMusicTreatment"},
    {MessageType::kRequestGiveSilenceTreatment, "RequestGiveSilenceTreatment"},
    {MessageType::kRequestGiveRingBackTreatment, "RequestGiveRingBackTreatment"},
    {MessageType::kRequestSetMessageWaitingOn, "RequestSetMessageWaitingOn"},
    {MessageType::kRequestSetMessageWaitingOff, "RequestSetMessageWaitingOff"},
    {MessageType::kRequestDistributeUserEvent, "RequestDistributeUserEvent"},
    {MessageType::kRequestDistributeEvent, "RequestDistributeEvent"},
    {MessageType::kEventServerConnected, "EventServerConnected"},
    {MessageType::kEventServerDisconnected, "EventServerDisconnected"},
    {MessageType::kEventError, "EventError"},
    {MessageType::kEventRegistered, "EventRegistered"},
    {MessageType::kEventUnregistered, "EventUnregistered"},
    {MessageType::kEventRegisteredAll, "EventRegisteredAll"},
    {MessageType::kEventUnregisteredAll, "EventUnregisteredAll"},
    {MessageType::kEventQueued, "EventQueued"},
    {MessageType::kEventDiverted, "EventDiverted"},
    {MessageType::kEventAbandoned, "EventAbandoned"},
    {MessageType::kEventRinging, "EventRinging"},
    {MessageType::kEventDialing, "EventDialing"},
    {MessageType::kEventNetworkReached, "EventNetworkReached"},
    {MessageType::kEventDestinationBusy, "EventDestinationBusy"},
    {MessageType::kEventEstablished, "EventEstablished"},
    {MessageType::kEventReleased, "EventReleased"},
    {MessageType::kEventHeld, "EventHeld"},
    {MessageType::kEventRetrieved, "EventRetrieved"},
    {MessageType::kEventPartyChanged, "EventPartyChanged"},
    {MessageType::kEventPartyAdded, "EventPartyAdded"},
    {MessageType::kEventPartyDeleted, "EventPartyDeleted"},
    {MessageType::kEventRouteRequest, "EventRouteRequest"},
    {MessageType::kEventRouteUsed, "EventRouteUsed"},
    {MessageType::kEventAgentLogin, "EventAgentLogin"},
    {MessageType::kEventAgentLogout, "EventAgentLogout"},
    {MessageType::kEventAgentReady, "EventAgentReady"},
    {MessageType::kEventAgentNotReady, "EventAgentNotReady"},
    {MessageType::kEventDNDOn, "EventDNDOn"},
    {MessageType::kEventDNDOff, "EventDNDOff"},
    {MessageType::kEventDigitsCollected, "EventDigitsCollected"},
    {MessageType::kEventAttachedDataChanged, "EventAttachedDataChanged"},
    {MessageType::kEventOffHook, "EventOffHook"},
    {MessageType::kEventOnHook, "EventOnHook"},
    {MessageType::kEventForwardSet, "EventForwardSet"},
    {MessageType::kEventForwardCancel, "EventForwardCancel"},
    {MessageType::kEventMessageWaitingOn, "EventMessageWaitingOn"},
    {MessageType::kEventMessageWaitingOff, "EventMessageWaitingOff"},
    {MessageType::kEventAddressInfo, "EventAddressInfo"},
    {MessageType::kEventServerInfo, "EventServerInfo"},
    {MessageType::kEventLinkDisconnected, "EventLinkDisconnected"},
    {MessageType::kEventLinkConnected, "EventLinkConnected"},
    {MessageType::kEventUserEvent, "EventUserEvent"},
    {MessageType::kRequestSendDTMF, "RequestSendDTMF"},
    {MessageType::kEventDTMFSent, "EventDTMFSent"},
    {MessageType::kEventRemoteConnectionSuccess, "EventRemoteConnectionSuccess"},
    {MessageType::kEventRemoteConnectionFailed, "EventRemoteConnectionFailed"},
    {MessageType::kRequestRedirectCall, "RequestRedirectCall"},
    {MessageType::kRequestListenDisconnect, "RequestListenDisconnect"},
    {MessageType::kRequestListenReconnect, "RequestListenReconnect"},
    {MessageType::kEventListenDisconnected, "EventListenDisconnected"},
    {MessageType::kEventListenReconnected, "EventListenReconnected"},
    {MessageType::kRequestQueryCall, "RequestQueryCall"},
    {MessageType::kEventPartyInfo, "EventPartyInfo"},
    {MessageType::kRequestClearCall, "RequestClearCall"},
    {MessageType::kRequestSetCallInfo, "RequestSetCallInfo"},
    {MessageType::kEventCallInfoChanged, "EventCallInfoChanged"},
    {MessageType::kRequestApplyTreatment, "RequestApplyTreatment"},
    {MessageType::kEventTreatmentApplied, "EventTreatmentApplied"},
    {MessageType::kEventTreatmentNotApplied, "EventTreatmentNotApplied"},
    {MessageType::kEventTreatmentEnd, "EventTreatmentEnd"},
    {MessageType::kEventHardwareError, "EventHardwareError"},
    {MessageType::kRequestSingleStepConference, "RequestSingleStepConference"},
    {MessageType::kRequestQuerySwitch, "RequestQuerySwitch"},
    {MessageType::kEventSwitchInfo, "EventSwitchInfo"},
    {MessageType::kRequestGetAccessNumber, "RequestGetAccessNumber"},
    {MessageType::kRequestCancelReqGetAccessNumber, "RequestCancelReqGetAccessNumber"},
    {MessageType::kEventAnswerAccessNumber, "EventAnswerAccessNumber"},
    {MessageType::kEventReqGetAccessNumberCanceled, "EventReqGetAccessNumberCanceled"},
    {MessageType::kRequestReserveAgent, "RequestReserveAgent"},
    {MessageType::kEventAgentReserved, "EventAgentReserved"},
    {MessageType::kRequestReserveAgentAndGetAccessNumber, "RequestReserveAgentAndGetAccessNumber"},
    {MessageType::kEventRestoreConnection, "EventRestoreConnection"},
    {MessageType::kEventPrimaryChanged, "EventPrimaryChanged"},
    {MessageType::kRequestQueryLocation, "RequestQueryLocation"},
    {MessageType::kEventLocationInfo, "EventLocationInfo"},
    {MessageType::kEventACK, "EventACK"},
    {MessageType::kRequestMonitorNextCall, "RequestMonitorNextCall"},
    {MessageType::kRequestCancelMonitoring, "RequestCancelMonitoring"},
    {MessageType::kEventMonitoringNextCall, "EventMonitoringNextCall"},
    {MessageType::kEventMonitoringCancelled, "EventMonitoringCancelled"},
    {MessageType::kRequestSetMuteOn, "RequestSetMuteOn"},
    {MessageType::kRequestSetMuteOff, "RequestSetMuteOff"},
    {MessageType::kEventMuteOn, "EventMuteOn"},
    {MessageType::kEventMuteOff, "EventMuteOff"},
    {MessageType::kEventDNOutOfService, "EventDNOutOfService"},
    {MessageType::kEventDNBackInService, "EventDNBackInService"},
    {MessageType::kRequestPrivateService, "RequestPrivateService"},
    {MessageType::kEventPrivateInfo, "EventPrivateInfo"},
    {MessageType::kEventBridged, "EventBridged"},
    {MessageType::kEventQueueLogout, "EventQueueLogout"},
    {MessageType::kEventCallCreated, "EventCallCreated"},
    {MessageType::kEventCallDataChanged, "EventCallDataChanged"},
    {MessageType::kEventCallDeleted, "EventCallDeleted"},
    {MessageType::kEventCallPartyAdded, "EventCallPartyAdded"},
    {MessageType::kEventCallPartyState, "EventCallPartyState"},
    {MessageType::kEventCallPartyMoved, "EventCallPartyMoved"},
    {MessageType::kEventCallPartyDeleted, "EventCallPartyDeleted"},
    {MessageType::kRequestStartCallMonitoring, "RequestStartCallMonitoring"},
    {MessageType::kRequestStopCallMonitoring, "RequestStopCallMonitoring"},
    {MessageType::kRequestNetworkConsult, "RequestNetworkConsult"},
    {MessageType::kRequestNetworkAlternate, "RequestNetworkAlternate"},
    {MessageType::kRequestNetworkTransfer, "RequestNetworkTransfer"},
    {MessageType::kRequestNetworkMerge, "RequestNetworkMerge"},
    {MessageType::kRequestNetworkReconnect, "RequestNetworkReconnect"},
    {MessageType::kRequestNetworkSingleStepTransfer, "RequestNetworkSingleStepTransfer"},
    {MessageType::kRequestNetworkPrivateService, "RequestNetworkPrivateService"},
    {MessageType::kEventNetworkCallStatus, "EventNetworkCallStatus"},
    {MessageType::kEventNetworkPrivateInfo, "EventNetworkPrivateInfo"},
    {MessageType::kRequestTransactionMonitoring, "RequestTransactionMonitoring"},
    {MessageType::kEventTransactionStatus, "EventTransactionStatus"},
    {MessageType::kEventResourceInfo, "EventResourceInfo"},
};

const Row* Find(MessageType type) {
  const auto* row = std::lower_bound(std::begin(kRows), std::end(kRows), type,
                                     [](const Row& a, MessageType b) { return a.type < b; });
  return row != std::end(kRows) && row->type == type ? row : nullptr;
}

constexpr auto kTypes = [] {
  std::array<MessageType, std::size(kRows)> types{};
  for (size_t i = 0; i < types.size(); ++i) types[i] = kRows[i].type;
  return types;
}();

}  // namespace

absl::string_view MessageTypeName(MessageType type) {
  const Row* row = Find(type);
  return row == nullptr ? "" : row->name;
}

absl::optional<MessageType> FindMessageType(absl::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.type;
  }
  return absl::nullopt;
}

bool IsRequest(MessageType type) {
  return absl::StartsWith(MessageTypeName(type), "Request");
}

bool IsEvent(MessageType type) {
  return absl::StartsWith(MessageTypeName(type), "Event");
}

absl::Span<const MessageType> AllMessageTypes() {
  return kTypes;
}

}  // namespace understudy::tlib
