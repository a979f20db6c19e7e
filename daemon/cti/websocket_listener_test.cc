// An edge behind a WebSocket, and a client of Beast's that says too much.
#include "daemon/cti/websocket_listener.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <string>
#include <variant>
#include <vector>

#include "daemon/cti/frame_json.h"
#include "daemon/cti/listener_testing.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using tlib::ErrorCode;

// Blocking.
class Browser {
 public:
  explicit Browser(const Endpoint& to) : socket_(io_) {
    socket_.next_layer().connect({asio::ip::make_address("127.0.0.1"), to.port()});
    socket_.handshake("understudy", "/tlib");
  }

  void Say(const std::string& text) { socket_.write(asio::buffer(text)); }
  void Say(const tlib::Frame& frame) { Say(FrameToJson(frame)); }
  // In fragments of so many octets.
  void SayInPieces(const std::string& text, size_t size) {
    for (size_t at = 0; at < text.size(); at += size) {
      beast::error_code error;
      socket_.write_some(at + size >= text.size(), asio::buffer(text.data() + at, std::min(size, text.size() - at)),
                         error);
      if (error) return;
    }
  }

  tlib::Frame Hear() {
    beast::flat_buffer buffer;
    beast::error_code error;
    socket_.read(buffer, error);
    EXPECT_FALSE(error) << error.message();
    const absl::StatusOr<tlib::Frame> frame = FrameFromJson(beast::buffers_to_string(buffer.data()));
    EXPECT_TRUE(frame.ok()) << frame.status();
    return frame.ok() ? *frame : tlib::Frame();
  }

  // The code that the server closes with.
  websocket::close_code HearClose() {
    beast::flat_buffer buffer;
    beast::error_code error;
    socket_.read(buffer, error);
    EXPECT_EQ(error, websocket::error::closed);
    return static_cast<websocket::close_code>(socket_.reason().code);
  }

 private:
  asio::io_context io_;
  websocket::stream<asio::ip::tcp::socket> socket_;
};

class WebsocketListenerTest : public ListenerTest<WebsocketListener> {
 protected:
  void SetUp() override { Serve({"tlib-websocket-port", "tlib-address"}, nullptr, std::vector<std::string>()); }

  static void ExpectTooLarge(Browser& browser) {
    EXPECT_EQ(std::get<tlib::Goodbye>(browser.Hear()).code, ErrorCode::kMessageTooLarge);
    EXPECT_EQ(browser.HearClose(), websocket::close_code::too_big);
  }
};

TEST_F(WebsocketListenerTest, AMessageMayBeAsLongAsAFrameMayBe) {
  While([&] {
    Browser browser(at_);
    browser.Say(HelloOf("monitor"));
    EXPECT_TRUE(std::holds_alternative<tlib::Welcome>(browser.Hear()));
    const std::string ping = FrameToJson(tlib::Ping{});
    browser.Say(ping + std::string(kMostFrameText - ping.size(), ' '));
    EXPECT_TRUE(std::holds_alternative<tlib::Pong>(browser.Hear()));
    browser.SayInPieces(ping + std::string(100, ' '), 7);
    EXPECT_TRUE(std::holds_alternative<tlib::Pong>(browser.Hear()));
  });
}

TEST_F(WebsocketListenerTest, ALongerOneHearsGoodbyeAndIsClosedAsTooBig) {
  While([&] {
    Browser browser(at_);
    browser.Say(HelloOf("monitor"));
    browser.Hear();
    browser.Say(std::string(kMostFrameText + 1, ' '));
    ExpectTooLarge(browser);
    Browser fragments(at_);
    fragments.Say(HelloOf("monitor"));
    fragments.Hear();
    fragments.SayInPieces(std::string(2 * kMostFrameText, ' '), 10000);
    ExpectTooLarge(fragments);
  });
  EXPECT_EQ(edge_->counters().ends[static_cast<size_t>(LinkEnd::kTooLarge)], 2u);
}

TEST_F(WebsocketListenerTest, BeforeHelloNobodySendsALongMessage) {
  While([&] {
    Browser browser(at_);
    const std::string hello = FrameToJson(HelloOf("monitor"));
    browser.Say(hello + std::string(4097 - hello.size(), ' '));
    ExpectTooLarge(browser);
  });
}

TEST_F(WebsocketListenerTest, AnyOtherGoodbyeIsClosedAsNormal) {
  While([&] {
    Browser browser(at_);
    browser.Say("{\"Frame\":\"Nothing\"}");
    EXPECT_EQ(std::get<tlib::Goodbye>(browser.Hear()).code, ErrorCode::kProtocolError);
    EXPECT_EQ(browser.HearClose(), websocket::close_code::normal);
  });
}

}  // namespace
}  // namespace understudy::daemon
