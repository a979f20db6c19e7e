// Names of hosts, as text: nothing is looked up.
#ifndef UNDERSTUDY_DAEMON_CONFIG_HOST_NAME_H_
#define UNDERSTUDY_DAEMON_CONFIG_HOST_NAME_H_

#include "absl/strings/string_view.h"

namespace understudy::daemon {

// RFC 1123 section 2.1: labels of letters, digits and inner '-' with dots between them, at least one letter, so that no
// IP address is a name; at most 253 bytes.
bool IsHostName(absl::string_view text);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_HOST_NAME_H_
