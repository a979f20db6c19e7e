#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/net/transport_testing.h"
#include "gmock/gmock.h"
#include "sip/framing.h"

namespace understudy::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using TcpTest = TransportTest;

TEST_F(TcpTest, MessagesOfOneReadAreOneRound) {
  const Endpoint server = Start(Transport::kTcp);
  Peer peer = Peer::TcpTo(server);
  peer.Write(Request("a") + Request("b", "body") + Request("c").substr(0, 30));
  RunUntil([&] { return sink_.messages.size() == 2; });
  EXPECT_THAT(sink_.opened, ElementsAre(Pair(1, peer.at())));
  EXPECT_EQ(sink_.messages[0].bytes, Request("a"));
  EXPECT_EQ(sink_.messages[1].bytes, Request("b", "body"));
  EXPECT_EQ(sink_.messages[1].flow, 1u);
  EXPECT_EQ(sink_.messages[1].local, server);
  peer.Write(Request("c").substr(30));
  RunUntil([&] { return sink_.messages.size() == 3; });
  EXPECT_EQ(sink_.messages[2].bytes, Request("c"));
}

TEST_F(TcpTest, WhatLiesBehindAFullReadHasWaited) {
  const Endpoint server = Start(Transport::kTcp);
  std::vector<Duration> waited;
  sink_.answer = [&](const Received& r) { waited.push_back(r.waited); };
  Peer peer = Peer::TcpTo(server);
  std::string many;
  while (many.size() < 3 * sip::StreamFramer::kMaxFeed) many += Request("a");
  peer.Write(many);
  const size_t messages = many.size() / Request("a").size();
  RunUntil([&] { return sink_.messages.size() == messages; });
  EXPECT_EQ(waited.front(), Duration());
  EXPECT_GT(waited.back(), Duration());
  peer.Write(Request("b"));
  RunUntil([&] { return sink_.messages.size() == messages + 1; });
  EXPECT_EQ(waited.back(), Duration()) << "it had been read empty";
}

TEST_F(TcpTest, ConnectionsThatHaveSomethingSoonAfterARoundAreReadTogether) {
  TrafficLimits limits;
  limits.gather = Duration::Seconds(2);
  const Endpoint server = Start(Transport::kTcp, limits);
  std::vector<Duration> waited;
  sink_.answer = [&](const Received& r) { waited.push_back(r.waited); };
  Peer one = Peer::TcpTo(server);
  Peer other = Peer::TcpTo(server);
  one.Write(Request("a"));
  RunUntil([&] { return sink_.messages.size() == 1; });
  one.Write(Request("b"));
  RunTurns(10);
  EXPECT_EQ(sink_.messages.size(), 1u);
  other.Write(Request("c"));
  std::vector<size_t> heard;  // by the end of each turn
  loop_.SetEndOfTurn([&] {
    heard.push_back(sink_.messages.size());
    transport_->Flush();
  });
  RunUntil([&] { return sink_.messages.size() == 3; });
  EXPECT_THAT(heard, testing::Each(testing::AnyOf(1u, 3u)));
  ASSERT_EQ(waited.size(), 3u);
  EXPECT_EQ(waited[0], Duration());
  EXPECT_GT(waited[1], Duration());
}

TEST_F(TcpTest, WhatAPeerSaidBeforeItWentIsReadThoughNothingReachesItAnyMore) {
  TrafficLimits limits;
  limits.gather = Duration::Seconds(2);
  const Endpoint server = Start(Transport::kTcp, limits);
  Peer peer = Peer::TcpTo(server);
  const Endpoint at = peer.at();
  peer.Write(Request("a"));
  RunUntil([&] { return sink_.messages.size() == 1; });
  peer.Write(Request("b") + Request("c"));
  peer.Reset();
  RunTurns(10);
  ASSERT_EQ(sink_.messages.size(), 1u) << "the others are held";
  SendTcp(1, at, "late");
  transport_->Flush();
  EXPECT_EQ(sink_.messages.size(), 3u);
  EXPECT_THAT(sink_.closed, ElementsAre(Pair(1, FlowEnd::kPeerReset)));
}

