#include "daemon/redact.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace understudy::daemon {
namespace {

using sip::HeaderName;

// A piece of text; npos in `begin`: none.
struct Span {
  size_t begin = absl::string_view::npos;
  size_t end = 0;
};

bool EndsUserinfo(char c) {
  return c == '>' || c == '<' || c == '"' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// The password between the ':' and the '@' of a userinfo that starts at `user`. Up to `end` there is no other one.
Span PasswordAfter(absl::string_view text, size_t user) {
  Span span;
  for (span.end = user; span.end < text.size() && !EndsUserinfo(text[span.end]); ++span.end) {
    if (text[span.end] == '@') return span;
    if (text[span.end] == ':' && span.begin == absl::string_view::npos) span.begin = span.end + 1;
  }
  span.begin = absl::string_view::npos;
  return span;
}

// The password of the first "sip:user:password@" at or after `from`.
// Linear in `text`: what one look for an '@' has passed over, no other look passes over again.
Span NextPassword(absl::string_view text, size_t from) {
  size_t at = text.find(':', from);
  while (at != absl::string_view::npos) {
    const absl::string_view before = text.substr(0, at);
    size_t next = at + 1;
    if (absl::EndsWithIgnoreCase(before, "sip") || absl::EndsWithIgnoreCase(before, "sips")) {
      const Span span = PasswordAfter(text, next);
      if (span.begin != absl::string_view::npos && span.end > span.begin) return span;
      next = span.end;
    }
    at = text.find(':', next);
  }
  return Span();
}

absl::string_view HeadOf(const sip::Message& message) {
  return message.raw().substr(0, message.raw().size() - message.body().size());
}

// A Call-ID may look like a URI, as its words may hold ':' (RFC 3261 25.1); it names the dialog and stays.
void RestoreCallId(const sip::Message& message, std::string* text) {
  for (const sip::HeaderField& field : message.headers()) {
    if (field.id != HeaderName::kCallId) continue;
    const size_t at = static_cast<size_t>(field.value.data() - message.raw().data());
    text->replace(at, field.value.size(), field.value.data(), field.value.size());
  }
}

}  // namespace

bool HoldsSecrets(const sip::Message& message) {
  if (message.Has(HeaderName::kAuthorization) || message.Has(HeaderName::kProxyAuthorization)) return true;
  return NextPassword(HeadOf(message), 0).begin != absl::string_view::npos;
}

std::string Redact(const sip::Message& message) {
  std::string text(message.raw());
  for (const sip::HeaderField& field : message.headers()) {
    if (field.id != HeaderName::kAuthorization && field.id != HeaderName::kProxyAuthorization) continue;
    const size_t at = static_cast<size_t>(field.value.data() - message.raw().data());
    std::fill_n(text.begin() + static_cast<ptrdiff_t>(at), field.value.size(), 'x');
  }
  const size_t head = HeadOf(message).size();
  for (Span span = NextPassword(absl::string_view(text).substr(0, head), 0); span.begin != absl::string_view::npos;
       span = NextPassword(absl::string_view(text).substr(0, head), span.end)) {
    std::fill(text.begin() + static_cast<ptrdiff_t>(span.begin), text.begin() + static_cast<ptrdiff_t>(span.end), 'x');
  }
  RestoreCallId(message, &text);
  return text;
}

}  // namespace understudy::daemon
