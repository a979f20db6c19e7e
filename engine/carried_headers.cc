#include "engine/carried_headers.h"

#include "absl/strings/match.h"
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

Carriage CarriageOf(HeaderName name) {
  switch (name) {
    case HeaderName::kVia:
    case HeaderName::kFrom:
    case HeaderName::kTo:
    case HeaderName::kCallId:
    case HeaderName::kCSeq:
    case HeaderName::kContact:
    case HeaderName::kMaxForwards:
    case HeaderName::kRoute:
    case HeaderName::kRecordRoute:
    case HeaderName::kContentLength:
    case HeaderName::kContentType:
    case HeaderName::kRAck:
    case HeaderName::kRSeq:
      return Carriage::kOwn;
    case HeaderName::kPath:
    case HeaderName::kServiceRoute:
    case HeaderName::kProxyRequire:
    case HeaderName::kMinExpires:
    case HeaderName::kTimestamp:
    case HeaderName::kReplaces:
    case HeaderName::kJoin:
    case HeaderName::kTargetDialog:
    case HeaderName::kFlowTimer:
    case HeaderName::kMaxBreadth:
      return Carriage::kEnd;
    case HeaderName::kSupported:
    case HeaderName::kRequire:
      return Carriage::kFilter;
    default:
      return Carriage::kCarry;
  }
}

constexpr absl::string_view kCarriedOptions[] = {
    "100rel", "timer", "precondition", "histinfo", "resource-priority", "early-session", "answermode", "privacy",
    "from-change", "multiple-refer", "norefersub", "recipient-list-invite", "sec-agree", "tdialog", "uui",
};

void CarryOptions(absl::string_view name, absl::string_view value, sip::MessageWriter* writer) {
  bool begun = false;
  absl::string_view option;
  while (sip::NextValue(&value, &option)) {
    if (!IsCarriedOption(option)) continue;
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

void AppendUnsupported(const sip::Message& request, HeaderName name, std::string* list) {
  for (absl::string_view option : sip::HeaderValues(request, name)) {
    if (IsCarriedOption(option)) continue;
    if (!list->empty()) list->append(", ");
    list->append(option.data(), option.size());
  }
}

}  // namespace

bool IsCarriedOption(absl::string_view option_tag) {
  for (absl::string_view known : kCarriedOptions) {
    if (absl::EqualsIgnoreCase(known, option_tag)) return true;
  }
  return false;
}

void CarryHeaders(const sip::Message& message, sip::MessageWriter* writer) {
  for (const sip::HeaderField& field : message.headers()) {
    const Carriage carriage = CarriageOf(field.id);
    if (carriage == Carriage::kCarry) {
      writer->Header(field.id == HeaderName::kUnknown ? field.name : sip::CanonicalName(field.id), field.value);
    } else if (carriage == Carriage::kFilter) {
      CarryOptions(sip::CanonicalName(field.id), field.value, writer);
    }
  }
}

void CarryBody(const sip::Message& message, sip::MessageWriter* writer) {
  writer->Body(message.ValueOf(HeaderName::kContentType), message.body());
}

std::string UnsupportedOptions(const sip::Message& request) {
  std::string list;
  AppendUnsupported(request, HeaderName::kRequire, &list);
  AppendUnsupported(request, HeaderName::kProxyRequire, &list);
  return list;
}

absl::string_view AllowedMethods() {
  return "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, PRACK, UPDATE, INFO, MESSAGE, NOTIFY, REFER";
}

}  // namespace understudy::engine
