#include <iterator>

#include "absl/types/span.h"
#include "tlib/attribute.h"

namespace understudy::tlib {
namespace {

// Of each enumeration the names by value: all begin at 0 and have no gaps.
constexpr absl::string_view kCallTypes[] = {"Unknown", "Internal", "Inbound", "Outbound", "Consult"};
static_assert(std::size(kCallTypes) == static_cast<size_t>(CallType::kConsult) + 1);

constexpr absl::string_view kCallStates[] = {
    "Ok", "Transferred", "Conferenced", "GeneralError", "SystemError", "RemoteRelease", "Busy", "NoAnswer",
    "SitDetected", "AnsweringMachineDetected", "AllTrunksBusy", "SitInvalidnum", "SitVacant", "SitIntercept",
    "SitUnknown", "SitNocircuit", "SitReorder", "FaxDetected", "QueueFull", "Cleared", "Overflowed", "Abandoned",
    "Redirected", "Forwarded", "Consult", "Pickedup", "Dropped", "Droppednoanswer", "Unknown", "Covered", "ConverseOn",
    "Bridged"};
static_assert(std::size(kCallStates) == static_cast<size_t>(CallState::kBridged) + 1);

constexpr absl::string_view kDNRoles[] = {
    "Unknown", "Origination", "Destination", "ConferenceMember", "NewParty", "AddedBy", "DeletedBy", "TransferredBy",
    "DeletedParty", "ConferencedBy", "Observer"};
static_assert(std::size(kDNRoles) == static_cast<size_t>(DNRole::kObserver) + 1);

constexpr absl::string_view kErrorCodes[] = {
    "None", "UnsupportedOperation", "MissingAttribute", "InvalidAttribute", "InvalidConnID", "UnknownDN",
    "DNNotRegistered", "NoCallOnDN", "WrongState", "DNBusy", "DNOutOfService", "InvalidDestination", "NotControllable",
    "AlreadyInState", "DestinationFailed", "Timeout", "CallDisconnected", "UserDataTooLarge", "TooManyRegistrations",
    "TooManySessions", "ServiceUnavailable", "NotPrimary", "InvalidPassword", "UnknownSession", "SessionTaken",
    "SlowClient", "ProtocolError", "MessageTooLarge", "TooManyRequests", "Version", "IdleTimeout", "Internal"};
static_assert(std::size(kErrorCodes) == static_cast<size_t>(ErrorCode::kInternal) + 1);

constexpr absl::string_view kWorkModes[] = {
    "Unknown", "ManualIn", "AutoIn", "AfterCallWork", "AuxWork", "NoCallDisconnect", "WalkAway", "ReturnBack"};
static_assert(std::size(kWorkModes) == static_cast<size_t>(WorkMode::kReturnBack) + 1);

constexpr absl::string_view kServerRoles[] = {"Unknown", "Primary", "Backup"};
static_assert(std::size(kServerRoles) == static_cast<size_t>(ServerRole::kBackup) + 1);

constexpr absl::string_view kAddressTypes[] = {
    "Unknown", "DN", "Position", "Queue", "RouteDN", "Trunk", "VirtualQueue"};
static_assert(std::size(kAddressTypes) == static_cast<size_t>(AddressType::kVirtualQueue) + 1);

constexpr absl::string_view kInfoTypes[] = {"AddressStatus", "Calls", "AgentStatus", "QueueStatus"};
static_assert(std::size(kInfoTypes) == static_cast<size_t>(InfoType::kQueueStatus) + 1);

constexpr absl::string_view kForwardModes[] = {"None", "Unconditional", "OnBusy", "OnNoAnswer", "OnBusyAndNoAnswer"};
static_assert(std::size(kForwardModes) == static_cast<size_t>(ForwardMode::kOnBusyAndNoAnswer) + 1);

constexpr absl::string_view kPartyStates[] = {
    "Null", "Initiated", "Dialing", "Alerting", "Connected", "Held", "Queued", "Busy", "Failed"};
static_assert(std::size(kPartyStates) == static_cast<size_t>(PartyState::kFailed) + 1);

constexpr absl::string_view kMakeCallTypes[] = {"Regular"};
static_assert(std::size(kMakeCallTypes) == static_cast<size_t>(MakeCallType::kRegular) + 1);

constexpr absl::string_view kRouteTypes[] = {
    "Unknown", "Default", "Label", "OverwriteDNIS", "DDD", "IDDD", "Direct", "Reject", "Announcement", "PostFeature",
    "DirectAgent", "Priority", "DirectPriority", "AgentID", "CallDisconnect"};
static_assert(std::size(kRouteTypes) == static_cast<size_t>(RouteType::kCallDisconnect) + 1);

constexpr absl::string_view kTreatmentTypes[] = {
    "Unknown", "IVR", "Music", "RingBack", "Silence", "Busy", "CollectDigits", "PlayAnnouncement",
    "PlayAnnouncementAndDigits", "VerifyDigits", "RecordUserAnnouncement", "DeleteUserAnnouncement", "CancelCall",
    "PlayApplication", "SetDefaultRoute", "TextToSpeech", "TextToSpeechAndDigits", "FastBusy", "RAN"};
static_assert(std::size(kTreatmentTypes) == static_cast<size_t>(TreatmentType::kRAN) + 1);

absl::Span<const absl::string_view> NamesOf(Attribute attribute) {
  switch (attribute) {
    case Attribute::kCallType:
      return kCallTypes;
    case Attribute::kCallState:
      return kCallStates;
    case Attribute::kThisDNRole:
    case Attribute::kOtherDNRole:
    case Attribute::kThirdPartyDNRole:
      return kDNRoles;
    case Attribute::kErrorCode:
      return kErrorCodes;
    case Attribute::kWorkMode:
      return kWorkModes;
    case Attribute::kServerRole:
      return kServerRoles;
    case Attribute::kAddressType:
      return kAddressTypes;
    case Attribute::kInfoType:
      return kInfoTypes;
    case Attribute::kForwardMode:
      return kForwardModes;
    case Attribute::kPartyState:
      return kPartyStates;
    case Attribute::kMakeCallType:
      return kMakeCallTypes;
    case Attribute::kRouteType:
      return kRouteTypes;
    case Attribute::kTreatmentType:
      return kTreatmentTypes;
    default:
      return {};
  }
}

}  // namespace

absl::string_view EnumName(Attribute attribute, int64_t value) {
  const auto names = NamesOf(attribute);
  return static_cast<uint64_t>(value) < names.size() ? names[static_cast<size_t>(value)] : "";
}

absl::optional<int64_t> FindEnum(Attribute attribute, absl::string_view name) {
  const auto names = NamesOf(attribute);
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<int64_t>(i);
  }
  return absl::nullopt;
}

}  // namespace understudy::tlib