TEST_F(TcpTest, ASinkThatMayNotReadReadsWhenItMay) {
  const Endpoint server = Start(Transport::kTcp);
  bool may = false;
  int asked = 0;
  sink_.may_read = [&] {
    ++asked;
    if (!may) transport_->HoldInput();
    return may;
  };
  Peer peer = Peer::TcpTo(server);
  peer.Write(Request("a"));
  RunUntil([&] { return asked > 0; });
  RunTurns(2);
  EXPECT_THAT(sink_.messages, IsEmpty());
  may = true;
  transport_->ResumeInput();
  RunUntil([&] { return sink_.messages.size() == 1; });
}

TEST_F(TcpTest, AnswersGoBackOnTheSameConnection) {
  const Endpoint server = Start(Transport::kTcp);
  sink_.answer = [&](const Received& r) { SendTcp(r.flow, r.remote, "answer"); };
  Peer peer = Peer::TcpTo(server);
  peer.Write(Request("a") + Request("b"));
  RunUntil([&] { return sink_.messages.size() == 2; });
  EXPECT_EQ(peer.Read(12), "answeranswer");
  EXPECT_EQ(transport_->Counters().stream_messages_out, 2u);
}

TEST_F(TcpTest, ConnectionIsMadeOnceAndUsedAgain) {
  Start(Transport::kTcp);
  Peer listener = Peer::TcpListener();
  const uint64_t flow = SendTcp(0, listener.at(), "first");
  EXPECT_NE(flow, 0u);
  EXPECT_EQ(SendTcp(0, listener.at(), "second"), flow);
  Peer peer = listener.Accept();
  RunUntil([&] { return sink_.opened.size() == 1; });
  EXPECT_EQ(SendTcp(0, listener.at(), "third"), flow);
  transport_->Flush();
  EXPECT_EQ(peer.Read(16), "firstsecondthird");
  peer.Write(Request("back"));
  RunUntil([&] { return sink_.messages.size() == 1; });
  EXPECT_EQ(sink_.messages[0].flow, flow);
}

TEST_F(TcpTest, AcceptedConnectionIsUsedForRequestsToItsAddress) {
  const Endpoint server = Start(Transport::kTcp);
  Peer peer = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  EXPECT_EQ(SendTcp(0, peer.at(), "hello"), 1u);
  transport_->Flush();
  EXPECT_EQ(peer.Read(5), "hello");
}

TEST_F(TcpTest, RefusedConnectionFailsItsMessages) {
  Start(Transport::kTcp);
  Peer listener = Peer::TcpListener();
  const Endpoint gone = listener.at();
  listener.Close();
  SendTcp(0, gone, "a", 1);
  SendTcp(0, gone, "b", 2);
  RunUntil([&] { return sink_.failed.size() == 2; });
  EXPECT_THAT(sink_.failed, ElementsAre(Pair(1, SendFailure::kConnectFailed), Pair(2, SendFailure::kConnectFailed)));
  EXPECT_THAT(sink_.opened, IsEmpty());
  EXPECT_THAT(sink_.closed, IsEmpty());
  EXPECT_EQ(transport_->Counters().flows_connecting, 0u);
}

TEST_F(TcpTest, UnansweredConnectionTimesOut) {
  TrafficLimits limits;
  limits.connect = Duration::Milliseconds(50);
  transport_ = std::make_unique<SipTransport>(&loop_, &sink_, limits);
  Peer full = Peer::TcpListener();
  std::vector<Peer> waiting;
  // A listener that accepts nothing stops answering when its queue (16) is full.
  for (int i = 0; i < 17; ++i) waiting.push_back(Peer::TcpTo(full.at()));
  SendTcp(0, full.at(), "x", 9);
  RunUntil([&] { return !sink_.failed.empty(); });
  EXPECT_THAT(sink_.failed, ElementsAre(Pair(9, SendFailure::kConnectFailed)));
}

TEST_F(TcpTest, WhoNamesAConnectionHearsOfItsEndAndOfNoFailureBesides) {
  const Endpoint server = Start(Transport::kTcp);
  Peer peer = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  const std::string message(900000, 'm');
  for (uint64_t token = 1; token <= 20; ++token) {  // more than the kernel takes
    SendTcp(1, peer.at(), message, token);
    transport_->Flush();
  }
  sink_.failed.clear();
  SendTcp(1, peer.at(), message, 21);
  SendTcp(1, peer.at(), message, 22);
  EXPECT_GT(transport_->Counters().sends_failed[static_cast<int>(SendFailure::kQueueFull)], 0u);
  peer.Reset();
  RunUntil([&] { return sink_.closed.size() == 1; });
  EXPECT_EQ(SendTcp(1, peer.at(), "released too late", 500), 0u);
  transport_->Flush();
  EXPECT_THAT(sink_.failed, IsEmpty());
  EXPECT_GE(transport_->Counters().sends_failed[static_cast<int>(SendFailure::kFlowGone)], 2u);
}

