// A small HTTP/1.1 client: one request at a time over a connection that is kept, to the first of several servers that
// answers.
//
//   absl::StatusOr<std::unique_ptr<HttpClient>> client = HttpClient::Create(&loop, {.endpoints =
//   {"https://10.0.0.3:8095"},
//                                                                                   .tls = {.ca = "ca.pem"}});
//   (*client)->Send({.method = "GET", .target = "/register"}, net::MonotonicNow() + Duration::Seconds(1),
//                   [](const absl::StatusOr<HttpAnswer>& answer) { ... });
//
// Belongs to the loop's thread; the loop outlives it. The deadline covers names, connecting, TLS and the answer. A
// server that cannot be connected to costs its share of the deadline, and the next one is tried; one that was asked and
// did not answer costs the request, and the next request goes to the next one. A request over a connection that was
// kept and turns out to be closed is sent again over a new one: a server may receive a request twice.
//
// https: the certificate must be signed by the CA and name the host, or hold the IP address, of the endpoint. Names are
// looked up on Asio's own thread, which a loop waits for when it is destroyed; an IP address needs no look-up.
#ifndef UNDERSTUDY_DAEMON_HTTP_HTTP_CLIENT_H_
#define UNDERSTUDY_DAEMON_HTTP_HTTP_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/http/tls_context.h"
#include "daemon/net/io_loop.h"

namespace understudy::http {

struct HttpClientOptions {
  std::vector<std::string> endpoints = {};  // "http://HOST:PORT" or "https://HOST:PORT"; IPv6 in brackets
  TlsFiles tls = {};                        // for https
  uint64_t answer_bytes = 64 << 10;         // a longer body is an error
  uint32_t header_bytes = 8 << 10;          // of the answer
};

struct HttpQuestion {
  std::string method = "GET";  // or "POST"
  std::string target = "/";
  std::string body = {};
  std::string content_type = {};                                  // empty: no such header
  std::vector<std::pair<std::string, std::string>> headers = {};  // more of them: "Authorization", ...
};

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::string endpoint;  // who answered
};

class HttpClient {
 public:
  using Done = std::function<void(const absl::StatusOr<HttpAnswer>&)>;

  // InvalidArgument or FailedPrecondition: an endpoint or a file that cannot be used, and why.
  static absl::StatusOr<std::unique_ptr<HttpClient>> Create(net::IoLoop* loop, const HttpClientOptions& options);
  // Closes the connection. `done` of an unfinished request is not called.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // `done` is called once, later, and may destroy the client or send the next request. Any status is an answer.
  // DeadlineExceeded and Unavailable name the server and say what happened. A request at a time: CHECKed.
  void Send(HttpQuestion question, net::MonotonicTime deadline, Done done);

  // The next request begins with the next endpoint: for who learns from an answer that this server is of no use.
  void TryAnother();

 private:
  struct Rep;
  explicit HttpClient(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace understudy::http

#endif  // UNDERSTUDY_DAEMON_HTTP_HTTP_CLIENT_H_
