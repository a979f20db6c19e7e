// Where a node meets its peer: it listens at its own address and dials the peer's, both known from the beginning.
//
//   absl::Status listening = port->Listen({.accepted = [&](std::shared_ptr<PeerLink> link) { ... }, .failed = ...});
//   port->Dial([&](absl::StatusOr<std::shared_ptr<PeerLink>> link) { ... });
//   port->Close();
//
// Everything happens on the scheduler's thread. Callbacks come in a later turn, and may call any member. A link lives
// on when its port has closed.
#ifndef UNDERSTUDY_DAEMON_LINK_PEER_PORT_H_
#define UNDERSTUDY_DAEMON_LINK_PEER_PORT_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/link/peer_link.h"

namespace understudy::link {

class PeerPort {
 public:
  struct Events {
    std::function<void(std::shared_ptr<PeerLink> link)> accepted = nullptr;  // open
    std::function<void(const absl::Status& why)> failed = nullptr;  // a connection that became no link; may be empty
  };
  // An open link, or
  //   Unavailable       the peer's host or the way to it; net::IsRefused: the host answers, and nobody listens there
  //   DeadlineExceeded  no connection, or no greeting, within LinkOptions::opening
  //   Unauthenticated   the peer is not who it should be: the text names it
  //   DataLoss          what answered is no such link
  // or another code for this host's own troubles.
  using Done = std::function<void(absl::StatusOr<std::shared_ptr<PeerLink>> link)>;

  virtual ~PeerPort() = default;

  // Once until Close. An error says what the operator can do.
  virtual absl::Status Listen(Events events) = 0;

  // One attempt at a time: it cancels the one before it.
  virtual void Dial(Done done) = 0;

  // Neither listens nor dials any more, and no callback comes. May listen again.
  virtual void Close() = 0;
};

}  // namespace understudy::link

#endif  // UNDERSTUDY_DAEMON_LINK_PEER_PORT_H_
