#include "daemon/http/http_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <optional>
#include <set>
#include <type_traits>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace understudy::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using beast::error_code;

namespace {

constexpr Duration kAcceptPause = Duration::Milliseconds(100);
constexpr char kServerName[] = "understudy";

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

std::chrono::nanoseconds ToChrono(Duration span) {
  return std::chrono::nanoseconds(span.nanoseconds());
}

tcp::endpoint ToAsio(const Endpoint& endpoint) {
  const Endpoint::Ip& ip = endpoint.ip();
  if (endpoint.is_v4()) {
    return tcp::endpoint(asio::ip::address_v4({ip[12], ip[13], ip[14], ip[15]}), endpoint.port());
  }
  return tcp::endpoint(asio::ip::address_v6(ip), endpoint.port());
}

Endpoint FromAsio(const tcp::endpoint& endpoint) {
  if (endpoint.address().is_v6()) return Endpoint(endpoint.address().to_v6().to_bytes(), endpoint.port());
  const auto ip = endpoint.address().to_v4().to_bytes();
  return Endpoint::V4(ip[0], ip[1], ip[2], ip[3], endpoint.port());
}

std::string Advice(const error_code& error, const Endpoint& local) {
  if (error == asio::error::address_in_use) {
    return absl::StrCat("another program has it: find it with \"ss -tlpn sport = :", local.port(),
                        "\" and stop it, or choose another http-port");
  }
  if (error == asio::error::access_denied) return "not permitted: ports below 1024 need CAP_NET_BIND_SERVICE";
  return error.message();
}

std::string AllowedMethods(bool reads, bool posts) {
  return absl::StrCat(reads ? "GET, HEAD" : "", reads && posts ? ", " : "", posts ? "POST" : "");
}

}  // namespace

// Shared with the connections, which outlive the server while Asio still holds their handlers.
struct HttpServer::Rep : std::enable_shared_from_this<HttpServer::Rep> {
  class Connection;
  template <class Stream>
  class StreamConnection;
  struct Handlers {
    Handler read;  // GET and HEAD
    Handler post;
  };

  Rep(net::IoLoop* loop, const HttpLimits& its_limits)
      : limits(its_limits), context(loop->context()), acceptor(context), accept_again(loop, [this] { Accept(); }) {}

  absl::Status Open(const Endpoint& local);
  void Accept();
  void Serve(tcp::socket socket, const Endpoint& remote);
  wire::response<wire::string_body> Answer(const wire::request<wire::string_body>& request, const Endpoint& remote);

  HttpLimits limits;
  HttpCounters counters;
  absl::btree_map<std::string, Handlers> routes;
  std::shared_ptr<TlsContext> tls;  // nullptr: plain
  asio::io_context& context;
  tcp::acceptor acceptor;
  net::Alarm accept_again;  // when descriptors have run out
  std::set<Connection*> connections;
  bool stopped = false;
};

class HttpServer::Rep::Connection {
 public:
  explicit Connection(std::shared_ptr<Rep> rep) : rep_(std::move(rep)) {
    rep_->connections.insert(this);
    ++rep_->counters.connections;
  }
  virtual ~Connection() {
    rep_->connections.erase(this);
    --rep_->counters.connections;
  }
  virtual void Close() = 0;

 protected:
  const std::shared_ptr<Rep> rep_;
};

template <class Stream>
class HttpServer::Rep::StreamConnection final : public Connection,
                                                public std::enable_shared_from_this<StreamConnection<Stream>> {
 public:
  StreamConnection(std::shared_ptr<Rep> rep, Stream stream, const Endpoint& remote)
      : Connection(std::move(rep)),
        stream_(std::move(stream)),
        buffer_(rep_->limits.header_bytes + 1024),
        remote_(remote) {}

  void Start() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      tcp_stream().expires_after(ToChrono(rep_->limits.request));
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code error) { self->OnHandshake(error); });
    } else {
      Read();
    }
  }

  void Close() override {
    error_code ignored;
    tcp_stream().socket().shutdown(tcp::socket::shutdown_both, ignored);
    tcp_stream().close();
  }

 private:
  beast::tcp_stream& tcp_stream() { return beast::get_lowest_layer(stream_); }

  void OnHandshake(error_code error) {
    if (!error) return Read();
    ++rep_->counters.bad_handshakes;
    Close();
  }

  void Read() {
    parser_.emplace();
    parser_->header_limit(rep_->limits.header_bytes);
    parser_->body_limit(rep_->limits.body_bytes);
    tcp_stream().expires_after(ToChrono(rep_->limits.request));
    wire::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](error_code error, size_t) { self->OnRead(error); });
  }

  void OnRead(error_code error) {
    if (error == wire::error::end_of_stream || error == asio::error::operation_aborted) return Close();
    if (error) return Refuse(error);
    ++requests_;
    ++rep_->counters.requests;
    response_ = rep_->Answer(parser_->get(), remote_);
    response_.keep_alive(parser_->get().keep_alive() && requests_ < rep_->limits.requests_per_connection &&
                         !rep_->stopped);
    Write();
  }

  // Beast's own errors are the client's mistakes and get an answer; a broken or slow connection gets none.
  void Refuse(error_code error) {
    ++rep_->counters.bad_requests;
    if (error.category() != wire::make_error_code(wire::error::bad_method).category()) return Close();
    response_ = {};
    response_.result(wire::status::bad_request);
    if (error == wire::error::body_limit) response_.result(wire::status::payload_too_large);
    if (error == wire::error::header_limit) response_.result(wire::status::request_header_fields_too_large);
    response_.keep_alive(false);
    Write();
  }

  // The answer to HEAD says how long the body would be.
  void Write() {
    response_.version(11);
    response_.set(wire::field::server, kServerName);
    response_.set(wire::field::cache_control, "no-store");
    response_.prepare_payload();
    if (parser_->get().method() == wire::verb::head) response_.body().clear();
    tcp_stream().expires_after(ToChrono(rep_->limits.response));
    wire::async_write(stream_, response_, [self = this->shared_from_this()](error_code error, size_t) {
      if (error || !self->response_.keep_alive()) return self->Close();
      self->Read();
    });
  }

  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<wire::request_parser<wire::string_body>> parser_;
  wire::response<wire::string_body> response_;
  Endpoint remote_;
  int requests_ = 0;
};

