// Why a message was not accepted, and what becomes of it.
#ifndef UNDERSTUDY_SIP_PARSE_ERROR_H_
#define UNDERSTUDY_SIP_PARSE_ERROR_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace understudy::sip {

enum class ParseErrorKind : uint8_t {
  kNone,
  kKeepAlive,  // nothing but line ends or NULs: not an error to count
  kMessageTooLong,
  kStartLine,  // neither a request line nor a status line
  kVersion,    // not SIP/2.0
  kRequestUri,
  kRequestUriTooLong,
  kHeaderLine,  // no colon, bad name, fold without a header, a CR within the value
  kHeaderTooLong,
  kTooManyHeaders,
  kUnterminatedHeaders,
  kMissingVia,
  kMissingFrom,
  kMissingTo,
  kMissingCallId,
  kMissingCSeq,
  kRepeatedHeader,  // of a kind that a message has once
  kVia,
  kFrom,
  kTo,
  kCallId,
  kCSeq,
  kCSeqMethod,  // is not the request's (RFC 3261 8.1.1.5)
  kMaxForwards,
  kContentLength,
  kMissingContentLength,  // on a stream (RFC 3261 18.3)
  kBodyTooShort,          // fewer octets than Content-Length says
};

inline constexpr int kParseErrorKinds = static_cast<int>(ParseErrorKind::kBodyTooShort) + 1;

struct ParseError {
  ParseErrorKind what = ParseErrorKind::kNone;
  size_t offset = 0;       // into the octets given, where the trouble was seen
  absl::string_view text;  // static, fit for a reason phrase or a log line
  // 0: discard silently (responses, ACK, what has no Via to answer to). Otherwise 400, 414, 505 or 513, and
  // the core headers that the answer echoes were read as far as they could be.
  int answer_status = 0;
};

// "cseq-method" and so on, for counters. Static.
absl::string_view ParseErrorName(ParseErrorKind what);

// "CSeq Method Is Not the Request's" and so on, fit for a reason phrase. Static.
absl::string_view ParseErrorText(ParseErrorKind what);

// What a request with this trouble is answered; 0 for none.
int AnswerStatus(ParseErrorKind what);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_PARSE_ERROR_H_
