#include "sip/host.h"

#include <cstddef>
#include <cstring>

#include "absl/strings/match.h"
#include "base/endpoint.h"
#include "sip/grammar.h"

namespace understudy::sip {
namespace {

// The longest written IPv6 address: eight groups, or six and a dotted IPv4.
constexpr size_t kMaxIpv6Text = 45;

// Octets of an IPv6 reference at the front, brackets included; 0: none. The address itself is not checked:
// one of the torture messages has three colons in a row (RFC 5118 4.10).
size_t Ipv6ReferenceLength(absl::string_view text) {
  const size_t inside = Run(text.substr(1), kIpv6Char);
  if (inside < 2 || inside > kMaxIpv6Text || inside + 1 >= text.size() || text[inside + 1] != ']') return 0;
  return absl::StrContains(text.substr(1, inside), ':') ? inside + 2 : 0;
}

bool ParsePort(absl::string_view text, HostPort* out) {
  if (text.empty() || text.size() > 5) return false;
  uint32_t port = 0;
  for (char c : text) {
    if (!IsDigit(c)) return false;
    port = port * 10 + static_cast<uint32_t>(c - '0');
  }
  if (port == 0 || port > 65535) return false;
  out->port_text = text;
  out->port = static_cast<uint16_t>(port);
  return true;
}

}  // namespace

bool ParseHostPort(absl::string_view text, HostPort* out) {
  *out = HostPort();
  const bool reference = !text.empty() && text[0] == '[';
  const size_t length = reference ? Ipv6ReferenceLength(text) : Run(text, kHostChar);
  if (length == 0) return false;
  out->host = text.substr(0, length);
  text.remove_prefix(length);
  if (text.empty()) return true;
  SkipSpace(&text);
  if (text.empty()) return true;
  if (text[0] != ':') return false;
  return ParsePort(Trim(text.substr(1)), out);
}

absl::string_view WithoutBrackets(absl::string_view host) {
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return host;
  return host.substr(1, host.size() - 2);
}

bool ParseIpv6(absl::string_view text, std::array<uint8_t, 16>* out) {
  if (text.size() > kMaxIpv6Text + 1 || !absl::StrContains(text, ':')) return false;
  char collapsed[kMaxIpv6Text + 1];
  const size_t triple = text.find(":::");
  if (triple != absl::string_view::npos) {
    std::memcpy(collapsed, text.data(), triple);
    std::memcpy(collapsed + triple, text.data() + triple + 1, text.size() - triple - 1);
    text = absl::string_view(collapsed, text.size() - 1);
  }
  const absl::optional<Endpoint> address = Endpoint::Parse(text, uint16_t{0});
  if (!address.has_value()) return false;
  *out = address->ip();
  return true;
}

bool SameHost(absl::string_view a, absl::string_view b) {
  if (absl::EqualsIgnoreCase(a, b)) return true;
  std::array<uint8_t, 16> address_a;
  std::array<uint8_t, 16> address_b;
  if (!ParseIpv6(WithoutBrackets(a), &address_a)) return false;
  if (!ParseIpv6(WithoutBrackets(b), &address_b)) return false;
  return address_a == address_b;
}

}  // namespace understudy::sip
