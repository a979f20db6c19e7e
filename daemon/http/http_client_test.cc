#include "daemon/http/http_client.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "daemon/http/http_server.h"
#include "daemon/http/test_certificates.h"
#include "daemon/net/owned_fd.h"
#include "daemon/net/socket_address.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::http {
namespace {

using testing::HasSubstr;

const Endpoint kLoopback = Endpoint::V4(127, 0, 0, 1, 0);
constexpr Duration kPatience = Duration::Seconds(20);

// Bound and never accepted from: what it is sent stays unanswered. Without `listening` it refuses.
class MuteSocket {
 public:
  explicit MuteSocket(bool listening) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in6 address;
    const socklen_t size = net::ToSockaddr(kLoopback, AF_INET, &address);
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_TRUE(!listening || listen(fd_.get(), 16) == 0);
  }
  std::string url() const { return absl::StrCat("http://", net::LocalEndpoint(fd_.get()).ToText()); }

 private:
  net::OwnedFd fd_;
};

// Client and server share a loop, which the test turns.
class HttpClientTest : public testing::Test {
 protected:
  std::string Serve(const std::string& name, const HttpLimits& limits = HttpLimits(), const TlsFiles& tls = {}) {
    auto server = std::make_unique<HttpServer>(&loop_, limits);
    EXPECT_TRUE(tls.empty() || server->UseTls(tls).ok());
    server->Route("/name", [name](const HttpRequest&) { return HttpResponse{200, "text/plain", name}; });
    server->RoutePost("/echo", [](const HttpRequest& asked) { return HttpResponse{200, "text/plain", asked.body}; });
    server->Route("/long", [](const HttpRequest&) { return HttpResponse{200, "", std::string(70 << 10, 'x')}; });
    const Endpoint at = *server->Listen(kLoopback);
    servers_.push_back(std::move(server));
    return absl::StrCat(tls.empty() ? "http://" : "https://", at.ToText());
  }

  void Connect(const std::vector<std::string>& endpoints, const TlsFiles& tls = {}) {
    HttpClientOptions options;
    options.endpoints = endpoints;
    options.tls = tls;
    absl::StatusOr<std::unique_ptr<HttpClient>> client = HttpClient::Create(&loop_, options);
    ASSERT_TRUE(client.ok()) << client.status();
    client_ = *std::move(client);
  }

  absl::StatusOr<HttpAnswer> Ask(HttpQuestion question, Duration patience = kPatience) {
    absl::optional<absl::StatusOr<HttpAnswer>> got;
    client_->Send(std::move(question), net::MonotonicNow() + patience,
                  [&](const absl::StatusOr<HttpAnswer>& answer) { got = answer; });
    EXPECT_FALSE(got.has_value()) << "answered from within Send";
    while (!got) loop_.RunTurn(Duration::Seconds(1));
    return *got;
  }
  absl::StatusOr<HttpAnswer> Get(const std::string& target, Duration patience = kPatience) {
    return Ask({"GET", target, "", "", {}}, patience);
  }
  std::string NameHeard() {
    const absl::StatusOr<HttpAnswer> answer = Get("/name");
    return answer.ok() ? answer->body : std::string(answer.status().message());
  }

  net::IoLoop loop_;
  std::vector<std::unique_ptr<HttpServer>> servers_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(HttpClientTest, OneConnectionCarriesManyRequests) {
  Connect({Serve("first")});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(NameHeard(), "first");
  EXPECT_EQ(servers_[0]->counters().requests, 3u);
  EXPECT_EQ(servers_[0]->counters().connections, 1);
}

TEST_F(HttpClientTest, PostCarriesABodyThereAndBack) {
  Connect({Serve("first")});
  EXPECT_EQ(Ask({"POST", "/echo", "a register", "application/json", {}})->body, "a register");
  EXPECT_EQ(Get("/echo")->status, 405);
  EXPECT_EQ(Ask({"POST", "/name", "x", "", {}})->status, 405);
  EXPECT_EQ(Ask({"POST", "/echo", std::string(5000, 'x'), "", {}})->status, 413);
}

TEST_F(HttpClientTest, ServerThatRefusesIsPassedOverAndTheNextOneKept) {
  const MuteSocket dead(/*listening=*/false);
  Connect({dead.url(), Serve("second")});
  EXPECT_EQ(NameHeard(), "second");
  EXPECT_EQ(NameHeard(), "second");
  EXPECT_EQ(servers_[0]->counters().connections, 1);
}

TEST_F(HttpClientTest, AnswerThatDoesNotComeIsAnErrorAtTheDeadlineAndTheNextServerIsAsked) {
  const MuteSocket mute(/*listening=*/true);
  Connect({mute.url(), Serve("second")});
  const absl::StatusOr<HttpAnswer> answer = Get("/name", Duration::Milliseconds(50));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr(mute.url()));
  EXPECT_EQ(NameHeard(), "second");
}

TEST_F(HttpClientTest, NobodyThereIsAnError) {
  const MuteSocket one(/*listening=*/false);
  const MuteSocket two(/*listening=*/false);
  Connect({one.url(), two.url()});
  const absl::StatusOr<HttpAnswer> answer = Get("/name");
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("Connection refused"));
}

