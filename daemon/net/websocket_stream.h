// The server's side of one WebSocket without a socket: its handshake, and one SIP message a message (RFC 6455, RFC
// 7118).
//
//   WebsocketStream stream(&options);
//   stream.Feed(octets);
//   while (WebsocketStream::GoesOn(event = stream.Next(&message))) ...
//   send(stream.TakeOutput());                 // the handshake's answer, a pong, the close
//   send(WebsocketStream::Frame(message));
//
// Beast's WebSocket wants a stream of its own to wait on; here the octets come and go as those of every other
// connection do, under the same limits.
#ifndef UNDERSTUDY_DAEMON_NET_WEBSOCKET_STREAM_H_
#define UNDERSTUDY_DAEMON_NET_WEBSOCKET_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace understudy::net {

struct WebsocketOptions {
  std::vector<std::string> origins;   // of pages that may connect; empty: any
  size_t message_octets = 64 * 1024;  // largest message
};

class WebsocketStream {
 public:
  enum class Event {
    kNeedMore,
    kOpened,   // the handshake is over
    kMessage,  // whole
    kPing,     // answered in the output
    // Nothing follows; what is in the output still goes out.
    kEnded,     // the peer said so, or it speaks no WebSocket
    kBroken,    // it breaks the rules
    kTooLarge,  // a message beyond the limit
  };
  static bool GoesOn(Event event) { return event != Event::kNeedMore && event < Event::kEnded; }

  // `options` outlive the stream.
  explicit WebsocketStream(const WebsocketOptions* options) : options_(options) {}

  // Copies `octets` in. Call Next while it GoesOn before the next.
  void Feed(absl::string_view octets);
  // `*message` is valid until the next call.
  Event Next(absl::string_view* message);

  bool open() const { return open_; }
  bool between_messages() const { return begin_ == buffer_.size() && !in_message_; }
  std::string TakeOutput();

  // A message of ours as a frame: text, or binary where it is no UTF-8.
  static std::string Frame(absl::string_view message);
  // Our end of it: we go away.
  static std::string Goodbye();

 private:
  struct Header {
    uint8_t opcode = 0;
    bool last = false;
    size_t octets = 0;  // of the header itself
    size_t payload = 0;
  };
  enum class Whole { kYes, kNotYet, kBroken };

  Event Open();
  Event Refuse(absl::string_view status, absl::string_view why);
  Whole ReadHeader(Header* header) const;
  Event Take(const Header& header);
  Event TakeData(const Header& header, absl::string_view payload);
  Event TakeControl(const Header& header, absl::string_view payload);
  Event End(Event how, uint16_t code);

  const WebsocketOptions* options_;
  std::string buffer_;
  size_t begin_ = 0;     // first octet that was not taken
  std::string message_;  // so far, of one in several frames
  bool in_message_ = false;
  bool given_ = false;  // message_ has been given out whole
  bool open_ = false;
  bool ended_ = false;
  std::string output_;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_WEBSOCKET_STREAM_H_
