// The bytes of a connected TCP socket, plain or through TLS: gathered reads and writes that never wait.
//
// Who owns it knows when the descriptor is ready, and calls Write again after Read: TLS has things of its own to say.
// One thread.
#ifndef UNDERSTUDY_DAEMON_LINK_LINK_SOCKET_H_
#define UNDERSTUDY_DAEMON_LINK_LINK_SOCKET_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "base/time.h"
#include "daemon/link/send_queue.h"
#include "daemon/net/owned_fd.h"
#include "daemon/tls/tls_session.h"

namespace understudy::link {

class LinkSocket {
 public:
  enum class Outcome {
    kDone,     // read: bytes came; written: everything has left
    kBlocked,  // nothing to read for now; not everything could leave: wait for the descriptor
    kEnded,    // the peer sends no more
    kBroken,   // error() says why
  };

  // `fd`: connected or connecting, non-blocking. `tls`: nullptr for plain TCP.
  LinkSocket(net::OwnedFd fd, std::unique_ptr<tls::TlsSession> tls);

  // TCP_NODELAY, keep-alive probes, and TCP_USER_TIMEOUT: a peer that acknowledges nothing for so long is gone.
  void SetOptions(Duration user_timeout);

  // kDone: `*n` bytes stand in `space`; fewer than it takes: there were no more.
  Outcome Read(absl::Span<char> space, size_t* n);

  // Sends what the kernel takes. kDone with a queue that is not empty: TLS waits for the peer first.
  Outcome Write(SendQueue* queue);

  // Ends our direction, and takes off what the peer still sent, so that closing does not reset the connection before
  // the peer has read our last frame.
  void Finish();
  void Close() { fd_.Reset(); }

  // What the kernel holds against the socket: 0 or an errno.
  int TakeError();

  int fd() const { return fd_.get(); }
  bool is_tls() const { return tls_ != nullptr; }
  std::string peer_subject() const { return tls_ == nullptr ? "" : tls_->peer_subject(); }
  // Encrypted bytes that wait to be sent.
  size_t pending() const { return tls_ == nullptr ? 0 : tls_->output().size(); }
  const absl::Status& error() const { return error_; }

  uint64_t reads = 0;  // system calls
  uint64_t writes = 0;
  uint64_t bytes_in = 0;  // on the wire
  uint64_t bytes_out = 0;

 private:
  Outcome Receive(absl::Span<char> space, size_t* n);
  Outcome Fill(size_t* n);
  Outcome WritePlain(SendQueue* queue);
  Outcome WriteTls(SendQueue* queue);
  bool Encrypt(SendQueue* queue);
  Outcome SendOutput();
  Outcome Sent(ssize_t n);
  Outcome Break(absl::Status why);

  net::OwnedFd fd_;
  std::unique_ptr<tls::TlsSession> tls_;
  absl::Status error_;
};

}  // namespace understudy::link

#endif  // UNDERSTUDY_DAEMON_LINK_LINK_SOCKET_H_
