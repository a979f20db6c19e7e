// Takes secrets out of a SIP message before anything of it is kept: the journal never sees a password.
//
// Works on octets, well-formed or not, so that it may come before the parser. It overwrites what sip/mask.h masks in a
// head, but no more than that: what remains is carried.
#ifndef UNDERSTUDY_DAEMON_REDACT_H_
#define UNDERSTUDY_DAEMON_REDACT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace understudy::daemon {

// Cheap: whether Redact would change anything. Linear in the head.
bool HoldsSecrets(absl::string_view message);

// The message with its secrets overwritten by 'x', each octet in its place: in start line and header fields
//   the values of Authorization, Proxy-Authorization, Authentication-Info and Proxy-Authentication-Info,
//   the passwords of URIs (RFC 3261 19.1.1 advises against them), sip: or with "//",
//   the credentials that a URI carries as headers (?Authorization=...).
// A body stays as it is: its keys (RFC 4568) are for the other party.
std::string Redact(absl::string_view message);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_REDACT_H_