absl::Status HttpServer::Rep::Open(const Endpoint& local) {
  const tcp::endpoint endpoint = ToAsio(local);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return absl::OkStatus();
  error_code ignored;
  acceptor.close(ignored);
  return absl::FailedPreconditionError(
      absl::StrCat("cannot listen on HTTP ", local.ToText(), ": ", Advice(error, local)));
}

void HttpServer::Rep::Accept() {
  acceptor.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || self->stopped) return;
    if (error) return self->accept_again.SetAfter(kAcceptPause);
    error_code gone;
    const tcp::endpoint remote = socket.remote_endpoint(gone);
    if (self->counters.connections >= self->limits.connections) {
      ++self->counters.refused_connections;
    } else if (!gone) {
      self->Serve(std::move(socket), FromAsio(remote));
    }
    self->Accept();
  });
}

void HttpServer::Rep::Serve(tcp::socket socket, const Endpoint& remote) {
  if (tls != nullptr) {
    TlsStream stream(std::move(socket), *tls);
    std::make_shared<StreamConnection<TlsStream>>(shared_from_this(), std::move(stream), remote)->Start();
  } else {
    PlainStream stream(std::move(socket));
    std::make_shared<StreamConnection<PlainStream>>(shared_from_this(), std::move(stream), remote)->Start();
  }
}

wire::response<wire::string_body> HttpServer::Rep::Answer(const wire::request<wire::string_body>& request,
                                                          const Endpoint& remote) {
  const absl::string_view target(request.target().data(), request.target().size());
  const size_t mark = target.find('?');
  HttpRequest asked{std::string(target.substr(0, mark)), "", remote, "", ""};
  if (mark != absl::string_view::npos) asked.query = std::string(target.substr(mark + 1));
  const bool reads = request.method() == wire::verb::get || request.method() == wire::verb::head;
  const bool posts = request.method() == wire::verb::post;
  const auto route = routes.find(asked.path);
  wire::response<wire::string_body> response;
  HttpResponse answer;
  if (route == routes.end()) {
    answer = {404, answer.content_type, "There is nothing here.\n"};
  } else if (reads && route->second.read) {
    answer = route->second.read(asked);
  } else if (posts && route->second.post) {
    asked.body = request.body();
    asked.content_type = std::string(request[wire::field::content_type]);
    answer = route->second.post(asked);
  } else {
    const std::string allowed = AllowedMethods(route->second.read != nullptr, route->second.post != nullptr);
    answer = {405, answer.content_type, absl::StrCat("Only ", allowed, ".\n")};
    response.set(wire::field::allow, allowed);
  }
  response.result(static_cast<unsigned>(answer.status));
  response.set(wire::field::content_type, answer.content_type);
  response.body() = std::move(answer.body);
  return response;
}

HttpServer::HttpServer(net::IoLoop* loop, const HttpLimits& limits) : rep_(std::make_shared<Rep>(loop, limits)) {}

HttpServer::~HttpServer() {
  Stop();
  for (Rep::Connection* connection : rep_->connections) connection->Close();
  rep_->routes.clear();
}

void HttpServer::Route(std::string path, Handler handler) {
  Handler& route = rep_->routes[std::move(path)].read;
  US_CHECK(route == nullptr);
  route = std::move(handler);
}

void HttpServer::RoutePost(std::string path, Handler handler) {
  Handler& route = rep_->routes[std::move(path)].post;
  US_CHECK(route == nullptr);
  route = std::move(handler);
}

absl::Status HttpServer::UseTls(const TlsFiles& files) {
  absl::StatusOr<std::shared_ptr<TlsContext>> tls = ServerTls(files);
  if (!tls.ok()) return tls.status();
  rep_->tls = *std::move(tls);
  return absl::OkStatus();
}

absl::StatusOr<Endpoint> HttpServer::Listen(const Endpoint& local) {
  if (absl::Status opened = rep_->Open(local); !opened.ok()) return opened;
  rep_->Accept();
  return FromAsio(rep_->acceptor.local_endpoint());
}

void HttpServer::Stop() {
  rep_->stopped = true;
  error_code ignored;
  rep_->acceptor.close(ignored);
}

HttpCounters HttpServer::counters() const {
  return rep_->counters;
}

}  // namespace understudy::http
