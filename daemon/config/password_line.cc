#include "daemon/config/password_line.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <unistd.h>

#include <array>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace understudy::daemon {
namespace {

constexpr absl::string_view kLongestEnd = "\r\n";

// Octets up to the first LF, to the end of the input, or as many as a password with its end can have.
using Octets = std::array<char, kMostPasswordOctets + kLongestEnd.size()>;

absl::StatusOr<size_t> Fill(int fd, Octets* octets) {
  size_t size = 0;
  while (size < octets->size() && absl::string_view(octets->data(), size).find('\n') == absl::string_view::npos) {
    const ssize_t count = read(fd, octets->data() + size, octets->size() - size);
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::InvalidArgumentError(absl::StrCat("the password cannot be read: ", strerror(errno)));
    size += static_cast<size_t>(count);
  }
  return size;
}

}  // namespace

absl::StatusOr<std::string> ReadPasswordLine(int fd) {
  Octets octets = {};
  const absl::Cleanup wipe = [&octets] { OPENSSL_cleanse(octets.data(), octets.size()); };
  const absl::StatusOr<size_t> size = Fill(fd, &octets);
  if (!size.ok()) return size.status();
  absl::string_view line(octets.data(), *size);
  line = line.substr(0, line.find('\n'));
  absl::ConsumeSuffix(&line, "\r");
  if (line.empty()) return absl::InvalidArgumentError("there is no password in the first line");
  if (line.size() <= kMostPasswordOctets) return std::string(line);
  return absl::InvalidArgumentError(absl::StrCat("found a password of more than ", kMostPasswordOctets,
                                                 " octets in the first line; allowed: 1 to ", kMostPasswordOctets));
}

}  // namespace understudy::daemon
