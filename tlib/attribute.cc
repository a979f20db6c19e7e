#include "tlib/attribute.h"

#include <array>
#include <iterator>

#include "base/check.h"

namespace understudy::tlib {
namespace {

constexpr size_t kKiB = 1024;
constexpr size_t kName = 255;
constexpr size_t kShort = 64;

struct Row {
  Attribute attribute;
  absl::string_view name;
  AttributeKind kind;
  size_t most_octets;
};

// By number, and without a gap.
constexpr Row kRows[] = {
    {Attribute::kReferenceID, "ReferenceID", AttributeKind::kNumber, 0},
    {Attribute::kConnID, "ConnID", AttributeKind::kId, 0},
    {Attribute::kPreviousConnID, "PreviousConnID", AttributeKind::kId, 0},
    {Attribute::kCallID, "CallID", AttributeKind::kNumber, 0},
    {Attribute::kCallUUID, "CallUUID", AttributeKind::kText, kShort},
    {Attribute::kCallType, "CallType", AttributeKind::kEnum, 0},
    {Attribute::kCallState, "CallState", AttributeKind::kEnum, 0},
    {Attribute::kThisDN, "ThisDN", AttributeKind::kText, kName},
    {Attribute::kThisDNRole, "ThisDNRole", AttributeKind::kEnum, 0},
    {Attribute::kThisQueue, "ThisQueue", AttributeKind::kText, kName},
    {Attribute::kOtherDN, "OtherDN", AttributeKind::kText, kName},
    {Attribute::kOtherDNRole, "OtherDNRole", AttributeKind::kEnum, 0},
    {Attribute::kThirdPartyDN, "ThirdPartyDN", AttributeKind::kText, kName},
    {Attribute::kThirdPartyDNRole, "ThirdPartyDNRole", AttributeKind::kEnum, 0},
    {Attribute::kANI, "ANI", AttributeKind::kText, kName},
    {Attribute::kDNIS, "DNIS", AttributeKind::kText, kName},
    {Attribute::kUserData, "UserData", AttributeKind::kList, 16 * kKiB},
    {Attribute::kReasons, "Reasons", AttributeKind::kList, 2 * kKiB},
    {Attribute::kExtensions, "Extensions", AttributeKind::kList, 8 * kKiB},
    {Attribute::kTime, "Time", AttributeKind::kNumber, 0},
    {Attribute::kEventSequenceNumber, "EventSequenceNumber", AttributeKind::kId, 0},
    {Attribute::kErrorCode, "ErrorCode", AttributeKind::kEnum, 0},
    {Attribute::kErrorMessage, "ErrorMessage", AttributeKind::kText, kKiB},
    {Attribute::kAgentID, "AgentID", AttributeKind::kText, kName},
    {Attribute::kWorkMode, "WorkMode", AttributeKind::kEnum, 0},
    {Attribute::kDTMFDigits, "DTMFDigits", AttributeKind::kText, kShort},
    {Attribute::kCollectedDigits, "CollectedDigits", AttributeKind::kText, kShort},
    {Attribute::kInputMask, "InputMask", AttributeKind::kList, 8 * kKiB},
    {Attribute::kServerRole, "ServerRole", AttributeKind::kEnum, 0},
    {Attribute::kServerVersion, "ServerVersion", AttributeKind::kText, kShort},
    {Attribute::kServerName, "ServerName", AttributeKind::kText, kName},
    {Attribute::kAddressType, "AddressType", AttributeKind::kEnum, 0},
    {Attribute::kInfoType, "InfoType", AttributeKind::kEnum, 0},
    {Attribute::kInfoStatus, "InfoStatus", AttributeKind::kNumber, 0},
    {Attribute::kForwardMode, "ForwardMode", AttributeKind::kEnum, 0},
    {Attribute::kLocation, "Location", AttributeKind::kText, kName},
    {Attribute::kServiceID, "ServiceID", AttributeKind::kNumber, 0},
    {Attribute::kUserEvent, "UserEvent", AttributeKind::kText, kShort},
    {Attribute::kPassword, "Password", AttributeKind::kText, kName},
    {Attribute::kApplicationName, "ApplicationName", AttributeKind::kText, kName},
    {Attribute::kHeldConnID, "HeldConnID", AttributeKind::kId, 0},
    {Attribute::kTransferConnID, "TransferConnID", AttributeKind::kId, 0},
    {Attribute::kConferenceConnID, "ConferenceConnID", AttributeKind::kId, 0},
    {Attribute::kReleasingParty, "ReleasingParty", AttributeKind::kText, kName},
    {Attribute::kPartyState, "PartyState", AttributeKind::kEnum, 0},
    {Attribute::kCalls, "Calls", AttributeKind::kList, 12 * kKiB},
    {Attribute::kMakeCallType, "MakeCallType", AttributeKind::kEnum, 0},
    {Attribute::kCustomerID, "CustomerID", AttributeKind::kText, kName},
    {Attribute::kRouteType, "RouteType", AttributeKind::kEnum, 0},
    {Attribute::kTreatmentType, "TreatmentType", AttributeKind::kEnum, 0},
    {Attribute::kTreatmentParameters, "TreatmentParameters", AttributeKind::kList, 4 * kKiB},
    {Attribute::kPlace, "Place", AttributeKind::kText, kName},
    {Attribute::kTimeout, "Timeout", AttributeKind::kNumber, 0},
    {Attribute::kCapabilities, "Capabilities", AttributeKind::kText, 2 * kKiB},
    {Attribute::kNetworkCallID, "NetworkCallID", AttributeKind::kText, kName},
    {Attribute::kCallHistory, "CallHistory", AttributeKind::kList, 2 * kKiB},
    {Attribute::kCause, "Cause", AttributeKind::kNumber, 0},
    {Attribute::kSessionTimeout, "SessionTimeout", AttributeKind::kNumber, 0},
    {Attribute::kPartyID, "PartyID", AttributeKind::kNumber, 0},
};

const Row* Find(Attribute attribute) {
  const size_t at = static_cast<size_t>(attribute) - 1;
  return at < std::size(kRows) ? &kRows[at] : nullptr;
}

constexpr auto kAttributes = [] {
  std::array<Attribute, std::size(kRows)> attributes{};
  for (size_t i = 0; i < attributes.size(); ++i) attributes[i] = kRows[i].attribute;
  return attributes;
}();

constexpr bool NumbersAreThePlaces() {
  for (size_t i = 0; i < std::size(kRows); ++i) {
    if (static_cast<size_t>(kRows[i].attribute) != i + 1) return false;
  }
  return true;
}
static_assert(NumbersAreThePlaces());

}  // namespace

absl::string_view AttributeName(Attribute attribute) {
  const Row* row = Find(attribute);
  return row == nullptr ? "" : row->name;
}

absl::optional<Attribute> FindAttribute(absl::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.attribute;
  }
  return absl::nullopt;
}

AttributeKind KindOf(Attribute attribute) {
  const Row* row = Find(attribute);
  US_CHECK(row != nullptr);
  return row->kind;
}

size_t MostOctets(Attribute attribute) {
  const Row* row = Find(attribute);
  US_CHECK(row != nullptr);
  return row->most_octets;
}

absl::Span<const Attribute> AllAttributes() {
  return kAttributes;
}

}  // namespace understudy::tlib
