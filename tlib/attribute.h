// The attributes that messages carry. The number is stored and sent: it is given once and never used again.
#ifndef UNDERSTUDY_TLIB_ATTRIBUTE_H_
#define UNDERSTUDY_TLIB_ATTRIBUTE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

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
  kInputMask = 28,             // list of event names under one key each, see docs
  kServerRole = 29,            // ServerRole
  kServerVersion = 30,
  kServerName = 31,
  kAddressType = 32,           // AddressType
  kInfoType = 33,              // InfoType
  kInfoStatus = 34,
  kForwardMode = 35,
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
  kMakeCallType = 47,
  kCustomerID = 48,
  kRouteType = 49,
  kTreatmentType = 50,
  kTreatmentParameters = 51,   // list
  kPlace = 52,
  kTimeout = 53,
  kCapabilities = 54,
  kNetworkCallID = 55,
  kCallHistory = 56,           // list
  kCause = 57,
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

// "ThisDN" and so on. Of a number that is none: "".
absl::string_view AttributeName(Attribute attribute);
absl::optional<Attribute> FindAttribute(absl::string_view name);
AttributeKind KindOf(Attribute attribute);
// Most octets of a text, or of a list (KeyValueList::octets); 0 for numbers.
size_t MostOctets(Attribute attribute);
// Names of an enumeration's values, "CallTypeInternal" as "Internal"; "" where the attribute has no names or not this one.
absl::string_view EnumName(Attribute attribute, int64_t value);
absl::optional<int64_t> FindEnum(Attribute attribute, absl::string_view name);

enum class CallType : uint8_t { kUnknown = 0, kInternal = 1, kInbound = 2, kOutbound = 3, kConsult = 4 };

enum class CallState : uint8_t {
  kOk = 0, kTransferred = 1, kConferenced = 2, kGeneralError = 3, kSystemError = 4, kRemoteRelease = 5, kBusy = 6,
  kNoAnswer = 7, kSitDetected = 8, kAnsweringMachineDetected = 9, kAllTrunksBusy = 10, kSitInvalidnum = 11,
  kSitVacant = 12, kSitIntercept = 13, kSitUnknown = 14, kSitNocircuit = 15, kSitReorder = 16, kFaxDetected = 17,
  kQueueFull = 18, kCleared = 19, kOverflowed = 20, kAbandoned = 21, kRedirected = 22, kForwarded = 23, kConsult = 24,
  kPickedup = 25, kDropped = 26, kDroppednoanswer = 27, kUnknown = 28, kCovered = 29, kConverseOn = 30, kBridged = 31,
};

enum class DNRole : uint8_t {
  kUnknown = 0, kOrigination = 1, kDestination = 2, kConferenceMember = 3, kNewParty = 4, kAddedBy = 5, kDeletedBy = 6,
  kTransferredBy = 7, kDeletedParty = 8, kConferencedBy = 9, kObserver = 10,
};

enum class PartyState : uint8_t {
  kNull = 0, kInitiated = 1, kDialing = 2, kAlerting = 3, kConnected = 4, kHeld = 5, kQueued = 6, kBusy = 7, kFailed = 8,
};

enum class ServerRole : uint8_t { kUnknown = 0, kPrimary = 1, kBackup = 2 };

enum class AddressType : uint8_t {
  kUnknown = 0, kDN = 1, kPosition = 2, kQueue = 3, kRouteDN = 4, kTrunk = 5, kVirtualQueue = 6,
};

// Why a request was refused, or a link closed. Ours; docs/t_library.md says when each is given.
enum class ErrorCode : uint16_t {
  kNone = 0,
  kUnsupportedOperation = 1,
  kMissingAttribute = 2,
  kInvalidAttribute = 3,
  kInvalidConnID = 4,       // no such call
  kUnknownDN = 5,           // not configured
  kDNNotRegistered = 6,     // by this client
  kNoCallOnDN = 7,          // the call exists and the DN is not in it
  kWrongState = 8,          // the party's state does not allow it
  kDNBusy = 9,
  kDNOutOfService = 10,     // no contact
  kInvalidDestination = 11,
  kNotControllable = 12,    // the phone takes no such command (sip-cti-control)
  kAlreadyInState = 13,
  kDestinationFailed = 14,  // it answered with a failure; the message has the status
  kTimeout = 15,
  kCallDisconnected = 16,   // the call ended before the request was done
  kUserDataTooLarge = 17,
  kTooManyRegistrations = 18,
  kTooManySessions = 19,
  kServiceUnavailable = 20, // overload or shutdown
  kNotPrimary = 21,
  kInvalidPassword = 22,
  kUnknownSession = 23,     // ended, or never was
  kSessionTaken = 24,       // another link goes on with this session
  kSlowClient = 25,         // did not take its events
  kProtocolError = 26,      // bytes that are no frame, or a frame out of turn
  kMessageTooLarge = 27,
  kTooManyRequests = 28,
  kVersion = 29,            // no common version of the protocol
  kIdleTimeout = 30,        // ADDP
  kInternal = 31,
};

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_ATTRIBUTE_H_
