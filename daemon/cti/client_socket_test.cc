// An edge behind real sockets, plain and TLS, and clients that behave and that do not.
#include <openssl/ssl.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/cti/client_listener.h"
#include "daemon/cti/listener_testing.h"
#include "daemon/http/test_certificates.h"
#include "daemon/net/transport_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/frame_codec.h"
#include "tlib/message_codec.h"

namespace understudy::daemon {
namespace {

using testing::HasSubstr;
using tlib::ErrorCode;

std::string Octets(const tlib::Frame& frame) {
  std::string octets;
  tlib::AppendFrame(frame, &octets);
  return octets;
}

const net::AddressSettings kSettings = {"tlib-port", "tlib-address"};

class ClientSocketTest : public ListenerTest<ClientListener> {
 protected:
  void Listen(std::shared_ptr<const tls::TlsContext> tls = nullptr) { Serve(kSettings, std::move(tls)); }

  static tlib::Frame Read(net::Peer& peer) {
    const std::string length = peer.Read(4);
    if (length.size() < 4) return tlib::Goodbye{ErrorCode::kInternal, absl::StrCat("no frame: ", length)};
    uint32_t size = 0;
    std::memcpy(&size, length.data(), sizeof(size));
    const absl::StatusOr<tlib::Frame> frame = tlib::DecodeFrame(peer.Read(size));
    EXPECT_TRUE(frame.ok()) << frame.status();
    return frame.ok() ? *frame : tlib::Frame();
  }
};

TEST_F(ClientSocketTest, WelcomeAndPongComeBack) {
  Listen();
  While([&] {
    net::Peer peer = net::Peer::TcpTo(at_);
    peer.Write(Octets(HelloOf("monitor")));
    EXPECT_EQ(std::get<tlib::Welcome>(Read(peer)).server, "sip-a");
    peer.Write(Octets(tlib::Ping{}));
    EXPECT_TRUE(std::holds_alternative<tlib::Pong>(Read(peer)));
  });
}

TEST_F(ClientSocketTest, FramesMayComeInPiecesAndManyAtOnce) {
  Listen();
  While([&] {
    net::Peer peer = net::Peer::TcpTo(at_);
    for (const char octet : Octets(HelloOf("monitor"))) peer.Write(absl::string_view(&octet, 1));
    Read(peer);
    std::string many;
    for (int i = 0; i < 500; ++i) many += Octets(tlib::Ping{});
    peer.Write(many);
    for (int i = 0; i < 500; ++i) EXPECT_TRUE(std::holds_alternative<tlib::Pong>(Read(peer)));
  });
}

TEST_F(ClientSocketTest, TheEndOfAConnectionIsHeardOf) {
  Listen();
  While([&] {
    net::Peer peer = net::Peer::TcpTo(at_);
    peer.Write(Octets(HelloOf("monitor")) + Octets(tlib::Attach{}));
    Read(peer);
    peer.Reset();
    net::Peer other = net::Peer::TcpTo(at_);
    other.Write(Octets(HelloOf("monitor")));
    Read(other);
  });
  EXPECT_EQ(host_.Take<engine::ClientLinkLost>().size(), 1u);
}

TEST_F(ClientSocketTest, GarbageHearsWhyAndThenTheEnd) {
  Listen();
  While([&] {
    net::Peer peer = net::Peer::TcpTo(at_);
    peer.Write("GET / HTTP/1.1\r\n\r\n");
    const auto goodbye = std::get<tlib::Goodbye>(Read(peer));
    EXPECT_EQ(goodbye.code, ErrorCode::kMessageTooLarge);
    EXPECT_TRUE(peer.AtEnd());
    net::Peer wrong = net::Peer::TcpTo(at_);
    wrong.Write(Octets(HelloOf("crm", "sesame")));
    EXPECT_EQ(std::get<tlib::Goodbye>(Read(wrong)).code, ErrorCode::kInvalidPassword);
    EXPECT_TRUE(wrong.AtEnd());
  });
}

// What it is sent waits, is bounded, and its end is not waited for.
TEST_F(ClientSocketTest, WhoNeverReadsIsGivenUp) {
  Listen();
  std::thread client([&] {
    net::Peer peer = net::Peer::TcpTo(at_);
    peer.Write(Octets(HelloOf("monitor")) + Octets(tlib::Attach{}));
    Read(peer);
    loop_.Post([this] {
      const engine::LinkId link = host_.Take<engine::ClientAttached>().at(0).link;
      engine::SendClient send;
      send.link = link;
      const tlib::Message event =
          tlib::Message(tlib::MessageType::kEventServerInfo).Set(tlib::Attribute::kServerName, std::string(200, 'x'));
      for (uint64_t n = 1; n <= 400000 && edge_->counters().links > 0; ++n) {
        send.frame = tlib::EventFrame{n, absl::nullopt, tlib::EncodeMessage(event)};
        edge_->Send(send);
      }
      edge_->EndOfTurn();
      EXPECT_EQ(edge_->counters().ends[static_cast<size_t>(LinkEnd::kSlow)], 1u);
      loop_.Stop();
    });
    loop_.Post([] {});
  });
  loop_.Run();
  client.join();
  EXPECT_EQ(edge_->counters().links, 0u);
}

TEST_F(ClientSocketTest, APortThatIsTakenSaysWhichOptionToChange) {
  Listen();
  ClientListener second(&loop_, nullptr, [](std::shared_ptr<ClientConnection>) {});
  const absl::Status why = second.Listen(at_, kSettings).status();
  EXPECT_THAT(std::string(why.message()), HasSubstr("tlib-port"));
}

// A client of OpenSSL's own, over a blocking socket.
class TlsPeer {
 public:
  TlsPeer(const Endpoint& to, const http::TlsFiles& files, bool shows_certificate)
      : peer_(net::Peer::TcpTo(to)), context_(SSL_CTX_new(TLS_client_method())) {
    EXPECT_EQ(SSL_CTX_load_verify_file(context_, files.ca.c_str()), 1);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    if (shows_certificate) {
      EXPECT_EQ(SSL_CTX_use_certificate_chain_file(context_, files.certificate.c_str()), 1);
      EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context_, files.key.c_str(), SSL_FILETYPE_PEM), 1);
    }
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, peer_.fd());
  }
  ~TlsPeer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  bool Connect() { return SSL_connect(ssl_) == 1; }
  void Write(const std::string& octets) {
    EXPECT_EQ(SSL_write(ssl_, octets.data(), static_cast<int>(octets.size())), static_cast<int>(octets.size()));
  }
  // The next frames; fewer where the connection ends.
  std::vector<tlib::Frame> Read(size_t n) {
    std::vector<tlib::Frame> frames;
    while (frames.size() < n) {
      const absl::StatusOr<absl::optional<tlib::Frame>> frame = reader_.Next();
      EXPECT_TRUE(frame.ok()) << frame.status();
      if (frame.ok() && frame->has_value()) {
        frames.push_back(**frame);
        continue;
      }
      char space[4096];
      const int got = SSL_read(ssl_, space, sizeof(space));
      if (got <= 0) break;
      reader_.Push({space, static_cast<size_t>(got)});
    }
    return frames;
  }

 private:
  net::Peer peer_;
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  tlib::FrameReader reader_;
};

