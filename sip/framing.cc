#include "sip/framing.h"

#include <algorithm>
#include <limits>

#include "sip/header_lines.h"
#include "sip/number.h"

namespace understudy::sip {
namespace {

// RFC 3261 18.3: over a stream Content-Length is mandatory, and it must be there once.
ParseErrorKind FindContentLength(absl::string_view headers, size_t max_line, uint32_t* length) {
  HeaderLineReader reader(headers, max_line);
  bool found = false;
  for (HeaderField field;;) {
    const HeaderLineReader::Result result = reader.Next(&field);
    if (result == HeaderLineReader::Result::kEnd || result == HeaderLineReader::Result::kUnterminated) break;
    if (result != HeaderLineReader::Result::kField || field.id != HeaderName::kContentLength) continue;
    if (found) return ParseErrorKind::kRepeatedHeader;
    if (!ParseNumber(field.value, std::numeric_limits<uint32_t>::max(), length)) return ParseErrorKind::kContentLength;
    found = true;
  }
  return found ? ParseErrorKind::kNone : ParseErrorKind::kMissingContentLength;
}

}  // namespace

bool StreamFramer::Feed(absl::string_view octets) {
  if (stage_ == Stage::kBroken || octets.size() > kMaxFeed) return false;
  if (buffered() > limits_.message_octets) return false;
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  buffer_.append(octets.data(), octets.size());
  return true;
}

StreamFramer::Event StreamFramer::Next(Frame* frame) {
  *frame = Frame();
  if (stage_ == Stage::kBroken) return Broken(broken_, frame);
  if (stage_ == Stage::kStart) {
    if (SkipLineEnds()) return Event::kPing;
    if (buffered() == 0 || AtHalfLineEnd()) return Event::kNeedMore;
    stage_ = Stage::kHeaders;
    line_ends_ = 0;
    scanned_ = 0;
  }
  if (stage_ == Stage::kHeaders) {
    const Event event = ReadHeaders(frame);
    if (stage_ != Stage::kBody) return event;
  }
  return ReadBody(frame);
}

bool StreamFramer::AtHalfLineEnd() const {
  return buffered() == 1 && buffer_[begin_] == '\r';
}

// Takes line ends off the front. True at the second of a pair: a ping.
bool StreamFramer::SkipLineEnds() {
  while (buffered() > 0) {
    size_t length = 0;
    if (buffer_[begin_] == '\n') length = 1;
    if (buffer_[begin_] == '\r' && buffered() > 1 && buffer_[begin_ + 1] == '\n') length = 2;
    if (length == 0) return false;
    begin_ += length;
    if (++line_ends_ < 2) continue;
    line_ends_ = 0;
    return true;
  }
  return false;
}

// Looks for the empty line from where the last look ended. True: header_octets_ is set.
bool StreamFramer::FindHeaderEnd() {
  const absl::string_view text = absl::string_view(buffer_).substr(begin_);
  for (size_t feed = LineFeed(text, scanned_); feed != absl::string_view::npos; feed = LineFeed(text, feed + 1)) {
    scanned_ = feed;
    if (feed + 1 >= text.size()) return false;
    size_t next = feed + 1;
    if (text[next] == '\r') ++next;
    if (next >= text.size()) return false;
    if (text[next] != '\n') continue;
    header_octets_ = next + 1;
    return true;
  }
  scanned_ = text.size();
  return false;
}

StreamFramer::Event StreamFramer::ReadHeaders(Frame* frame) {
  if (!FindHeaderEnd()) {
    if (buffered() <= limits_.message_octets) return Event::kNeedMore;
    return Break(ParseErrorKind::kMessageTooLong, 0, frame);
  }
  const absl::string_view headers = absl::string_view(buffer_).substr(begin_, header_octets_);
  const size_t start_line = LineFeed(headers, 0) + 1;
  uint32_t length = 0;
  const ParseErrorKind error = FindContentLength(headers.substr(start_line), limits_.line_octets, &length);
  if (error != ParseErrorKind::kNone) return Break(error, header_octets_, frame);
  if (header_octets_ > limits_.message_octets || length > limits_.message_octets - header_octets_) {
    return Break(ParseErrorKind::kMessageTooLong, header_octets_, frame);
  }
  message_octets_ = header_octets_ + length;
  stage_ = Stage::kBody;
  return Event::kNeedMore;
}

StreamFramer::Event StreamFramer::ReadBody(Frame* frame) {
  if (buffered() < message_octets_) return Event::kNeedMore;
  frame->message = absl::string_view(buffer_).substr(begin_, message_octets_);
  begin_ += message_octets_;
  stage_ = Stage::kStart;
  return Event::kMessage;
}

StreamFramer::Event StreamFramer::Break(ParseErrorKind error, size_t header_octets, Frame* frame) {
  stage_ = Stage::kBroken;
  broken_ = error;
  frame->message = absl::string_view(buffer_).substr(begin_, header_octets);
  return Broken(error, frame);
}

StreamFramer::Event StreamFramer::Broken(ParseErrorKind error, Frame* frame) {
  frame->error = error;
  return Event::kError;
}

}  // namespace understudy::sip
