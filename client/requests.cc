#include "client/requests.h"

#include <utility>

#include "tlib/attribute.h"
#include "tlib/message_type.h"

namespace understudy::client {

using tlib::Attribute;
using tlib::KeyValueList;
using tlib::Message;
using tlib::MessageType;

namespace {

Message Of(MessageType type, absl::string_view dn) {
  return Message(type).Set(Attribute::kThisDN, dn);
}

Message Of(MessageType type, absl::string_view dn, ConnID call) {
  return Of(type, dn).Set(Attribute::kConnID, call);
}

Message To(MessageType type, absl::string_view dn, ConnID call, absl::string_view destination) {
  return Of(type, dn, call).Set(Attribute::kOtherDN, destination);
}

Message OfTwo(MessageType type, absl::string_view dn, ConnID current, ConnID held) {
  return Of(type, dn, current).Set(Attribute::kHeldConnID, held);
}

}  // namespace

Message RegisterAddress(absl::string_view dn) {
  return Of(MessageType::kRequestRegisterAddress, dn);
}

Message UnregisterAddress(absl::string_view dn) {
  return Of(MessageType::kRequestUnregisterAddress, dn);
}

Message StartCallMonitoring() {
  return Message(MessageType::kRequestStartCallMonitoring);
}

Message StopCallMonitoring() {
  return Message(MessageType::kRequestStopCallMonitoring);
}

Message MakeCall(absl::string_view dn, absl::string_view destination) {
  return Of(MessageType::kRequestMakeCall, dn).Set(Attribute::kOtherDN, destination);
}

Message AnswerCall(absl::string_view dn, ConnID call) {
  return Of(MessageType::kRequestAnswerCall, dn, call);
}

Message ReleaseCall(absl::string_view dn, ConnID call) {
  return Of(MessageType::kRequestReleaseCall, dn, call);
}

Message HoldCall(absl::string_view dn, ConnID call) {
  return Of(MessageType::kRequestHoldCall, dn, call);
}

Message RetrieveCall(absl::string_view dn, ConnID call) {
  return Of(MessageType::kRequestRetrieveCall, dn, call);
}

Message RedirectCall(absl::string_view dn, ConnID call, absl::string_view destination) {
  return To(MessageType::kRequestRedirectCall, dn, call, destination);
}

Message ClearCall(absl::string_view dn, ConnID call) {
  return Of(MessageType::kRequestClearCall, dn, call);
}

Message SendDTMF(absl::string_view dn, ConnID call, absl::string_view digits) {
  return Of(MessageType::kRequestSendDTMF, dn, call).Set(Attribute::kDTMFDigits, digits);
}

Message AlternateCall(absl::string_view dn, ConnID current, ConnID held) {
  return OfTwo(MessageType::kRequestAlternateCall, dn, current, held);
}

Message ReconnectCall(absl::string_view dn, ConnID current, ConnID held) {
  return OfTwo(MessageType::kRequestReconnectCall, dn, current, held);
}

Message InitiateTransfer(absl::string_view dn, ConnID call, absl::string_view destination) {
  return To(MessageType::kRequestInitiateTransfer, dn, call, destination);
}

Message CompleteTransfer(absl::string_view dn, ConnID consult, ConnID held) {
  return OfTwo(MessageType::kRequestCompleteTransfer, dn, consult, held);
}

Message MuteTransfer(absl::string_view dn, ConnID call, absl::string_view destination) {
  return To(MessageType::kRequestMuteTransfer, dn, call, destination);
}

Message SingleStepTransfer(absl::string_view dn, ConnID call, absl::string_view destination) {
  return To(MessageType::kRequestSingleStepTransfer, dn, call, destination);
}

Message InitiateConference(absl::string_view dn, ConnID call, absl::string_view destination) {
  return To(MessageType::kRequestInitiateConference, dn, call, destination);
}

Message CompleteConference(absl::string_view dn, ConnID consult, ConnID held) {
  return OfTwo(MessageType::kRequestCompleteConference, dn, consult, held);
}

Message DeleteFromConference(absl::string_view dn, ConnID call, absl::string_view member) {
  return To(MessageType::kRequestDeleteFromConference, dn, call, member);
}

Message AttachUserData(absl::string_view dn, ConnID call, KeyValueList data) {
  return Of(MessageType::kRequestAttachUserData, dn, call).Set(Attribute::kUserData, std::move(data));
}

Message UpdateUserData(absl::string_view dn, ConnID call, KeyValueList data) {
  return Of(MessageType::kRequestUpdateUserData, dn, call).Set(Attribute::kUserData, std::move(data));
}

Message DeleteUserData(absl::string_view dn, ConnID call) {
  return Of(MessageType::kRequestDeleteUserData, dn, call);
}

Message DeletePair(absl::string_view dn, ConnID call, absl::string_view key) {
  KeyValueList keys;
  keys.Append(key, "");
  return Of(MessageType::kRequestDeletePair, dn, call).Set(Attribute::kUserData, std::move(keys));
}

Message SetDNDOn(absl::string_view dn) {
  return Of(MessageType::kRequestSetDNDOn, dn);
}

Message SetDNDOff(absl::string_view dn) {
  return Of(MessageType::kRequestSetDNDOff, dn);
}

Message CallForwardSet(absl::string_view dn, absl::string_view destination) {
  return Of(MessageType::kRequestCallForwardSet, dn).Set(Attribute::kOtherDN, destination);
}

Message CallForwardCancel(absl::string_view dn) {
  return Of(MessageType::kRequestCallForwardCancel, dn);
}

Message DistributeUserEvent(absl::string_view dn, KeyValueList data) {
  return Of(MessageType::kRequestDistributeUserEvent, dn).Set(Attribute::kUserData, std::move(data));
}

Message QueryAddress(absl::string_view dn) {
  return Of(MessageType::kRequestQueryAddress, dn);
}

Message QueryCall(absl::string_view dn, ConnID call) {
  return Of(MessageType::kRequestQueryCall, dn, call);
}

Message QueryServer() {
  return Message(MessageType::kRequestQueryServer);
}

}  // namespace understudy::client
