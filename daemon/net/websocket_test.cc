#include "daemon/net/websocket_stream.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daemon/net/transport_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::net {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// With the key of RFC 6455 section 1.3.
constexpr absl::string_view kHandshake =
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, sip\r\n"
    "Origin: https://phone.example\r\n\r\n";
constexpr absl::string_view kAnswer =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: sip\r\n\r\n";

// As a browser sends it: masked.
std::string Masked(int first, absl::string_view payload) {
  constexpr char kMask[] = {0x12, 0x34, 0x56, 0x78};
  std::string frame(1, static_cast<char>(first));
  if (payload.size() < 126) {
    frame.push_back(static_cast<char>(0x80 | payload.size()));
  } else {
    frame.push_back(static_cast<char>(0xFE));
    frame.push_back(static_cast<char>(payload.size() >> 8));
    frame.push_back(static_cast<char>(payload.size()));
  }
  frame.append(kMask, 4);
  for (size_t i = 0; i < payload.size(); ++i) frame.push_back(static_cast<char>(payload[i] ^ kMask[i % 4]));
  return frame;
}

std::string Text(absl::string_view payload) {
  return Masked(0x81, payload);
}

class WebsocketTest : public TransportTest {
 protected:
  Peer Dial(const Endpoint& server) {
    Peer peer = Peer::TcpTo(server);
    peer.Write(kHandshake);
    RunUntil([&] { return transport_->Counters().flows_open > 0; });
    EXPECT_EQ(peer.Read(kAnswer.size()), kAnswer);
    return peer;
  }
  uint64_t Send(uint64_t flow, absl::string_view bytes, uint64_t token = 0) {
    return transport_->Send({Transport::kWs, flow, Endpoint(), kLoopback.WithPort(1), SharedBytes(bytes), token});
  }
  uint64_t Ended(FlowEnd why) const { return transport_->Counters().flows_ended[static_cast<int>(why)]; }

  // What a stranger is told who sends that.
  std::string Told(const std::string& request, size_t octets = 12) {
    const uint64_t before = Ended(FlowEnd::kNoWebsocket);
    Peer peer = Peer::TcpTo(transport_->Listeners()[0].local);
    peer.Write(request);
    RunUntil([&] { return Ended(FlowEnd::kNoWebsocket) > before; });
    return peer.Read(octets);
  }
};

TEST_F(WebsocketTest, OneMessageIsOneMessageBothWays) {
  const Endpoint server = Start(Transport::kWs);
  sink_.answer = [&](const Received& r) {
    EXPECT_EQ(r.transport, Transport::kWs);
    Send(r.flow, "answer");
  };
  Peer phone = Dial(server);
  const std::string large = Request("b", std::string(30000, 'x'));
  phone.Write(Text(Request("a")) + Masked(0x82, large));
  RunUntil([&] { return sink_.messages.size() == 2; });
  EXPECT_EQ(sink_.messages[0].bytes, Request("a"));
  EXPECT_EQ(sink_.messages[1].bytes, large);
  EXPECT_EQ(phone.Read(16),
            "\x81\x06"
            "answer"
            "\x81\x06"
            "answer");
}

TEST_F(WebsocketTest, AFrameAtATimeOrAnOctetAtATime) {
  const Endpoint server = Start(Transport::kWs);
  Peer phone = Dial(server);
  const std::string request = Request("a");
  std::string stream = Masked(0x01, request.substr(0, 10)) + Masked(0x89, "ping") +
                       Masked(0x00, request.substr(10, 5)) + Masked(0x80, request.substr(15));
  for (char octet : stream) {
    phone.Write(absl::string_view(&octet, 1));
    RunTurns(1);
  }
  RunUntil([&] { return sink_.messages.size() == 1; });
  EXPECT_EQ(sink_.messages[0].bytes, request);
  EXPECT_EQ(phone.Read(6),
            "\x8a\x04"
            "ping");
  EXPECT_EQ(transport_->Counters().keepalives, 1u);
}

TEST_F(WebsocketTest, TheHandshakeMayComeWithTheFirstMessage) {
  const Endpoint server = Start(Transport::kWs);
  Peer phone = Peer::TcpTo(server);
  phone.Write(absl::StrCat(kHandshake, Text(Request("a"))));
  RunUntil([&] { return sink_.messages.size() == 1; });
  EXPECT_EQ(sink_.opened.size(), 1u);
}

TEST_F(WebsocketTest, CrlfIsAKeepAliveThatIsAnswered) {
  const Endpoint server = Start(Transport::kWs);
  Peer phone = Dial(server);
  phone.Write(Text("\r\n\r\n"));
  RunUntil([&] { return transport_->Counters().keepalives == 1; });
  RunTurns(1);
  EXPECT_EQ(phone.Read(4), "\x81\x02\r\n");
  EXPECT_THAT(sink_.messages, IsEmpty());
}

TEST_F(WebsocketTest, WhatIsNoTextGoesAsBinary) {
  const Endpoint server = Start(Transport::kWs);
  Peer phone = Dial(server);
  Send(sink_.opened[0].first, "\xff");
  RunTurns(2);
  EXPECT_EQ(phone.Read(3), "\x82\x01\xff");
}

