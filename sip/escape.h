// %HH in URIs, one octet at a time. RFC 3261 19.1.2, 19.1.4.
#ifndef UNDERSTUDY_SIP_ESCAPE_H_
#define UNDERSTUDY_SIP_ESCAPE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace understudy::sip {

// Appends `text` with each %HH replaced by its octet; a malformed escape is copied as it stands.
void Unescape(absl::string_view text, std::string* out);

// Appends `text` as the user part of a sip: URI: every octet that may not stand there as it is becomes %HH.
void EscapeUser(absl::string_view text, std::string* out);

// Whether both are the same octets once unescaped. No allocation.
bool EqualsUnescaped(absl::string_view a, absl::string_view b);
bool EqualsUnescapedIgnoreCase(absl::string_view a, absl::string_view b);

// As URIs compare: an octet of RFC 2396's reserved set (";/?:@&=+$,") is not the same as its own escape.
bool EqualsAsUriText(absl::string_view a, absl::string_view b);
bool EqualsAsUriTextIgnoreCase(absl::string_view a, absl::string_view b);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_ESCAPE_H_
