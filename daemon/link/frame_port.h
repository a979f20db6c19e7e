// A port of TCP links: a FrameListener at this node's address, and a FrameDialer that calls from there.
//
//   FramePort port(&loop, {.listen = own, .remote = peer, .link = {.tls = tls}});
//   absl::Status listening = port.Listen({.accepted = ..., .failed = ...});
#ifndef UNDERSTUDY_DAEMON_LINK_FRAME_PORT_H_
#define UNDERSTUDY_DAEMON_LINK_FRAME_PORT_H_

#include <memory>
#include <string>

#include "base/endpoint.h"
#include "daemon/link/frame_dialer.h"
#include "daemon/link/frame_listener.h"
#include "daemon/link/link_options.h"
#include "daemon/link/peer_port.h"
#include "daemon/net/io_loop.h"

namespace understudy::link {

struct FramePortOptions {
  Endpoint listen;  // where this node is reached, and from where it dials
  Endpoint remote;  // the peer: nobody else is let in
  LinkOptions link;
  std::string setting = "the link's address";  // what the operator changes when it cannot be listened on
};

class FramePort : public PeerPort {
 public:
  // `loop` outlives the port.
  FramePort(net::IoLoop* loop, const FramePortOptions& options);

  absl::Status Listen(Events events) override;
  void Dial(Done done) override;
  void Close() override;

 private:
  net::IoLoop* const loop_;
  const FramePortOptions options_;
  std::unique_ptr<FrameListener> listener_;
  FrameDialer dialer_;
};

}  // namespace understudy::link

#endif  // UNDERSTUDY_DAEMON_LINK_FRAME_PORT_H_