TEST_F(WebsocketTest, WhoSpeaksAnotherProtocolIsTold) {
  Start(Transport::kWs);
  const std::string handshake(kHandshake);
  EXPECT_EQ(Told(Request("a")), "HTTP/1.1 400");
  EXPECT_EQ(Told("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 426");
  EXPECT_EQ(Told(absl::StrReplaceAll(handshake, {{"chat, sip", "chat"}})), "HTTP/1.1 400");
  EXPECT_EQ(Told(absl::StrReplaceAll(handshake, {{"Sec-WebSocket-Key", "No-Key"}})), "HTTP/1.1 400");
  EXPECT_EQ(Told(absl::StrReplaceAll(handshake, {{"jZQ==", "jZQ="}})), "HTTP/1.1 400") << "no base64 of 16 octets";
  const std::string old = Told(absl::StrReplaceAll(handshake, {{"Version: 13", "Version: 8"}}), 90);
  EXPECT_THAT(old, StartsWith("HTTP/1.1 426"));
  EXPECT_THAT(old, HasSubstr("\r\nSec-WebSocket-Version: 13\r\n"));
  EXPECT_EQ(Told("GET /" + std::string(9000, 'x')), "HTTP/1.1 400");
  EXPECT_THAT(sink_.opened, IsEmpty());
  EXPECT_THAT(sink_.closed, IsEmpty());
}

TEST_F(WebsocketTest, OnlyPagesThatAreNamedMayConnect) {
  const Endpoint server = Start(Transport::kWs);
  transport_->AllowOrigins({"https://other.example"});
  EXPECT_EQ(Told(std::string(kHandshake)), "HTTP/1.1 403");
  transport_->AllowOrigins({"https://other.example", "https://phone.example"});
  Dial(server);
}

TEST_F(WebsocketTest, AHandshakeThatDoesNotComeEnds) {
  TrafficLimits limits;
  limits.handshake = Duration::Milliseconds(20);
  const Endpoint server = Start(Transport::kWs, limits);
  Peer silent = Peer::TcpTo(server);
  RunUntil([&] { return Ended(FlowEnd::kTlsSilent) == 1; });
  EXPECT_TRUE(silent.AtEnd());
}

// What it is closed with is the RFC's code for it.
TEST_F(WebsocketTest, WhatBreaksTheRulesClosesIt) {
  TrafficLimits limits;
  limits.message_octets = 1000;
  const struct {
    std::string sent;
    std::string close;
    FlowEnd end = FlowEnd::kUnframeable;
  } table[] = {
      {std::string("\x81\x01x", 3), "\x88\x02\x03\xea"},            // not masked
      {Masked(0xC1, "x"), "\x88\x02\x03\xea"},                      // a reserved bit
      {Masked(0x83, "x"), "\x88\x02\x03\xea"},                      // an unknown kind
      {Masked(0x80, "x"), "\x88\x02\x03\xea"},                      // goes on with nothing
      {Masked(0x01, "x") + Masked(0x81, "y"), "\x88\x02\x03\xea"},  // begins anew in the middle
      {Masked(0x09, "x"), "\x88\x02\x03\xea"},                      // a ping in pieces
      {Text(std::string(1001, 'x')), "\x88\x02\x03\xf1"},           // too large
      {Masked(0x01, std::string(600, 'x')) + Masked(0x80, std::string(600, 'x')), "\x88\x02\x03\xf1"},
      {Masked(0x88, "\x03\xe8"), "\x88\x02\x03\xe8", FlowEnd::kPeerClosed},  // the peer's own
  };
  const Endpoint server = Start(Transport::kWs, limits);
  for (const auto& row : table) {
    sink_.closed.clear();
    sink_.unframeable.clear();
    Peer phone = Dial(server);
    phone.Write(row.sent);
    RunUntil([&] { return sink_.closed.size() == 1; });
    EXPECT_EQ(sink_.closed[0].second, row.end);
    EXPECT_EQ(sink_.unframeable.size(), row.end == FlowEnd::kUnframeable ? 1u : 0u) << "it counts as malformed";
    EXPECT_EQ(phone.Read(4), row.close);
    EXPECT_TRUE(phone.AtEnd());
  }
  EXPECT_THAT(sink_.messages, IsEmpty());
}

// The limits are looked at in the turn in which the ping is read, before the answer leaves.
TEST_F(WebsocketTest, WhoPingsAfterALongSilenceOfOursDoesNotStall) {
  TrafficLimits limits;
  limits.stall = Duration::Milliseconds(250);
  const Endpoint server = Start(Transport::kWs, limits);
  Peer phone = Dial(server);
  for (int i = 0; i < 3; ++i) {
    phone.Write(Masked(0x89, "ping"));
    usleep(400 * 1000);  // both are due
    RunTurns(3);
    EXPECT_EQ(phone.Read(6),
              "\x8a\x04"
              "ping");
  }
  EXPECT_THAT(sink_.closed, IsEmpty());
}

TEST_F(WebsocketTest, NobodyIsConnectedTo) {
  Start(Transport::kWs);
  EXPECT_EQ(Send(0, "x", 7), 0u);
  RunUntil([&] { return !sink_.failed.empty(); });
  EXPECT_EQ(sink_.failed[0].first, 7u);
}

TEST_F(WebsocketTest, WeSayGoodbye) {
  const Endpoint server = Start(Transport::kWs);
  Peer phone = Dial(server);
  Send(sink_.opened[0].first, "last");
  transport_->CloseFlow(sink_.opened[0].first);
  RunTurns(2);
  EXPECT_EQ(phone.Read(10),
            "\x81\x04"
            "last"
            "\x88\x02\x03\xe9");
  EXPECT_TRUE(phone.AtEnd());
}

}  // namespace
}  // namespace understudy::net
