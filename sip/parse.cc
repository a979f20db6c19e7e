// The first trouble is kept and parsing goes on where it can, because a 400 needs the Via and the other core
// headers of the very request that is wrong.
#include "sip/parse.h"

#include <limits>

#include "absl/strings/match.h"
#include "sip/grammar.h"
#include "sip/header_lines.h"
#include "sip/header_values.h"
#include "sip/number.h"
#include "sip/parse_error.h"

namespace understudy::sip {

class MessageParser {
 public:
  MessageParser(absl::string_view bytes, const ParseLimits& limits, Message* out, ParseError* error)
      : bytes_(bytes), limits_(limits), out_(*out), error_(*error) {}

  bool Parse();

 private:
  bool SkipLeadingLineEnds();
  bool ReadStartLine();
  bool ReadRequestLine(absl::string_view line);
  bool ReadStatusLine(absl::string_view line);
  void ReadHeaders();
  void OnField(const HeaderField& field);
  void ReadCore(const HeaderField& field);
  void CheckCore();
  void ReadBody();
  bool Finish();

  bool Seen(HeaderName name) const {
    const size_t bit = static_cast<size_t>(name);
    return (out_.present_[bit / 64] >> (bit % 64) & 1) != 0;
  }
  void Fail(ParseErrorKind what, size_t offset);

  absl::string_view bytes_;
  const ParseLimits& limits_;
  Message& out_;
  ParseError& error_;
  size_t start_ = 0;   // of the start line
  size_t offset_ = 0;  // of what is read next
  size_t field_offset_ = 0;
};

namespace {

// "SIP/2.0", case-insensitive (RFC 3261 7.1).
bool IsOurVersion(absl::string_view text) {
  return absl::EqualsIgnoreCase(text, "SIP/2.0");
}

// "SIP/" 1*DIGIT "." 1*DIGIT.
bool IsSomeVersion(absl::string_view text) {
  if (!absl::StartsWithIgnoreCase(text, "SIP/")) return false;
  text.remove_prefix(4);
  const size_t dot = Find(text, '.');
  if (dot == absl::string_view::npos || dot == 0 || dot + 1 == text.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i != dot && !IsDigit(text[i])) return false;
  }
  return true;
}

// Headers that a message has once (RFC 3261 table 2; RFC 4475 3.3.8).
bool IsSingle(HeaderName name) {
  switch (name) {
    case HeaderName::kFrom:
    case HeaderName::kTo:
    case HeaderName::kCallId:
    case HeaderName::kCSeq:
    case HeaderName::kMaxForwards:
    case HeaderName::kContentLength:
      return true;
    default:
      return false;
  }
}

// word ["@" word] (RFC 3261 25.1); the characters of "word" are not checked one by one.
bool IsCallId(absl::string_view text) {
  for (char c : text) {
    const uint8_t octet = static_cast<uint8_t>(c);
    if (octet <= 0x20 || octet == 0x7f) return false;
  }
  return !text.empty();
}

}  // namespace

void MessageParser::Fail(ParseErrorKind what, size_t offset) {
  if (error_.what != ParseErrorKind::kNone) return;
  error_.what = what;
  error_.offset = offset;
  error_.text = ParseErrorText(what);
}

// RFC 3261 7.5: line ends before the start line are ignored. NULs alone are a keep-alive of some phones.
bool MessageParser::SkipLeadingLineEnds() {
  start_ = bytes_.find_first_not_of(absl::string_view("\r\n\0", 3));
  if (start_ == absl::string_view::npos) return false;
  offset_ = start_;
  return true;
}

bool MessageParser::ReadStartLine() {
  const size_t feed = LineFeed(bytes_, start_);
  absl::string_view line = bytes_.substr(start_, feed == absl::string_view::npos ? feed : feed - start_);
  if (feed != absl::string_view::npos && !line.empty() && line.back() == '\r') line.remove_suffix(1);
  offset_ = feed == absl::string_view::npos ? bytes_.size() : feed + 1;
  if (absl::StartsWithIgnoreCase(line, "SIP/")) return ReadStatusLine(line);
  return ReadRequestLine(line);
}

