// Two ends of links on one loop, and what they were told.
#ifndef UNDERSTUDY_DAEMON_LINK_LINK_TESTING_H_
#define UNDERSTUDY_DAEMON_LINK_LINK_TESTING_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "daemon/link/frame_dialer.h"
#include "daemon/link/frame_link.h"
#include "daemon/link/frame_listener.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/transport_testing.h"
#include "gtest/gtest.h"

namespace understudy::link {

// One side of a link. It keeps every frame; `on_frame` runs after that.
struct End {
  FrameLink::Events Events();
  void Take(std::shared_ptr<FrameLink> its_link);

  std::shared_ptr<FrameLink> link;
  std::vector<std::pair<uint16_t, std::string>> frames;
  absl::optional<absl::Status> closed;
  std::function<void(uint16_t, absl::string_view)> on_frame = [](uint16_t, absl::string_view) {};
};

class LinkTest : public testing::Test {
 protected:
  void Listen(const LinkOptions& link = {}, const FrameListener::Options& options = {});
  // Dials and waits for the outcome.
  absl::StatusOr<std::shared_ptr<FrameLink>> Dial(const Endpoint& to, const LinkOptions& options = {});
  // A listener, a link to it, and both ends with their events set.
  void Connect(const LinkOptions& accepts = {}, const LinkOptions& connects = {});
  // A plain socket that has greeted the listener.
  net::Peer RawPeer();
  // The same, and until the link is there.
  net::Peer GreetedPeer();

  // Runs turns until `done`; a failure after kPatience.
  void RunUntil(const std::function<bool()>& done);

  net::IoLoop loop_;
  End accepted_;  // the last link that was accepted
  End dialed_;
  std::vector<absl::Status> failed_;
  std::unique_ptr<FrameListener> listener_;
  Endpoint at_;
};

}  // namespace understudy::link

#endif  // UNDERSTUDY_DAEMON_LINK_LINK_TESTING_H_
