#include "daemon/net/tcp_listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <utility>

#include "daemon/net/socket_address.h"

namespace understudy::net {
namespace {

constexpr int kAcceptsAtOnce = 64;
constexpr Duration kPause = Duration::Milliseconds(100);

bool IsShortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

TcpListener::TcpListener(IoLoop* loop, OwnedFd fd, Accepted accepted)
    : fd_(std::move(fd)),
      local_(LocalEndpoint(fd_.get())),
      accepted_(std::move(accepted)),
      watch_(loop, fd_.get()),
      again_(loop, [this] {
        if (!held_) watch_.ResumeReadable();
      }) {
  watch_.WatchReadable([this] { Accept(); });
}

void TcpListener::Hold(bool held) {
  held_ = held;
  again_.Clear();
  if (held) {
    watch_.PauseReadable();
  } else {
    watch_.ResumeReadable();
  }
}

void TcpListener::Accept() {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    sockaddr_in6 address{};
    socklen_t size = sizeof address;
    OwnedFd fd(accept4(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      accepted_(std::move(fd), FromSockaddr(&address));
      continue;
    }
    if (errno == ECONNABORTED || errno == EINTR) continue;
    if (IsShortage(errno)) {
      watch_.PauseReadable();
      again_.SetAfter(kPause);
    }
    return;
  }
}

}  // namespace understudy::net