TEST_F(TcpTest, WhoNamesAnAddressHearsOfTheEndOfTheConnectionThatItsMessageWasGivenTo) {
  const Endpoint server = Start(Transport::kTcp);
  Peer peer = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  const std::string message(900000, 'm');
  uint64_t sent = 0;
  while (transport_->Counters().sends_failed[static_cast<int>(SendFailure::kQueueFull)] == 0) {
    EXPECT_EQ(SendTcp(0, peer.at(), message, ++sent), 1u);
    loop_.RunTurn(Duration());
  }
  sink_.failed.clear();
  EXPECT_EQ(SendTcp(0, peer.at(), message, ++sent), 1u);
  EXPECT_EQ(SendTcp(0, peer.at(), message, ++sent), 1u);  // there is no room for both
  peer.Reset();
  RunUntil([&] { return sink_.closed.size() == 1; });
  transport_->Flush();
  EXPECT_THAT(sink_.failed, IsEmpty()) << "who says them again because of the end must not hear that";
  EXPECT_GE(transport_->Counters().sends_failed[static_cast<int>(SendFailure::kFlowGone)], 1u);
}

TEST_F(TcpTest, ResetEndsTheFlowAndNumbersAreNotUsedAgain) {
  const Endpoint server = Start(Transport::kTcp);
  Peer peer = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  peer.Reset();
  RunUntil([&] { return sink_.closed.size() == 1; });
  EXPECT_THAT(sink_.closed, ElementsAre(Pair(1, FlowEnd::kPeerReset)));
  Peer next = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 2; });
  EXPECT_EQ(sink_.opened[1].first, 2u);
  EXPECT_EQ(transport_->Counters().flows_open, 1u);
}

TEST_F(TcpTest, HalfClosedPeerStillGetsItsAnswerThenTheFlowEnds) {
  const Endpoint server = Start(Transport::kTcp);
  Peer peer = Peer::TcpTo(server);
  peer.Write(Request("a"));
  peer.ShutdownWrite();
  RunUntil([&] { return sink_.messages.size() == 1; });
  RunTurns(3);
  SendTcp(sink_.messages[0].flow, peer.at(), "answer");
  transport_->Flush();
  EXPECT_EQ(peer.Read(6), "answer");
  RunUntil([&] { return sink_.closed.size() == 1; });
  EXPECT_THAT(sink_.closed, ElementsAre(Pair(1, FlowEnd::kPeerClosed)));
  EXPECT_TRUE(peer.AtEnd());
}

TEST_F(TcpTest, PingIsAnsweredWithAPong) {
  const Endpoint server = Start(Transport::kTcp);
  Peer peer = Peer::TcpTo(server);
  peer.Write("\r\n\r\n");
  RunUntil([&] { return transport_->Counters().stream_bytes_out == 2; });
  EXPECT_EQ(peer.Read(2), "\r\n");
  EXPECT_EQ(transport_->Counters().keepalives, 1u);
}

TEST_F(TcpTest, UnframeableStreamIsAnsweredAndClosed) {
  const Endpoint server = Start(Transport::kTcp);
  sink_.answer = [&](const Received& r) { SendTcp(r.flow, r.remote, "SIP/2.0 400"); };
  Peer peer = Peer::TcpTo(server);
  peer.Write("OPTIONS sip:a SIP/2.0\r\nContent-Length: many\r\n\r\n");
  RunUntil([&] { return sink_.closed.size() == 1; });
  EXPECT_EQ(sink_.unframeable.size(), 1u);
  EXPECT_THAT(sink_.closed, ElementsAre(Pair(1, FlowEnd::kUnframeable)));
  EXPECT_EQ(peer.Read(11), "SIP/2.0 400");
  EXPECT_TRUE(peer.AtEnd());
}

TEST_F(TcpTest, MessageBeforeTheBrokenPartIsStillTaken) {
  const Endpoint server = Start(Transport::kTcp);
  Peer peer = Peer::TcpTo(server);
  peer.Write(Request("a") + "OPTIONS sip:a SIP/2.0\r\nContent-Length: many\r\n\r\n");
  RunUntil([&] { return sink_.closed.size() == 1; });
  EXPECT_EQ(sink_.messages.size(), 1u);
}

