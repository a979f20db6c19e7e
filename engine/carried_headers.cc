#include "engine/carried_headers.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "engine/carried_status.h"
#include "sip/header_values.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

// How a header goes through.
enum class Carriage {
  kCarry,
  kOwn,     // of one dialog or hop: written anew where the message needs it
  kEnd,     // consumed here
  kFilter,  // a list of option tags
};

// Every header that is not carried as it came.
constexpr struct {
  HeaderName name;
  Carriage carriage;
} kNotCarried[] = {
    {HeaderName::kVia, Carriage::kOwn},
    {HeaderName::kFrom, Carriage::kOwn},
    {HeaderName::kTo, Carriage::kOwn},
    {HeaderName::kCallId, Carriage::kOwn},
    {HeaderName::kCSeq, Carriage::kOwn},
    {HeaderName::kContact, Carriage::kOwn},
    {HeaderName::kMaxForwards, Carriage::kOwn},
    {HeaderName::kRoute, Carriage::kOwn},
    {HeaderName::kRecordRoute, Carriage::kOwn},
    {HeaderName::kContentLength, Carriage::kOwn},
    {HeaderName::kContentType, Carriage::kOwn},
    {HeaderName::kRAck, Carriage::kOwn},
    {HeaderName::kRSeq, Carriage::kOwn},
    {HeaderName::kPPreferredIdentity, Carriage::kEnd},
    {HeaderName::kPath, Carriage::kEnd},
    {HeaderName::kServiceRoute, Carriage::kEnd},
    {HeaderName::kProxyRequire, Carriage::kEnd},
    {HeaderName::kMinExpires, Carriage::kEnd},
    {HeaderName::kTimestamp, Carriage::kEnd},
    {HeaderName::kReplaces, Carriage::kEnd},
    {HeaderName::kJoin, Carriage::kEnd},
    {HeaderName::kTargetDialog, Carriage::kEnd},
    {HeaderName::kFlowTimer, Carriage::kEnd},
    {HeaderName::kMaxBreadth, Carriage::kEnd},
    {HeaderName::kSupported, Carriage::kFilter},
    {HeaderName::kRequire, Carriage::kFilter},
    // Credentials, and what asks for them or answers them, are between a party and us.
    {HeaderName::kAuthorization, Carriage::kEnd},
    {HeaderName::kProxyAuthorization, Carriage::kEnd},
    {HeaderName::kWwwAuthenticate, Carriage::kEnd},
    {HeaderName::kProxyAuthenticate, Carriage::kEnd},
    {HeaderName::kAuthenticationInfo, Carriage::kEnd},
};

// Of the headers without a number, those that end here too: RFC 7615, security agreements, which are of one hop
// (RFC 3329), and our own.
constexpr absl::string_view kEndByText[] = {
    "Proxy-Authentication-Info", "Security-Client", "Security-Server", "Security-Verify", kCallUuidHeader,
};

constexpr auto kCarriage = [] {
  std::array<Carriage, sip::kHeaderNameCount> table{};
  for (const auto& row : kNotCarried) table[static_cast<size_t>(row.name)] = row.carriage;
  return table;
}();

constexpr absl::string_view kCarriedOptions[] = {
    "100rel",  "timer",       "precondition",   "histinfo",   "resource-priority",     "early-session", "answermode",
    "privacy", "from-change", "multiple-refer", "norefersub", "recipient-list-invite", "uui",           "199",
};

// Of those, what we do not do ourselves: we write no History-Info (RFC 7044), and are no privacy service (RFC 3323).
constexpr absl::string_view kOfOthers[] = {"histinfo", "privacy"};

template <size_t kSize>
bool Contains(const absl::string_view (&options)[kSize], absl::string_view option) {
  return std::any_of(options, options + kSize,
                     [&](absl::string_view one) { return absl::EqualsIgnoreCase(one, option); });
}

bool EndsByText(absl::string_view name) {
  for (absl::string_view ends : kEndByText) {
    if (absl::EqualsIgnoreCase(ends, name)) return true;
  }
  return false;
}

bool IsCarried(const sip::Message& message, const sip::HeaderField& field) {
  if (kCarriage[static_cast<size_t>(field.id)] != Carriage::kCarry) return false;
  if (field.id == HeaderName::kUnknown) return !EndsByText(field.name);
  // It says when to try again whoever sent the status, which is not passed on.
  const bool of_another = field.id == HeaderName::kRetryAfter && CarriedStatus(message.status()) != message.status();
  return !of_another;
}

