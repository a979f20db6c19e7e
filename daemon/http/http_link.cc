#include "daemon/http/http_link.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <optional>
#include <type_traits>
#include <utility>

namespace understudy::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

template <class Stream>
class StreamLink final : public HttpLink, public std::enable_shared_from_this<StreamLink<Stream>> {
 public:
  StreamLink(asio::io_context* context, std::shared_ptr<TlsContext> tls, uint32_t header_bytes, uint64_t body_bytes)
      : tls_(std::move(tls)),
        stream_(MakeStream(context, tls_.get())),
        resolver_(*context),
        header_bytes_(header_bytes),
        body_bytes_(body_bytes) {}

  void Connect(const HttpLinkTarget& target, Then then) override {
    then_ = std::move(then);
    host_ = target.host;
    error_code not_an_address;
    const asio::ip::address address = asio::ip::make_address(target.host, not_an_address);
    if (!not_an_address) {
      const auto port = static_cast<uint16_t>(std::stoul(target.port));
      return beast::get_lowest_layer(stream_).async_connect(tcp::endpoint(address, port), On(&StreamLink::OnConnected));
    }
    resolver_.async_resolve(
        target.host, target.port,
        [self = this->shared_from_this()](error_code error, tcp::resolver::results_type found) {
          if (error || self->closed_) return self->Tell(error);
          beast::get_lowest_layer(self->stream_).async_connect(found, [self](error_code failed, const tcp::endpoint&) {
            self->OnConnected(failed);
          });
        });
  }

  void Exchange(Request request, Then then) override {
    then_ = std::move(then);
    request_ = std::move(request);
    parser_.emplace();
    parser_->header_limit(header_bytes_);
    parser_->body_limit(body_bytes_);
    wire::async_write(stream_, request_, [self = this->shared_from_this()](error_code error, size_t) {
      if (error || self->closed_) return self->Tell(error);
      wire::async_read(self->stream_, self->buffer_, *self->parser_,
                       [self](error_code failed, size_t) { self->Tell(failed); });
    });
  }

  void Close() override {
    closed_ = true;
    then_ = nullptr;
    resolver_.cancel();
    beast::get_lowest_layer(stream_).close();
  }

  Response TakeResponse() override { return parser_->release(); }
  bool heard() const override { return parser_ && parser_->got_some(); }

 private:
  static Stream MakeStream(asio::io_context* context, TlsContext* tls) {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      return Stream(*context, *tls);
    } else {
      return Stream(*context);
    }
  }

  auto On(void (StreamLink::*method)(error_code)) {
    return [self = this->shared_from_this(), method](error_code error) { (self.get()->*method)(error); };
  }

  void OnConnected(error_code error) {
    if (error || closed_) return Tell(error);
    error_code ignored;
    beast::get_lowest_layer(stream_).socket().set_option(tcp::no_delay(true), ignored);
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      error_code not_an_address;
      asio::ip::make_address(host_, not_an_address);
      if (not_an_address) SSL_set_tlsext_host_name(stream_.native_handle(), host_.c_str());
      stream_.set_verify_callback(asio::ssl::host_name_verification(host_), error);
      if (error) return Tell(error);
      stream_.async_handshake(asio::ssl::stream_base::client, On(&StreamLink::Tell));
    } else {
      Tell(error);
    }
  }

  // Who is told may close this link, or destroy its owner.
  void Tell(error_code error) {
    const Then then = std::exchange(then_, nullptr);
    if (then) then(error);
  }

  const std::shared_ptr<TlsContext> tls_;
  Stream stream_;
  tcp::resolver resolver_;
  const uint32_t header_bytes_;
  const uint64_t body_bytes_;
  std::string host_;
  Request request_;
  beast::flat_buffer buffer_;
  std::optional<wire::response_parser<wire::string_body>> parser_;
  Then then_;
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<HttpLink> HttpLink::Make(asio::io_context* context, std::shared_ptr<TlsContext> tls,
                                         uint32_t header_bytes, uint64_t body_bytes) {
  if (tls != nullptr) return std::make_shared<StreamLink<TlsStream>>(context, std::move(tls), header_bytes, body_bytes);
  return std::make_shared<StreamLink<PlainStream>>(context, nullptr, header_bytes, body_bytes);
}

}  // namespace understudy::http
