// Accepts connections on one listening socket; pauses when this host has run out of descriptors.
#ifndef UNDERSTUDY_DAEMON_NET_TCP_LISTENER_H_
#define UNDERSTUDY_DAEMON_NET_TCP_LISTENER_H_

#include <functional>

#include "base/endpoint.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/owned_fd.h"

namespace understudy::net {

class TcpListener {
 public:
  using Accepted = std::function<void(OwnedFd fd, const Endpoint& remote)>;

  // `fd`: listening, from OpenTcpListener or AdoptSocket. At most 64 connections are accepted a wake-up.
  TcpListener(IoLoop* loop, OwnedFd fd, Accepted accepted);

  // While held, connections wait in the kernel.
  void Hold(bool held);

  int fd() const { return fd_.get(); }
  const Endpoint& local() const { return local_; }

 private:
  void Accept();

  OwnedFd fd_;
  Endpoint local_;
  Accepted accepted_;
  FdWatch watch_;
  Alarm again_;
  bool held_ = false;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_TCP_LISTENER_H_
