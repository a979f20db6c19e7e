// Header field names as numbers, so that dispatch on a header is a compare of one octet.
//
// The list holds RFC 3261 section 20 and the extensions that a B2BUA, a registrar or a CTI server reads.
// A header outside it is kUnknown and is known by its text.
#ifndef UNDERSTUDY_SIP_HEADER_NAME_H_
#define UNDERSTUDY_SIP_HEADER_NAME_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace understudy::sip {

enum class HeaderName : uint8_t {
  kUnknown,
  kAccept,
  kAcceptContact,  // a, RFC 3841
  kAcceptEncoding,
  kAcceptLanguage,
  kAcceptResourcePriority,  // RFC 4412
  kAlertInfo,
  kAllow,
  kAllowEvents,  // u, RFC 6665
  kAnswerMode,   // RFC 5373
  kAuthenticationInfo,
  kAuthorization,
  kCallId,  // i
  kCallInfo,
  kContact,  // m
  kContentDisposition,
  kContentEncoding,  // e
  kContentLanguage,
  kContentLength,  // l
  kContentType,    // c
  kCSeq,
  kDate,
  kDiversion,  // RFC 5806
  kErrorInfo,
  kEvent,  // o, RFC 6665
  kExpires,
  kFlowTimer,     // RFC 5626
  kFrom,          // f
  kGeolocation,   // RFC 6442
  kHistoryInfo,   // RFC 7044
  kIdentity,      // y, RFC 8224
  kIdentityInfo,  // n, RFC 4474
  kInReplyTo,
  kInfoPackage,  // RFC 6086
  kJoin,         // RFC 3911
  kMaxBreadth,   // RFC 5393
  kMaxForwards,
  kMimeVersion,
  kMinExpires,
  kMinSe,  // RFC 4028
  kOrganization,
  kPAccessNetworkInfo,  // RFC 7315
  kPAssertedIdentity,   // RFC 3325
  kPAssociatedUri,      // RFC 7315
  kPCalledPartyId,      // RFC 7315
  kPChargingVector,     // RFC 7315
  kPEarlyMedia,         // RFC 5009
  kPPreferredIdentity,  // RFC 3325
  kPath,                // RFC 3327
  kPriority,
  kPrivacy,  // RFC 3323
  kProxyAuthenticate,
  kProxyAuthorization,
  kProxyRequire,
  kRAck,    // RFC 3262
  kReason,  // RFC 3326
  kRecordRoute,
  kRecvInfo,       // RFC 6086
  kReferSub,       // RFC 4488
  kReferTo,        // r, RFC 3515
  kReferredBy,     // b, RFC 3892
  kRejectContact,  // j, RFC 3841
  kRemotePartyId,  // draft-ietf-sip-privacy-04
  kReplaces,       // RFC 3891
  kReplyTo,
  kRequestDisposition,  // d, RFC 3841
  kRequire,
  kResourcePriority,  // RFC 4412
  kRetryAfter,
  kRoute,
  kRSeq,  // RFC 3262
  kServer,
  kServiceRoute,       // RFC 3608
  kSessionExpires,     // x, RFC 4028
  kSessionId,          // RFC 7989
  kSipEtag,            // RFC 3903
  kSipIfMatch,         // RFC 3903
  kSubject,            // s
  kSubscriptionState,  // RFC 6665
  kSupported,          // k
  kTargetDialog,       // RFC 4538
  kTimestamp,
  kTo,  // t
  kUnsupported,
  kUserAgent,
  kUserToUser,  // RFC 7433
  kVia,         // v
  kWarning,
  kWwwAuthenticate,
};

inline constexpr int kHeaderNameCount = static_cast<int>(HeaderName::kWwwAuthenticate) + 1;

// Case-insensitive; compact forms are the same header (RFC 3261 7.3.3). No allocation, constant time.
HeaderName HeaderNameFromText(absl::string_view text);

// The long form as the RFC writes it, "Call-ID"; empty for kUnknown. The text is static.
absl::string_view CanonicalName(HeaderName name);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_HEADER_NAME_H_
