// The attributes that messages carry. The number is stored and sent: it is given once and never used again.
#ifndef UNDERSTUDY_TLIB_ATTRIBUTE_H_
#define UNDERSTUDY_TLIB_ATTRIBUTE_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "tlib/enums.h"

namespace understudy::tlib {

enum class Attribute : uint16_t {
  kReferenceID = 1,            // in requests; an event carries it beside the message (EventFrame)
  kConnID = 2,                 // id, 16 hexadecimal digits as text
  kPreviousConnID = 3,         // id
  kCallID = 4,
  kCallUUID = 5,
  kCallType = 6,               // CallType
  kCallState = 7,              // CallState
  kThisDN = 8,
  kThisDNRole = 9,             // DNRole
  kThisQueue = 10,
  kOtherDN = 11,
  kOtherDNRole = 12,           // DNRole
  kThirdPartyDN = 13,
  kThirdPartyDNRole = 14,      // DNRole
  kANI = 15,
  kDNIS = 16,
  kUserData = 17,              // list, as Reasons and Extensions
  kReasons = 18,
  kExtensions = 19,
  kTime = 20,                  // microseconds since 1970
  kEventSequenceNumber = 21,   // id
  kErrorCode = 22,             // ErrorCode
  kErrorMessage = 23,
  kAgentID = 24,
  kWorkMode = 25,              // WorkMode
  kDTMFDigits = 26,
  kCollectedDigits = 27,
  kInputMask = 28,             // list; keys are names of events, values 0 (not wanted) or 1
  kServerRole = 29,            // ServerRole
  kServerVersion = 30,
  kServerName = 31,
  kAddressType = 32,           // AddressType
  kInfoType = 33,              // InfoType
  kInfoStatus = 34,            // number, by InfoType
  kForwardMode = 35,           // ForwardMode
  kLocation = 36,
  kServiceID = 37,
  kUserEvent = 38,             // name of the event in RequestDistributeEvent
  kPassword = 39,
  kApplicationName = 40,
  kHeldConnID = 41,            // id; the call that is held, of two-step operations
  kTransferConnID = 42,        // id
  kConferenceConnID = 43,      // id
  kReleasingParty = 44,        // DN that hung up
  kPartyState = 45,            // PartyState
  kCalls = 46,                 // list: the snapshot of EventRegistered and EventAddressInfo
  kMakeCallType = 47,          // MakeCallType
  kCustomerID = 48,
  kRouteType = 49,             // RouteType
  kTreatmentType = 50,         // TreatmentType
  kTreatmentParameters = 51,   // list
  kPlace = 52,
  kTimeout = 53,               // seconds
  kCapabilities = 54,          // names of the requests that are served, with spaces between
  kNetworkCallID = 55,
  kCallHistory = 56,           // list
  kCause = 57,                 // number: the SIP status that decided it
  kSessionTimeout = 58,        // seconds
  kPartyID = 59,               // of call-based events: number of the party in its call
};

enum class AttributeKind : uint8_t {
  kNumber = 0,
  kId = 1,    // a number whose text is 16 hexadecimal digits
  kText = 2,
  kList = 3,
  kEnum = 4,  // a number whose text is a name, by EnumName
};

// Deepest list in a list that an attribute may have: 1 is a list without lists.
inline constexpr int kMostListDepth = 8;

// "ThisDN" and so on. Of a number that is none: "".
absl::string_view AttributeName(Attribute attribute);
absl::optional<Attribute> FindAttribute(absl::string_view name);
AttributeKind KindOf(Attribute attribute);
// Most octets of a text, or of a list (KeyValueList::octets); 0 for numbers. A message that has every attribute at its
// limit still fits into a frame.
size_t MostOctets(Attribute attribute);
// In the order of their numbers.
absl::Span<const Attribute> AllAttributes();
// Names of an enumeration's values, "CallTypeInternal" as "Internal"; "" where the attribute has no names or not this
// one. Of an error code alone: ErrorCodeName.
absl::string_view EnumName(Attribute attribute, int64_t value);
absl::optional<int64_t> FindEnum(Attribute attribute, absl::string_view name);
inline absl::string_view ErrorCodeName(ErrorCode code) {
  return EnumName(Attribute::kErrorCode, static_cast<int64_t>(code));
}

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_ATTRIBUTE_H_
