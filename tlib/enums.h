// The enumerations that attributes carry as numbers. Values are those of the T-Library reference where it has them; a
// number is given once and never used again. Their names as text: EnumName (tlib/attribute.h).
#ifndef UNDERSTUDY_TLIB_ENUMS_H_
#define UNDERSTUDY_TLIB_ENUMS_H_

#include <cstdint>

namespace understudy::tlib {

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
  kNull = 0, kInitiated = 1, kDialing = 2, kAlerting = 3, kConnected = 4, kHeld = 5, kQueued = 6, kBusy = 7,
  kFailed = 8,
};

enum class WorkMode : uint8_t {
  kUnknown = 0, kManualIn = 1, kAutoIn = 2, kAfterCallWork = 3, kAuxWork = 4, kNoCallDisconnect = 5, kWalkAway = 6,
  kReturnBack = 7,
};

enum class RouteType : uint8_t {
  kUnknown = 0, kDefault = 1, kLabel = 2, kOverwriteDNIS = 3, kDDD = 4, kIDDD = 5, kDirect = 6, kReject = 7,
  kAnnouncement = 8, kPostFeature = 9, kDirectAgent = 10, kPriority = 11, kDirectPriority = 12, kAgentID = 13,
  kCallDisconnect = 14,
};

enum class TreatmentType : uint8_t {
  kUnknown = 0, kIVR = 1, kMusic = 2, kRingBack = 3, kSilence = 4, kBusy = 5, kCollectDigits = 6, kPlayAnnouncement = 7,
  kPlayAnnouncementAndDigits = 8, kVerifyDigits = 9, kRecordUserAnnouncement = 10, kDeleteUserAnnouncement = 11,
  kCancelCall = 12, kPlayApplication = 13, kSetDefaultRoute = 14, kTextToSpeech = 15, kTextToSpeechAndDigits = 16,
  kFastBusy = 17, kRAN = 18,
};

enum class ServerRole : uint8_t { kUnknown = 0, kPrimary = 1, kBackup = 2 };

enum class AddressType : uint8_t {
  kUnknown = 0, kDN = 1, kPosition = 2, kQueue = 3, kRouteDN = 4, kTrunk = 5, kVirtualQueue = 6,
};

// What RequestQueryAddress asks for, and EventAddressInfo says.
enum class InfoType : uint8_t { kAddressStatus = 0, kCalls = 1, kAgentStatus = 2, kQueueStatus = 3 };

enum class MakeCallType : uint8_t { kRegular = 0 };

enum class ForwardMode : uint8_t {
  kNone = 0, kUnconditional = 1, kOnBusy = 2, kOnNoAnswer = 3, kOnBusyAndNoAnswer = 4,
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
  kServiceUnavailable = 20,  // overload or shutdown
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

#endif  // UNDERSTUDY_TLIB_ENUMS_H_
