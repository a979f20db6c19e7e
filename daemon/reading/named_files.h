// The TLS files that a configuration names: there, readable, and fitting each other.
#ifndef UNDERSTUDY_DAEMON_READING_NAMED_FILES_H_
#define UNDERSTUDY_DAEMON_READING_NAMED_FILES_H_

#include "absl/status/status.h"
#include "daemon/config/config.h"

namespace understudy::daemon {

// InvalidArgument with a line for each that cannot be used: file:line:column: key: found what; allowed.
absl::Status CheckNamedFiles(const Config& config);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_READING_NAMED_FILES_H_
