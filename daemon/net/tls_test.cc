#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/http/test_certificates.h"
#include "daemon/net/tls_stream.h"
#include "daemon/net/transport_testing.h"
#include "daemon/tls/tls_context.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using tls::TlsContext;
using tls::TlsSession;

using Context = std::shared_ptr<const TlsContext>;

// The other side, which is pumped while the loop turns.
class TlsPeer {
 public:
  TlsPeer(Peer peer, Context context, TlsSession::Side side) : peer_(std::move(peer)), stream_(context, side, "") {}

  void Pump() {
    size_t taken = 0;
    if (stream_.established() && !to_send_.empty()) {
      stream_.Write(peer_.fd(), to_send_, &taken);
      to_send_.erase(0, taken);
    }
    stream_.Send(peer_.fd());
    std::string space(TlsStream::kLeastScratch, '\0');
    absl::string_view octets;
    outcome_ = stream_.Read(peer_.fd(), absl::MakeSpan(&space[0], space.size()), &octets);
    absl::StrAppend(&received_, octets);
  }
  void Write(absl::string_view bytes) { absl::StrAppend(&to_send_, bytes); }

  const std::string& received() const { return received_; }
  bool ended() const { return outcome_ != TlsStream::Outcome::kDone && outcome_ != TlsStream::Outcome::kBlocked; }
  bool established() const { return stream_.established(); }
  std::string error() const { return std::string(stream_.error().message()); }
  Endpoint at() const { return peer_.at(); }

 private:
  Peer peer_;
  TlsStream stream_;
  std::string to_send_;
  std::string received_;
  TlsStream::Outcome outcome_ = TlsStream::Outcome::kBlocked;
};

class TlsTest : public TransportTest {
 protected:
  static tls::TlsFiles Files(const http::TlsFiles& files, bool with_ca) {
    return {with_ca ? files.ca : "", files.certificate, files.key, "", tls::TlsVersion::k1_2};
  }
  static Context Accepting(const http::TlsFiles& files, bool mutual = false) {
    return TlsContext::LoadServer(Files(files, mutual)).value();
  }
  static Context Connecting(const http::TlsFiles& files, bool verifies = true) {
    return TlsContext::LoadClient(Files(files, verifies)).value();
  }

