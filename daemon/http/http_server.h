// A small HTTP server for people and monitors: a table of paths, each answered by a function on the loop's thread.
//
//   HttpServer server(&loop);
//   server.Route("/healthz", [](const HttpRequest&) { return HttpResponse{200, "text/plain", "ok\n"}; });
//   absl::StatusOr<Endpoint> at = server.Listen(*Endpoint::Parse("127.0.0.1", 8090));
//
// It shares the loop with SIP, so what it answers is consistent and takes no lock; handlers must be short, and
// everything that a client can do is bounded in number, size and time.
#ifndef UNDERSTUDY_DAEMON_HTTP_HTTP_SERVER_H_
#define UNDERSTUDY_DAEMON_HTTP_HTTP_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/http/tls_context.h"
#include "daemon/net/io_loop.h"

namespace understudy::http {

struct HttpRequest {
  std::string path;   // "/server", as sent: no percent-decoding
  std::string query;  // what follows the '?', "sipServer"
  Endpoint remote;
  std::string body;          // of a POST
  std::string content_type;  // of its body
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

struct HttpLimits {
  int connections = 64;  // more are closed at once
  int requests_per_connection = 1000;
  uint32_t header_bytes = 8192;
  uint64_t body_bytes = 4096;                 // thrown away, save for a POST that is wanted
  Duration request = Duration::Seconds(5);    // from the first octet waited for to the last one read; also idle
  Duration response = Duration::Seconds(10);  // a client that does not read is closed
};

struct HttpCounters {
  uint64_t requests = 0;
  uint64_t refused_connections = 0;
  uint64_t bad_requests = 0;    // malformed, too large, too slow
  uint64_t bad_handshakes = 0;  // TLS: no certificate of ours, rubbish, too slow
  int connections = 0;          // now
};

class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  // `loop` outlives the server.
  explicit HttpServer(net::IoLoop* loop, const HttpLimits& limits = HttpLimits());
  // Closes every connection.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // GET and HEAD of `path`. What is not routed is answered 405 at a path that is, and 404 at any other.
  void Route(std::string path, Handler handler);
  // POST to `path`; its body has at most HttpLimits::body_bytes.
  void RoutePost(std::string path, Handler handler);

  // From now on new connections are TLS. Before Listen. An error names the file that cannot be used.
  absl::Status UseTls(const TlsFiles& files);

  // Returns where it listens (port 0: the kernel chose). An error says what the operator can do.
  absl::StatusOr<Endpoint> Listen(const Endpoint& local);

  // Accepts no more; connections end after the answer at hand.
  void Stop();

  HttpCounters counters() const;

 private:
  struct Rep;
  std::shared_ptr<Rep> rep_;
};

}  // namespace understudy::http

#endif  // UNDERSTUDY_DAEMON_HTTP_HTTP_SERVER_H_
