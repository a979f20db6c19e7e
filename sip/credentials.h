// Digest credentials: the value of an Authorization or Proxy-Authorization field. RFC 3261 22.4, RFC 7616 3.4, RFC
// 8760.
//
//   for (const HeaderField& field : message.headers()) {
//     if (field.id != HeaderName::kAuthorization) continue;
//     Credentials credentials;
//     const CredentialsFault fault = ParseCredentials(field.value, &credentials);
//   }
//
// A request may hold several, one a line: of other realms, algorithms and schemes. Nothing is computed here. Slices of
// the text; what stood in quotes is given with them (Unquote of sip/params.h).
#ifndef UNDERSTUDY_SIP_CREDENTIALS_H_
#define UNDERSTUDY_SIP_CREDENTIALS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace understudy::sip {

struct Credentials {
  absl::string_view username;       // raw, as all texts here
  absl::string_view username_star;  // in place of it: RFC 5987's form
  absl::string_view realm;
  absl::string_view nonce;
  absl::string_view uri;
  absl::string_view response;
  absl::string_view algorithm;  // empty: MD5
  absl::string_view cnonce;
  absl::string_view qop;  // empty: as RFC 2069
  absl::string_view nonce_count_text;
  uint32_t nonce_count = 0;  // with qop
  bool userhash = false;     // `username` is a hash

  // "Mufasa", without quotes and escapes, or decoded; false: username* is malformed or not in UTF-8.
  bool UserName(std::string* out) const;
};

enum class CredentialsFault : uint8_t {
  kNone = 0,
  kOtherScheme = 1,  // "Basic" and what else there is: not for us
  kMalformed = 2,
  kTwice = 3,    // a parameter that may be there once
  kMissing = 4,  // username, realm, nonce, uri or response; cnonce or nc beside qop
  kCount = 5,    // nc is not 8 hexadecimal digits, or 0
  kTooLong = 6,
};

CredentialsFault ParseCredentials(absl::string_view value, Credentials* out);

// As the reason phrase of a 400; empty for kNone and kOtherScheme.
absl::string_view CredentialsFaultText(CredentialsFault fault);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_CREDENTIALS_H_