TEST_F(TcpTest, SlowReaderLosesMessagesPastTheBoundAndNothingElse) {
  TrafficLimits limits;
  limits.flow_queue_bytes = 200000;
  const Endpoint server = Start(Transport::kTcp, limits);
  Peer peer = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  const std::string message(50000, 'm');
  uint64_t token = 0;
  while (sink_.failed.empty()) {
    ASSERT_LT(token, 1000u) << "nothing was ever refused";
    SendTcp(1, peer.at(), message, ++token);
    loop_.RunTurn(Duration());
  }
  EXPECT_EQ(sink_.failed[0], std::make_pair(token, SendFailure::kQueueFull));
  const size_t taken = (token - 1) * message.size();
  std::string got;
  while (got.size() < taken) {
    got += peer.Receive();
    loop_.RunTurn(Duration());
  }
  EXPECT_EQ(got, std::string(taken, 'm'));
  EXPECT_EQ(transport_->Counters().stream_messages_out, token - 1);
  EXPECT_THAT(sink_.closed, IsEmpty());
}

TEST_F(TcpTest, ReaderThatStallsIsClosedAndItsMessagesAreCounted) {
  TrafficLimits limits;
  limits.stall = Duration::Milliseconds(50);
  const Endpoint server = Start(Transport::kTcp, limits);
  Peer peer = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  const std::string message(500000, 'm');
  for (uint64_t token = 1; sink_.closed.empty(); ++token) {
    SendTcp(0, peer.at(), message, token);
    loop_.RunTurn(Duration::Milliseconds(10));
  }
  EXPECT_THAT(sink_.closed, ElementsAre(Pair(1, FlowEnd::kStalled)));
  EXPECT_GE(transport_->Counters().sends_failed[static_cast<int>(SendFailure::kFlowGone)], 1u);
}

TEST_F(TcpTest, IdleAndHalfMessageConnectionsAreClosed) {
  TrafficLimits limits;
  limits.idle = Duration::Milliseconds(100);
  limits.half_message = Duration::Milliseconds(50);
  const Endpoint server = Start(Transport::kTcp, limits);
  Peer idle = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  Peer slow = Peer::TcpTo(server);
  slow.Write("OPTIONS sip:a");
  RunUntil([&] { return sink_.closed.size() == 2; });
  EXPECT_THAT(sink_.closed, testing::UnorderedElementsAre(Pair(1, FlowEnd::kIdle), Pair(2, FlowEnd::kHalfMessage)));
}

TEST_F(TcpTest, AConnectionThatNeverSaysAWholeMessageIsClosedSoon) {
  TrafficLimits limits;
  limits.first_message = Duration::Milliseconds(400);
  const Endpoint server = Start(Transport::kTcp, limits);
  Peer silent = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  Peer dribbling = Peer::TcpTo(server);
  dribbling.Write("\r\n\r\nOPTIONS");
  Peer phone = Peer::TcpTo(server);
  phone.Write(Request("a"));
  Peer listener = Peer::TcpListener();
  SendTcp(0, listener.at(), "ours, and not answered yet");
  RunUntil([&] { return sink_.closed.size() == 2; });
  RunTurns(3);
  EXPECT_EQ(sink_.closed.size(), 2u);
  for (const auto& [flow, why] : sink_.closed) EXPECT_EQ(why, FlowEnd::kSilent) << flow;
  EXPECT_EQ(transport_->Counters().flows_open, 2u);
}

TEST_F(TcpTest, OctetsThatTheSinkDoesNotWantAreNotLookedAt) {
  sink_.unwanted = Request("poison");
  const Endpoint server = Start(Transport::kTcp);
  Peer peer = Peer::TcpTo(server);
  peer.Write(sink_.unwanted);
  RunUntil([&] { return sink_.closed.size() == 1; });
  EXPECT_EQ(sink_.closed[0].second, FlowEnd::kQuarantined);
  EXPECT_TRUE(sink_.messages.empty());
  EXPECT_FALSE(sink_.cutting);
}

