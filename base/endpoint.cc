// Pure text and arithmetic: no resolver, no socket. The text of IPv6 follows RFC 5952.
#include "base/endpoint.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace understudy {
namespace {

constexpr int kGroups = 8;
constexpr std::array<uint8_t, 12> kV4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

absl::optional<uint32_t> TakeDecimal(absl::string_view text, uint32_t max) {
  if (text.empty() || text.size() > 5) return absl::nullopt;
  uint32_t value = 0;
  for (char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return absl::nullopt;
    value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  if (value > max) return absl::nullopt;
  return value;
}

// Four decimal numbers; a leading zero is refused because half the world reads it as octal.
bool ParseV4(absl::string_view text, uint8_t* out) {
  for (int i = 0; i < 4; ++i) {
    const size_t dot = i < 3 ? text.find('.') : text.size();
    if (dot == absl::string_view::npos) return false;
    const absl::string_view part = text.substr(0, dot);
    const absl::optional<uint32_t> value = TakeDecimal(part, 255);
    if (!value.has_value() || part.size() > 3) return false;
    if (part.size() > 1 && part[0] == '0') return false;
    out[i] = static_cast<uint8_t>(*value);
    text.remove_prefix(i < 3 ? dot + 1 : dot);
  }
  return text.empty();
}

absl::optional<uint16_t> ParseGroup(absl::string_view text) {
  if (text.empty() || text.size() > 4) return absl::nullopt;
  uint16_t value = 0;
  for (char c : text) {
    const unsigned char u = static_cast<unsigned char>(c);
    if (!absl::ascii_isxdigit(u)) return absl::nullopt;
    const int digit = absl::ascii_isdigit(u) ? u - '0' : absl::ascii_tolower(u) - 'a' + 10;
    value = static_cast<uint16_t>(value << 4 | digit);
  }
  return value;
}

// Groups between colons, the last of which may be a dotted IPv4. Writes up to `room` groups; -1 if it is none.
int ParseGroups(absl::string_view text, uint16_t* out, int room) {
  int n = 0;
  while (!text.empty()) {
    const size_t colon = text.find(':');
    const absl::string_view part = text.substr(0, colon);
    uint8_t v4[4];
    if (colon == absl::string_view::npos && part.find('.') != absl::string_view::npos) {
      if (n + 2 > room || !ParseV4(part, v4)) return -1;
      out[n++] = static_cast<uint16_t>(v4[0] << 8 | v4[1]);
      out[n++] = static_cast<uint16_t>(v4[2] << 8 | v4[3]);
      return n;
    }
    const absl::optional<uint16_t> group = ParseGroup(part);
    if (!group.has_value() || n == room) return -1;
    out[n++] = *group;
    if (colon == absl::string_view::npos) return n;
    text.remove_prefix(colon + 1);
    if (text.empty()) return -1;
  }
  return n;
}

bool ParseV6(absl::string_view text, uint8_t* out) {
  uint16_t groups[kGroups] = {};
  const size_t gap = text.find("::");
  if (gap == absl::string_view::npos) {
    if (ParseGroups(text, groups, kGroups) != kGroups) return false;
  } else {
    uint16_t tail[kGroups] = {};
    const absl::string_view front = text.substr(0, gap);
    if (front.find('.') != absl::string_view::npos) return false;
    const int n = ParseGroups(front, groups, kGroups - 1);
    if (n < 0) return false;
    const int m = ParseGroups(text.substr(gap + 2), tail, kGroups - 1 - n);
    if (m < 0) return false;
    std::copy(tail, tail + m, groups + kGroups - m);
  }
  for (int i = 0; i < kGroups; ++i) {
    out[2 * i] = static_cast<uint8_t>(groups[i] >> 8);
    out[2 * i + 1] = static_cast<uint8_t>(groups[i]);
  }
  return true;
}

absl::optional<Endpoint::Ip> ParseIp(absl::string_view text) {
  Endpoint::Ip ip{};
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    if (!ParseV6(text.substr(1, text.size() - 2), ip.data())) return absl::nullopt;
    return ip;
  }
  if (text.find(':') != absl::string_view::npos) {
    if (!ParseV6(text, ip.data())) return absl::nullopt;
    return ip;
  }
  std::copy(kV4Prefix.begin(), kV4Prefix.end(), ip.begin());
  if (!ParseV4(text, ip.data() + 12)) return absl::nullopt;
  return ip;
}

// The first longest run of two or more zero groups becomes "::" (RFC 5952 section 4.2). Length 0 if there is none.
std::pair<int, int> LongestZeroRun(const uint16_t* groups) {
  std::pair<int, int> best = {kGroups, 0};
  for (int i = 0; i < kGroups;) {
    int end = i;
    while (end < kGroups && groups[end] == 0) ++end;
    if (end - i >= 2 && end - i > best.second) best = {i, end - i};
    i = end + 1;
  }
  return best;
}

void AppendV6(const Endpoint::Ip& ip, std::string* out) {
  uint16_t groups[kGroups];
  for (int i = 0; i < kGroups; ++i) groups[i] = static_cast<uint16_t>(ip[2 * i] << 8 | ip[2 * i + 1]);
  const auto [gap, length] = LongestZeroRun(groups);
  for (int i = 0; i < kGroups; ++i) {
    if (i == gap) {
      out->append("::");
      i += length - 1;
      continue;
    }
    if (i > 0 && i != gap + length) out->push_back(':');
    absl::StrAppend(out, absl::Hex(groups[i]));
  }
}

constexpr size_t kV4TextOctets = 15;

// Writes the number; returns the end. At most five digits.
char* AppendDecimal(uint16_t number, char* out) {
  uint16_t power = 1;
  while (number / power >= 10) power = static_cast<uint16_t>(power * 10);
  for (; power > 0; power = static_cast<uint16_t>(power / 10)) *out++ = static_cast<char>('0' + number / power % 10);
  return out;
}

}  // namespace

