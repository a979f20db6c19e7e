// Takes secrets out of a SIP message before anything of it is kept: the journal never sees a password.
#ifndef UNDERSTUDY_DAEMON_REDACT_H_
#define UNDERSTUDY_DAEMON_REDACT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "sip/message.h"

namespace understudy::daemon {

// Cheap: whether Redact would change anything.
bool HoldsSecrets(const sip::Message& message);

// The message with the values of Authorization and Proxy-Authorization, and the passwords of URIs in the start line and
// the header fields (RFC 3261 19.1.1 advises against them), overwritten by 'x'. As long as before.
std::string Redact(const sip::Message& message);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_REDACT_H_
