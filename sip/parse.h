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

#include "absl/strings/string_view.h"
#include "sip/message.h"
#include "sip/parse_error.h"

namespace understudy::sip {

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

// Whether a well-formed message, with CRLF at its line ends, is short enough for a parser with those limits.
bool IsWithinLimits(absl::string_view bytes, const ParseLimits& limits = ParseLimits());

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_PARSE_H_
