// A ClientConnection over an accepted TCP socket, plain or through TLS. What a turn sends leaves by one system call.
#ifndef UNDERSTUDY_DAEMON_CTI_CLIENT_SOCKET_H_
#define UNDERSTUDY_DAEMON_CTI_CLIENT_SOCKET_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "daemon/cti/client_connection.h"
#include "daemon/link/link_socket.h"
#include "daemon/link/send_queue.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/owned_fd.h"
#include "daemon/tls/tls_context.h"

namespace understudy::daemon {

class ClientSocket : public ClientConnection, public std::enable_shared_from_this<ClientSocket> {
 public:
  // `tls`: nullptr for plain TCP.
  static std::shared_ptr<ClientSocket> Open(net::IoLoop* loop, net::OwnedFd fd, const Endpoint& remote,
                                            std::shared_ptr<const tls::TlsContext> tls);

  void SetEvents(Events events) override;
  void Send(absl::string_view octets) override;
  void PauseReading() override;
  void ResumeReading() override;
  void Close() override;
  size_t queued_octets() const override { return gathered_.size() + queue_.bytes() + socket_.pending(); }
  const Endpoint& remote() const override { return remote_; }
  ClientWire wire() const override { return ClientWire::kFrames; }

 private:
  ClientSocket(net::IoLoop* loop, net::OwnedFd fd, const Endpoint& remote, std::unique_ptr<tls::TlsSession> tls);

  bool MayRead() const { return open_ && !paused_ && events_ != nullptr; }
  void Readable();
  bool ReadOnce();
  void Flush();
  void Later(void (ClientSocket::*step)());
  void WriteFailed();
  void Ended(const absl::Status& why);

  net::IoLoop* const loop_;
  link::LinkSocket socket_;
  const Endpoint remote_;
  std::shared_ptr<const Events> events_;
  std::string gathered_;  // in this turn
  link::SendQueue queue_;
  bool open_ = true;
  bool paused_ = false;
  bool blocked_ = false;  // waits until the kernel takes octets again
  absl::Status write_error_;
  std::unique_ptr<net::FdWatch> watch_;  // goes before the descriptor does
  net::TurnEnd turn_end_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_CLIENT_SOCKET_H_
