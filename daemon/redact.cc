#include "daemon/redact.h"

#include "absl/strings/match.h"
#include "sip/header_name.h"

namespace understudy::daemon {
namespace {

using sip::HeaderName;

// A piece of text; npos in `begin`: none.
struct Span {
  size_t begin = absl::string_view::npos;
  size_t end = 0;

  bool empty() const { return begin == absl::string_view::npos; }
};

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool EndsUri(char c) {
  return c == '>' || c == '<' || c == '"' || IsSpace(c);
}

// A start line or a header field with its folds. `*at` is where it begins, then where the next one does. False at the
// empty line, and at the end.
bool NextLine(absl::string_view text, size_t* at, Span* line) {
  if (*at >= text.size() || text[*at] == '\n' || absl::StartsWith(text.substr(*at), "\r\n")) return false;
  line->begin = *at;
  do {
    const size_t feed = text.find('\n', *at);
    *at = feed == absl::string_view::npos ? text.size() : feed + 1;
  } while (*at < text.size() && (text[*at] == ' ' || text[*at] == '\t'));
  line->end = *at;
  return true;
}

// The name of the field in `line`, and where its value begins; empty: it is a start line, or nothing.
absl::string_view FieldName(absl::string_view text, const Span& line, size_t* value) {
  size_t end = line.begin;
  while (end < line.end && text[end] != ':' && !IsSpace(text[end])) ++end;
  size_t colon = end;
  while (colon < line.end && IsSpace(text[colon])) ++colon;
  if (colon == line.end || text[colon] != ':') return {};
  *value = colon + 1;
  return text.substr(line.begin, end - line.begin);
}

bool IsSecretField(absl::string_view name) {
  switch (sip::HeaderNameFromText(name)) {
    case HeaderName::kAuthorization:
    case HeaderName::kProxyAuthorization:
    case HeaderName::kAuthenticationInfo:
      return true;
    default:
      return absl::EqualsIgnoreCase(name, "Proxy-Authentication-Info");
  }
}

// The password between the ':' and the '@' of a userinfo that starts at `user`. Up to `end` there is no other one.
// The userinfo of a URI with "//" ends before its path (RFC 3986 3.2); that of a SIP URI may hold a '/'.
Span PasswordAfter(absl::string_view text, size_t user, bool hierarchical) {
  Span span;
  for (span.end = user; span.end < text.size() && !EndsUri(text[span.end]); ++span.end) {
    const char c = text[span.end];
    if (hierarchical && (c == '/' || c == '?' || c == '#')) break;
    if (c == '@') return span;
    if (c == ':' && span.empty()) span.begin = span.end + 1;
  }
  span.begin = absl::string_view::npos;
  return span;
}

// The password of the first "sip:user:password@" or "//user:password@" at or after `from`.
// Linear in `text`: what one look for an '@' has passed over, no other look passes over again.
Span NextPassword(absl::string_view text, size_t from) {
  size_t at = text.find(':', from);
  while (at != absl::string_view::npos) {
    const absl::string_view before = text.substr(0, at);
    const bool sip = absl::EndsWithIgnoreCase(before, "sip") || absl::EndsWithIgnoreCase(before, "sips");
    const bool hierarchical = !sip && absl::StartsWith(text.substr(at), "://");
    size_t next = at + 1;
    if (sip || hierarchical) {
      const Span span = PasswordAfter(text, hierarchical ? at + 3 : next, hierarchical);
      if (!span.empty() && span.end > span.begin) return span;
      next = span.end;
    }
    at = text.find(':', next);
  }
  return Span();
}

// The value of the first URI header Authorization or Proxy-Authorization at or after `from`.
Span NextUriCredentials(absl::string_view text, size_t from) {
  for (size_t at = text.find('=', from); at != absl::string_view::npos; at = text.find('=', at + 1)) {
    absl::string_view before = text.substr(0, at);
    if (!absl::EndsWithIgnoreCase(before, "authorization")) continue;
    before.remove_suffix(absl::string_view("authorization").size());
    if (absl::EndsWithIgnoreCase(before, "proxy-")) before.remove_suffix(absl::string_view("proxy-").size());
    if (before.empty() || (before.back() != '?' && before.back() != '&')) continue;
    Span span{at + 1, at + 1};
    while (span.end < text.size() && !EndsUri(text[span.end]) && !absl::StrContains("&;,", text.substr(span.end, 1))) {
      ++span.end;
    }
    if (span.end > span.begin) return span;
  }
  return Span();
}

// Calls found(span) for each secret of the message until it returns false.
template <class Found>
void FindSecrets(absl::string_view message, Found found) {
  size_t at = message.find_first_not_of("\r\n");  // 7.5
  for (Span line; NextLine(message, &at, &line);) {
    size_t value = 0;
    const absl::string_view name = FieldName(message, line, &value);
    if (!name.empty() && IsSecretField(name)) {
      while (value < line.end && IsSpace(message[value])) ++value;
      if (value < line.end && !found(Span{value, line.end})) return;
      continue;
    }
    // It names the dialog and stays, though its words may hold ':' and '@' (25.1).
    if (sip::HeaderNameFromText(name) == HeaderName::kCallId) continue;
    const absl::string_view text = message.substr(0, line.end);
    for (const auto& next : {NextPassword, NextUriCredentials}) {
      for (Span span = next(text, line.begin); !span.empty(); span = next(text, span.end)) {
        if (!found(span)) return;
      }
    }
  }
}

}  // namespace

bool HoldsSecrets(absl::string_view message) {
  bool holds = false;
  FindSecrets(message, [&holds](const Span&) {
    holds = true;
    return false;
  });
  return holds;
}

std::string Redact(absl::string_view message) {
  std::string text(message);
  FindSecrets(message, [&text](const Span& span) {
    for (size_t i = span.begin; i < span.end; ++i) {
      if (!IsSpace(text[i])) text[i] = 'x';
    }
    return true;
  });
  return text;
}

}  // namespace understudy::daemon
