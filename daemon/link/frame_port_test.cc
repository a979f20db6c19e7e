#include "daemon/link/frame_port.h"

#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "daemon/net/open_socket.h"
#include "daemon/net/owned_fd.h"
#include "daemon/net/socket_address.h"
#include "daemon/net/transport_testing.h"
#include "gtest/gtest.h"

namespace understudy::link {
namespace {

// A port that is free on an address of this process's own, so that tests do not take each other's.
Endpoint FreeAddress(uint8_t number) {
  const auto pid = static_cast<uint32_t>(getpid());
  const Endpoint address = Endpoint::V4(127, static_cast<uint8_t>(200 + number), static_cast<uint8_t>(pid >> 8),
                                        static_cast<uint8_t>(pid % 254 + 1), 0);
  const absl::StatusOr<net::OwnedFd> probe = net::OpenTcpListener(address);
  return address.WithPort(net::LocalEndpoint(probe.value().get()).port());
}

class FramePortTest : public ::testing::Test {
 protected:
  FramePortTest() : at_{FreeAddress(0), FreeAddress(1)} {
    for (int i = 0; i < 2; ++i) {
      FramePortOptions options;
      options.listen = at_[i];
      options.remote = at_[1 - i];
      options.setting = "node.peer/listen-port";
      ports_[i] = std::make_unique<FramePort>(&loop_, options);
    }
  }

  absl::Status Listen(PeerPort* port) {
    return port->Listen({.accepted = [this](std::shared_ptr<PeerLink> link) { accepted_.push_back(std::move(link)); },
                         .failed = nullptr});
  }
  absl::StatusOr<std::shared_ptr<PeerLink>> Dial(PeerPort* port) {
    absl::optional<absl::StatusOr<std::shared_ptr<PeerLink>>> outcome;
    port->Dial([&outcome](absl::StatusOr<std::shared_ptr<PeerLink>> link) { outcome = std::move(link); });
    RunUntil([&outcome] { return outcome.has_value(); });
    return outcome.has_value() ? *std::move(outcome) : absl::InternalError("no outcome");
  }
  void RunUntil(const std::function<bool()>& done) {
    const net::MonotonicTime deadline = loop_.Now() + net::kPatience;
    while (!done()) {
      ASSERT_LT(loop_.Now(), deadline) << "it did not happen";
      loop_.RunTurn(Duration::Milliseconds(20));
    }
  }

  net::IoLoop loop_;
  const Endpoint at_[2];
  std::unique_ptr<FramePort> ports_[2];
  std::vector<std::shared_ptr<PeerLink>> accepted_;
};

TEST_F(FramePortTest, ADialledLinkIsAcceptedByThePeerAndOutlivesBothPorts) {
  ASSERT_TRUE(Listen(ports_[1].get()).ok());
  absl::StatusOr<std::shared_ptr<PeerLink>> link = Dial(ports_[0].get());
  ASSERT_TRUE(link.ok()) << link.status();
  RunUntil([this] { return !accepted_.empty(); });
  ports_[0].reset();
  ports_[1]->Close();
  std::string heard;
  accepted_[0]->SetEvents({.frame = [&heard](uint16_t, absl::string_view payload) { heard = std::string(payload); }});
  (*link)->Send(3, "still there");
  RunUntil([&heard] { return !heard.empty(); });
  EXPECT_EQ(heard, "still there");
}

TEST_F(FramePortTest, WhereNobodyListensADialIsRefused) {
  const absl::Status refused = Dial(ports_[0].get()).status();
  EXPECT_TRUE(net::IsRefused(refused)) << refused;
}

TEST_F(FramePortTest, AClosedPortIsRefusedAndMayListenAgain) {
  ASSERT_TRUE(Listen(ports_[1].get()).ok());
  ports_[1]->Close();
  EXPECT_TRUE(net::IsRefused(Dial(ports_[0].get()).status()));
  ASSERT_TRUE(Listen(ports_[1].get()).ok());
  EXPECT_TRUE(Dial(ports_[0].get()).ok());
}

TEST_F(FramePortTest, AnAddressInUseNamesTheSettingAndTheNextAttemptMaySucceed) {
  FramePortOptions same;
  same.listen = at_[1];
  same.remote = at_[0];
  same.setting = "node.peer/listen-port";
  FramePort second(&loop_, same);
  ASSERT_TRUE(Listen(ports_[1].get()).ok());
  const absl::Status in_use = Listen(&second);
  EXPECT_EQ(in_use.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_NE(in_use.message().find("node.peer/listen-port"), absl::string_view::npos);
  ports_[1]->Close();
  EXPECT_TRUE(Listen(&second).ok());
}

TEST_F(FramePortTest, ACancelledDialIsNeverHeardOf) {
  ASSERT_TRUE(Listen(ports_[1].get()).ok());
  bool called = false;
  ports_[0]->Dial([&called](const absl::StatusOr<std::shared_ptr<PeerLink>>&) { called = true; });
  ports_[0]->Close();
  for (int i = 0; i < 10; ++i) loop_.RunTurn(Duration::Milliseconds(5));
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace understudy::link
