// A server's end of a client's link: plain or TLS. For tests only.
#ifndef UNDERSTUDY_CLIENT_TESTING_MODEL_LINK_H_
#define UNDERSTUDY_CLIENT_TESTING_MODEL_LINK_H_

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "absl/types/optional.h"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/ssl/stream.hpp"
#include "tlib/frame.h"
#include "tlib/frame_codec.h"

namespace understudy::client {

class ModelLink : public std::enable_shared_from_this<ModelLink> {
 public:
  using OnFrame = std::function<void(const std::shared_ptr<ModelLink>& link, const tlib::Frame& frame)>;

  ModelLink(int its_node, boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> tls,
            OnFrame on_frame);

  void Start();
  void Send(const tlib::Frame& frame);
  // After what was sent.
  void Close();
  void Cut();
  bool is_open() const { return socket_.is_open(); }

  const int node;
  bool greeted = false;
  uint64_t session = 0;

 private:
  void Read();
  void Write();

  boost::asio::ip::tcp::socket socket_;
  const std::shared_ptr<boost::asio::ssl::context> tls_;
  absl::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> stream_;
  OnFrame on_frame_;
  std::array<char, 4096> in_;
  tlib::FrameReader reader_;
  std::string waiting_;
  std::string writing_;
  bool is_ready_ = false;
  bool is_closing_ = false;
};

}  // namespace understudy::client

#endif  // UNDERSTUDY_CLIENT_TESTING_MODEL_LINK_H_
