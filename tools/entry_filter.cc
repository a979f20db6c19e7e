#include "tools/entry_filter.h"

#include <algorithm>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/input_codec.h"
#include "sip/escape.h"
#include "sip/uri.h"

namespace understudy::tools {
namespace {

constexpr uint16_t kSipPort = 5060;

bool UserIs(absl::string_view uri_text, absl::string_view number) {
  sip::Uri uri;
  return sip::ParseUri(uri_text, &uri) && sip::EqualsUnescaped(uri.is_sip ? uri.user : uri.opaque, number);
}

// The dial plan's rule: a called number is a DN, or else begins with a Trunk's prefix.
bool LeadsTo(const engine::Configuration& configuration, const sip::Message& request, absl::string_view trunk) {
  sip::Uri uri;
  if (!sip::ParseUri(request.request_uri_text(), &uri)) return false;
  std::string number;
  sip::Unescape(uri.is_sip ? uri.user : uri.opaque, &number);
  if (configuration.FindDn(number) != nullptr) return false;
  const engine::Dn* found = configuration.FindTrunkByPrefix(number);
  return found != nullptr && found->number == trunk;
}

bool Touches(const DecodedEntry& entry, const absl::btree_set<uint64_t>& calls) {
  const auto& touched = entry.record.calls;
  return std::any_of(touched.begin(), touched.end(), [&](uint64_t call) { return calls.contains(call); });
}

bool HasSipCallId(const DecodedEntry& entry, absl::string_view sip_call_id) {
  const engine::SipReceived* sip = SipOf(entry);
  return sip != nullptr && sip->message.call_id() == sip_call_id;
}

std::string AllKinds() {
  std::string names;
  for (uint16_t kind = 0; kind < std::variant_size_v<engine::Input>; ++kind) {
    absl::StrAppend(&names, kind == 0 ? "" : ", ", engine::InputKindName(kind));
  }
  return names;
}

}  // namespace

absl::StatusOr<uint64_t> ParseId(absl::string_view text, absl::string_view what) {
  uint64_t id = 0;
  if (absl::SimpleAtoi(text, &id) && id > 0) return id;
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not ", what, ": it is a number from 1"));
}

absl::StatusOr<LsnRange> ParseLsnRange(absl::string_view text) {
  LsnRange range;
  const size_t dots = text.find("..");
  const absl::string_view first = text.substr(0, dots);
  const absl::string_view last = dots == absl::string_view::npos ? first : text.substr(dots + 2);
  for (const auto& [part, end] : {std::pair(first, &range.first), std::pair(last, &range.last)}) {
    if (part.empty() && dots != absl::string_view::npos && text.size() > 2) continue;
    const absl::StatusOr<uint64_t> id = ParseId(part, "an lsn (write 5, 5..9, 5.. or ..9)");
    if (!id.ok()) return id.status();
    *end = Lsn(*id);
  }
  if (range.first > range.last) return absl::InvalidArgumentError(absl::StrCat("the lsn range ", text, " is empty"));
  return range;
}

absl::StatusOr<std::vector<uint16_t>> ParseKinds(absl::string_view text) {
  std::vector<uint16_t> kinds;
  for (absl::string_view name : absl::StrSplit(text, ',')) {
    uint16_t kind = 0;
    while (kind < std::variant_size_v<engine::Input> && engine::InputKindName(kind) != name) ++kind;
    if (kind == std::variant_size_v<engine::Input>) {
      return absl::InvalidArgumentError(absl::StrCat("there is no kind \"", name, "\": the kinds are ", AllKinds()));
    }
    kinds.push_back(kind);
  }
  return kinds;
}

bool NamesNumber(const DecodedEntry& entry, absl::string_view number) {
  if (const engine::SipReceived* sip = SipOf(entry); sip != nullptr) {
    const sip::Message& message = sip->message;
    return UserIs(message.from().uri, number) || UserIs(message.to().uri, number) ||
           (message.is_request() && UserIs(message.request_uri_text(), number));
  }
  if (!entry.decoded.ok()) return false;
  if (const auto* asked = std::get_if<engine::ClientRequested>(&entry.input); asked != nullptr) {
    const tlib::Message& request = asked->request.message;
    return request.Text(tlib::Attribute::kThisDN) == number || request.Text(tlib::Attribute::kOtherDN) == number;
  }
  const auto* changed = std::get_if<engine::ConfigurationChanged>(&entry.input);
  if (changed == nullptr) return false;
  const auto is_it = [number](const engine::Dn& dn) { return dn.number == number; };
  const auto& [upserts, removals] = std::tie(changed->change.upserts, changed->change.removals);
  return std::any_of(upserts.begin(), upserts.end(), is_it) ||
         std::find(removals.begin(), removals.end(), number) != removals.end();
}

bool EntryMatcher::IsOfDn(const DecodedEntry& entry) const {
  if (NamesNumber(entry, filter_.dn)) return true;
  const engine::SipReceived* sip = SipOf(entry);
  if (sip == nullptr) return false;
  const sip::Message& message = sip->message;
  uint16_t port = 0;
  if (message.is_request()) port = message.top_via().port == 0 ? kSipPort : message.top_via().port;
  const engine::Dn* trunk = configuration_.FindTrunkByContact(sip->remote, port);
  if (trunk != nullptr && trunk->number == filter_.dn) return true;
  return message.is_request() && LeadsTo(configuration_, message, filter_.dn);
}

void EntryMatcher::Learn(const DecodedEntry& entry) {
  if (entry.record.lsn <= learned_) return;
  learned_ = entry.record.lsn;
  if (!filter_.dn.empty() && entry.decoded.ok()) {
    const auto* changed = std::get_if<engine::ConfigurationChanged>(&entry.input);
    if (changed != nullptr) configuration_.Apply(changed->change);
  }
  const auto& calls = entry.record.calls;
  if (calls.empty()) return;
  if (!filter_.dn.empty() && IsOfDn(entry)) dn_calls_.insert(calls.begin(), calls.end());
  if (!filter_.sip_call_id.empty() && HasSipCallId(entry, filter_.sip_call_id)) {
    sip_calls_.insert(calls.begin(), calls.end());
  }
}

bool EntryMatcher::MatchesItself(const DecodedEntry& entry) const {
  const journal::EntryRecord& record = entry.record;
  if (record.lsn < filter_.lsn.first || record.lsn > filter_.lsn.last) return false;
  if (filter_.time && (record.wall_time < filter_.time->from || record.wall_time > filter_.time->to)) return false;
  const std::vector<uint16_t>& kinds = filter_.kinds;
  if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), record.kind) == kinds.end()) return false;
  return filter_.calls.empty() || Touches(entry, filter_.calls);
}

bool EntryMatcher::Matches(const DecodedEntry& entry) {
  Learn(entry);
  if (!MatchesItself(entry)) return false;
  if (!filter_.dn.empty() && !Touches(entry, dn_calls_) && !IsOfDn(entry)) return false;
  return filter_.sip_call_id.empty() || Touches(entry, sip_calls_) || HasSipCallId(entry, filter_.sip_call_id);
}

}  // namespace understudy::tools
