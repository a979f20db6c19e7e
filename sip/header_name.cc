// A constant open-addressing table, built by the compiler, keyed by the length and three letters of the name.
#include "sip/header_name.h"

#include <array>
#include <cstddef>

#include "absl/strings/match.h"

namespace understudy::sip {
namespace {

struct Row {
  HeaderName name;
  absl::string_view text;
  char compact;  // 0: none registered
};

constexpr Row kRows[] = {
    {HeaderName::kAccept, "Accept", 0},
    {HeaderName::kAcceptContact, "Accept-Contact", 'a'},
    {HeaderName::kAcceptEncoding, "Accept-Encoding", 0},
    {HeaderName::kAcceptLanguage, "Accept-Language", 0},
    {HeaderName::kAcceptResourcePriority, "Accept-Resource-Priority", 0},
    {HeaderName::kAlertInfo, "Alert-Info", 0},
    {HeaderName::kAllow, "Allow", 0},
    {HeaderName::kAllowEvents, "Allow-Events", 'u'},
    {HeaderName::kAnswerMode, "Answer-Mode", 0},
    {HeaderName::kAuthenticationInfo, "Authentication-Info", 0},
    {HeaderName::kAuthorization, "Authorization", 0},
    {HeaderName::kCallId, "Call-ID", 'i'},
    {HeaderName::kCallInfo, "Call-Info", 0},
    {HeaderName::kContact, "Contact", 'm'},
    {HeaderName::kContentDisposition, "Content-Disposition", 0},
    {HeaderName::kContentEncoding, "Content-Encoding", 'e'},
    {HeaderName::kContentLanguage, "Content-Language", 0},
    {HeaderName::kContentLength, "Content-Length", 'l'},
    {HeaderName::kContentType, "Content-Type", 'c'},
    {HeaderName::kCSeq, "CSeq", 0},
    {HeaderName::kDate, "Date", 0},
    {HeaderName::kDiversion, "Diversion", 0},
    {HeaderName::kErrorInfo, "Error-Info", 0},
    {HeaderName::kEvent, "Event", 'o'},
    {HeaderName::kExpires, "Expires", 0},
    {HeaderName::kFlowTimer, "Flow-Timer", 0},
    {HeaderName::kFrom, "From", 'f'},
    {HeaderName::kGeolocation, "Geolocation", 0},
    {HeaderName::kHistoryInfo, "History-Info", 0},
    {HeaderName::kIdentity, "Identity", 'y'},
    {HeaderName::kIdentityInfo, "Identity-Info", 'n'},
    {HeaderName::kInReplyTo, "In-Reply-To", 0},
    {HeaderName::kInfoPackage, "Info-Package", 0},
    {HeaderName::kJoin, "Join", 0},
    {HeaderName::kMaxBreadth, "Max-Breadth", 0},
    {HeaderName::kMaxForwards, "Max-Forwards", 0},
    {HeaderName::kMimeVersion, "MIME-Version", 0},
    {HeaderName::kMinExpires, "Min-Expires", 0},
    {HeaderName::kMinSe, "Min-SE", 0},
    {HeaderName::kOrganization, "Organization", 0},
    {HeaderName::kPAccessNetworkInfo, "P-Access-Network-Info", 0},
    {HeaderName::kPAssertedIdentity, "P-Asserted-Identity", 0},
    {HeaderName::kPAssociatedUri, "P-Associated-URI", 0},
    {HeaderName::kPCalledPartyId, "P-Called-Party-ID", 0},
    {HeaderName::kPChargingVector, "P-Charging-Vector", 0},
    {HeaderName::kPEarlyMedia, "P-Early-Media", 0},
    {HeaderName::kPPreferredIdentity, "P-Preferred-Identity", 0},
    {HeaderName::kPath, "Path", 0},
    {HeaderName::kPriority, "Priority", 0},
    {HeaderName::kPrivacy, "Privacy", 0},
    {HeaderName::kProxyAuthenticate, "Proxy-Authenticate", 0},
    {HeaderName::kProxyAuthorization, "Proxy-Authorization", 0},
    {HeaderName::kProxyRequire, "Proxy-Require", 0},
    {HeaderName::kRAck, "RAck", 0},
    {HeaderName::kReason, "Reason", 0},
    {HeaderName::kRecordRoute, "Record-Route", 0},
    {HeaderName::kRecvInfo, "Recv-Info", 0},
    {HeaderName::kReferSub, "Refer-Sub", 0},
    {HeaderName::kReferTo, "Refer-To", 'r'},
    {HeaderName::kReferredBy, "Referred-By", 'b'},
    {HeaderName::kRejectContact, "Reject-Contact", 'j'},
    {HeaderName::kRemotePartyId, "Remote-Party-ID", 0},
    {HeaderName::kReplaces, "Replaces", 0},
    {HeaderName::kReplyTo, "Reply-To", 0},
    {HeaderName::kRequestDisposition, "Request-Disposition", 'd'},
    {HeaderName::kRequire, "Require", 0},
    {HeaderName::kResourcePriority, "Resource-Priority", 0},
    {HeaderName::kRetryAfter, "Retry-After", 0},
    {HeaderName::kRoute, "Route", 0},
    {HeaderName::kRSeq, "RSeq", 0},
    {HeaderName::kServer, "Server", 0},
    {HeaderName::kServiceRoute, "Service-Route", 0},
    {HeaderName::kSessionExpires, "Session-Expires", 'x'},
    {HeaderName::kSessionId, "Session-ID", 0},
    {HeaderName::kSipEtag, "SIP-ETag", 0},
    {HeaderName::kSipIfMatch, "SIP-If-Match", 0},
    {HeaderName::kSubject, "Subject", 's'},
    {HeaderName::kSubscriptionState, "Subscription-State", 0},
    {HeaderName::kSupported, "Supported", 'k'},
    {HeaderName::kTargetDialog, "Target-Dialog", 0},
    {HeaderName::kTimestamp, "Timestamp", 0},
    {HeaderName::kTo, "To", 't'},
    {HeaderName::kUnsupported, "Unsupported", 0},
    {HeaderName::kUserAgent, "User-Agent", 0},
    {HeaderName::kUserToUser, "User-to-User", 0},
    {HeaderName::kVia, "Via", 'v'},
    {HeaderName::kWarning, "Warning", 0},
    {HeaderName::kWwwAuthenticate, "WWW-Authenticate", 0},
};
static_assert(sizeof(kRows) / sizeof(kRows[0]) == kHeaderNameCount - 1, "a row for each name but kUnknown");

constexpr bool RowsFollowTheEnum() {
  size_t expected = 1;
  for (const Row& row : kRows) {
    if (static_cast<size_t>(row.name) != expected) return false;
    ++expected;
  }
  return true;
}
static_assert(RowsFollowTheEnum(), "CanonicalName indexes kRows by the enum");

constexpr char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

constexpr size_t kSlots = 256;

// `text` is not empty.
constexpr size_t Slot(absl::string_view text) {
  const size_t n = text.size();
  const size_t first = static_cast<uint8_t>(Lower(text[0]));
  const size_t middle = static_cast<uint8_t>(Lower(text[n / 2]));
  const size_t last = static_cast<uint8_t>(Lower(text[n - 1]));
  return (first * 31 + middle * 7 + last * 101 + n * 13) % kSlots;
}

constexpr std::array<uint8_t, kSlots> MakeSlots() {
  std::array<uint8_t, kSlots> slots{};
  for (const Row& row : kRows) {
    size_t slot = Slot(row.text);
    while (slots[slot] != 0) slot = (slot + 1) % kSlots;
    slots[slot] = static_cast<uint8_t>(row.name);
  }
  return slots;
}

constexpr std::array<HeaderName, 26> MakeCompact() {
  std::array<HeaderName, 26> compact{};
  for (const Row& row : kRows) {
    if (row.compact != 0) compact[static_cast<size_t>(row.compact - 'a')] = row.name;
  }
  return compact;
}

constexpr std::array<uint8_t, kSlots> kSlotNames = MakeSlots();
constexpr std::array<HeaderName, 26> kCompact = MakeCompact();

HeaderName FromCompact(char c) {
  const char lower = Lower(c);
  return lower >= 'a' && lower <= 'z' ? kCompact[static_cast<size_t>(lower - 'a')] : HeaderName::kUnknown;
}

}  // namespace

HeaderName HeaderNameFromText(absl::string_view text) {
  if (text.empty()) return HeaderName::kUnknown;
  if (text.size() == 1) return FromCompact(text[0]);
  for (size_t slot = Slot(text); kSlotNames[slot] != 0; slot = (slot + 1) % kSlots) {
    const Row& row = kRows[kSlotNames[slot] - 1];
    if (row.text == text || absl::EqualsIgnoreCase(row.text, text)) return row.name;  // nearly all write it so
  }
  return HeaderName::kUnknown;
}

absl::string_view CanonicalName(HeaderName name) {
  if (name == HeaderName::kUnknown) return {};
  return kRows[static_cast<size_t>(name) - 1].text;
}

}  // namespace understudy::sip
