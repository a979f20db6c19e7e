#include "client/link.h"

#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/connect.hpp"
#include "boost/asio/ssl/host_name_verification.hpp"
#include "boost/asio/write.hpp"

namespace understudy::client {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kLinger(2);

std::string Reason(const boost::system::error_code& error) {
  if (error == asio::error::eof) return "the server closed the connection";
  return absl::AsciiStrToLower(error.message());
}

}  // namespace

std::shared_ptr<Link> Link::Open(asio::io_context& io, const ServerName& server, const LinkTls& tls, Events events) {
  std::shared_ptr<Link> link(new Link(io, server, tls, std::move(events)));
  link->Resolve();
  return link;
}

Link::Link(asio::io_context& io, const ServerName& server, const LinkTls& tls, Events events)
    : server_(server), tls_(tls), events_(std::move(events)), resolver_(io), socket_(io), linger_(io) {}

void Link::Resolve() {
  resolver_.async_resolve(server_.host, server_.port, [self = shared_from_this()](const Error& error, Resolved found) {
    if (error) return self->Fail(absl::StrCat("no address of ", self->server_.host, ": ", Reason(error)));
    self->Connect(found);
  });
}

void Link::Connect(const Resolved& addresses) {
  if (is_closing_) return;
  asio::async_connect(socket_, addresses, [self = shared_from_this()](const Error& error, const auto&) {
    if (error) return self->Fail(absl::StrCat("no connection: ", Reason(error)));
    self->Connected();
  });
}

void Link::Connected() {
  if (is_closing_) return Shut();
  Error ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (tls_.context == nullptr) return Ready();
  Shake();
}

void Link::Shake() {
  stream_.emplace(socket_, *tls_.context);
  const std::string& name = tls_.server_name.empty() ? server_.host : tls_.server_name;
  Error ignored;
  const bool is_address = !asio::ip::make_address(name, ignored).is_unspecified() && !ignored;
  if (!is_address) SSL_set_tlsext_host_name(stream_->native_handle(), name.c_str());
  stream_->set_verify_callback(asio::ssl::host_name_verification(name), ignored);
  stream_->async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](const Error& error) {
    if (error) return self->Fail(absl::StrCat("TLS: ", Reason(error)));
    self->Ready();
  });
}

void Link::Ready() {
  if (is_closing_) return Shut();
  is_open_ = true;
  Read();
  events_.opened();
}

void Link::Read() {
  auto taken = [self = shared_from_this()](const Error& error, size_t size) {
    if (error) return self->Fail(Reason(error));
    self->TakeOctets(size);
  };
  if (stream_.has_value()) return stream_->async_read_some(asio::buffer(in_), std::move(taken));
  socket_.async_read_some(asio::buffer(in_), std::move(taken));
}

void Link::TakeOctets(size_t size) {
  if (!is_closing_) reader_.Push(absl::string_view(in_.data(), size));
  while (!is_closing_) {
    const absl::StatusOr<absl::optional<tlib::Frame>> frame = reader_.Next();
    if (!frame.ok()) {
      events_.rubbish(frame.status().message());
      break;
    }
    if (!frame->has_value()) break;
    events_.frame(**frame);
  }
  Read();
}

void Link::Send(const tlib::Frame& frame) {
  if (is_open_ && !is_closing_) tlib::AppendFrame(frame, &waiting_);
}

void Link::Flush() {
  if (is_open_ && !is_writing_ && !waiting_.empty()) Write();
}

void Link::Write() {
  is_writing_ = true;
  writing_.clear();
  writing_.swap(waiting_);
  auto written = [self = shared_from_this()](const Error& error, size_t) { self->Written(error); };
  if (stream_.has_value()) return asio::async_write(*stream_, asio::buffer(writing_), std::move(written));
  asio::async_write(socket_, asio::buffer(writing_), std::move(written));
}

void Link::Written(const Error& error) {
  is_writing_ = false;
  if (error) return Fail(Reason(error));
  if (!waiting_.empty()) return Write();
  if (is_closing_) SayEnd();
}

// Closed with octets unread, the socket would take back what has not arrived: the server is to close first.
void Link::SayEnd() {
  Error ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void Link::Fail(absl::string_view why) {
  if (is_closing_) return Shut();
  is_closing_ = true;
  Shut();
  events_.lost(why);
}

void Link::Close() {
  if (std::exchange(is_closing_, true)) return;
  if (!is_open_) return Shut();
  linger_.expires_after(kLinger);
  linger_.async_wait([self = shared_from_this()](const Error& error) {
    if (!error) self->Shut();
  });
  if (is_writing_) return;
  if (waiting_.empty()) return SayEnd();
  Write();
}

void Link::Shut() {
  Error ignored;
  is_open_ = false;
  resolver_.cancel();
  linger_.cancel();
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace understudy::client
