// "host" and "hostport" of RFC 3261 25.1, with the IPv6 forms of RFC 5118 and 5954.
#ifndef UNDERSTUDY_SIP_HOST_H_
#define UNDERSTUDY_SIP_HOST_H_

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace understudy::sip {

struct HostPort {
  absl::string_view host;       // an IPv6 reference keeps its brackets
  absl::string_view port_text;  // digits; empty when there is none
  uint16_t port = 0;            // 0: none
};

// The whole of `text` is host [":" port], white space allowed around the colon. Ports are 1 to 65535.
// Host names may hold '_' (common in the field); an IPv6 reference stands in brackets.
bool ParseHostPort(absl::string_view text, HostPort* out);

// `host` without the brackets of an IPv6 reference.
absl::string_view WithoutBrackets(absl::string_view host);

// An IPv6 address without brackets, in any RFC 4291 2.2 form. ":::" is read as "::" (RFC 5118 4.10).
bool ParseIpv6(absl::string_view text, std::array<uint8_t, 16>* out);

// Case-insensitive; IPv6 by address, with or without brackets.
bool SameHost(absl::string_view a, absl::string_view b);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_HOST_H_
