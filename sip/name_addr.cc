#include "sip/name_addr.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/match.h"
#include "sip/fold.h"
#include "sip/grammar.h"
#include "sip/params.h"

namespace understudy::sip {
namespace {

constexpr std::array<bool, 256> kNotInUri = [] {
  std::array<bool, 256> table{};
  for (size_t octet = 0; octet <= 0x20; ++octet) table[octet] = true;
  for (char c : {'"', '<', '>', '\x7f'}) table[static_cast<uint8_t>(c)] = true;
  return table;
}();

// A scheme, a colon, and octets that a URI may hold.
bool LooksLikeUri(absl::string_view uri) {
  const size_t colon = Find(uri, ':');
  if (colon == absl::string_view::npos || colon == 0 || colon + 1 == uri.size()) return false;
  bool bad = false;
  for (char c : uri) bad |= kNotInUri[static_cast<uint8_t>(c)];
  return !bad;
}

// Checks the parameters to their end and keeps the tag.
bool ReadParams(absl::string_view params, NameAddr* out) {
  out->params = params;
  if (!params.empty() && params[0] != ';') return false;
  ParamReader reader(params);
  for (Param param; reader.Next(&param);) {
    if (out->tag.empty() && absl::EqualsIgnoreCase(param.name, "tag")) out->tag = param.value;
  }
  return reader.ok();
}

// Laxer than "*(token LWS)" (RFC 3261 25.1), because unquoted names in the field hold nearly anything; but not
// what would make the element ambiguous.
bool IsUnquotedDisplay(absl::string_view display) {
  for (char c : display) {
    const uint8_t octet = static_cast<uint8_t>(c);
    if (c == ',' || c == ';' || c == '>' || octet == 0x7f || (octet < 0x20 && !IsSpace(c))) return false;
  }
  return true;
}

// `text` starts at '<'.
bool ReadBracketed(absl::string_view text, NameAddr* out) {
  const size_t end = Find(text, '>');
  if (end == absl::string_view::npos) return false;
  out->has_brackets = true;
  out->uri = Trim(text.substr(1, end - 1));
  return LooksLikeUri(out->uri) && ReadParams(Trim(text.substr(end + 1)), out);
}

// RFC 3261 20: without brackets, what follows ';' belongs to the header, and '?' and ',' may not stand there.
bool ReadBare(absl::string_view text, NameAddr* out) {
  size_t end = 0;
  while (end < text.size() && text[end] != ';') {
    if (text[end] == '?' || text[end] == ',') return false;
    ++end;
  }
  out->uri = Trim(text.substr(0, end));
  return LooksLikeUri(out->uri) && ReadParams(text.substr(end), out);
}

bool ReadQuotedDisplay(absl::string_view text, NameAddr* out) {
  const size_t quoted = QuotedLength(text);
  if (quoted == 0) return false;
  out->display = text.substr(0, quoted);
  text.remove_prefix(quoted);
  SkipSpace(&text);
  return !text.empty() && text[0] == '<' && ReadBracketed(text, out);
}

}  // namespace

absl::optional<absl::string_view> NameAddr::Param(absl::string_view name) const {
  return FindParam(params, name);
}

bool ParseNameAddr(absl::string_view text, NameAddr* out) {
  *out = NameAddr();
  text = Trim(text);
  out->text = text;
  if (text.empty()) return false;
  if (text[0] == '"') return ReadQuotedDisplay(text, out);
  size_t bracket = 0;
  while (bracket < text.size() && text[bracket] != '<' && text[bracket] != '"') ++bracket;
  if (bracket == text.size() || text[bracket] == '"') return ReadBare(text, out);
  out->display = Trim(text.substr(0, bracket));
  return IsUnquotedDisplay(out->display) && ReadBracketed(text.substr(bracket), out);
}

bool ParseContact(absl::string_view text, NameAddr* out) {
  text = Trim(text);
  if (text != "*") return ParseNameAddr(text, out);
  *out = NameAddr();
  out->text = text;
  out->star = true;
  return true;
}

void DisplayText(const NameAddr& address, std::string* out) {
  std::string unfolded;
  Unfold(address.display, &unfolded);
  Unquote(unfolded, out);
}

}  // namespace understudy::sip
