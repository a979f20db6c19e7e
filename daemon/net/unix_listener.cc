#include "daemon/net/unix_listener.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace understudy::net {
namespace {

constexpr int kBacklog = 16;

absl::Status CannotMake(const std::string& path, const UnixSocketWords& words, int error) {
  return absl::ErrnoToStatus(
      error, absl::StrCat(words.who, ": cannot make the socket ", path, ": give another path with ", words.setting));
}

absl::Status InUse(const std::string& path, const UnixSocketWords& words) {
  return absl::AlreadyExistsError(absl::StrCat(words.who, ": another process listens at ", path,
                                               ": end it, or give another path with ", words.setting));
}

// Held by one process at a time, so that of two that start together only one replaces what a dead one left.
absl::StatusOr<OwnedFd> TakeLock(const std::string& path, const UnixSocketWords& words) {
  const std::string name = path + ".lock";
  OwnedFd lock(open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.valid()) return CannotMake(name, words, errno);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) return InUse(path, words);
  return CannotMake(name, words, errno);
}

OwnedFd NewSocket() {
  return OwnedFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// Removes a socket at which nobody listens.
absl::Status RemoveStale(const std::string& path, const UnixSocketWords& words, const sockaddr_un& address) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return errno == ENOENT ? absl::OkStatus() : CannotMake(path, words, errno);
  if (!S_ISSOCK(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(
        words.who, ": ", path, " is there and is no socket: remove it, or give another path with ", words.setting));
  }
  OwnedFd probe = NewSocket();
  if (!probe.valid()) return CannotMake(path, words, errno);
  const bool answers = connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (answers || errno == EAGAIN) return InUse(path, words);
  if (errno != ECONNREFUSED) return CannotMake(path, words, errno);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return CannotMake(path, words, errno);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<sockaddr_un> UnixAddress(const std::string& path, absl::string_view who) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return absl::InvalidArgumentError(absl::StrCat(who, ": found a path of ", path.size(), " bytes; allowed: 1 to ",
                                                   sizeof address.sun_path - 1, " (", path, ")"));
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

absl::StatusOr<UnixListener> UnixListener::Open(const std::string& path, const UnixSocketWords& words) {
  absl::StatusOr<sockaddr_un> address = UnixAddress(path, words.who);
  if (!address.ok()) return address.status();
  UnixListener made;
  absl::StatusOr<OwnedFd> lock = TakeLock(path, words);
  if (!lock.ok()) return lock.status();
  made.lock_ = *std::move(lock);
  absl::Status removed = RemoveStale(path, words, *address);
  if (!removed.ok()) return removed;
  made.fd_ = NewSocket();
  if (!made.fd_.valid()) return CannotMake(path, words, errno);
  if (bind(made.fd(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    return CannotMake(path, words, errno);
  made.path_ = path;
  // Nobody can connect before listen, so nobody saw it with other rights.
  if (chmod(path.c_str(), 0600) != 0 || listen(made.fd(), kBacklog) != 0) return CannotMake(path, words, errno);
  return made;
}

UnixListener::UnixListener(UnixListener&& other) noexcept
    : path_(std::exchange(other.path_, "")), lock_(std::move(other.lock_)), fd_(std::move(other.fd_)) {}

UnixListener& UnixListener::operator=(UnixListener&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  std::swap(fd_, other.fd_);
  return *this;
}

UnixListener::~UnixListener() {
  if (!path_.empty()) unlink(path_.c_str());
}

}  // namespace understudy::net
