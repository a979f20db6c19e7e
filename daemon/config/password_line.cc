#include "daemon/config/password_line.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace understudy::daemon {

absl::StatusOr<std::string> ReadPasswordLine(std::istream& in) {
  std::string line;
  std::getline(in, line);
  if (in.bad()) return absl::InvalidArgumentError("the password cannot be read");
  if (absl::EndsWith(line, "\r")) line.pop_back();
  if (line.empty()) return absl::InvalidArgumentError("there is no password in the first line");
  if (line.size() > kMostPasswordOctets) {
    return absl::InvalidArgumentError(
        absl::StrCat("found a password of ", line.size(), " octets; allowed: 1 to ", kMostPasswordOctets));
  }
  return line;
}

}  // namespace understudy::daemon