class ClientTlsTest : public ClientSocketTest {
 protected:
  void ListenWithTls(bool asks_for_certificates) {
    const http::TlsFiles files = pki_.server();
    auto tls = tls::TlsContext::LoadServer({asks_for_certificates ? files.ca : "", files.certificate, files.key, ""});
    ASSERT_TRUE(tls.ok()) << tls.status();
    Listen(*std::move(tls));
  }

  const http::TestCertificates pki_{testing::TempDir(), absl::StrCat("clients_", getpid())};
};

TEST_F(ClientTlsTest, FramesOfAllSizesGoThroughTls) {
  ListenWithTls(false);
  While([&] {
    TlsPeer peer(at_, pki_.client(), false);
    ASSERT_TRUE(peer.Connect());
    peer.Write(Octets(HelloOf("monitor")));
    EXPECT_TRUE(std::holds_alternative<tlib::Welcome>(peer.Read(1).at(0)));
    std::string many;
    for (int i = 0; i < 5000; ++i) many += Octets(tlib::Ping{});
    peer.Write(many);
    EXPECT_EQ(peer.Read(5000).size(), 5000u);
  });
}

TEST_F(ClientTlsTest, WithACaAClientMustShowItsCertificate) {
  ListenWithTls(true);
  While([&] {
    TlsPeer with(at_, pki_.client(), true);
    ASSERT_TRUE(with.Connect());
    with.Write(Octets(HelloOf("monitor")));
    EXPECT_EQ(with.Read(1).size(), 1u);
    TlsPeer without(at_, pki_.client(), false);
    without.Connect();  // TLS 1.3 tells with the first read
    EXPECT_TRUE(without.Read(1).empty());
  });
}

TEST_F(ClientTlsTest, PlainOctetsEndTheLink) {
  ListenWithTls(false);
  While([&] {
    net::Peer peer = net::Peer::TcpTo(at_);
    peer.Write(Octets(HelloOf("monitor")) + std::string(100, 'x'));
    while (!peer.AtEnd()) {
    }
  });
  EXPECT_EQ(edge_->counters().links, 0u);
}

}  // namespace
}  // namespace understudy::daemon
