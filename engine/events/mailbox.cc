#include "engine/events/mailbox.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/cti/sessions.h"
#include "engine/dial_plan.h"
#include "engine/events/event_package.h"
#include "engine/events/subscribe.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "sip/header_values.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;
using tlib::Attribute;
using tlib::MessageType;

constexpr size_t kMostCounts = 8;  // message-context-classes that there are, and some

bool IsNumber(absl::string_view text) {
  const auto is_digit = [](unsigned char c) { return absl::ascii_isdigit(c); };
  return !text.empty() && text.size() <= 9 && std::all_of(text.begin(), text.end(), is_digit);
}

// "2/8"
bool IsPair(absl::string_view text) {
  const size_t slash = text.find('/');
  return slash != absl::string_view::npos && IsNumber(text.substr(0, slash)) && IsNumber(text.substr(slash + 1));
}

// "2/8 (0/2)": new and old ones, and those of them that are urgent.
bool IsCount(absl::string_view text) {
  const size_t space = text.find_first_of(" \t(");
  if (!IsPair(text.substr(0, space))) return false;
  if (space == absl::string_view::npos) return true;
  absl::string_view urgent = absl::StripAsciiWhitespace(text.substr(space));
  return absl::ConsumePrefix(&urgent, "(") && absl::ConsumeSuffix(&urgent, ")") && IsPair(urgent);
}

bool IsClass(absl::string_view name) {
  for (absl::string_view known : {"voice", "fax", "pager", "multimedia", "text", "none"}) {
    if (absl::EqualsIgnoreCase(name, absl::StrCat(known, "-message"))) return true;
  }
  return false;
}

void Take(Context& context, absl::string_view number, MailboxState said) {
  DnFeatures features = context.state.dn_features.Of(number);
  const bool lights = features.message_waiting != said.waiting;
  if (!lights && features.message_counts == said.counts) return;
  NoteChange(context, EventPackage::kMessageSummary, number);
  features.message_waiting = said.waiting;
  features.message_counts = std::move(said.counts);
  context.state.dn_features.Put(features);
  if (!lights) return;
  tlib::Message event(features.message_waiting ? MessageType::kEventMessageWaitingOn
                                               : MessageType::kEventMessageWaitingOff);
  event.Set(Attribute::kThisDN, number);
  const SharedBytes body = Stamp(context, &event);
  SendToDn(context, number, event, body, RequestCause());
}

}  // namespace

bool ParseMailboxState(absl::string_view body, MailboxState* out) {
  *out = MailboxState();
  bool said = false;
  size_t counts = 0;
  for (absl::string_view line : absl::StrSplit(body, '\n')) {
    const std::pair<absl::string_view, absl::string_view> field = absl::StrSplit(line, absl::MaxSplits(':', 1));
    const absl::string_view name = absl::StripAsciiWhitespace(field.first);
    const absl::string_view value = absl::StripAsciiWhitespace(field.second);
    if (!said) {
      out->waiting = absl::EqualsIgnoreCase(value, "yes");
      said = absl::EqualsIgnoreCase(name, "Messages-Waiting") && (out->waiting || absl::EqualsIgnoreCase(value, "no"));
      if (!said) return false;  // it comes first (5.2)
    } else if (IsClass(name) && IsCount(value) && counts++ < kMostCounts) {
      absl::StrAppend(&out->counts, name, ": ", value, "\r\n");
    }
  }
  return said;
}

void OnMailboxNotify(Context& context, const SipReceived& request) {
  const sip::Message& message = request.message;
  const PackageRow& package = RowOf(EventPackage::kMessageSummary);
  if (!absl::EqualsIgnoreCase(sip::WithoutParams(message.ValueOf(HeaderName::kEvent)), package.name)) {
    return Refuse(context, request, 489, HeaderName::kAllowEvents, package.name);
  }
  const Dn* about = context.state.configuration.FindDn(Dialled(message));
  if (about == nullptr || about->type != DnType::kExtension) return Refuse(context, request, 404);
  if (!absl::EqualsIgnoreCase(sip::WithoutParams(message.ValueOf(HeaderName::kContentType)), package.content_type)) {
    return Refuse(context, request, 415, HeaderName::kAccept, package.content_type);
  }
  MailboxState said;
  if (!ParseMailboxState(message.body(), &said)) {
    return RefuseSaying(context, request, 400, "Messages-Waiting must come first, and be yes or no");
  }
  Refuse(context, request, 200);
  Take(context, about->number, std::move(said));
}

}  // namespace understudy::engine
