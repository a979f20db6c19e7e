// URIs as slices of the text that they were parsed from. RFC 3261 19.1, 25.1; RFC 5954 for IPv6.
//
//   Uri uri;
//   if (!ParseUri("sip:1001@10.0.0.1:5080;lr", &uri)) ...
//   uri.user == "1001"; uri.port == 5080; uri.Param("lr") == "";
#ifndef UNDERSTUDY_SIP_URI_H_
#define UNDERSTUDY_SIP_URI_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace understudy::sip {

struct Uri {
  absl::string_view text;       // all of it
  absl::string_view scheme;     // as written
  absl::string_view user;       // still escaped
  absl::string_view password;   // still escaped
  absl::string_view host;       // an IPv6 reference keeps its brackets
  absl::string_view port_text;  // digits
  absl::string_view params;     // after the first ';', without it
  absl::string_view headers;    // after '?', without it
  absl::string_view opaque;     // after "scheme:" when the scheme is neither sip nor sips (tel: too)
  uint16_t port = 0;            // 0: none given
  bool has_user = false;        // whether '@' is there
  bool is_sip = false;          // sip: or sips:
  bool is_sips = false;         // sips:

  // The raw value of a URI parameter: nullopt when not there, "" without a value ("lr"). The name compares
  // case-insensitively and unescaped (RFC 3261 19.1.4). Only for sip: and sips:.
  absl::optional<absl::string_view> Param(absl::string_view name) const;
};

// Fills `uri` with slices of `text`. False when `text` is not an absolute URI, or a malformed sip: or sips:
// one; then `uri` holds what was recognised. `text` carries no white space and no angle brackets.
bool ParseUri(absl::string_view text, Uri* uri);

// RFC 3261 19.1.4: user, password and headers case-sensitive, the rest not; escaped octets equal plain ones
// unless they are reserved (%00 is an octet like any other); user, ttl, method, maddr, transport count even when only
// one side has them; other parameters only when both have them. IPv6 by address. Other schemes: case-insensitive
// scheme, exact rest. Not transitive.
bool Equivalent(const Uri& a, const Uri& b);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_URI_H_