bool IsOfTimers(const sip::HeaderField& field) {
  return field.id == HeaderName::kSessionExpires || field.id == HeaderName::kMinSe;
}

void CarryOptions(absl::string_view name, absl::string_view value, Timers timers, sip::MessageWriter* writer) {
  bool begun = false;
  absl::string_view option;
  while (sip::NextValue(&value, &option)) {
    if (!IsCarriedOption(option)) continue;
    if (timers == Timers::kEnd && absl::EqualsIgnoreCase(option, "timer")) continue;
    if (begun) {
      writer->AppendPiece(", ");
    } else {
      writer->BeginHeader(name);
    }
    begun = true;
    writer->AppendPiece(option);
  }
  if (begun) writer->EndHeader();
}

bool IsOfRegistrations(absl::string_view option) {
  return absl::EqualsIgnoreCase(option, "path") || absl::EqualsIgnoreCase(option, "outbound") ||
         absl::EqualsIgnoreCase(option, "gruu");
}

// Proxy-Require asks us, Require whoever is at the other end.
bool IsServed(HeaderName asks, absl::string_view option) {
  return IsCarriedOption(option) && (asks == HeaderName::kRequire || !Contains(kOfOthers, option));
}

void AppendUnsupported(const sip::Message& request, HeaderName name, absl::string_view served, std::string* list) {
  for (absl::string_view option : sip::HeaderValues(request, name)) {
    if (IsServed(name, option) || absl::EqualsIgnoreCase(option, served)) continue;
    if (request.method() == sip::Method::kRegister && IsOfRegistrations(option)) continue;
    if (!list->empty()) list->append(", ");
    list->append(option.data(), option.size());
  }
}

}  // namespace

bool IsCarriedOption(absl::string_view option_tag) {
  return Contains(kCarriedOptions, option_tag);
}

void CarryHeaders(const sip::Message& message, Asserted asserted, sip::MessageWriter* writer, Timers timers) {
  for (const sip::HeaderField& field : message.headers()) {
    if (field.id == HeaderName::kPAssertedIdentity && asserted == Asserted::kEnd) continue;
    if (timers == Timers::kEnd && IsOfTimers(field)) continue;
    if (IsCarried(message, field)) {
      writer->Header(field.id == HeaderName::kUnknown ? field.name : sip::CanonicalName(field.id), field.value);
    } else if (kCarriage[static_cast<size_t>(field.id)] == Carriage::kFilter) {
      CarryOptions(sip::CanonicalName(field.id), field.value, timers, writer);
    }
  }
}

std::string ValuesOf(const sip::Message& message, HeaderName name) {
  std::string values;
  for (absl::string_view value : sip::HeaderValues(message, name)) {
    if (!values.empty()) values.append(", ");
    values.append(value.data(), value.size());
  }
  return values;
}

void CarryBody(const sip::Message& message, sip::MessageWriter* writer) {
  writer->Body(message.ValueOf(HeaderName::kContentType), message.body());
}

std::string UnsupportedOptions(const sip::Message& request, absl::string_view served) {
  std::string list;
  AppendUnsupported(request, HeaderName::kRequire, served, &list);
  AppendUnsupported(request, HeaderName::kProxyRequire, served, &list);
  return list;
}

absl::string_view AllowedMethods() {
  return "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, PRACK, UPDATE, INFO, MESSAGE, SUBSCRIBE, NOTIFY, REFER";
}

void WriteCapabilities(sip::MessageWriter* writer) {
  writer->Header(HeaderName::kAllow, AllowedMethods());
  writer->Header(HeaderName::kAccept, "application/sdp");
  writer->Header(HeaderName::kAcceptEncoding, "identity");
  writer->Header(HeaderName::kAcceptLanguage, "en");
  writer->BeginHeader(HeaderName::kSupported);
  bool first = true;
  for (absl::string_view option : kCarriedOptions) {
    if (Contains(kOfOthers, option)) continue;
    if (!first) writer->AppendPiece(", ");
    first = false;
    writer->AppendPiece(option);
  }
  writer->EndHeader();
}

}  // namespace understudy::engine
