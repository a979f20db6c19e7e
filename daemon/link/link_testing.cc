#include "daemon/link/link_testing.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "absl/status/status.h"

namespace understudy::link {

FrameLink::Events End::Events() {
  return {.frame =
              [this](uint16_t type, absl::string_view payload) {
                EXPECT_EQ(reinterpret_cast<uintptr_t>(payload.data()) % 8, 0u);
                frames.emplace_back(type, std::string(payload));
                on_frame(type, payload);
              },
          .closed =
              [this](const absl::Status& why) {
                EXPECT_FALSE(closed.has_value());
                closed = why;
              }};
}

void End::Take(std::shared_ptr<FrameLink> its_link) {
  link = std::move(its_link);
  link->SetEvents(Events());
}

void LinkTest::Listen(const LinkOptions& link, const FrameListener::Options& options) {
  listener_ = std::make_unique<FrameListener>(
      &loop_, link, options,
      FrameListener::Events{[this](std::shared_ptr<FrameLink> accepted) { accepted_.Take(std::move(accepted)); },
                            [this](const absl::Status& why) { failed_.push_back(why); }});
  const absl::StatusOr<Endpoint> at = listener_->Listen(net::kLoopback);
  ASSERT_TRUE(at.ok()) << at.status();
  at_ = *at;
}

absl::StatusOr<std::shared_ptr<FrameLink>> LinkTest::Dial(const Endpoint& to, const LinkOptions& options) {
  FrameDialer dialer(&loop_, options);
  absl::optional<absl::StatusOr<std::shared_ptr<FrameLink>>> outcome;
  dialer.Dial(to, net::kLoopback, [&](absl::StatusOr<std::shared_ptr<FrameLink>> link) { outcome = std::move(link); });
  RunUntil([&] { return outcome.has_value(); });
  if (!outcome.has_value()) return absl::InternalError("no outcome");
  return *std::move(outcome);
}

void LinkTest::Connect(const LinkOptions& accepts, const LinkOptions& connects) {
  Listen(accepts);
  absl::StatusOr<std::shared_ptr<FrameLink>> link = Dial(at_, connects);
  ASSERT_TRUE(link.ok()) << link.status();
  dialed_.Take(*std::move(link));
  RunUntil([&] { return accepted_.link != nullptr; });
}

net::Peer LinkTest::RawPeer() {
  net::Peer peer = net::Peer::TcpTo(at_);
  const int on = 1;
  EXPECT_EQ(setsockopt(peer.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
  return peer;
}

net::Peer LinkTest::GreetedPeer() {
  net::Peer peer = RawPeer();
  const std::string greeting = EncodeFrame(kGreetingType, kGreeting);
  peer.Write(greeting);
  RunUntil([&] { return accepted_.link != nullptr; });
  EXPECT_EQ(peer.Read(greeting.size()), greeting);
  return peer;
}

void LinkTest::RunUntil(const std::function<bool()>& done) {
  const net::MonotonicTime deadline = net::MonotonicNow() + net::kPatience;
  while (!done()) {
    ASSERT_LT(net::MonotonicNow(), deadline) << "it did not happen";
    loop_.RunTurn(Duration::Milliseconds(100));
  }
}

}  // namespace understudy::link