Endpoint Endpoint::V4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port) {
  Ip ip{};
  std::copy(kV4Prefix.begin(), kV4Prefix.end(), ip.begin());
  ip[12] = a;
  ip[13] = b;
  ip[14] = c;
  ip[15] = d;
  return Endpoint(ip, port);
}

absl::optional<Endpoint> Endpoint::Parse(absl::string_view ip_text, uint16_t port) {
  const absl::optional<Ip> ip = ParseIp(ip_text);
  if (!ip.has_value()) return absl::nullopt;
  return Endpoint(*ip, port);
}

absl::optional<Endpoint> Endpoint::Parse(absl::string_view ip_text, absl::string_view port_text) {
  const absl::optional<uint32_t> port = TakeDecimal(port_text, 65535);
  if (!port.has_value()) return absl::nullopt;
  return Parse(ip_text, static_cast<uint16_t>(*port));
}

absl::optional<Endpoint> Endpoint::ParseHostPort(absl::string_view text, uint16_t default_port) {
  const size_t colon = text.rfind(':');
  const size_t bracket = text.rfind(']');
  if (colon == absl::string_view::npos) return Parse(text, default_port);
  const bool bracketed = bracket != absl::string_view::npos;
  if (bracketed && bracket > colon) return Parse(text, default_port);
  if (!bracketed && text.find(':') != colon) return Parse(text, default_port);
  return Parse(text.substr(0, colon), text.substr(colon + 1));
}

bool Endpoint::is_v4() const {
  return std::equal(kV4Prefix.begin(), kV4Prefix.end(), ip_.begin());
}

bool Endpoint::is_any() const {
  const auto begin = ip_.begin() + (is_v4() ? 12 : 0);
  return std::all_of(begin, ip_.end(), [](uint8_t byte) { return byte == 0; });
}

void Endpoint::AppendHostTo(std::string* out) const {
  if (is_v4()) {
    char text[kV4TextOctets];
    char* end = text;
    for (size_t i = 12; i < 16; ++i) {
      if (i > 12) *end++ = '.';
      end = AppendDecimal(ip_[i], end);
    }
    out->append(text, static_cast<size_t>(end - text));
    return;
  }
  out->push_back('[');
  AppendV6(ip_, out);
  out->push_back(']');
}

void Endpoint::AppendTo(std::string* out) const {
  AppendHostTo(out);
  char text[6] = {':'};
  out->append(text, static_cast<size_t>(AppendDecimal(port_, text + 1) - text));
}

std::string Endpoint::HostText() const {
  std::string out;
  AppendHostTo(&out);
  return out;
}

std::string Endpoint::ToText() const {
  std::string out;
  AppendTo(&out);
  return out;
}

}  // namespace understudy
