// One connection of the HTTP client, plain or TLS: connect, then one exchange after another. http_client.cc decides
// when.
//
// Callbacks come from the loop, never from within a call, and not after Close. For http_client.cc alone: this header
// compiles Beast.
#ifndef UNDERSTUDY_DAEMON_HTTP_HTTP_LINK_H_
#define UNDERSTUDY_DAEMON_HTTP_HTTP_LINK_H_

#include <boost/asio/io_context.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "daemon/http/tls_context.h"

namespace understudy::http {

struct HttpLinkTarget {
  bool tls = false;
  std::string host;  // an IP address without brackets, or a name
  std::string port;
  std::string text;  // "https://[::1]:8095", for people and the Host header
};

class HttpLink {
 public:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;
  using Then = std::function<void(const boost::system::error_code&)>;

  // `tls`: nullptr for a plain connection.
  static std::shared_ptr<HttpLink> Make(boost::asio::io_context* context, std::shared_ptr<TlsContext> tls,
                                        uint32_t header_bytes, uint64_t body_bytes);
  virtual ~HttpLink() = default;

  virtual void Connect(const HttpLinkTarget& target, Then then) = 0;
  virtual void Exchange(Request request, Then then) = 0;
  virtual void Close() = 0;

  // After a good exchange; moves it out.
  virtual Response TakeResponse() = 0;
  // Whether an octet of the present exchange's answer has come.
  virtual bool heard() const = 0;
};

}  // namespace understudy::http

#endif  // UNDERSTUDY_DAEMON_HTTP_HTTP_LINK_H_
