#include "daemon/cti/websocket_listener.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <deque>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "daemon/cti/frame_json.h"
#include "daemon/cti/host_shares.h"

namespace understudy::daemon {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using beast::error_code;

namespace {

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr absl::string_view kPath = "/tlib";
constexpr size_t kMostHeader = 8 << 10;
constexpr size_t kMostHello = 4 << 10;  // nobody has said who it is
constexpr size_t kMostUnfinished = 1000;
constexpr size_t kMostUnfinishedOfHost = 200;
constexpr auto kHandshake = std::chrono::seconds(5);
// What waits for a client that reads has left by then.
constexpr Duration kClosing = Duration::Seconds(2);

}  // namespace

// Shared with the connections that are on their way.
struct WebsocketListener::Rep {
  bool IsAllowed(const std::string& origin) const {
    return origins.empty() || origin.empty() || std::find(origins.begin(), origins.end(), origin) != origins.end();
  }

  std::shared_ptr<http::TlsContext> tls;
  std::vector<std::string> origins;
  Accepted accepted;  // nullptr: the listener has gone
  HostShares unfinished{kMostUnfinished, kMostUnfinishedOfHost};
  uint64_t refused = 0;
};

namespace {

// From the handshake on, which has its host's share. Asio's handlers keep it while there is something to wait for.
template <class Stream>
class WebsocketConnection final : public ClientConnection,
                                  public std::enable_shared_from_this<WebsocketConnection<Stream>> {
 public:
  WebsocketConnection(net::IoLoop* loop, std::shared_ptr<WebsocketListener::Rep> rep, Stream stream,
                      const Endpoint& remote)
      : rep_(std::move(rep)),
        socket_(std::move(stream)),
        remote_(remote),
        deadline_(loop, [this] { tcp_stream().close(); }) {}
  ~WebsocketConnection() override { FinishHandshake(); }

  void Start() {
    tcp_stream().expires_after(kHandshake);
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      socket_.next_layer().async_handshake(asio::ssl::stream_base::server, On(&WebsocketConnection::ReadRequest));
    } else {
      ReadRequest({});
    }
  }

  // ---- ClientConnection
  void SetEvents(Events events) override {
    const bool first = events_ == nullptr;
    events_ = std::make_shared<const Events>(std::move(events));
    if (first) ReadMore();
  }
  void Send(absl::string_view octets) override {
    if (closing_ || !open_) return;
    queued_ += octets.size();
    queue_.emplace_back(octets);
    if (!writing_) Write();
  }
  void PauseReading() override { paused_ = true; }
  void ResumeReading() override {
    paused_ = false;
    ReadMore();
  }
  void Close() override {
    if (std::exchange(closing_, true)) return;
    events_ = nullptr;
    deadline_.SetAfter(kClosing);
    if (!writing_) EndClosing();
  }
  size_t queued_octets() const override { return queued_; }
  const Endpoint& remote() const override { return remote_; }
  ClientWire wire() const override { return ClientWire::kJson; }

 private:
  beast::tcp_stream& tcp_stream() { return beast::get_lowest_layer(socket_); }

  template <class... Arguments>
  auto On(void (WebsocketConnection::*method)(error_code, Arguments...)) {
    return [self = this->shared_from_this(), method](error_code error, Arguments... arguments) {
      (self.get()->*method)(error, arguments...);
    };
  }

  void FinishHandshake() {
    if (std::exchange(unfinished_, false)) rep_->unfinished.Give(remote_);
  }

  // ---- The handshake
  void ReadRequest(error_code error) {
    if (error) return Refused();
    parser_.emplace();
    parser_->header_limit(kMostHeader);
    wire::async_read(socket_.next_layer(), buffer_, *parser_, On<size_t>(&WebsocketConnection::OnRequest));
  }

  void OnRequest(error_code error, size_t) {
    if (error) return Refused();
    const auto& request = parser_->get();
    const absl::string_view target(request.target().data(), request.target().size());
    if (target != kPath) return Answer(wire::status::not_found, "WebSocket is spoken at /tlib");
    if (!websocket::is_upgrade(request)) return Answer(wire::status::upgrade_required, "only WebSocket is spoken here");
    if (!rep_->IsAllowed(std::string(request[wire::field::origin]))) {
      return Answer(wire::status::forbidden, "this origin is not in tlib-websocket-origins");
    }
    tcp_stream().expires_never();
    websocket::stream_base::timeout times = websocket::stream_base::timeout::suggested(beast::role_type::server);
    times.handshake_timeout = kHandshake;
    times.idle_timeout = websocket::stream_base::none();  // ADDP knows better
    times.keep_alive_pings = false;
    socket_.set_option(times);
    socket_.read_message_max(0);  // OnSome knows better
    socket_.async_accept(request, On(&WebsocketConnection::OnAccepted));
  }

  void Answer(wire::status status, const char* why) {
    ++rep_->refused;
    response_.result(status);
    response_.version(11);
    response_.set(wire::field::content_type, "text/plain");
    response_.set(wire::field::connection, "close");
    if (status == wire::status::upgrade_required) response_.set(wire::field::upgrade, "websocket");
    response_.body() = absl::StrCat(why, "\n");
    response_.prepare_payload();
    wire::async_write(socket_.next_layer(), response_, On<size_t>(&WebsocketConnection::OnAnswered));
  }

