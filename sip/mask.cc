#include "sip/mask.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "sip/header_name.h"

namespace understudy::sip {
namespace {

constexpr absl::string_view kMask = "***";
constexpr absl::string_view kSpace = " \t";
// Between these, a URI.
constexpr absl::string_view kNotInUri = " \t\r\n<>\"";

bool IsSecretHeader(absl::string_view name) {
  switch (HeaderNameFromText(name)) {
    case HeaderName::kAuthorization:
    case HeaderName::kProxyAuthorization:
    case HeaderName::kAuthenticationInfo:
      return true;
    default:
      return absl::EqualsIgnoreCase(name, "Proxy-Authentication-Info");
  }
}

// Size of "Authorization: Digest " at the start of `line`, or 0.
size_t SecretHeaderPrefix(absl::string_view line) {
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return 0;
  absl::string_view name = line.substr(0, colon);
  name = name.substr(0, name.find_last_not_of(kSpace) + 1);
  if (!IsSecretHeader(name)) return 0;
  const size_t value = line.find_first_not_of(kSpace, colon + 1);
  if (value == absl::string_view::npos) return line.size();
  const size_t end_of_scheme = line.find_first_of(kSpace, value);
  const absl::string_view scheme = line.substr(value, end_of_scheme - value);
  const bool is_scheme =
      end_of_scheme != absl::string_view::npos && scheme.find_first_of("=,\"") == absl::string_view::npos;
  return is_scheme ? end_of_scheme + 1 : value;
}

// Size of what may be shown of a line of a session description that holds a key, or 0.
size_t KeyLinePrefix(absl::string_view line) {
  for (absl::string_view prefix : {"k=", "a=key-mgmt:", "a=ice-pwd:"}) {
    if (absl::StartsWithIgnoreCase(line, prefix)) return prefix.size();
  }
  if (!absl::StartsWithIgnoreCase(line, "a=crypto:")) return 0;
  // a=crypto:<tag> <suite> <keys>: tag and suite may be shown.
  const size_t suite = line.find(' ');
  const size_t keys = suite == absl::string_view::npos ? suite : line.find(' ', suite + 1);
  return keys == absl::string_view::npos ? absl::string_view("a=crypto:").size() : keys + 1;
}

size_t FindIgnoringCase(absl::string_view text, absl::string_view word) {
  const auto equal = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  const auto it = std::search(text.begin(), text.end(), word.begin(), word.end(), equal);
  return it == text.end() ? absl::string_view::npos : static_cast<size_t>(it - text.begin());
}

// Where the user part of the URI in `run` begins, or npos.
size_t UserBegin(absl::string_view run) {
  for (absl::string_view scheme : {"sip:", "sips:", "://"}) {
    const size_t at = FindIgnoringCase(run, scheme);
    if (at != absl::string_view::npos) return at + scheme.size();
  }
  return absl::string_view::npos;
}

// "?Authorization=..." and "&Proxy-Authorization=..." of a URI.
void AppendUriHeaders(absl::string_view run, std::string* out) {
  constexpr absl::string_view kName = "Authorization=";
  for (;;) {
    const size_t at = FindIgnoringCase(run, kName);
    if (at == absl::string_view::npos) break;
    out->append(run.data(), at + kName.size());
    out->append(kMask.data(), kMask.size());
    run.remove_prefix(std::min(run.find_first_of("&;,", at + kName.size()), run.size()));
  }
  out->append(run.data(), run.size());
}

// A run of octets that may be a URI.
void AppendRun(absl::string_view run, std::string* out) {
  const size_t at_sign = run.rfind('@');
  const size_t user = at_sign == absl::string_view::npos ? at_sign : UserBegin(run);
  const size_t colon = user == absl::string_view::npos ? user : run.find(':', user);
  if (colon != absl::string_view::npos && colon < at_sign) {
    AppendUriHeaders(run.substr(0, colon + 1), out);
    out->append(kMask.data(), kMask.size());
    run.remove_prefix(at_sign);
  }
  AppendUriHeaders(run, out);
}

void AppendLine(absl::string_view line, std::string* out) {
  while (!line.empty()) {
    const size_t size = std::min(line.find_first_of(kNotInUri), line.size());
    AppendRun(line.substr(0, size), out);
    line.remove_prefix(size);
    const size_t gap = std::min(line.find_first_not_of(kNotInUri), line.size());
    out->append(line.data(), gap);
    line.remove_prefix(gap);
  }
}

// From the next line on: without its line end.
absl::string_view TakeLine(absl::string_view* text, absl::string_view* line_end) {
  const size_t feed = std::min(text->find('\n'), text->size());
  const absl::string_view line = absl::StripSuffix(text->substr(0, feed), "\r");
  *line_end = text->substr(line.size(), feed + 1 - line.size());
  text->remove_prefix(std::min(feed + 1, text->size()));
  return line;
}

bool StartsFolded(absl::string_view text) {
  return !text.empty() && kSpace.find(text[0]) != absl::string_view::npos;
}

}  // namespace

void AppendMasked(absl::string_view text, std::string* out) {
  absl::string_view line_end;
  while (!text.empty()) {
    const absl::string_view line = TakeLine(&text, &line_end);
    const size_t header = SecretHeaderPrefix(line);
    const size_t shown = header != 0 ? header : KeyLinePrefix(line);
    if (shown == 0) {
      AppendLine(line, out);
    } else {
      out->append(line.data(), shown);
      out->append(kMask.data(), kMask.size());
    }
    // The folds of a secret value go with it (RFC 3261 7.3.1).
    while (header != 0 && StartsFolded(text)) TakeLine(&text, &line_end);
    out->append(line_end.data(), line_end.size());
  }
}

std::string MaskSecrets(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  AppendMasked(text, &out);
  return out;
}

}  // namespace understudy::sip
