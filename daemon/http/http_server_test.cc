#include "daemon/http/http_server.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "daemon/net/owned_fd.h"
#include "daemon/net/socket_address.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const Endpoint kLoopback = Endpoint::V4(127, 0, 0, 1, 0);

class Client {
 public:
  explicit Client(const Endpoint& server) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in6 address;
    const socklen_t size = net::ToSockaddr(server, AF_INET, &address);
    const timeval bound = {10, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    EXPECT_EQ(connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  }
  void Write(absl::string_view bytes) { (void)!send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  std::string ReadToEnd() {
    std::string all;
    char bytes[4096];
    for (ssize_t n; (n = recv(fd_.get(), bytes, sizeof bytes, 0)) > 0;) all.append(bytes, static_cast<size_t>(n));
    return all;
  }

 private:
  net::OwnedFd fd_;
};

// The loop runs on a thread of its own, so that clients can be written straight down.
class HttpServerTest : public testing::Test {
 protected:
  void Start(const HttpLimits& limits = HttpLimits()) {
    server_ = std::make_unique<HttpServer>(&loop_, limits);
    server_->Route("/healthz", [](const HttpRequest&) { return HttpResponse{200, "text/plain", "ok\n"}; });
    server_->Route("/server", [](const HttpRequest& request) {
      return HttpResponse{request.query == "sipServer" ? 200 : 400, "text/plain", request.query};
    });
    at_ = *server_->Listen(kLoopback);
    thread_ = std::thread([this] { loop_.Run(); });
  }
  ~HttpServerTest() override {
    loop_.Post([this] { server_.reset(); });
    loop_.Post([this] { loop_.Stop(); });
    if (thread_.joinable()) thread_.join();
  }
  std::string Ask(absl::string_view request) {
    Client client(at_);
    client.Write(request);
    return client.ReadToEnd();
  }
  HttpCounters Counters() {
    HttpCounters counters;
    bool done = false;
    std::mutex mutex;
    std::condition_variable ready;
    loop_.Post([&] {
      std::lock_guard<std::mutex> lock(mutex);
      counters = server_->counters();
      done = true;
      ready.notify_one();
    });
    std::unique_lock<std::mutex> lock(mutex);
    ready.wait(lock, [&] { return done; });
    return counters;
  }

  net::IoLoop loop_;
  std::unique_ptr<HttpServer> server_;
  Endpoint at_;
  std::thread thread_;
};

TEST_F(HttpServerTest, PathIsAnsweredByItsHandler) {
  Start();
  const std::string answer = Ask("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nok\n"));
}

TEST_F(HttpServerTest, QueryIsHandedOver) {
  Start();
  EXPECT_THAT(Ask("GET /server?sipServer HTTP/1.0\r\n\r\n"), EndsWith("\r\n\r\nsipServer"));
}

TEST_F(HttpServerTest, HeadTellsTheLengthAndSendsNoBody) {
  Start();
  const std::string answer = Ask("HEAD /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, OneConnectionCarriesManyRequests) {
  Start();
  const std::string answer =
      Ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.find("HTTP/1.1 200"), 0u);
  EXPECT_NE(answer.find("HTTP/1.1 200", 1), std::string::npos);
  EXPECT_EQ(Counters().requests, 2u);
}

TEST_F(HttpServerTest, UnknownPathsAndMethodsAreRefused) {
  Start();
  EXPECT_THAT(Ask("GET /nowhere HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Ask("DELETE /healthz HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 405"));
}

TEST_F(HttpServerTest, RubbishAndOversizeAreRefusedAndClosed) {
  Start();
  EXPECT_THAT(Ask("\x01\x02 nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Ask(absl::StrCat("GET /healthz HTTP/1.1\r\nX: ", std::string(9000, 'x'), "\r\n\r\n")),
              StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(Ask("GET /healthz HTTP/1.1\r\nContent-Length: 100000\r\n\r\n"), StartsWith("HTTP/1.1 413"));
  EXPECT_EQ(Counters().bad_requests, 3u);
}

TEST_F(HttpServerTest, SlowClientIsClosed) {
  HttpLimits limits;
  limits.request = Duration::Milliseconds(50);
  Start(limits);
  Client client(at_);
  client.Write("GET /heal");
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST_F(HttpServerTest, ConnectionsPastTheLimitAreClosed) {
  HttpLimits limits;
  limits.connections = 1;
  Start(limits);
  Client first(at_);
  while (Counters().connections == 0) std::this_thread::yield();
  EXPECT_EQ(Ask("GET /healthz HTTP/1.0\r\n\r\n"), "");
  EXPECT_EQ(Counters().refused_connections, 1u);
}

TEST_F(HttpServerTest, PortInUseIsAnErrorThatSaysWhatToDo) {
  Start();
  net::IoLoop loop;
  HttpServer second(&loop);
  EXPECT_THAT(std::string(second.Listen(at_).status().message()), HasSubstr("or choose another http-port"));
}

TEST_F(HttpServerTest, ServerEndsWithConnectionsOpen) {
  Start();
  Client client(at_);
  while (Counters().connections == 0) std::this_thread::yield();
  loop_.Post([this] { server_.reset(); });
  EXPECT_EQ(client.ReadToEnd(), "");
}

}  // namespace
}  // namespace understudy::http
