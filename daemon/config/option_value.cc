#include "daemon/config/option_value.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/endpoint.h"
#include "daemon/config/contact.h"
#include "daemon/config/host_name.h"
#include "daemon/config/http_url.h"

namespace understudy::daemon {
namespace {

struct Unit {
  absl::string_view name;
  int64_t size;  // milliseconds or bytes
};

// From the largest; for reading, a name that ends another comes after it ("ms" before "s").
constexpr Unit kSpanUnits[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"ms", 1}, {"m", 60'000}, {"s", 1000}};
constexpr Unit kSizeUnits[] = {{"TiB", int64_t{1} << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}};
constexpr int64_t kMaxSpan = int64_t{36'500} * 86'400'000;
constexpr size_t kMaxSocketPath = 107;  // sun_path of sockaddr_un, without the closing zero
constexpr int64_t kMaxSize = int64_t{1} << 50;

// `count` units of `size` when that is not above `most`.
absl::optional<int64_t> Times(absl::string_view count, int64_t size, int64_t most) {
  absl::optional<int64_t> n = ParseWhole(count);
  if (!n || *n > most / size) return absl::nullopt;
  return *n * size;
}

bool IsLetterOrDigit(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}
bool IsPrintable(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
}

bool IsText(absl::string_view text, size_t longest) {
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), IsPrintable);
}

bool IsWordOf(absl::string_view words, absl::string_view value) {
  for (absl::string_view word : absl::StrSplit(words, '|')) {
    if (word == value) return true;
  }
  return false;
}

// Blanks around a word are the writer's.
bool AreWordsOf(absl::string_view words, absl::string_view value) {
  for (absl::string_view word : absl::StrSplit(value, ',')) {
    if (!IsWordOf(words, absl::StripAsciiWhitespace(word))) return false;
  }
  return true;
}

std::string WordList(absl::string_view words) {
  return absl::StrJoin(std::vector<std::string>(absl::StrSplit(words, '|')), ", ");
}

bool IsWithin(const ValueRule& rule, absl::optional<int64_t> n) {
  return n && *n >= rule.min && *n <= rule.max;
}

bool IsSpanWithin(const ValueRule& rule, absl::string_view value) {
  absl::optional<Duration> span = ParseSpan(value);
  return span && IsWithin(rule, span->milliseconds());
}

bool AreSecondsWithin(const ValueRule& rule, absl::string_view value) {
  absl::optional<Duration> span = ParseSeconds(value);
  return span && IsWithin(rule, span->milliseconds());
}

bool IsWholeWithin(const ValueRule& rule, absl::string_view value) {
  absl::optional<int64_t> n = ParseWhole(value);
  return IsWithin(rule, n) || (rule.zero_too && n == 0);
}

bool IsServiceAddress(absl::string_view value) {
  absl::optional<Endpoint> address = Endpoint::Parse(value, uint16_t{0});
  return address && !address->is_any();
}

bool IsHost(absl::string_view value) {
  return IsServiceAddress(value) || IsHostName(value);
}

bool IsHostPort(absl::string_view value) {
  if (absl::optional<Endpoint> endpoint = Endpoint::ParseHostPort(value, 5060)) {
    return endpoint->port() != 0 && !endpoint->WithPort(0).is_any();
  }
  size_t colon = value.rfind(':');
  if (colon == absl::string_view::npos) return IsHostName(value);
  absl::optional<int64_t> port = ParseWhole(value.substr(colon + 1));
  return port && *port >= 1 && *port <= 65535 && IsHostName(value.substr(0, colon));
}

// A final answer that is no 2xx: a digit and two more of digits or X, where no digit follows an X.
bool IsErrorCode(absl::string_view code) {
  if (code.size() != 3 || code[0] < '3' || code[0] > '6') return false;
  for (char c : code) {
    if (c != 'X' && !absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return code[1] != 'X' || code[2] == 'X';
}

bool IsSipUri(absl::string_view value) {
  const bool named = absl::StartsWithIgnoreCase(value, "sip:") || absl::StartsWithIgnoreCase(value, "sips:");
  return named && ParseContact(value).ok();
}

// Only the last of the patterns may hold an X.
bool AreErrorCodes(absl::string_view value) {
  std::vector<absl::string_view> codes = absl::StrSplit(value, ',');
  for (size_t i = 0; i < codes.size(); ++i) {
    if (!IsErrorCode(codes[i])) return false;
    if (i + 1 < codes.size() && absl::StrContains(codes[i], 'X')) return false;
  }
  return true;
}

std::string UnitText(absl::string_view unit) {
  return unit.empty() ? "" : absl::StrCat(" (", unit, ")");
}

}  // namespace

bool IsAllowed(const ValueRule& rule, absl::string_view value) {
  switch (rule.kind) {
    case ValueKind::kBoolean:
      return value == "true" || value == "false";
    case ValueKind::kWhole:
      return IsWholeWithin(rule, value);
    case ValueKind::kOneOf:
      return IsWordOf(rule.words, value);
    case ValueKind::kSomeOf:
      return AreWordsOf(rule.words, value);
    case ValueKind::kText:
      return IsText(value, 256);
    case ValueKind::kIpAddress:
      return IsServiceAddress(value);
    case ValueKind::kListenAddress:
      return Endpoint::Parse(value, uint16_t{0}).has_value();
    case ValueKind::kHost:
      return IsHost(value);
    case ValueKind::kHostPort:
      return IsHostPort(value);
    case ValueKind::kContact:
      return ParseContact(value).ok();
    case ValueKind::kUserPart:
      return IsUserPart(value) || (rule.min == 0 && value.empty());
    case ValueKind::kErrorCodes:
      return AreErrorCodes(value);
    case ValueKind::kSipUri:
      return IsSipUri(value);
    case ValueKind::kPath:
      return IsText(value, 4096);
    case ValueKind::kSocketPath:
      return IsText(value, kMaxSocketPath);
    case ValueKind::kSpan:
      return IsSpanWithin(rule, value);
    case ValueKind::kSeconds:
      return AreSecondsWithin(rule, value);
    case ValueKind::kUrls:
      return ParseHttpUrl(value).has_value();
    case ValueKind::kSize:
      return IsWithin(rule, ParseSize(value));
    case ValueKind::kSecret:
      return !value.empty() && value.size() <= 128;
    case ValueKind::kHexSecret:
      return static_cast<int64_t>(value.size()) == rule.min &&
             value.find_first_not_of("0123456789abcdef") == absl::string_view::npos;
  }
  return false;
}

std::string AllowedText(const ValueRule& rule) {
  switch (rule.kind) {
    case ValueKind::kBoolean:
      return "true or false";
    case ValueKind::kWhole:
      return absl::StrCat(rule.zero_too ? "0, or " : "", "a whole number from ", rule.min, " to ", rule.max,
                          UnitText(rule.words));
    case ValueKind::kOneOf:
      return WordList(rule.words);
    case ValueKind::kSomeOf:
      return absl::StrCat("one or more of ", WordList(rule.words), ", with commas between them");
    case ValueKind::kText:
      return "a text of 1 to 256 characters in one line";
    case ValueKind::kIpAddress:
      return "an IPv4 or IPv6 address, not 0.0.0.0 or ::";
    case ValueKind::kListenAddress:
      return "an IPv4 or IPv6 address";
    case ValueKind::kHost:
      return "an IP address or a host name";
    case ValueKind::kHostPort:
      return "host or host:port";
    case ValueKind::kContact:
      return "\"*\", host, host:port or a sip: URI";
    case ValueKind::kUserPart:
      return absl::StrCat(rule.min, " to 64 letters, digits and + - _ . * #");
    case ValueKind::kErrorCodes:
      return "codes from 300 to 699 with commas between them; the last may end in X or XX (487,50X or 5XX)";
    case ValueKind::kSipUri:
      return "a sip: or sips: URI";
    case ValueKind::kPath:
      return "a path";
    case ValueKind::kSocketPath:
      return absl::StrCat("a path of up to ", kMaxSocketPath, " bytes");
    case ValueKind::kSpan:
      return absl::StrCat("a time from ", SpanText(Duration::Milliseconds(rule.min)), " to ",
                          SpanText(Duration::Milliseconds(rule.max)), ", with ms, s, m, h or d");
    case ValueKind::kSeconds:
      return absl::StrCat("seconds from ", SecondsText(Duration::Milliseconds(rule.min)), " to ",
                          SecondsText(Duration::Milliseconds(rule.max)), ", with up to three decimals");
    case ValueKind::kUrls:
      return absl::StrCat("a list of ", rule.min, " to ", rule.max, " different http://host:port or https://host:port");
    case ValueKind::kSize:
      return absl::StrCat("a size from ", SizeText(rule.min), " to ", SizeText(rule.max),
                          ", in bytes or with KiB, MiB, GiB or TiB");
    case ValueKind::kSecret:
      return "a text of 1 to 128 bytes";
    case ValueKind::kHexSecret:
      return absl::StrCat(rule.min, " of 0 to 9 and a to f");
  }
  return "";
}

absl::optional<int64_t> ParseWhole(absl::string_view text) {
  bool leading_zero = text.size() > 1 && text[0] == '0';
  if (text.empty() || text.size() > 18 || leading_zero) return absl::nullopt;
  int64_t n = 0;
  for (char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return absl::nullopt;
    n = n * 10 + (c - '0');
  }
  return n;
}

absl::optional<Duration> ParseSpan(absl::string_view text) {
  for (const Unit& unit : kSpanUnits) {
    if (!absl::EndsWith(text, unit.name)) continue;
    absl::optional<int64_t> ms = Times(text.substr(0, text.size() - unit.name.size()), unit.size, kMaxSpan);
    if (!ms) return absl::nullopt;
    return Duration::Milliseconds(*ms);
  }
  return absl::nullopt;
}

absl::optional<Duration> ParseSeconds(absl::string_view text) {
  size_t point = text.find('.');
  absl::optional<int64_t> seconds = Times(text.substr(0, point), 1000, kMaxSpan);
  if (!seconds) return absl::nullopt;
  if (point == absl::string_view::npos) return Duration::Milliseconds(*seconds);
  absl::string_view decimals = text.substr(point + 1);
  if (decimals.empty() || decimals.size() > 3) return absl::nullopt;
  int64_t ms = 0;
  for (size_t i = 0; i < 3; ++i) {
    char digit = i < decimals.size() ? decimals[i] : '0';
    if (!absl::ascii_isdigit(static_cast<unsigned char>(digit))) return absl::nullopt;
    ms = ms * 10 + (digit - '0');
  }
  return Duration::Milliseconds(*seconds + ms);
}

absl::optional<int64_t> ParseSize(absl::string_view text) {
  for (const Unit& unit : kSizeUnits) {
    if (!absl::EndsWith(text, unit.name)) continue;
    return Times(text.substr(0, text.size() - unit.name.size()), unit.size, kMaxSize);
  }
  return Times(text, 1, kMaxSize);
}

std::string SpanText(Duration span) {
  int64_t ms = span.milliseconds();
  const Unit* best = nullptr;
  for (const Unit& unit : kSpanUnits) {
    if (ms % unit.size == 0 && (best == nullptr || unit.size > best->size)) best = &unit;
  }
  return absl::StrCat(ms / best->size, best->name);
}

std::string SecondsText(Duration span) {
  std::string text = absl::StrFormat("%d.%03d", span.milliseconds() / 1000, span.milliseconds() % 1000);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string SizeText(int64_t bytes) {
  for (const Unit& unit : kSizeUnits) {
    if (bytes != 0 && bytes % unit.size == 0) return absl::StrCat(bytes / unit.size, unit.name);
  }
  return absl::StrCat(bytes);
}

bool IsUserPart(absl::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLetterOrDigit(c) || absl::StrContains("+-_.*#", c); });
}

}  // namespace understudy::daemon
