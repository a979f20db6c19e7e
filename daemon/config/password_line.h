// A password as a file or a pipe has it: the first line, without its end (LF, or CR LF). Blanks are part of it.
#ifndef UNDERSTUDY_DAEMON_CONFIG_PASSWORD_LINE_H_
#define UNDERSTUDY_DAEMON_CONFIG_PASSWORD_LINE_H_

#include <istream>
#include <string>

#include "absl/status/statusor.h"

namespace understudy::daemon {

inline constexpr size_t kMostPasswordOctets = 128;

// InvalidArgument: there is none, or it is longer than pair.clients may have it; the password is not in the text. It is
// the caller's to overwrite.
absl::StatusOr<std::string> ReadPasswordLine(std::istream& in);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_PASSWORD_LINE_H_
