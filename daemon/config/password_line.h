// A password as a file or a pipe has it: the first line, without its end (LF, or CR LF). Blanks are part of it.
#ifndef UNDERSTUDY_DAEMON_CONFIG_PASSWORD_LINE_H_
#define UNDERSTUDY_DAEMON_CONFIG_PASSWORD_LINE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace understudy::daemon {

inline constexpr size_t kMostPasswordOctets = 128;

// Reads no more of `fd` than the longest password needs, and keeps nothing of it. InvalidArgument: it cannot be read,
// there is none, or it is longer than pair.clients may have it; the password is not in the text. What is returned is
// the caller's to overwrite.
absl::StatusOr<std::string> ReadPasswordLine(int fd);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_PASSWORD_LINE_H_
