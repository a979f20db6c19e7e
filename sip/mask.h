// SIP text without its secrets, for everything that people read: logs, dumps, exports.
//
//   LOG(MaskSecrets(message.raw()));
//
// What is masked, as "***": the values of Authorization, Proxy-Authorization and Authentication-Info but for the
// scheme, also where a URI carries them as headers; passwords in URIs; keys in session descriptions (a=crypto, k=,
// a=key-mgmt, RFC 4568, 4566, 4567) and ICE passwords (RFC 8839). Everything else comes out as it went in.
#ifndef UNDERSTUDY_SIP_MASK_H_
#define UNDERSTUDY_SIP_MASK_H_

#include <string>

#include "absl/strings/string_view.h"

namespace understudy::sip {

// A whole message, or any piece of one that starts at a line's beginning: a start line, a header line, a body.
// Total: it masks rather too much than too little in what is malformed. Linear time. Not to be parsed again.
std::string MaskSecrets(absl::string_view text);
void AppendMasked(absl::string_view text, std::string* out);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_MASK_H_
