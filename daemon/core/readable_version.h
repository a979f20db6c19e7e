// May this program go on from what another version wrote? Schema versions and feature levels, both with an end at the
// top; schema versions with one at the bottom, too.
#ifndef UNDERSTUDY_DAEMON_CORE_READABLE_VERSION_H_
#define UNDERSTUDY_DAEMON_CORE_READABLE_VERSION_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace understudy::daemon {

// FailedPrecondition, with what to do. `what` was written so: "lsn 7", "the snapshot at lsn 7".
absl::Status CheckReadable(absl::string_view what, uint32_t schema_version, uint32_t feature_level);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_READABLE_VERSION_H_