TEST_F(HttpClientTest, KeptConnectionThatIsClosedIsReplaced) {
  HttpLimits limits;
  limits.request = Duration::Milliseconds(20);
  Connect({Serve("first", limits)});
  EXPECT_EQ(NameHeard(), "first");
  while (servers_[0]->counters().connections > 0) loop_.RunTurn(Duration::Milliseconds(20));
  EXPECT_EQ(NameHeard(), "first");
}

TEST_F(HttpClientTest, AnswerPastTheLimitIsAnError) {
  Connect({Serve("first")});
  EXPECT_THAT(std::string(Get("/long").status().message()), HasSubstr("body limit"));
  EXPECT_EQ(NameHeard(), "first");
}

TEST_F(HttpClientTest, TryAnotherMovesOn) {
  Connect({Serve("first"), Serve("second")});
  EXPECT_EQ(NameHeard(), "first");
  client_->TryAnother();
  EXPECT_EQ(NameHeard(), "second");
  client_->TryAnother();
  EXPECT_EQ(NameHeard(), "first");
}

TEST_F(HttpClientTest, NothingIsToldAfterDestruction) {
  const MuteSocket mute(/*listening=*/true);
  Connect({mute.url()});
  client_->Send({"GET", "/name", "", "", {}}, net::MonotonicNow() + Duration::Milliseconds(10),
                [](const absl::StatusOr<HttpAnswer>&) { FAIL(); });
  loop_.RunTurn(Duration::Milliseconds(1));
  client_.reset();
  while (loop_.RunTurn(Duration::Milliseconds(30)) > 0) {
  }
}

TEST_F(HttpClientTest, WhoIsToldMayDestroyTheClient) {
  Connect({Serve("first")});
  bool told = false;
  client_->Send({"GET", "/name", "", "", {}}, net::MonotonicNow() + kPatience,
                [&](const absl::StatusOr<HttpAnswer>&) { client_.reset(), told = true; });
  while (!told) loop_.RunTurn(Duration::Seconds(1));
  EXPECT_EQ(client_, nullptr);
}

TEST_F(HttpClientTest, EndpointsAreRefusedWithTheReason) {
  for (const char* bad : {"", "ftp://a:1", "http://", "http://a", "http://a:0", "http://a:65536", "http://a:b",
                          "http://[::1:80", "http://a b:80", "http://a:80/path", "http://u@a:80"}) {
    EXPECT_EQ(HttpClient::Create(&loop_, {.endpoints = {bad}}).status().code(), absl::StatusCode::kInvalidArgument)
        << bad;
  }
  EXPECT_FALSE(HttpClient::Create(&loop_, {}).ok());
  EXPECT_TRUE(HttpClient::Create(&loop_, {.endpoints = {"https://[::1]:8095/"}}).ok());
}

TEST_F(HttpClientTest, MutualTlsCarriesRequests) {
  const TestCertificates pki(testing::TempDir(), "mutual");
  Connect({Serve("secret", HttpLimits(), pki.server())}, pki.client());
  EXPECT_EQ(NameHeard(), "secret");
  EXPECT_EQ(NameHeard(), "secret");
  EXPECT_EQ(servers_[0]->counters().bad_handshakes, 0u);
}

TEST_F(HttpClientTest, ClientWithoutACertificateIsRefused) {
  const TestCertificates pki(testing::TempDir(), "certless");
  Connect({Serve("secret", HttpLimits(), pki.server())}, {.ca = pki.client().ca, .certificate = "", .key = ""});
  EXPECT_FALSE(Get("/name").ok());
  EXPECT_EQ(servers_[0]->counters().requests, 0u);
  EXPECT_EQ(servers_[0]->counters().bad_handshakes, 1u);
}

TEST_F(HttpClientTest, ServerOfAnotherNameOrAnotherCaIsNotSpokenTo) {
  const TestCertificates pki(testing::TempDir(), "named");
  const TestCertificates other(testing::TempDir(), "other");
  Connect({Serve("secret", HttpLimits(), pki.elsewhere())}, pki.client());
  EXPECT_THAT(NameHeard(), HasSubstr("certificate verify failed"));
  Connect({Serve("secret", HttpLimits(), other.server())}, pki.client());
  EXPECT_THAT(NameHeard(), HasSubstr("certificate verify failed"));
}

TEST_F(HttpClientTest, PlainTextToATlsServerIsRefused) {
  const TestCertificates pki(testing::TempDir(), "plain");
  std::string url = Serve("secret", HttpLimits(), pki.server());
  Connect({url.replace(0, 5, "http")});
  EXPECT_FALSE(Get("/name").ok());
}

TEST_F(HttpClientTest, FileThatCannotBeUsedIsNamed) {
  const TestCertificates pki(testing::TempDir(), "files");
  TlsFiles files = pki.client();
  files.key = pki.server().key;
  const auto status = [&](const TlsFiles& tls) {
    return std::string(
        HttpClient::Create(&loop_, {.endpoints = {"https://127.0.0.1:1"}, .tls = tls}).status().message());
  };
  EXPECT_THAT(status(files), HasSubstr(files.key));
  files.ca = "/nowhere/ca.pem";
  EXPECT_THAT(status(files), HasSubstr("/nowhere/ca.pem"));
  EXPECT_THAT(std::string(HttpServer(&loop_).UseTls({}).message()), HasSubstr("needs a certificate"));
}

}  // namespace
}  // namespace understudy::http
