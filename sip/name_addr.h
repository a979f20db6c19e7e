// name-addr and addr-spec with the header's parameters: From, To, Contact, Route, Record-Route, Refer-To,
// Referred-By, P-Asserted-Identity, Path and the like. RFC 3261 20.10, 25.1.
#ifndef UNDERSTUDY_SIP_NAME_ADDR_H_
#define UNDERSTUDY_SIP_NAME_ADDR_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace understudy::sip {

struct NameAddr {
  absl::string_view text;     // the whole element
  absl::string_view display;  // raw: quotes, escapes and folds as received; DisplayText gives it readable
  absl::string_view uri;      // without the brackets; ParseUri takes it apart
  absl::string_view params;   // the header's own parameters, with the leading ';'
  absl::string_view tag;      // value of the tag parameter, empty without one
  bool has_brackets = false;
  bool star = false;  // Contact: * (RFC 3261 10.2.2); every other field is empty

  absl::optional<absl::string_view> Param(absl::string_view name) const;
};

// One element: a whole From or To value, or what HeaderValues yields. Without brackets, ';' starts the
// header's parameters and '?' or ',' is an error (RFC 3261 20: such a URI must be in brackets). The URI is
// checked for a scheme and for octets that no URI holds; ParseUri checks the rest. False: malformed.
bool ParseNameAddr(absl::string_view text, NameAddr* out);

// As ParseNameAddr, and "*" sets `star`.
bool ParseContact(absl::string_view text, NameAddr* out);

// Appends the display name without quotes, escapes and folds.
void DisplayText(const NameAddr& address, std::string* out);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_NAME_ADDR_H_
