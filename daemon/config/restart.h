// Which options a SIGHUP puts in force, and which wait for a restart.
#ifndef UNDERSTUDY_DAEMON_CONFIG_RESTART_H_
#define UNDERSTUDY_DAEMON_CONFIG_RESTART_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace understudy::daemon {

// `key`: section and name, "node.log/level". A SIGHUP that would have the pair listen elsewhere is refused as a whole;
// a key of the node is only named in the log.
bool NeedsRestart(absl::string_view key);

// The pair's options that say where it listens.
absl::Span<const absl::string_view> ListeningOptions();

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_RESTART_H_