// Method SP Request-URI SP SIP-Version (RFC 3261 7.1). False: not even a method.
bool MessageParser::ReadRequestLine(absl::string_view line) {
  out_.method_text_ = TakeToken(&line);
  if (out_.method_text_.empty() || line.empty() || line[0] != ' ') return false;
  out_.is_request_ = true;
  out_.method_ = MethodFromName(out_.method_text_);
  if (line.size() > limits_.line_octets) Fail(ParseErrorKind::kRequestUriTooLong, start_);
  line.remove_prefix(1);
  const size_t space = Find(line, ' ');
  const absl::string_view version = space == absl::string_view::npos ? absl::string_view() : line.substr(space + 1);
  if (!IsSomeVersion(version)) {
    Fail(ParseErrorKind::kStartLine, start_);
  } else if (!IsOurVersion(version)) {
    Fail(ParseErrorKind::kVersion, start_);
  }
  if (!ParseUri(line.substr(0, space), &out_.request_uri_)) Fail(ParseErrorKind::kRequestUri, start_);
  return true;
}

// SIP-Version SP Status-Code SP Reason-Phrase (RFC 3261 7.2); the last SP may be missing.
bool MessageParser::ReadStatusLine(absl::string_view line) {
  const size_t space = Find(line, ' ');
  const absl::string_view version = line.substr(0, space);
  if (space == absl::string_view::npos || !IsSomeVersion(version)) return false;
  if (!IsOurVersion(version)) Fail(ParseErrorKind::kVersion, start_);
  const absl::string_view code = line.substr(space + 1, 3);
  uint32_t status = 0;
  if (code.size() != 3 || !ParseNumber(code, 699, &status) || status < 100) return false;
  out_.status_ = static_cast<uint16_t>(status);
  const absl::string_view rest = line.substr(space + 4);
  if (!rest.empty() && rest[0] != ' ') return false;
  out_.reason_ = rest.empty() ? rest : rest.substr(1);
  return true;
}

void MessageParser::ReadHeaders() {
  HeaderLineReader reader(bytes_.substr(offset_), limits_.line_octets);
  const size_t base = offset_;
  for (size_t line = 0;; ++line) {
    HeaderField field;
    const HeaderLineReader::Result result = reader.Next(&field);
    offset_ = base + reader.offset();
    field_offset_ = base + reader.field_offset();
    if (result == HeaderLineReader::Result::kEnd) return;
    if (line >= limits_.header_lines) return Fail(ParseErrorKind::kTooManyHeaders, field_offset_);
    switch (result) {
      case HeaderLineReader::Result::kEnd:
        return;
      case HeaderLineReader::Result::kUnterminated:
        return Fail(ParseErrorKind::kUnterminatedHeaders, offset_);
      case HeaderLineReader::Result::kMalformed:
        Fail(ParseErrorKind::kHeaderLine, field_offset_);
        break;
      case HeaderLineReader::Result::kTooLong:
        Fail(ParseErrorKind::kHeaderTooLong, field_offset_);
        break;
      case HeaderLineReader::Result::kField:
        OnField(field);
        break;
    }
  }
}

void MessageParser::OnField(const HeaderField& field) {
  out_.headers_.push_back(field);
  if (field.id == HeaderName::kUnknown) return;
  const bool first = !Seen(field.id);
  const size_t bit = static_cast<size_t>(field.id);
  out_.present_[bit / 64] |= uint64_t{1} << (bit % 64);
  if (first) {
    ReadCore(field);
  } else if (IsSingle(field.id)) {
    Fail(ParseErrorKind::kRepeatedHeader, field_offset_);
  }
}

