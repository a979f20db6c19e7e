#include <openssl/ssl.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/http/test_certificates.h"
#include "daemon/link/link_testing.h"
#include "daemon/tls/tls_context.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::link {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr uint16_t kType = 7;

class TlsLinkTest : public LinkTest {
 protected:
  static tls::TlsFiles Files(const http::TlsFiles& files, const std::string& peer_name = "") {
    return {files.ca, files.certificate, files.key, peer_name};
  }
  static LinkOptions With(const tls::TlsFiles& files) {
    const absl::StatusOr<std::shared_ptr<const tls::TlsContext>> tls = tls::TlsContext::Load(files);
    EXPECT_TRUE(tls.ok()) << tls.status();
    LinkOptions options;
    if (tls.ok()) options.tls = *tls;
    return options;
  }
  LinkOptions Server() const { return With(Files(ours_.server())); }
  LinkOptions Client() const { return With(Files(ours_.client())); }

  const std::string prefix_ = absl::StrCat("link_", getpid());
  const http::TestCertificates ours_{testing::TempDir(), prefix_};
  const http::TestCertificates foreign_{testing::TempDir(), prefix_ + "_foreign"};
};

TEST_F(TlsLinkTest, FramesOfEverySizeComeBackAsTheyWere) {
  Connect(Server(), Client());
  accepted_.on_frame = [&](uint16_t type, absl::string_view payload) { accepted_.link->Send(type, payload); };
  std::vector<std::pair<uint16_t, std::string>> sent;
  for (size_t size : {0, 1, 4095, 16383, 16384, 16385, 300000, 17 << 20, 3}) {
    sent.emplace_back(kType, std::string(size, static_cast<char>('a' + sent.size())));
    dialed_.link->Send(kType, sent.back().second);
  }
  RunUntil([&] { return dialed_.frames.size() == sent.size(); });
  EXPECT_TRUE(dialed_.frames == sent);
  EXPECT_EQ(dialed_.link->queued_bytes(), 0u);
}

TEST_F(TlsLinkTest, BothSidesKnowWhoThePeerIsAndNoCrashHandlerWrites) {
  Connect(Server(), Client());
  EXPECT_EQ(dialed_.link->peer_subject(), "localhost");
  EXPECT_EQ(accepted_.link->peer_subject(), "client.invalid");
  EXPECT_EQ(dialed_.link->fd_for_crash(), -1);
}

TEST_F(TlsLinkTest, PausedReaderLosesNothing) {
  Connect(Server(), Client());
  accepted_.on_frame = [&](uint16_t, absl::string_view) { accepted_.link->PauseReading(); };
  for (int i = 0; i < 40; ++i) dialed_.link->Send(kType, std::string(100000, static_cast<char>(i)));
  for (size_t n = 1; n <= 40; ++n) {
    RunUntil([&] { return accepted_.frames.size() == n; });
    accepted_.link->ResumeReading();
  }
}

TEST_F(TlsLinkTest, BothSidesHearWhyALinkWasClosed) {
  Connect(Server(), Client());
  accepted_.link->Close(absl::AbortedError("enough"));
  RunUntil([&] { return dialed_.closed.has_value() && accepted_.closed.has_value(); });
  EXPECT_EQ(*accepted_.closed, absl::AbortedError("enough"));
  EXPECT_THAT(std::string(dialed_.closed->message()), AllOf(HasSubstr("enough"), HasSubstr("(localhost)")));
}