  Endpoint StartTls(bool mutual = false, const TrafficLimits& limits = TrafficLimits()) {
    transport_ = std::make_unique<SipTransport>(&loop_, &sink_, limits);
    loop_.SetEndOfTurn([this] { transport_->Flush(); });
    transport_->UseTls({Accepting(ours_.server(), mutual), Connecting(ours_.server()), true});
    return transport_->Listen(Transport::kTls, kLoopback).value();
  }
  uint64_t Send(uint64_t flow, const Endpoint& to, absl::string_view bytes, uint64_t token = 0,
                absl::string_view domain = "") {
    return transport_->Send({Transport::kTls, flow, Endpoint(), to, SharedBytes(bytes), token, SharedBytes(domain)});
  }
  // What a connection says first: the record of its ClientHello.
  std::string HelloTo(Peer* listener) {
    Peer connection = listener->Accept();
    char first;
    RunUntil([&] { return recv(connection.fd(), &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1; });
    const std::string header = connection.Read(5);
    const auto size = [&](size_t at) { return static_cast<size_t>(static_cast<uint8_t>(header.at(at))); };
    return connection.Read(size(3) << 8 | size(4));
  }
  TlsPeer Dial(const Endpoint& server, Context context) {
    return TlsPeer(Peer::TcpTo(server), std::move(context), TlsSession::Side::kConnects);
  }
  void PumpUntil(TlsPeer* peer, const std::function<bool()>& done) {
    RunUntil([&] {
      peer->Pump();
      return done();
    });
  }
  uint64_t Ended(FlowEnd why) const { return transport_->Counters().flows_ended[static_cast<int>(why)]; }

  const std::string prefix_ = absl::StrCat("sip_tls_", getpid());
  const http::TestCertificates ours_{testing::TempDir(), prefix_};
  const http::TestCertificates foreign_{testing::TempDir(), prefix_ + "_foreign"};
};

TEST_F(TlsTest, MessagesGoBothWaysOverOneConnection) {
  const Endpoint server = StartTls();
  sink_.answer = [&](const Received& r) {
    EXPECT_EQ(r.transport, Transport::kTls);
    Send(r.flow, r.remote, "answer");
  };
  TlsPeer phone = Dial(server, Connecting(ours_.client()));
  phone.Write(Request("a") + Request("b", std::string(30000, 'x')));
  PumpUntil(&phone, [&] { return phone.received() == "answeranswer"; });
  EXPECT_EQ(sink_.messages[1].bytes, Request("b", std::string(30000, 'x')));
  EXPECT_THAT(sink_.opened, ElementsAre(Pair(1, phone.at())));
  EXPECT_EQ(transport_->Counters().tls_handshakes, 1u);
  EXPECT_EQ(transport_->Counters().flows_open, 1u);
  EXPECT_EQ(transport_->Counters().flows_connecting, 0u);
}

TEST_F(TlsTest, NothingIsSaidOfAConnectionBeforeItsHandshakeIsOver) {
  const Endpoint server = StartTls();
  Peer peer = Peer::TcpTo(server);
  RunUntil([&] { return transport_->Counters().flows_connecting == 1; });
  EXPECT_THAT(sink_.opened, IsEmpty());
}

TEST_F(TlsTest, PlainTextToTheTlsPortIsRefusedAndToldWhy) {
  const Endpoint server = StartTls();
  Peer peer = Peer::TcpTo(server);
  peer.Write(Request("a"));
  RunUntil([&] { return Ended(FlowEnd::kTlsFailed) == 1; });
  EXPECT_THAT(sink_.messages, IsEmpty());
  EXPECT_THAT(sink_.tls_failed, ElementsAre(HasSubstr("does not speak TLS")));
  EXPECT_THAT(sink_.opened, IsEmpty());
  EXPECT_THAT(sink_.closed, IsEmpty());
}

TEST_F(TlsTest, AHandshakeThatStaysHalfEnds) {
  TrafficLimits limits;
  limits.handshake = Duration::Milliseconds(20);
  const Endpoint server = StartTls(false, limits);
  Peer peer = Peer::TcpTo(server);
  peer.Write(absl::string_view("\x16\x03\x01\x02\x00\x01", 6));
  RunUntil([&] { return Ended(FlowEnd::kTlsSilent) == 1; });
  EXPECT_TRUE(peer.AtEnd());
}

TEST_F(TlsTest, AHostBeginsSoManyHandshakesASecondUnlessItIsKnown) {
  TrafficLimits limits;
  limits.handshakes_per_host = 1;
  const Endpoint server = StartTls(false, limits);
  std::vector<Peer> peers;
  for (int i = 0; i < 20; ++i) peers.push_back(Peer::TcpTo(server));
  RunUntil([&] { return transport_->Counters().flows_accepted + transport_->Counters().tls_handshakes_refused == 20; });
  const uint64_t refused = transport_->Counters().tls_handshakes_refused;
  EXPECT_GE(refused, 1u);
  EXPECT_GE(transport_->Counters().flows_accepted, 1u);
  transport_->SetKnownHosts({kLoopback.WithPort(5060)});
  for (int i = 0; i < 5; ++i) peers.push_back(Peer::TcpTo(server));
  RunUntil([&] { return transport_->Counters().flows_accepted + refused == 25; });
  EXPECT_EQ(transport_->Counters().tls_handshakes_refused, refused);
}

TEST_F(TlsTest, MutualTlsLetsInWhoHasACertificateOfOurs) {
  const Endpoint server = StartTls(true);
  TlsPeer phone = Dial(server, Connecting(ours_.client()));
  phone.Write(Request("a"));
  PumpUntil(&phone, [&] { return sink_.messages.size() == 1; });
}

TEST_F(TlsTest, MutualTlsRefusesForeignersAndSaysSo) {
  const Endpoint server = StartTls(true);
  TlsPeer phone = Dial(server, Connecting(foreign_.client(), false));
  phone.Write(Request("a"));
  PumpUntil(&phone, [&] { return Ended(FlowEnd::kTlsFailed) == 1; });
  EXPECT_THAT(sink_.messages, IsEmpty());
  EXPECT_THAT(sink_.tls_failed, ElementsAre(HasSubstr("certificate is not accepted")));
  PumpUntil(&phone, [&] { return phone.ended(); });
  EXPECT_THAT(phone.error(), HasSubstr("refused this node's certificate"));
}

TEST_F(TlsTest, RequestsGoOverOneConnectionThatIsMadeForThem) {
  StartTls();
  Peer listener = Peer::TcpListener();
  const uint64_t flow = Send(0, listener.at(), "first");
  EXPECT_EQ(Send(0, listener.at(), "second"), flow);
  TlsPeer gateway(listener.Accept(), Accepting(ours_.server()), TlsSession::Side::kAccepts);
  PumpUntil(&gateway, [&] { return gateway.received() == "firstsecond"; });
  gateway.Write(Request("back"));
  PumpUntil(&gateway, [&] { return sink_.messages.size() == 1; });
  EXPECT_EQ(sink_.messages[0].flow, flow);
}

TEST_F(TlsTest, AConnectionOfTheSameAddressOverTcpIsAnother) {
  StartTls();
  transport_->Listen(Transport::kTcp, kLoopback).value();
  Peer listener = Peer::TcpListener();
  EXPECT_NE(Send(0, listener.at(), "protected"), SendTcp(0, listener.at(), "not protected"));
}

// Who shows a certificate of another CA, and who shows one of ours for another address.
TEST_F(TlsTest, NothingIsSentToWhoIsNotTheOneThatWasMeant) {
  StartTls();
  for (const http::TlsFiles& files : {foreign_.server(), ours_.elsewhere()}) {
    sink_.failed.clear();
    sink_.tls_failed.clear();
    Peer listener = Peer::TcpListener();
    Send(0, listener.at(), "secret", 7);
    TlsPeer stranger(listener.Accept(), Accepting(files), TlsSession::Side::kAccepts);
    PumpUntil(&stranger, [&] { return !sink_.failed.empty(); });
    EXPECT_THAT(sink_.failed, ElementsAre(Pair(7, SendFailure::kConnectFailed)));
    EXPECT_THAT(sink_.tls_failed, ElementsAre(HasSubstr("certificate is not accepted")));
    EXPECT_EQ(stranger.received(), "");
  }
}

// RFC 5922 7.1 and 7.2: by a DNS name or by a sip URI, whatever its address.
TEST_F(TlsTest, WhoIsWantedByADomainShowsACertificateOfIt) {
  StartTls();
  for (const http::TlsFiles& files : {ours_.domain(), ours_.domain_uri()}) {
    Peer listener = Peer::TcpListener();
    Send(0, listener.at(), "hello", 0, "gw.example.com");
    TlsPeer gateway(listener.Accept(), Accepting(files), TlsSession::Side::kAccepts);
    PumpUntil(&gateway, [&] { return gateway.received() == "hello"; });
  }
}

TEST_F(TlsTest, ACertificateOfTheAddressOrOfAWildcardIsNoneOfTheDomain) {
  StartTls();
  for (const http::TlsFiles& files : {ours_.server(), ours_.wildcard(), ours_.elsewhere(), foreign_.domain()}) {
    sink_.failed.clear();
    sink_.tls_failed.clear();
    Peer listener = Peer::TcpListener();
    Send(0, listener.at(), "secret", 7, "gw.example.com");
    TlsPeer stranger(listener.Accept(), Accepting(files), TlsSession::Side::kAccepts);
    PumpUntil(&stranger, [&] { return !sink_.failed.empty(); });
    EXPECT_THAT(sink_.failed, ElementsAre(Pair(7, SendFailure::kConnectFailed)));
    EXPECT_THAT(sink_.tls_failed, ElementsAre(HasSubstr("certificate is not accepted")));
    EXPECT_EQ(stranger.received(), "");
  }
}

TEST_F(TlsTest, WhatIsShownForOneDomainIsNotTakenForAnother) {
  StartTls();
  Peer listener = Peer::TcpListener();
  const uint64_t flow = Send(0, listener.at(), "first", 0, "gw.example.com");
  EXPECT_EQ(Send(0, listener.at(), "second", 0, "gw.example.com"), flow);
  EXPECT_NE(Send(0, listener.at(), "for another", 0, "other.example.com"), flow);
  EXPECT_NE(Send(0, listener.at(), "for the address"), flow);
}

// RFC 5922 7.8, RFC 6066 section 3; whether its certificate is looked at or not.
TEST_F(TlsTest, AServerHearsWhichDomainIsWanted) {
  StartTls();
  for (const bool checks : {true, false}) {
    transport_->UseTls({Accepting(ours_.server()), Connecting(ours_.server(), checks), checks});
    Peer listener = Peer::TcpListener();
    Send(0, listener.at(), "hello", 0, "gw.example.com");
    EXPECT_THAT(HelloTo(&listener), HasSubstr("gw.example.com"));
  }
}

TEST_F(TlsTest, WithoutACaEverybodyIsBelieved) {
  StartTls();
  transport_->UseTls({Accepting(ours_.server()), Connecting(ours_.server(), false), false});
  Peer listener = Peer::TcpListener();
  Send(0, listener.at(), "hello");
  TlsPeer gateway(listener.Accept(), Accepting(foreign_.server()), TlsSession::Side::kAccepts);
  PumpUntil(&gateway, [&] { return gateway.received() == "hello"; });
}

TEST_F(TlsTest, ANewCertificateIsForNewConnectionsAndOldOnesStay) {
  const Endpoint server = StartTls();
  sink_.answer = [&](const Received& r) { Send(r.flow, r.remote, "answer"); };
  TlsPeer before = Dial(server, Connecting(ours_.client()));
  PumpUntil(&before, [&] { return before.established() && sink_.opened.size() == 1; });
  transport_->UseTls({Accepting(foreign_.server()), Connecting(foreign_.server()), true});
  before.Write(Request("a"));
  PumpUntil(&before, [&] { return before.received() == "answer"; });
  TlsPeer distrusts = Dial(server, Connecting(ours_.client()));
  PumpUntil(&distrusts, [&] { return distrusts.ended(); });
  EXPECT_THAT(distrusts.error(), HasSubstr("certificate is not accepted"));
  TlsPeer trusts = Dial(server, Connecting(foreign_.client()));
  PumpUntil(&trusts, [&] { return sink_.opened.size() == 2; });
}

TEST_F(TlsTest, WhatHadNotLeftWhenTheConnectionBrokeIsCounted) {
  StartTls();
  Peer listener = Peer::TcpListener();
  Send(0, listener.at(), "first");
  uint64_t sent = 1;
  {
    TlsPeer gateway(listener.Accept(), Accepting(ours_.server()), TlsSession::Side::kAccepts);
    PumpUntil(&gateway, [&] { return gateway.received() == "first"; });
    while (transport_->Counters().stream_messages_out == sent) {
      Send(0, listener.at(), std::string(500000, 'x'), sent++);
      RunTurns(2);
    }
  }
  RunUntil([&] { return sink_.closed.size() == 1; });
  EXPECT_GE(transport_->Counters().sends_failed[static_cast<int>(SendFailure::kFlowGone)], 1u);
}

TEST_F(TlsTest, ThePeersEndEndsTheFlow) {
  const Endpoint server = StartTls();
  {
    TlsPeer phone = Dial(server, Connecting(ours_.client()));
    phone.Write(Request("a"));
    PumpUntil(&phone, [&] { return sink_.messages.size() == 1; });
  }
  RunUntil([&] { return sink_.closed.size() == 1; });
  EXPECT_EQ(transport_->Counters().flows_open, 0u);
}

TEST_F(TlsTest, WhatIsHeldIsReadWhenItMay) {
  const Endpoint server = StartTls();
  transport_->HoldInput();
  TlsPeer phone = Dial(server, Connecting(ours_.client()));
  phone.Write(Request("a"));
  for (int i = 0; i < 5; ++i) {
    RunTurns(1);
    phone.Pump();
  }
  EXPECT_THAT(sink_.messages, IsEmpty());
  transport_->ResumeInput();
  PumpUntil(&phone, [&] { return sink_.messages.size() == 1; });
}

}  // namespace
}  // namespace understudy::net
