// From octets to a Message. Total: every input has an answer, no input makes it recurse, allocate without
// bound or take more than linear time.
//
//   Message message;
//   ParseError error;
//   if (!ParseMessage(datagram, &message, &error)) {
//     if (error.answer_status != 0) AnswerStatelessly(message, error.answer_status, error.text);
//   }
#ifndef UNDERSTUDY_SIP_PARSE_H_
#define UNDERSTUDY_SIP_PARSE_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "sip/message.h"

namespace understudy::sip {

enum class ParseErrorKind : uint8_t {
  kNone,
  kKeepAlive,  // nothing but line ends or NULs: not an error to count
  kMessageTooLong,
  kStartLine,  // neither a request line nor a status line
  kVersion,    // not SIP/2.0
  kRequestUri,
  kRequestUriTooLong,
  kHeaderLine,  // no colon, bad name, fold without a header, bare CR
  kHeaderTooLong,
  kTooManyHeaders,
  kUnterminatedHeaders,
  kMissingHeader,  // Via, From, To, Call-ID or CSeq
  kRepeatedHeader,
  kVia,
  kFrom,
  kTo,
  kCallId,
  kCSeq,
  kCSeqMethod,  // is not the request's (RFC 3261 8.1.1.5)
  kMaxForwards,
  kContentLength,
  kBodyTooShort,  // fewer octets than Content-Length says
};

struct ParseError {
  ParseErrorKind what = ParseErrorKind::kNone;
  size_t offset = 0;       // into the octets given, where the trouble was seen
  absl::string_view text;  // static, fit for a reason phrase or a log line
  // 0: discard silently (responses, ACK, what cannot be answered for want of a Via). Otherwise 400, 414, 505
  // or 513, and the core headers that the answer echoes were read as far as they could be.
  int answer_status = 0;
};

struct ParseLimits {
  size_t message_octets = 64 * 1024;
  size_t line_octets = 8 * 1024;  // one header with its folds; also the start line
  size_t header_lines = 128;
};

// Parses one message. On a datagram, octets beyond Content-Length are ignored and without Content-Length the
// body is the rest (RFC 3261 18.3); a stream's framer (sip/framing.h) gives exactly one message, so the same
// rules hold. Line ends are CRLF; a bare LF is taken for one. `out` points into `bytes`.
// True: the whole core is there and valid. False: `error` says why (the first trouble), and `out` holds
// what could be read all the same.
bool ParseMessage(absl::string_view bytes, Message* out, ParseError* error);
bool ParseMessage(absl::string_view bytes, const ParseLimits& limits, Message* out, ParseError* error);

// "cseq-method" and so on, for counters and logs. The text is static.
absl::string_view ParseErrorName(ParseErrorKind what);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_PARSE_H_
