// Accepts links from the peer.
//
//   FrameListener listener(&loop, {.tls = tls}, {.only_from = {peer}},
//                          {.accepted = [&](std::shared_ptr<FrameLink> link) { ... }, .failed = ...});
//   absl::StatusOr<Endpoint> at = listener.Listen(*Endpoint::Parse("192.0.2.1", 5070));
//
// A link is given once the peer has greeted, with TLS once its certificate was verified; at most `max_unfinished`
// connections are on their way there, each for LinkOptions::opening. Everything happens on the loop's thread. The
// listener may end within a callback; links that were given live on, the others end silently.
#ifndef UNDERSTUDY_DAEMON_LINK_FRAME_LISTENER_H_
#define UNDERSTUDY_DAEMON_LINK_FRAME_LISTENER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/endpoint.h"
#include "daemon/link/frame_link.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/owned_fd.h"
#include "daemon/net/tcp_listener.h"

namespace understudy::link {

class FrameListener {
 public:
  struct Options {
    std::vector<Endpoint> only_from = {};  // hosts, ports do not matter; empty: anybody
    size_t max_unfinished = 16;
    std::string setting = "the link's address";  // what the operator changes when it cannot be listened on
  };
  struct Events {
    std::function<void(std::shared_ptr<FrameLink> link)> accepted = nullptr;
    std::function<void(const absl::Status& why)> failed =
        nullptr;  // a connection that did not become a link; may be empty
  };
  struct Counters {
    uint64_t accepted = 0;
    uint64_t failed = 0;
    uint64_t strangers = 0;  // from a host that is not in only_from
    uint64_t too_many = 0;   // over max_unfinished
  };

  FrameListener(net::IoLoop* loop, const LinkOptions& link, const Options& options, Events events);

  // Once. Returns where it is bound (a port that the kernel chose included). An error says what the operator can do.
  absl::StatusOr<Endpoint> Listen(const Endpoint& local);

  const Counters& counters() const { return counters_; }
  size_t unfinished() const { return opening_.size(); }

 private:
  void Accept(net::OwnedFd fd, const Endpoint& remote);
  void Opened(uint64_t id, const absl::Status& status);
  bool IsExpected(const Endpoint& remote) const;

  net::IoLoop* loop_;
  LinkOptions link_options_;
  Options options_;
  std::shared_ptr<const Events> events_;
  Counters counters_;
  uint64_t last_id_ = 0;
  absl::btree_map<uint64_t, std::shared_ptr<FrameLink>> opening_;
  std::unique_ptr<net::TcpListener> listener_;
};

}  // namespace understudy::link

#endif  // UNDERSTUDY_DAEMON_LINK_FRAME_LISTENER_H_
