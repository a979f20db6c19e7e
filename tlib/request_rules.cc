#include "tlib/request_rules.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace understudy::tlib {
namespace {

using A = Attribute;
using M = MessageType;

constexpr AttributeSet Of(std::initializer_list<Attribute> attributes) {
  AttributeSet set = 0;
  for (Attribute attribute : attributes) set |= AttributeSet{1} << static_cast<unsigned>(attribute);
  return set;
}

// Request, what it must carry, what it may.
constexpr RequestRule kRules[] = {
    {M::kRequestQueryServer, Of({}), Of({})},
    {M::kRequestQueryAddress, Of({A::kThisDN}), Of({A::kAddressType, A::kInfoType})},
    {M::kRequestRegisterAddress, Of({A::kThisDN}), Of({A::kAddressType})},
    {M::kRequestUnregisterAddress, Of({A::kThisDN}), Of({})},
    {M::kRequestRegisterAll, Of({}), Of({})},
    {M::kRequestUnregisterAll, Of({}), Of({})},
    {M::kRequestSetInputMask, Of({A::kInputMask}), Of({})},
    {M::kRequestSetDNDOn, Of({A::kThisDN}), Of({})},
    {M::kRequestSetDNDOff, Of({A::kThisDN}), Of({})},
    {M::kRequestMakeCall, Of({A::kThisDN, A::kOtherDN}), Of({A::kLocation, A::kMakeCallType, A::kUserData})},
    {M::kRequestAnswerCall, Of({A::kThisDN, A::kConnID}), Of({})},
    {M::kRequestReleaseCall, Of({A::kThisDN, A::kConnID}), Of({})},
    {M::kRequestHoldCall, Of({A::kThisDN, A::kConnID}), Of({})},
    {M::kRequestRetrieveCall, Of({A::kThisDN, A::kConnID}), Of({})},
    {M::kRequestInitiateConference, Of({A::kThisDN, A::kConnID, A::kOtherDN}), Of({A::kLocation, A::kUserData})},
    {M::kRequestCompleteConference, Of({A::kThisDN, A::kConnID, A::kHeldConnID}), Of({})},
    {M::kRequestDeleteFromConference, Of({A::kThisDN, A::kConnID, A::kOtherDN}), Of({})},
    {M::kRequestInitiateTransfer, Of({A::kThisDN, A::kConnID, A::kOtherDN}), Of({A::kLocation, A::kUserData})},
    {M::kRequestMuteTransfer, Of({A::kThisDN, A::kConnID, A::kOtherDN}), Of({A::kLocation, A::kUserData})},
    {M::kRequestSingleStepTransfer, Of({A::kThisDN, A::kConnID, A::kOtherDN}), Of({A::kLocation, A::kUserData})},
    {M::kRequestCompleteTransfer, Of({A::kThisDN, A::kConnID, A::kHeldConnID}), Of({})},
    {M::kRequestMergeCalls, Of({A::kThisDN, A::kConnID, A::kHeldConnID}), Of({})},
    {M::kRequestAlternateCall, Of({A::kThisDN, A::kConnID, A::kHeldConnID}), Of({})},
    {M::kRequestReconnectCall, Of({A::kThisDN, A::kConnID, A::kHeldConnID}), Of({})},
    {M::kRequestAttachUserData, Of({A::kThisDN, A::kConnID, A::kUserData}), Of({})},
    {M::kRequestUpdateUserData, Of({A::kThisDN, A::kConnID, A::kUserData}), Of({})},
    {M::kRequestDeleteUserData, Of({A::kThisDN, A::kConnID}), Of({})},
    {M::kRequestDeletePair, Of({A::kThisDN, A::kConnID, A::kUserData}), Of({})},
    {M::kRequestCallForwardSet, Of({A::kThisDN, A::kOtherDN}), Of({A::kForwardMode})},
    {M::kRequestCallForwardCancel, Of({A::kThisDN}), Of({A::kForwardMode})},
    {M::kRequestSetMessageWaitingOn, Of({A::kThisDN}), Of({})},
    {M::kRequestSetMessageWaitingOff, Of({A::kThisDN}), Of({})},
    {M::kRequestDistributeUserEvent, Of({A::kThisDN}), Of({})},
    {M::kRequestDistributeEvent, Of({A::kThisDN, A::kUserEvent}), Of({})},
    {M::kRequestSendDTMF, Of({A::kThisDN, A::kConnID, A::kDTMFDigits}), Of({})},
    {M::kRequestRedirectCall, Of({A::kThisDN, A::kConnID, A::kOtherDN}), Of({A::kLocation})},
    {M::kRequestQueryCall, Of({A::kConnID}), Of({A::kThisDN})},
    {M::kRequestClearCall, Of({A::kConnID}), Of({A::kThisDN})},
    {M::kRequestSingleStepConference, Of({A::kThisDN, A::kConnID, A::kOtherDN}), Of({A::kLocation, A::kUserData})},
    {M::kRequestPrivateService, Of({A::kServiceID}), Of({A::kThisDN, A::kConnID, A::kUserData})},
    {M::kRequestStartCallMonitoring, Of({}), Of({})},
    {M::kRequestStopCallMonitoring, Of({}), Of({})},
};

const RequestRule* Find(MessageType request) {
  const auto* rule = std::find_if(std::begin(kRules), std::end(kRules),
                                  [request](const RequestRule& row) { return row.request == request; });
  return rule == std::end(kRules) ? nullptr : rule;
}

Refusal Invalid(Attribute attribute, absl::string_view text) {
  return {ErrorCode::kInvalidAttribute, absl::StrCat(AttributeName(attribute), " ", text)};
}

std::string AllowedNames(Attribute attribute) {
  std::string names;
  for (int64_t value = 0; !EnumName(attribute, value).empty(); ++value) {
    absl::StrAppend(&names, value == 0 ? "" : ", ", EnumName(attribute, value));
  }
  return names;
}

absl::optional<Refusal> CheckMask(const KeyValueList& mask) {
  for (const KeyValuePair& pair : mask.pairs()) {
    const absl::optional<MessageType> event = FindMessageType(pair.key);
    if (!event || !IsEvent(*event)) {
      return Invalid(A::kInputMask,
                     absl::StrCat("has \"", pair.key, "\": allowed are names of events, as EventRinging"));
    }
  }
  return absl::nullopt;
}

absl::optional<Refusal> CheckText(Attribute attribute, absl::string_view text) {
  switch (attribute) {
    case A::kThisDN:
    case A::kOtherDN:
      if (text.empty()) return Invalid(attribute, "is empty: allowed is the number of a DN");
      return absl::nullopt;
    case A::kUserEvent: {
      const absl::optional<MessageType> event = FindMessageType(text);
      if (!event || !IsEvent(*event)) {
        return Invalid(attribute, absl::StrCat("\"", text, "\": allowed is the name of an event, as EventQueued"));
      }
      return absl::nullopt;
    }
    case A::kDTMFDigits:
      if (text.empty() || text.find_first_not_of("0123456789*#ABCD") != absl::string_view::npos) {
        return Invalid(attribute, absl::StrCat("\"", text, "\": allowed are 0 to 9, *, # and A to D"));
      }
      return absl::nullopt;
    default:
      return absl::nullopt;
  }
}

absl::optional<Refusal> CheckValue(const Message& request, Attribute attribute) {
  switch (KindOf(attribute)) {
    case AttributeKind::kEnum:
      if (!EnumName(attribute, request.Number(attribute)).empty()) return absl::nullopt;
      return Invalid(attribute, absl::StrCat(request.Number(attribute), ": allowed are ", AllowedNames(attribute)));
    case AttributeKind::kId:
      if (request.Number(attribute) != 0) return absl::nullopt;
      return Invalid(attribute, "0: allowed is the id of a call, as its events have it");
    case AttributeKind::kText:
      return CheckText(attribute, request.Text(attribute));
    case AttributeKind::kList:
      return attribute == A::kInputMask ? CheckMask(request.List(attribute)) : absl::nullopt;
    case AttributeKind::kNumber:
      return absl::nullopt;
  }
  return absl::nullopt;
}

}  // namespace

absl::Span<const RequestRule> RequestRules() {
  return kRules;
}

absl::optional<Refusal> CheckRequest(const Message& request) {
  const absl::string_view name = MessageTypeName(request.type());
  const RequestRule* rule = Find(request.type());
  if (rule == nullptr) return Refusal{ErrorCode::kUnsupportedOperation, absl::StrCat(name, " is not served")};
  for (Attribute attribute : AllAttributes()) {
    if (rule->Must(attribute) && !request.Has(attribute)) {
      return Refusal{ErrorCode::kMissingAttribute, absl::StrCat(name, " needs ", AttributeName(attribute))};
    }
  }
  for (const auto& [attribute, value] : request.attributes()) {
    if (!rule->Must(attribute) && !rule->May(attribute)) continue;
    if (absl::optional<Refusal> refusal = CheckValue(request, attribute)) return refusal;
  }
  return absl::nullopt;
}

}  // namespace understudy::tlib
