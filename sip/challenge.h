// Digest challenges: the value of a WWW-Authenticate field. RFC 3261 20.44, RFC 7616 3.3, RFC 8760 2.3.
//
//   Challenge challenge{.realm = "example.org", .nonce = nonce, .algorithm = "SHA-256"};
//   AppendChallenge(challenge, &text);                    // as a field's value
//   ParseChallenge(field.value, &challenge);              // slices of the text
#ifndef UNDERSTUDY_SIP_CHALLENGE_H_
#define UNDERSTUDY_SIP_CHALLENGE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace understudy::sip {

struct Challenge {
  absl::string_view realm;      // without quotes; an escape stays one
  absl::string_view nonce;      // likewise
  absl::string_view algorithm;  // empty: MD5
  absl::string_view qop = {};   // a list: "auth,auth-int"; empty: as RFC 2069
  bool stale = false;
};

// `realm` and `nonce` without quotes and backslashes, which the caller sees to; qop="auth" alone is what is said.
void AppendChallenge(const Challenge& challenge, std::string* out);

// False: another scheme, malformed, a parameter twice, or no realm or nonce.
bool ParseChallenge(absl::string_view value, Challenge* out);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_CHALLENGE_H_