TEST_F(TcpTest, ConnectionsPastTheLimitAreRefused) {
  TrafficLimits limits;
  limits.max_flows = 2;
  const Endpoint server = Start(Transport::kTcp, limits);
  Peer a = Peer::TcpTo(server);
  Peer b = Peer::TcpTo(server);
  Peer c = Peer::TcpTo(server);
  RunUntil([&] { return transport_->Counters().flows_refused == 1; });
  EXPECT_TRUE(c.AtEnd());
  EXPECT_EQ(transport_->Counters().flows_open, 2u);
  a.Reset();
  RunUntil([&] { return transport_->Counters().flows_open == 1; });
  Peer d = Peer::TcpTo(server);
  RunUntil([&] { return transport_->Counters().flows_open == 2; });
}

TEST_F(TcpTest, OneHostCannotTakeAllConnections) {
  TrafficLimits limits;
  limits.max_flows_per_host = 1;
  const Endpoint server = Start(Transport::kTcp, limits);
  Peer a = Peer::TcpTo(server);
  Peer b = Peer::TcpTo(server);
  RunUntil([&] { return transport_->Counters().flows_refused == 1; });
  EXPECT_EQ(transport_->Counters().flows_open, 1u);
}

TEST_F(TcpTest, AHostThatIsKnownMayTakeAllConnections) {
  TrafficLimits limits;
  limits.max_flows = 3;
  limits.max_flows_per_host = 1;
  const Endpoint server = Start(Transport::kTcp, limits);
  transport_->SetKnownHosts({kLoopback.WithPort(5060)});
  std::vector<Peer> peers;
  for (int i = 0; i < 4; ++i) peers.push_back(Peer::TcpTo(server));
  RunUntil([&] { return transport_->Counters().flows_refused == 1; });
  EXPECT_EQ(transport_->Counters().flows_open, 3u);
  transport_->SetKnownHosts({});
  peers[0].Reset();
  RunUntil([&] { return transport_->Counters().flows_open == 2; });
  Peer late = Peer::TcpTo(server);
  RunUntil([&] { return transport_->Counters().flows_refused == 2; });
}

TEST_F(TcpTest, TheLastTenthIsForKnownHostsAndOurOwnConnections) {
  TrafficLimits limits;
  limits.max_flows = 20;
  const Endpoint server = Start(Transport::kTcp, limits);
  std::vector<Peer> peers;
  for (int i = 0; i < 19; ++i) peers.push_back(Peer::TcpTo(server));
  RunUntil([&] { return transport_->Counters().flows_refused == 1; });
  EXPECT_EQ(transport_->Counters().flows_open, 18u);
  Peer listener = Peer::TcpListener();
  EXPECT_NE(SendTcp(0, listener.at(), "to a Trunk"), 0u);
  transport_->SetKnownHosts({kLoopback.WithPort(5060)});
  for (int i = 0; i < 2; ++i) peers.push_back(Peer::TcpTo(server));
  RunUntil([&] { return transport_->Counters().flows_refused == 2; });
  EXPECT_EQ(transport_->Counters().flows_open, 20u);
}

TEST_F(TcpTest, WhoIsShutOutKeepsNoConnectionAndGetsNone) {
  const Endpoint server = Start(Transport::kTcp);
  Peer a = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  sink_.admits = false;
  a.Write(Request("late"));
  RunUntil([&] { return sink_.closed.size() == 1; });
  EXPECT_EQ(sink_.closed[0].second, FlowEnd::kShutOut);
  EXPECT_TRUE(sink_.messages.empty());
  Peer b = Peer::TcpTo(server);
  RunUntil([&] { return transport_->Counters().flows_refused == 1; });
  EXPECT_EQ(transport_->Counters().flows_open, 0u);
}

TEST_F(TcpTest, OurOwnConnectionsAreNotLimitedByHost) {
  TrafficLimits limits;
  limits.max_flows = 2;
  limits.max_flows_per_host = 1;
  const Endpoint server = Start(Transport::kTcp, limits);
  Peer peer = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  Peer listener = Peer::TcpListener();
  Peer another = Peer::TcpListener();
  EXPECT_NE(SendTcp(0, listener.at(), "to the host that has its share"), 0u);
  EXPECT_EQ(SendTcp(0, another.at(), "past all", 3), 0u);
  RunUntil([&] { return !sink_.failed.empty(); });
  EXPECT_THAT(sink_.failed, ElementsAre(Pair(3, SendFailure::kConnectFailed)));
  EXPECT_EQ(transport_->Counters().flows_refused, 1u);
}

