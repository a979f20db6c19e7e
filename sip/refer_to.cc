#include "sip/refer_to.h"

#include "absl/strings/match.h"
#include "sip/escape.h"
#include "sip/grammar.h"
#include "sip/header_values.h"
#include "sip/replaces.h"

namespace understudy::sip {
namespace {

// How many values there are of a field that may stand once; the first of them in `first`.
size_t CountValues(const Message& message, HeaderName name, absl::string_view* first) {
  size_t count = 0;
  for (absl::string_view value : HeaderValues(message, name)) {
    if (count++ == 0) *first = value;
  }
  return count;
}

// False: there are two, or one that is no Replaces. RFC 3261 25.1: headers = hname "=" hvalue, with '&' between.
bool ReadReplaces(absl::string_view headers, std::string* replaces) {
  while (!headers.empty()) {
    const size_t end = Find(headers, '&');
    const absl::string_view header = headers.substr(0, end);
    headers = end == absl::string_view::npos ? absl::string_view() : headers.substr(end + 1);
    const size_t equals = Find(header, '=');
    if (equals == absl::string_view::npos) return false;
    if (!EqualsUnescapedIgnoreCase(header.substr(0, equals), "Replaces")) continue;
    if (!replaces->empty()) return false;
    Unescape(header.substr(equals + 1), replaces);
    Replaces parsed;
    if (!ParseReplaces(*replaces, &parsed)) return false;
  }
  return true;
}

}  // namespace

ReferToFault ReadReferTo(const Message& message, ReferTo* out) {
  *out = ReferTo();
  absl::string_view value;
  if (CountValues(message, HeaderName::kReferTo, &value) != 1) return ReferToFault::kNotOne;
  NameAddr address;
  if (!ParseNameAddr(value, &address)) return ReferToFault::kMalformed;
  if (!ParseUri(address.uri, &out->uri)) return ReferToFault::kMalformed;
  if (!out->uri.is_sip || out->uri.is_sips) return ReferToFault::kScheme;
  const absl::optional<absl::string_view> method = out->uri.Param("method");
  if (method && !EqualsUnescaped(*method, "INVITE")) return ReferToFault::kMethod;
  return ReadReplaces(out->uri.headers, &out->replaces) ? ReferToFault::kNone : ReferToFault::kMalformed;
}

bool ReadReferredBy(const Message& message, NameAddr* out) {
  *out = NameAddr();
  absl::string_view value;
  const size_t count = CountValues(message, HeaderName::kReferredBy, &value);
  if (count == 0) return true;
  return count == 1 && value.size() <= kMostReferredBy && ParseNameAddr(value, out);
}

}  // namespace understudy::sip