TEST_F(TlsLinkTest, AcceptingSideOfAForeignAuthorityIsRefused) {
  Listen(With(Files(foreign_.server())));
  const absl::Status why = Dial(at_, Client()).status();
  EXPECT_EQ(why.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(
      std::string(why.message()),
      AllOf(HasSubstr(at_.ToText()), HasSubstr("(localhost): the peer's certificate is not accepted: self-signed")));
  RunUntil([&] { return failed_.size() == 1; });
  EXPECT_THAT(std::string(failed_[0].message()),
              HasSubstr("refused this node's certificate or TLS: tlsv1 alert unknown ca"));
}

TEST_F(TlsLinkTest, ConnectingSideOfAForeignAuthorityIsRefused) {
  Listen(Server());
  tls::TlsFiles files = Files(foreign_.client());
  files.ca = ours_.client().ca;
  const absl::Status why = Dial(at_, With(files)).status();
  EXPECT_EQ(why.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(why.message()),
              AllOf(HasSubstr("(localhost): the peer refused this node's certificate"), HasSubstr("alert unknown ca")));
  RunUntil([&] { return failed_.size() == 1; });
  EXPECT_THAT(std::string(failed_[0].message()), HasSubstr("(client.invalid): the peer's certificate is not accepted"));
  EXPECT_EQ(accepted_.link, nullptr);
}

TEST_F(TlsLinkTest, ACertificateOfTheAuthorityForAnotherAddressIsRefused) {
  Listen(With(Files(ours_.elsewhere())));
  EXPECT_EQ(Dial(at_, With(Files(ours_.client(), "127.0.0.1"))).status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(TlsLinkTest, ACertificateForTheAddressThatIsWantedIsAccepted) {
  Connect(Server(), With(Files(ours_.client(), "127.0.0.1")));
  EXPECT_NE(accepted_.link, nullptr);
}

TEST_F(TlsLinkTest, ClientWithoutACertificateIsRefused) {
  Listen(Server());
  net::Peer peer = RawPeer();
  std::thread client([&] {
    SSL_CTX* context = SSL_CTX_new(TLS_method());
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, peer.fd());
    SSL_connect(ssl);
    char byte;
    EXPECT_LE(SSL_read(ssl, &byte, 1), 0);
    SSL_free(ssl);
    SSL_CTX_free(context);
  });
  RunUntil([&] { return failed_.size() == 1; });
  client.join();
  EXPECT_EQ(failed_[0].code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(failed_[0].message()),
              AllOf(HasSubstr(peer.at().ToText()), HasSubstr("shows no certificate")));
  EXPECT_EQ(accepted_.link, nullptr);
}

TEST_F(TlsLinkTest, PeerMayHaveToHaveAName) {
  Listen(Server());
  EXPECT_TRUE(Dial(at_, With(Files(ours_.client(), "localhost"))).ok());
  const absl::Status why = Dial(at_, With(Files(ours_.client(), "node-b.example"))).status();
  EXPECT_EQ(why.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(why.message()),
              HasSubstr("(localhost): the peer's certificate is not accepted: hostname mismatch"));
}

TEST_F(TlsLinkTest, TlsOnOneSideOnlyIsNamedAsThat) {
  Listen(Server());
  EXPECT_THAT(std::string(Dial(at_).status().message()), HasSubstr("(does it expect TLS?)"));
  RunUntil([&] { return failed_.size() == 1; });
  EXPECT_THAT(std::string(failed_[0].message()), HasSubstr("the peer does not speak TLS"));
  Listen();
  const absl::Status why = Dial(at_, Client()).status();
  EXPECT_THAT(std::string(why.message()), HasSubstr("the peer does not speak TLS"));
  RunUntil([&] { return failed_.size() == 2; });
  EXPECT_THAT(std::string(failed_[1].message()), HasSubstr("the peer speaks TLS, and this node does not"));
}

TEST_F(TlsLinkTest, SilenceInTheHandshakeHasALimit) {
  LinkOptions options = Server();
  options.opening = Duration::Milliseconds(50);
  Listen(options);
  net::Peer silent = RawPeer();
  silent.Write("\x16\x03\x01");
  RunUntil([&] { return failed_.size() == 1; });
  EXPECT_EQ(failed_[0].code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(TlsLinkTest, FilesThatCannotBeUsedAreNamed) {
  const tls::TlsFiles good = Files(ours_.server());
  tls::TlsFiles bad = good;
  bad.certificate = "/nowhere/node.pem";
  EXPECT_THAT(std::string(tls::TlsContext::Load(bad).status().message()),
              HasSubstr("the certificate \"/nowhere/node.pem\" cannot be used: No such file or directory"));
  bad = good;
  bad.key = good.certificate;
  EXPECT_THAT(std::string(tls::TlsContext::Load(bad).status().message()), HasSubstr("the key \""));
  bad = good;
  bad.key = ours_.client().key;
  EXPECT_THAT(std::string(tls::TlsContext::Load(bad).status().message()), HasSubstr("cannot be used: not the key of \""));
  bad = good;
  bad.ca = testing::TempDir() + "/" + prefix_ + "_empty.pem";
  std::ofstream(bad.ca) << "nothing\n";
  EXPECT_THAT(std::string(tls::TlsContext::Load(bad).status().message()), HasSubstr("the CA file \""));
}

}  // namespace
}  // namespace understudy::link
