#include "sip/uri.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/match.h"
#include "sip/escape.h"
#include "sip/grammar.h"
#include "sip/host.h"

namespace understudy::sip {
namespace {

// Octets of that class and well-formed %HH only.
bool IsEscapedText(absl::string_view text, CharClass bits) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (Is(text[i], bits)) continue;
    if (text[i] != '%' || i + 2 >= text.size()) return false;
    if (HexDigit(text[i + 1]) < 0 || HexDigit(text[i + 2]) < 0) return false;
    i += 2;
  }
  return true;
}

bool ParseScheme(absl::string_view text, Uri* uri) {
  const size_t colon = Find(text, ':');
  if (colon == absl::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  const absl::string_view scheme = text.substr(0, colon);
  if (IsDigit(scheme[0]) || scheme[0] == '+' || scheme[0] == '-' || scheme[0] == '.') return false;
  for (char c : scheme) {
    if (!Is(c, kHostChar) && c != '+') return false;
  }
  uri->scheme = scheme;
  uri->is_sips = absl::EqualsIgnoreCase(scheme, "sips");
  uri->is_sip = uri->is_sips || absl::EqualsIgnoreCase(scheme, "sip");
  return true;
}

// Octets that no URI holds unescaped, whatever its scheme (RFC 2396 2.4.3).
bool IsOpaqueText(absl::string_view text) {
  for (char c : text) {
    const uint8_t octet = static_cast<uint8_t>(c);
    if (octet <= 0x20 || octet >= 0x7f || c == '<' || c == '>' || c == '"') return false;
  }
  return true;
}

// Takes "user[:password]@" off the front. The '@' cannot stand unescaped anywhere else.
bool TakeUserInfo(absl::string_view* rest, Uri* uri) {
  const size_t at = Find(*rest, '@');
  if (at == absl::string_view::npos) return true;
  const absl::string_view info = rest->substr(0, at);
  rest->remove_prefix(at + 1);
  const size_t colon = Find(info, ':');
  uri->has_user = true;
  uri->user = info.substr(0, colon);
  if (colon != absl::string_view::npos) uri->password = info.substr(colon + 1);
  if (uri->user.empty()) return false;
  return IsEscapedText(uri->user, kUserChar) && IsEscapedText(uri->password, kPasswordChar);
}

bool TakeHostPort(absl::string_view* rest, Uri* uri) {
  const absl::string_view text = rest->substr(0, rest->find_first_of(";?"));
  rest->remove_prefix(text.size());
  HostPort parsed;
  if (std::any_of(text.begin(), text.end(), IsSpace)) return false;
  if (!ParseHostPort(text, &parsed)) return false;
  uri->host = parsed.host;
  uri->port_text = parsed.port_text;
  uri->port = parsed.port;
  return true;
}

bool TakeTail(absl::string_view rest, Uri* uri) {
  if (!IsEscapedText(rest, kUriTailChar)) return false;
  const size_t question = Find(rest, '?');
  const absl::string_view params = rest.substr(0, question);
  if (!params.empty()) uri->params = params.substr(1);
  if (question != absl::string_view::npos) uri->headers = rest.substr(question + 1);
  return true;
}

}  // namespace

bool ParseUri(absl::string_view text, Uri* uri) {
  *uri = Uri();
  uri->text = text;
  if (!ParseScheme(text, uri)) return false;
  absl::string_view rest = text.substr(uri->scheme.size() + 1);
  if (!uri->is_sip) {
    uri->opaque = rest;
    return IsOpaqueText(rest);
  }
  return TakeUserInfo(&rest, uri) && TakeHostPort(&rest, uri) && TakeTail(rest, uri);
}

absl::optional<absl::string_view> Uri::Param(absl::string_view name) const {
  absl::string_view rest = params;
  while (!rest.empty()) {
    const absl::string_view param = rest.substr(0, Find(rest, ';'));
    rest.remove_prefix(param.size() == rest.size() ? param.size() : param.size() + 1);
    const size_t equals = Find(param, '=');
    if (!EqualsUnescapedIgnoreCase(param.substr(0, equals), name)) continue;
    return equals == absl::string_view::npos ? absl::string_view() : param.substr(equals + 1);
  }
  return absl::nullopt;
}

}  // namespace understudy::sip
