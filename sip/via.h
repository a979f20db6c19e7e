// One Via element. RFC 3261 20.42, 18.2.1; rport of RFC 3581.
#ifndef UNDERSTUDY_SIP_VIA_H_
#define UNDERSTUDY_SIP_VIA_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace understudy::sip {

// The magic cookie of a branch that is a transaction id (RFC 3261 8.1.1.7).
inline constexpr absl::string_view kBranchCookie = "z9hG4bK";

struct Via {
  absl::string_view text;          // the whole element
  absl::string_view protocol;      // "SIP"
  absl::string_view version;       // "2.0"
  absl::string_view transport;     // "UDP"; any token
  absl::string_view host;          // sent-by; an IPv6 reference keeps its brackets
  absl::string_view params;        // with the leading ';'
  absl::string_view branch;        // empty: none (RFC 2543)
  absl::string_view received;      // without brackets (RFC 5118 4.5); empty: none
  absl::string_view maddr;         // empty: none
  absl::optional<uint16_t> rport;  // 0: present without a value (RFC 3581 3)
  uint16_t port = 0;               // sent-by; 0: none given
  bool has_cookie = false;         // branch starts with the cookie (case-insensitive, as branches compare)
};

// One element as HeaderValues yields it. False: malformed.
bool ParseVia(absl::string_view text, Via* out);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_VIA_H_
