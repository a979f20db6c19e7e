#include "daemon/link/frame_link.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/link/link_testing.h"
#include "daemon/net/open_socket.h"
#include "daemon/net/socket_address.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::link {
namespace {

using testing::HasSubstr;
using Frames = std::vector<std::pair<uint16_t, std::string>>;

constexpr uint16_t kType = 7;

std::string Text(const absl::optional<absl::Status>& status) {
  return status.has_value() ? std::string(status->message()) : "nothing was told";
}

std::string Numbered(size_t size, size_t number) {
  std::string bytes(size, static_cast<char>('a' + number % 26));
  for (size_t i = 0; i + 8 < size; i += 4096) bytes[i] = static_cast<char>(number * 31 + i / 4096);
  return bytes;
}

class FrameLinkTest : public LinkTest {};

TEST_F(FrameLinkTest, FramesOfEverySizeComeBackAsTheyWere) {
  Connect();
  accepted_.on_frame = [&](uint16_t type, absl::string_view payload) { accepted_.link->Send(type, payload); };
  Frames sent;
  for (size_t size : {0, 1, 7, 8, 9, 4095, 16384, 16385, 65535, 65536, 262144, 1 << 20, 17 << 20, 3}) {
    sent.emplace_back(static_cast<uint16_t>(sent.size()), Numbered(size, sent.size()));
    dialed_.link->Send(sent.back().first, sent.back().second);
  }
  RunUntil([&] { return dialed_.frames.size() == sent.size(); });
  EXPECT_TRUE(dialed_.frames == sent);
  EXPECT_EQ(dialed_.link->queued_bytes(), 0u);
  EXPECT_EQ(dialed_.link->Counters().bytes_in, accepted_.link->Counters().bytes_out);
  EXPECT_EQ(dialed_.link->Counters().frames_out, sent.size());
}

TEST_F(FrameLinkTest, FramesThatComeByteByByteAreWhole) {
  Listen();
  net::Peer peer = RawPeer();
  const std::string bytes = absl::StrCat(EncodeFrame(kGreetingType, kGreeting), EncodeFrame(1, "a"), EncodeFrame(2, ""),
                                         EncodeFrame(3, "bcd"));
  for (size_t i = 0; i < bytes.size(); ++i) {
    peer.Write(bytes.substr(i, 1));
    loop_.RunTurn(net::kPatience);
  }
  RunUntil([&] { return accepted_.frames.size() == 3; });
  EXPECT_EQ(accepted_.frames, (Frames{{1, "a"}, {2, ""}, {3, "bcd"}}));
}

TEST_F(FrameLinkTest, WhatIsSentInATurnLeavesWithOneSystemCall) {
  Connect();
  const uint64_t before = dialed_.link->Counters().writes;
  loop_.Post([&] {
    for (int i = 0; i < 100; ++i) dialed_.link->Send(kType, "small");
    EXPECT_EQ(dialed_.link->Counters().writes, before);
  });
  RunUntil([&] { return accepted_.frames.size() == 100; });
  EXPECT_EQ(dialed_.link->Counters().writes, before + 1);
}

TEST_F(FrameLinkTest, FlushDoesNotWaitForTheTurn) {
  Listen();
  net::Peer peer = GreetedPeer();
  accepted_.link->Send(kType, "now");
  accepted_.link->Flush();
  const std::string expected = EncodeFrame(kType, "now");
  EXPECT_EQ(peer.Read(expected.size()), expected);
}

TEST_F(FrameLinkTest, SharedBytesAreNotCopiedAndLetGoOnceSent) {
  Connect();
  auto batch = std::make_shared<const std::string>(Numbered(3 << 20, 1));
  const std::weak_ptr<const std::string> weak = batch;
  dialed_.link->SendShared(kType, batch, *batch);
  EXPECT_EQ(batch.use_count(), 2);
  const std::string expected = *batch;
  batch.reset();
  RunUntil([&] { return !accepted_.frames.empty(); });
  EXPECT_TRUE(accepted_.frames[0].second == expected);
  EXPECT_TRUE(weak.expired());
}

TEST_F(FrameLinkTest, QueueOfAReaderThatStoppedGrowsAndNothingIsLost) {
  Connect();
  accepted_.link->PauseReading();
  Frames sent;
  for (size_t i = 0; i < 600; ++i) {
    sent.emplace_back(kType, Numbered(i % 5 == 0 ? 400000 : 1000, i));
    dialed_.link->Send(kType, sent.back().second);
    if (i % 10 == 0) loop_.RunTurn(Duration());
  }
  for (int i = 0; i < 20; ++i) loop_.RunTurn(Duration::Milliseconds(1));
  EXPECT_GT(dialed_.link->queued_bytes(), size_t{20} << 20);
  EXPECT_EQ(dialed_.link->fd_for_crash(), -1) << "half a frame is with the peer";
  EXPECT_TRUE(accepted_.frames.empty());
  accepted_.link->ResumeReading();
  RunUntil([&] { return accepted_.frames.size() == sent.size(); });
  EXPECT_TRUE(accepted_.frames == sent);
  EXPECT_EQ(dialed_.link->queued_bytes(), 0u);
  EXPECT_GE(dialed_.link->fd_for_crash(), 0);
}

TEST_F(FrameLinkTest, QueueHasALimit) {
  Connect({}, {.max_queued_bytes = 8 << 20});
  accepted_.link->PauseReading();
  for (int i = 0; i < 10000 && dialed_.link->is_open(); ++i) dialed_.link->Send(kType, std::string(1 << 20, 'x'));
  EXPECT_FALSE(dialed_.link->is_open());
  EXPECT_FALSE(dialed_.closed.has_value()) << "not from within Send";
  RunUntil([&] { return dialed_.closed.has_value(); });
  EXPECT_EQ(dialed_.closed->code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(Text(dialed_.closed), HasSubstr("at most 8388608"));
}

TEST_F(FrameLinkTest, FramesWaitForSomebodyWhoTakesThem) {
  Listen();
  absl::StatusOr<std::shared_ptr<FrameLink>> link = Dial(at_);
  ASSERT_TRUE(link.ok());
  RunUntil([&] { return accepted_.link != nullptr; });
  accepted_.link->Send(kType, "early");
  for (int i = 0; i < 5; ++i) loop_.RunTurn(Duration::Milliseconds(1));
  dialed_.Take(*std::move(link));
  RunUntil([&] { return dialed_.frames.size() == 1; });
}

TEST_F(FrameLinkTest, PauseWithinACallbackHoldsTheNextFrame) {
  Connect();
  accepted_.on_frame = [&](uint16_t, absl::string_view) { accepted_.link->PauseReading(); };
  for (int i = 0; i < 3; ++i) dialed_.link->Send(kType, absl::StrCat(i));
  for (size_t n = 1; n <= 3; ++n) {
    RunUntil([&] { return accepted_.frames.size() == n; });
    for (int i = 0; i < 3; ++i) loop_.RunTurn(Duration::Milliseconds(1));
    EXPECT_EQ(accepted_.frames.size(), n);
    accepted_.link->ResumeReading();
  }
}

TEST_F(FrameLinkTest, BothSidesHearWhyALinkWasClosed) {
  Connect();
  dialed_.link->Send(kType, "last");
  dialed_.link->Close(absl::FailedPreconditionError("another cluster: 7, not 8"));
  EXPECT_FALSE(dialed_.link->is_open());
  EXPECT_FALSE(dialed_.closed.has_value()) << "not from within Close";
  RunUntil([&] { return dialed_.closed.has_value() && accepted_.closed.has_value(); });
  EXPECT_EQ(*dialed_.closed, absl::FailedPreconditionError("another cluster: 7, not 8"));
  EXPECT_EQ(accepted_.closed->code(), absl::StatusCode::kAborted);
  EXPECT_THAT(Text(accepted_.closed), HasSubstr("the peer closed the link: another cluster: 7, not 8"));
  EXPECT_THAT(Text(accepted_.closed), HasSubstr(accepted_.link->remote().ToText()));
  EXPECT_EQ(accepted_.frames, (Frames{{kType, "last"}}));
}

TEST_F(FrameLinkTest, ReasonOfThePeerIsHeardByASideThatIsSending) {
  Connect();
  dialed_.link->Close(absl::AbortedError("enough"));
  for (int i = 0; i < 50 && accepted_.link->is_open(); ++i) {
    accepted_.link->Send(kType, std::string(100000, 'x'));
    accepted_.link->Flush();
  }
  RunUntil([&] { return accepted_.closed.has_value(); });
  EXPECT_THAT(Text(accepted_.closed), HasSubstr("enough"));
}

TEST_F(FrameLinkTest, CloseWithinACallbackEndsTheFrames) {
  Connect();
  accepted_.on_frame = [&](uint16_t, absl::string_view) { accepted_.link->Close(absl::AbortedError("one is enough")); };
  for (int i = 0; i < 3; ++i) dialed_.link->Send(kType, "x");
  RunUntil([&] { return dialed_.closed.has_value() && accepted_.closed.has_value(); });
  EXPECT_EQ(accepted_.frames.size(), 1u);
  EXPECT_EQ(Text(accepted_.closed), "one is enough");
}

TEST_F(FrameLinkTest, LinkLetGoWithinItsCallbackIsSilent) {
  Connect();
  accepted_.on_frame = [&](uint16_t, absl::string_view) { accepted_.link.reset(); };
  for (int i = 0; i < 3; ++i) dialed_.link->Send(kType, "x");
  RunUntil([&] { return dialed_.closed.has_value(); });
  EXPECT_EQ(accepted_.frames.size(), 1u);
  EXPECT_FALSE(accepted_.closed.has_value());
  EXPECT_EQ(dialed_.closed->code(), absl::StatusCode::kUnavailable);
}

TEST_F(FrameLinkTest, EndOfALinkIsToldAlsoToWhoComesLate) {
  Listen();
  absl::StatusOr<std::shared_ptr<FrameLink>> link = Dial(at_);
  ASSERT_TRUE(link.ok());
  (*link)->Close(absl::AbortedError("nobody wanted it"));
  for (int i = 0; i < 3; ++i) loop_.RunTurn(Duration::Milliseconds(1));
  dialed_.Take(*std::move(link));
  RunUntil([&] { return dialed_.closed.has_value(); });
  EXPECT_EQ(Text(dialed_.closed), "nobody wanted it");
}

struct Rubbish {
  const char* name;
  std::string bytes;
  const char* complaint;
};

std::string Broken(size_t at) {
  std::string bytes = EncodeFrame(kType, "payload");
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  return bytes;
}

TEST_F(FrameLinkTest, WhatIsNoFrameEndsTheLinkAndBothSidesHearIt) {
  const Rubbish table[] = {
      {"payload", Broken(kFrameHeaderBytes), "a frame of type 7 with 7 bytes has a wrong checksum"},
      {"checksum", Broken(4), "a frame of type 7 with 7 bytes has a wrong checksum"},
      {"type", Broken(8), "a frame of type 6 with 7 bytes has a wrong checksum"},
      {"padding", Broken(11), "the last two bytes of its header are not zero"},
      {"length", std::string("\xff\xff\xff\xff 12345678", 13), "one of 4294967295 bytes: at most 17825792"},
      {"http", "GET / HTTP/1.1\r\n\r\n", "not a frame"},
      {"reserved", EncodeFrame(kFirstReservedType, ""), "a frame of the reserved type 65520"},
  };
  for (const Rubbish& rubbish : table) {
    SCOPED_TRACE(rubbish.name);
    accepted_ = End();
    Listen();
    net::Peer peer = GreetedPeer();
    peer.Write(EncodeFrame(kType, "good") + rubbish.bytes);
    RunUntil([&] { return accepted_.closed.has_value(); });
    EXPECT_EQ(accepted_.frames.size(), 1u);
    EXPECT_EQ(accepted_.closed->code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(Text(accepted_.closed), HasSubstr(rubbish.complaint));
    EXPECT_THAT(Text(accepted_.closed), HasSubstr(peer.at().ToText()));
    const std::string goodbye = EncodeFrame(kGoodbyeType, Text(accepted_.closed));
    EXPECT_EQ(peer.Read(goodbye.size()), goodbye);
  }
}

TEST_F(FrameLinkTest, HalfAFrameAndTheEndIsDataLoss) {
  Listen();
  net::Peer peer = GreetedPeer();
  peer.Write(EncodeFrame(kType, "payload").substr(0, 15));
  peer.Close();
  RunUntil([&] { return accepted_.closed.has_value(); });
  EXPECT_EQ(accepted_.closed->code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Text(accepted_.closed), HasSubstr("within a frame, 15 bytes of which came"));
}

TEST_F(FrameLinkTest, HalfAFrameAndSilenceHasALimit) {
  Listen({.half_frame = Duration::Milliseconds(30)});
  net::Peer peer = GreetedPeer();
  peer.Write(EncodeFrame(kType, "payload").substr(0, 15));
  RunUntil([&] { return accepted_.closed.has_value(); });
  EXPECT_EQ(accepted_.closed->code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(FrameLinkTest, SilenceBetweenFramesHasNoLimit) {
  Listen({.half_frame = Duration::Milliseconds(10)});
  net::Peer peer = GreetedPeer();
  const std::string bytes = EncodeFrame(kType, "payload");
  for (size_t n = 1; n <= 3; ++n) {
    peer.Write(bytes.substr(0, 15));
    loop_.RunTurn(net::kPatience);
    peer.Write(bytes.substr(15));
    RunUntil([&] { return accepted_.frames.size() == n || accepted_.closed.has_value(); });
    if (accepted_.closed.has_value()) GTEST_SKIP() << "this machine stood still between two writes";
    for (int i = 0; i < 3; ++i) loop_.RunTurn(Duration::Milliseconds(10));
    EXPECT_FALSE(accepted_.closed.has_value());
  }
}

TEST_F(FrameLinkTest, EndAndResetOfAConnectionAreUnavailable) {
  for (bool reset : {false, true}) {
    accepted_ = End();
    Listen();
    net::Peer peer = GreetedPeer();
    if (reset) {
      peer.Reset();
    } else {
      peer.Close();
    }
    RunUntil([&] { return accepted_.closed.has_value(); });
    EXPECT_EQ(accepted_.closed->code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(Text(accepted_.closed), HasSubstr(reset ? "reset" : "the peer ended the connection"));
  }
}

TEST_F(FrameLinkTest, ReasonFromThePeerIsMadeReadable) {
  Listen();
  net::Peer peer = GreetedPeer();
  peer.Write(EncodeFrame(kGoodbyeType, "a\nb\x1b[2J" + std::string(5000, 'x')));
  RunUntil([&] { return accepted_.closed.has_value(); });
  EXPECT_THAT(Text(accepted_.closed), HasSubstr("a?b?[2J"));
  EXPECT_LT(Text(accepted_.closed).size(), 500u);
}

TEST_F(FrameLinkTest, CrashHandlerCanWriteAFrame) {
  Connect();
  const std::string last_words = EncodeFrame(kType, "crashed at lsn 5");
  ASSERT_GE(dialed_.link->fd_for_crash(), 0);
  EXPECT_EQ(write(dialed_.link->fd_for_crash(), last_words.data(), last_words.size()),
            static_cast<ssize_t>(last_words.size()));
  RunUntil([&] { return accepted_.frames.size() == 1; });
  EXPECT_EQ(accepted_.frames, (Frames{{kType, "crashed at lsn 5"}}));
  dialed_.link->Close(absl::OkStatus());
  EXPECT_EQ(dialed_.link->fd_for_crash(), -1);
}

TEST_F(FrameLinkTest, RefusedIsNotTheSameAsNoAnswer) {
  Endpoint nobody;
  {
    const net::Peer listener = net::Peer::TcpListener();
    nobody = listener.at();
  }
  const absl::Status refused = Dial(nobody).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(net::IsRefused(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr(nobody.ToText()));

  const net::Peer hung = net::Peer::TcpListener();
  const absl::Status silent = Dial(hung.at(), {.opening = Duration::Milliseconds(50)}).status();
  EXPECT_EQ(silent.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(net::IsRefused(silent));
  EXPECT_THAT(std::string(silent.message()), HasSubstr("connected, but the peer did not greet in 50 ms"));
  EXPECT_THAT(std::string(silent.message()), HasSubstr(hung.at().ToText()));
}

TEST_F(FrameLinkTest, HostThatDoesNotAnswerIsATimeout) {
  net::Peer full = net::Peer::TcpListener();
  ASSERT_EQ(listen(full.fd(), 0), 0);
  std::vector<net::OwnedFd> fill;
  for (int i = 0; i < 4; ++i) fill.push_back(*net::StartConnect(Endpoint(), full.at()));
  const absl::Status status = Dial(full.at(), {.opening = Duration::Milliseconds(50)}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot connect to"));
}

TEST_F(FrameLinkTest, AddressWithoutRouteIsAnErrorOfThisHost) {
  Listen();
  FrameDialer dialer(&loop_, {});
  absl::optional<absl::Status> why;
  dialer.Dial(at_, Endpoint::V4(192, 0, 2, 1, 0), [&](const auto& link) { why = link.status(); });
  EXPECT_FALSE(why.has_value()) << "not from within Dial";
  RunUntil([&] { return why.has_value(); });
  EXPECT_FALSE(why->ok());
  EXPECT_FALSE(net::IsRefused(*why));
}

TEST_F(FrameLinkTest, DialCancelledIsSilent) {
  Listen();
  auto dialer = std::make_unique<FrameDialer>(&loop_, LinkOptions());
  dialer->Dial(at_, Endpoint(), [](const auto&) { FAIL(); });
  dialer.reset();
  RunUntil([&] { return !failed_.empty(); });
  EXPECT_THAT(std::string(failed_[0].message()), HasSubstr("before it greeted"));
}

TEST_F(FrameLinkTest, AnotherProgramIsNoPeer) {
  net::Peer other = net::Peer::TcpListener();
  FrameDialer dialer(&loop_, {});
  absl::optional<absl::Status> why;
  dialer.Dial(other.at(), Endpoint(), [&](const auto& link) { why = link.status(); });
  net::Peer connection = other.Accept();
  connection.Write(EncodeFrame(kGreetingType, "understudy-link 2"));
  RunUntil([&] { return why.has_value(); });
  EXPECT_EQ(why->code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Text(why), HasSubstr("does not begin with \"understudy-link 1\""));
}

TEST_F(FrameLinkTest, UnfinishedConnectionsAreFewAndEnd) {
  Listen({.opening = Duration::Milliseconds(500)}, {.max_unfinished = 2});
  std::vector<net::Peer> silent;
  for (int i = 0; i < 3; ++i) silent.push_back(RawPeer());
  RunUntil([&] { return listener_->counters().too_many == 1; });
  EXPECT_EQ(listener_->unfinished(), 2u);
  RunUntil([&] { return failed_.size() == 2; });
  EXPECT_EQ(failed_[0].code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(listener_->counters().failed, 2u);
  EXPECT_TRUE(Dial(at_).ok());
}

TEST_F(FrameLinkTest, StrangersAreNotListenedTo) {
  Listen({}, {.only_from = {Endpoint::V4(127, 0, 0, 2, 9)}});
  net::Peer stranger = RawPeer();
  RunUntil([&] { return listener_->counters().strangers == 1; });
  EXPECT_TRUE(stranger.AtEnd());
  Listen({}, {.only_from = {net::kLoopback}});
  EXPECT_TRUE(Dial(at_).ok());
}

TEST_F(FrameLinkTest, ListenerMayEndWithinItsCallback) {
  Listen();
  const auto accepted = [&](std::shared_ptr<FrameLink> link) {
    listener_.reset();
    accepted_.Take(std::move(link));
  };
  listener_ = std::make_unique<FrameListener>(&loop_, LinkOptions(), FrameListener::Options(),
                                              FrameListener::Events{.accepted = accepted});
  at_ = *listener_->Listen(net::kLoopback);
  absl::StatusOr<std::shared_ptr<FrameLink>> link = Dial(at_);
  ASSERT_TRUE(link.ok());
  (*link)->Send(kType, "still there");
  RunUntil([&] { return accepted_.frames.size() == 1; });
}

TEST_F(FrameLinkTest, PortInUseNamesTheSetting) {
  Listen();
  FrameListener second(&loop_, {}, {.setting = "pair/listen"}, {});
  const absl::Status status = second.Listen(at_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()), HasSubstr("choose another pair/listen"));
}

}  // namespace
}  // namespace understudy::link
