// Finds the messages in a TCP or TLS stream. RFC 3261 18.3, 7.5; keep-alives of RFC 5626 4.4.1.
//
//   if (!framer.Feed(octets)) Close();
//   StreamFramer::Frame frame;
//   while ((event = framer.Next(&frame)) == StreamFramer::Event::kMessage) Handle(frame.message);
//
// The buffer is bounded: after Next has returned kNeedMore it holds at most one message of the limit's size, and
// Feed takes at most kMaxFeed octets at a time. Work is linear in the octets fed.
#ifndef UNDERSTUDY_SIP_FRAMING_H_
#define UNDERSTUDY_SIP_FRAMING_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "sip/parse.h"

namespace understudy::sip {

class StreamFramer {
 public:
  static constexpr size_t kMaxFeed = 64 * 1024;

  enum class Event {
    kNeedMore,
    kMessage,  // `frame` is one whole message
    kPing,     // CRLF CRLF between messages: answer CRLF (RFC 5626 3.5.1)
    kError,    // the stream cannot be framed any more: answer, if at all, and close
  };

  struct Frame {
    absl::string_view message;  // kMessage: the message. kError: its header part, for an answer, or empty
    ParseErrorKind error = ParseErrorKind::kNone;  // kError: kContentLength, kMessageTooLong ...
  };

  explicit StreamFramer(ParseLimits limits = ParseLimits()) : limits_(limits) {}

  // Copies `octets` in. Frames handed out before are no longer valid. False, and nothing is taken: more than
  // kMaxFeed octets, Next was not called until kNeedMore so that the buffer is full, or the stream is broken.
  bool Feed(absl::string_view octets);

  // What comes next in the stream; call until kNeedMore. `frame` points into the framer's buffer, until the next
  // Feed. After kError always kError, then without the header part.
  Event Next(Frame* frame);

  // Octets held back for want of the rest.
  size_t buffered() const { return buffer_.size() - begin_; }

 private:
  enum class Stage { kStart, kHeaders, kBody, kBroken };

  bool SkipLineEnds();
  bool AtHalfLineEnd() const;
  bool FindHeaderEnd();
  Event ReadHeaders(Frame* frame);
  Event ReadBody(Frame* frame);
  Event Break(ParseErrorKind error, size_t header_octets, Frame* frame);
  static Event Broken(ParseErrorKind error, Frame* frame);

  ParseLimits limits_;
  std::string buffer_;
  size_t begin_ = 0;           // first octet not yet given out
  size_t scanned_ = 0;         // octets after begin_ that hold no end of headers
  size_t header_octets_ = 0;   // with the empty line; from Stage::kBody on
  size_t message_octets_ = 0;  // likewise
  int line_ends_ = 0;          // seen since the last message or ping
  Stage stage_ = Stage::kStart;
  ParseErrorKind broken_ = ParseErrorKind::kNone;
};

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_FRAMING_H_
