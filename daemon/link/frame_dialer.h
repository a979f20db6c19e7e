// Makes a link to the peer.
//
//   FrameDialer dialer(&loop, {.tls = tls});
//   dialer.Dial(peer, own_address, [&](absl::StatusOr<std::shared_ptr<FrameLink>> link) { ... });
//
// One attempt at a time. The callback comes in a later turn: with a link on which the peer has greeted, or with
//   Unavailable       the peer's host or the way to it; net::IsRefused: the host answers, and nobody listens there
//   DeadlineExceeded  no connection, or no greeting, within LinkOptions::opening
//   Unauthenticated   TLS: the text names the peer and what is wrong with whose certificate
//   DataLoss          what answered is no such link
// or another code for this host's own troubles. Everything happens on the loop's thread.
#ifndef UNDERSTUDY_DAEMON_LINK_FRAME_DIALER_H_
#define UNDERSTUDY_DAEMON_LINK_FRAME_DIALER_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/endpoint.h"
#include "daemon/link/frame_link.h"
#include "daemon/net/io_loop.h"

namespace understudy::link {

class FrameDialer {
 public:
  using Done = std::function<void(absl::StatusOr<std::shared_ptr<FrameLink>> link)>;

  FrameDialer(net::IoLoop* loop, const LinkOptions& options) : loop_(loop), options_(options) {}

  // Cancels an attempt that is going on. `source`: the address to connect from, its port does not matter; empty: any.
  // `done` may dial again, or end the dialer.
  void Dial(const Endpoint& remote, const Endpoint& source, Done done);

  // No callback comes afterwards; nor after the dialer's end.
  void Cancel() { attempt_.reset(); }
  bool is_dialing() const { return attempt_ != nullptr; }

 private:
  struct Attempt {
    Done done;
    std::shared_ptr<FrameLink> link;
  };

  void Finish(const absl::Status& status);

  net::IoLoop* loop_;
  LinkOptions options_;
  std::shared_ptr<Attempt> attempt_;
};

}  // namespace understudy::link

#endif  // UNDERSTUDY_DAEMON_LINK_FRAME_DIALER_H_
