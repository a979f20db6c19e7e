#include "client/testing/model_link.h"

#include <utility>

#include "base/check.h"
#include "boost/asio/write.hpp"

namespace understudy::client {

namespace asio = boost::asio;
using Error = boost::system::error_code;

ModelLink::ModelLink(int its_node, asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> tls,
                     OnFrame on_frame)
    : node(its_node), socket_(std::move(socket)), tls_(std::move(tls)), on_frame_(std::move(on_frame)) {}

void ModelLink::Start() {
  if (tls_ == nullptr) {
    is_ready_ = true;
    return Read();
  }
  stream_.emplace(socket_, *tls_);
  stream_->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](const Error& error) {
    if (error) return self->Cut();
    self->is_ready_ = true;
    self->Read();
  });
}

void ModelLink::Read() {
  auto taken = [self = shared_from_this()](const Error& error, size_t size) {
    if (error) return self->Cut();
    self->reader_.Push(absl::string_view(self->in_.data(), size));
    for (;;) {
      const absl::StatusOr<absl::optional<tlib::Frame>> frame = self->reader_.Next();
      US_CHECK(frame.ok());
      if (!frame->has_value()) break;
      self->on_frame_(self, **frame);
    }
    self->Read();
  };
  if (stream_.has_value()) return stream_->async_read_some(asio::buffer(in_), std::move(taken));
  socket_.async_read_some(asio::buffer(in_), std::move(taken));
}

void ModelLink::Send(const tlib::Frame& frame) {
  if (is_closing_ || !is_open()) return;
  tlib::AppendFrame(frame, &waiting_);
  if (writing_.empty() && is_ready_) Write();
}

void ModelLink::Write() {
  writing_.swap(waiting_);
  auto written = [self = shared_from_this()](const Error& error, size_t) {
    self->writing_.clear();
    if (error || (self->waiting_.empty() && self->is_closing_)) return self->Cut();
    if (!self->waiting_.empty()) self->Write();
  };
  if (stream_.has_value()) return asio::async_write(*stream_, asio::buffer(writing_), std::move(written));
  asio::async_write(socket_, asio::buffer(writing_), std::move(written));
}

void ModelLink::Close() {
  is_closing_ = true;
  if (writing_.empty()) Cut();
}

void ModelLink::Cut() {
  Error ignored;
  socket_.close(ignored);
}

}  // namespace understudy::client