TEST_F(TcpTest, ClosedFlowSendsWhatWaitsFirst) {
  const Endpoint server = Start(Transport::kTcp);
  Peer peer = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  SendTcp(1, peer.at(), "last words");
  transport_->CloseFlow(1);
  SendTcp(1, peer.at(), "too late", 4);
  transport_->Flush();
  EXPECT_EQ(peer.Read(10), "last words");
  EXPECT_TRUE(peer.AtEnd());
  EXPECT_THAT(sink_.closed, ElementsAre(Pair(1, FlowEnd::kOurs)));
  EXPECT_EQ(transport_->Counters().sends_failed[static_cast<int>(SendFailure::kFlowGone)], 1u);
}

TEST_F(TcpTest, FlowMayBeClosedFromWithinItsOwnRound) {
  const Endpoint server = Start(Transport::kTcp);
  sink_.answer = [&](const Received& r) { transport_->CloseFlow(r.flow); };
  Peer peer = Peer::TcpTo(server);
  peer.Write(Request("a") + Request("b"));
  RunUntil([&] { return sink_.closed.size() == 1; });
  EXPECT_EQ(sink_.messages.size(), 2u);
  EXPECT_TRUE(peer.AtEnd());
}

TEST_F(TcpTest, WhatComesWhilePausedWaitsInTheKernelAndIsNotLost) {
  const Endpoint server = Start(Transport::kTcp);
  Peer before = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  transport_->PauseStreams();
  Peer meanwhile = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 2; });
  before.Write(Request("a"));
  meanwhile.Write(Request("b"));
  RunTurns(5);
  EXPECT_TRUE(sink_.messages.empty());
  SendTcp(1, before.at(), "answer");
  transport_->Flush();
  EXPECT_EQ(before.Read(6), "answer");
  transport_->ResumeStreams();
  RunUntil([&] { return sink_.messages.size() == 2; });
}

TEST_F(TcpTest, NoConnectionEndsForASilenceThatIsOurs) {
  TrafficLimits limits;
  limits.idle = Duration::Milliseconds(50);
  const Endpoint server = Start(Transport::kTcp, limits);
  Peer peer = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  transport_->PauseStreams();
  const MonotonicTime begin = MonotonicNow();
  RunUntil([&] { return MonotonicNow() - begin > Duration::Milliseconds(600); });
  EXPECT_TRUE(sink_.closed.empty());
  transport_->ResumeStreams();
  RunUntil([&] { return sink_.closed.size() == 1; });
}

TEST_F(TcpTest, PortInUseIsAnErrorThatSaysWhatToDo) {
  const Endpoint server = Start(Transport::kTcp);
  const absl::Status status = transport_->Listen(Transport::kTcp, server).status();
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr(absl::StrCat("ss -tlpn sport = :", server.port())));
}

TEST_F(TcpTest, TransportEndsCleanlyWithConnectionsOpen) {
  const Endpoint server = Start(Transport::kTcp);
  Peer peer = Peer::TcpTo(server);
  RunUntil([&] { return sink_.opened.size() == 1; });
  transport_.reset();
  EXPECT_TRUE(peer.AtEnd());
  RunTurns(3);
}

TEST_F(TcpTest, WhoStopsListeningClosesEveryConnectionAndTellsNobody) {
  for (int round = 0; round < 3; ++round) {
    const Endpoint at = round == 0 ? Start(Transport::kTcp) : *transport_->Listen(Transport::kTcp, kLoopback);
    Peer first = Peer::TcpTo(at);
    Peer second = Peer::TcpTo(at);
    first.Write(Request("whole"));
    second.Write(Request("half").substr(0, 20));
    const size_t before = sink_.messages.size();
    RunUntil([&] { return sink_.messages.size() == before + 1 && transport_->Counters().flows_open == 2; });
    Peer far = Peer::TcpListener();
    SendTcp(0, far.at(), "never sent", 1);
    transport_->PauseStreams();
    transport_->StopListening();
    EXPECT_TRUE(first.AtEnd());
    const std::string end = second.Read(1);
    EXPECT_TRUE(end.empty() || end == "reset");
    EXPECT_EQ(transport_->Counters().flows_open, 0u);
    EXPECT_EQ(transport_->Counters().flows_connecting, 0u);
    EXPECT_TRUE(transport_->Listeners().empty());
    RunTurns(2);
  }
  EXPECT_TRUE(sink_.closed.empty());
  EXPECT_TRUE(sink_.failed.empty());
  EXPECT_EQ(transport_->Counters().flows_ended[static_cast<int>(FlowEnd::kOurs)], 9u);
}

}  // namespace
}  // namespace understudy::net