void MessageParser::ReadCore(const HeaderField& field) {
  uint32_t number = 0;
  switch (field.id) {
    case HeaderName::kVia: {
      absl::string_view rest = field.value;
      absl::string_view first;
      if (!NextValue(&rest, &first) || !ParseVia(first, &out_.top_via_)) Fail(ParseErrorKind::kVia, field_offset_);
      return;
    }
    case HeaderName::kFrom:
      if (!ParseNameAddr(field.value, &out_.from_)) Fail(ParseErrorKind::kFrom, field_offset_);
      return;
    case HeaderName::kTo:
      if (!ParseNameAddr(field.value, &out_.to_)) Fail(ParseErrorKind::kTo, field_offset_);
      return;
    case HeaderName::kCallId:
      out_.call_id_ = field.value;
      if (!IsCallId(field.value)) Fail(ParseErrorKind::kCallId, field_offset_);
      return;
    case HeaderName::kCSeq:
      if (!ParseCSeq(field.value, &out_.cseq_)) Fail(ParseErrorKind::kCSeq, field_offset_);
      return;
    case HeaderName::kMaxForwards:
      if (!ParseNumber(field.value, 255, &number)) return Fail(ParseErrorKind::kMaxForwards, field_offset_);
      out_.max_forwards_ = static_cast<uint8_t>(number);
      return;
    case HeaderName::kContentLength:
      if (!ParseNumber(field.value, std::numeric_limits<uint32_t>::max(), &number)) {
        return Fail(ParseErrorKind::kContentLength, field_offset_);
      }
      out_.content_length_ = number;
      return;
    default:
      return;
  }
}

// RFC 3261 8.1.1: what every message carries, and 8.2: a request's CSeq names its method.
void MessageParser::CheckCore() {
  if (!Seen(HeaderName::kVia)) Fail(ParseErrorKind::kMissingVia, offset_);
  if (!Seen(HeaderName::kFrom)) Fail(ParseErrorKind::kMissingFrom, offset_);
  if (!Seen(HeaderName::kTo)) Fail(ParseErrorKind::kMissingTo, offset_);
  if (!Seen(HeaderName::kCallId)) Fail(ParseErrorKind::kMissingCallId, offset_);
  if (!Seen(HeaderName::kCSeq)) Fail(ParseErrorKind::kMissingCSeq, offset_);
  if (out_.is_request_ && out_.cseq_.method_text != out_.method_text_) Fail(ParseErrorKind::kCSeqMethod, offset_);
}

// RFC 3261 18.3.
void MessageParser::ReadBody() {
  absl::string_view body = bytes_.substr(offset_);
  if (out_.content_length_.has_value()) {
    if (*out_.content_length_ > body.size()) Fail(ParseErrorKind::kBodyTooShort, bytes_.size());
    body = body.substr(0, *out_.content_length_);
  }
  out_.body_ = body;
  out_.raw_ = bytes_.substr(start_, offset_ - start_ + body.size());
}

// RFC 3261 8.2, 17.1.1.3, 18.1.2: an ACK is never answered, nor is a response; without a Via there is nobody
// to answer.
bool MessageParser::Finish() {
  if (error_.what == ParseErrorKind::kNone) return true;
  const bool answerable = out_.is_request_ && out_.method_ != Method::kAck && !out_.top_via_.host.empty();
  error_.answer_status = answerable ? AnswerStatus(error_.what) : 0;
  return false;
}

bool MessageParser::Parse() {
  out_.Clear();
  error_ = ParseError();
  if (!SkipLeadingLineEnds()) {
    Fail(ParseErrorKind::kKeepAlive, 0);
    return false;
  }
  if (bytes_.size() > limits_.message_octets) {
    Fail(ParseErrorKind::kMessageTooLong, limits_.message_octets);
    bytes_ = bytes_.substr(0, limits_.message_octets);
  }
  if (!ReadStartLine()) {
    Fail(ParseErrorKind::kStartLine, start_);
    return false;
  }
  ReadHeaders();
  CheckCore();
  ReadBody();
  return Finish();
}

bool ParseMessage(absl::string_view bytes, const ParseLimits& limits, Message* out, ParseError* error) {
  return MessageParser(bytes, limits, out, error).Parse();
}

bool ParseMessage(absl::string_view bytes, Message* out, ParseError* error) {
  return ParseMessage(bytes, ParseLimits(), out, error);
}

bool IsWithinLimits(absl::string_view bytes, const ParseLimits& limits) {
  if (bytes.size() > limits.message_octets) return false;
  size_t start = 0;
  for (size_t line = 0; line <= limits.header_lines + 1; ++line) {  // with the start line and the empty one
    const size_t feed = LineFeed(bytes, start);
    if (feed == absl::string_view::npos) return true;
    const size_t length = feed + 1 - start;
    if (length <= 2) return true;
    if (length > limits.line_octets) return false;
    start = feed + 1;
  }
  return false;
}

}  // namespace understudy::sip
