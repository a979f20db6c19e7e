// A client's link to one server over TCP or TLS: octets to frames and back.
//
//   auto link = Link::Open(io, server, tls, events);   // opened or lost comes in a later turn
//   link->Send(frame); link->Flush();
//   link->Close();                                     // what was sent leaves first; no event comes afterwards
#ifndef UNDERSTUDY_CLIENT_LINK_H_
#define UNDERSTUDY_CLIENT_LINK_H_

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/ssl/stream.hpp"
#include "boost/asio/steady_timer.hpp"
#include "client/server_name.h"
#include "tlib/frame.h"
#include "tlib/frame_codec.h"

namespace understudy::client {

struct LinkTls {
  std::shared_ptr<boost::asio::ssl::context> context;
  std::string server_name;
};

class Link : public std::enable_shared_from_this<Link> {
 public:
  struct Events {
    std::function<void()> opened;
    std::function<void(const tlib::Frame& frame)> frame;
    std::function<void(absl::string_view why)> rubbish;  // the stream is no frames
    std::function<void(absl::string_view why)> lost;
  };

  static std::shared_ptr<Link> Open(boost::asio::io_context& io, const ServerName& server, const LinkTls& tls,
                                    Events events);

  void Send(const tlib::Frame& frame);
  void Flush();
  void Close();

 private:
  using Error = boost::system::error_code;
  using Resolved = boost::asio::ip::tcp::resolver::results_type;

  Link(boost::asio::io_context& io, const ServerName& server, const LinkTls& tls, Events events);

  void Resolve();
  void Connect(const Resolved& addresses);
  void Connected();
  void Shake();
  void Ready();
  void Read();
  void TakeOctets(size_t size);
  void Write();
  void Written(const Error& error);
  void Fail(absl::string_view why);
  void SayEnd();
  void Shut();

  const ServerName server_;
  const LinkTls tls_;
  Events events_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer linger_;
  absl::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> stream_;
  std::array<char, 16 * 1024> in_;
  tlib::FrameReader reader_;
  std::string waiting_;  // for the write at hand to end
  std::string writing_;
  bool is_open_ = false;
  bool is_closing_ = false;
  bool is_writing_ = false;
};

}  // namespace understudy::client

#endif  // UNDERSTUDY_CLIENT_LINK_H_
