// A file descriptor that is closed with its owner.
#ifndef UNDERSTUDY_DAEMON_NET_OWNED_FD_H_
#define UNDERSTUDY_DAEMON_NET_OWNED_FD_H_

#include <unistd.h>

#include <utility>

namespace understudy::net {

class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(other.Detach()) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    Reset(other.Detach());
    return *this;
  }
  ~OwnedFd() { Reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  // The descriptor is the caller's from now on.
  int Detach() { return std::exchange(fd_, -1); }
  void Reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_OWNED_FD_H_