  void OnAnswered(error_code, size_t) {
    error_code ignored;
    tcp_stream().socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  void OnAccepted(error_code error) {
    if (error || rep_->accepted == nullptr) return Refused();
    FinishHandshake();
    parser_.reset();
    socket_.text(true);
    open_ = true;
    rep_->accepted(this->shared_from_this());
  }

  void Refused() {
    ++rep_->refused;
    tcp_stream().close();
  }

  // ---- Reading: one message at a time
  void ReadMore() {
    if (reading_ || paused_ || !open_ || closing_ || too_large_ || events_ == nullptr) return;
    reading_ = true;
    ReadSome();
  }

  void ReadSome() {
    socket_.async_read_some(buffer_, most_octets_ + 1 - buffer_.size(), On<size_t>(&WebsocketConnection::OnSome));
  }

  // Of one that is too large no more is read than shows it: whom it is given to sees that, says why, and closes.
  void OnSome(error_code error, size_t) {
    if (error) {
      reading_ = false;
      return Ended(error);
    }
    too_large_ = buffer_.size() > most_octets_;
    if (!too_large_ && !socket_.is_message_done()) return ReadSome();
    OnMessage();
  }

  void OnMessage() {
    reading_ = false;
    most_octets_ = kMostFrameText;
    const asio::const_buffer message = buffer_.cdata();
    const std::shared_ptr<const Events> events = events_;
    if (events != nullptr && events->octets) {
      events->octets(absl::string_view(static_cast<const char*>(message.data()), message.size()));
    }
    buffer_.consume(buffer_.size());
    ReadMore();
  }

  // ---- Writing: in order, a message at a time
  void Write() {
    writing_ = true;
    socket_.async_write(asio::buffer(queue_.front()), On<size_t>(&WebsocketConnection::OnWritten));
  }

  void OnWritten(error_code error, size_t) {
    writing_ = false;
    if (error) return Ended(error);
    queued_ -= queue_.front().size();
    queue_.pop_front();
    if (!queue_.empty()) return Write();
    if (closing_) EndClosing();
  }

  // Says goodbye as RFC 6455 section 7 has it, and waits a while for the client's.
  void EndClosing() {
    if (!open_) return tcp_stream().close();
    socket_.async_close(too_large_ ? websocket::close_code::too_big : websocket::close_code::normal,
                        On(&WebsocketConnection::OnClosed));
  }

  void OnClosed(error_code) {
    deadline_.Clear();
    tcp_stream().close();
  }

  void Ended(error_code error) {
    if (!std::exchange(open_, false)) return;
    const std::shared_ptr<const Events> events = std::exchange(events_, nullptr);
    deadline_.Clear();
    tcp_stream().close();
    const bool said_so = error == websocket::error::closed || error == asio::error::eof;
    if (events != nullptr && events->closed) {
      events->closed(absl::UnavailableError(said_so ? "the client ended the connection" : error.message()));
    }
  }

  const std::shared_ptr<WebsocketListener::Rep> rep_;
  websocket::stream<Stream> socket_;
  const Endpoint remote_;
  bool unfinished_ = true;
  beast::flat_buffer buffer_;
  std::optional<wire::request_parser<wire::empty_body>> parser_;
  wire::response<wire::string_body> response_;
  std::shared_ptr<const Events> events_;
  std::deque<std::string> queue_;
  size_t queued_ = 0;
  bool open_ = false;  // as a WebSocket
  bool reading_ = false;
  bool writing_ = false;
  bool paused_ = false;
  bool closing_ = false;
  bool too_large_ = false;  // what came last
  size_t most_octets_ = kMostHello;
  net::Alarm deadline_;
};

}  // namespace

WebsocketListener::WebsocketListener(net::IoLoop* loop, std::shared_ptr<http::TlsContext> tls,
                                     std::vector<std::string> origins, Accepted accepted)
    : loop_(loop), rep_(std::make_shared<Rep>()) {
  rep_->tls = std::move(tls);
  rep_->origins = std::move(origins);
  rep_->accepted = std::move(accepted);
}

WebsocketListener::~WebsocketListener() {
  rep_->accepted = nullptr;
}

uint64_t WebsocketListener::refused() const {
  return rep_->refused;
}

absl::StatusOr<Endpoint> WebsocketListener::Listen(const Endpoint& local, const net::AddressSettings& settings) {
  US_CHECK(listener_ == nullptr);
  absl::StatusOr<net::OwnedFd> fd = net::OpenTcpListener(local, settings);
  if (!fd.ok()) return fd.status();
  const bool is_v4 = local.is_v4();
  listener_ = std::make_unique<net::TcpListener>(
      loop_, *std::move(fd), [loop = loop_, rep = rep_, is_v4](net::OwnedFd client, const Endpoint& remote) {
        error_code error;
        tcp::socket socket(loop->context());
        socket.assign(is_v4 ? tcp::v4() : tcp::v6(), client.get(), error);
        if (error) return;
        client.Detach();
        socket.set_option(tcp::no_delay(true), error);
        if (error) return;
        if (!rep->unfinished.Take(remote)) {
          ++rep->refused;
          return;
        }
        if (rep->tls != nullptr) {
          TlsStream stream(std::move(socket), *rep->tls);
          std::make_shared<WebsocketConnection<TlsStream>>(loop, rep, std::move(stream), remote)->Start();
        } else {
          PlainStream stream(std::move(socket));
          std::make_shared<WebsocketConnection<PlainStream>>(loop, rep, std::move(stream), remote)->Start();
        }
      });
  return listener_->local();
}

}  // namespace understudy::daemon
