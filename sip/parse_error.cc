#include "sip/parse_error.h"

namespace understudy::sip {
namespace {

struct Row {
  ParseErrorKind what;
  absl::string_view name;
  absl::string_view text;
  int answer_status;
};

constexpr Row kRows[] = {
    {ParseErrorKind::kNone, "none", "OK", 0},
    {ParseErrorKind::kKeepAlive, "keep-alive", "Keep-Alive", 0},
    {ParseErrorKind::kMessageTooLong, "message-too-long", "Message Too Large", 513},
    {ParseErrorKind::kStartLine, "start-line", "Bad Start Line", 400},
    {ParseErrorKind::kVersion, "version", "Version Not Supported", 505},
    {ParseErrorKind::kRequestUri, "request-uri", "Bad Request-URI", 400},
    {ParseErrorKind::kRequestUriTooLong, "request-uri-too-long", "Request-URI Too Long", 414},
    {ParseErrorKind::kHeaderLine, "header-line", "Bad Header Line", 400},
    {ParseErrorKind::kHeaderTooLong, "header-too-long", "Header Too Long", 400},
    {ParseErrorKind::kTooManyHeaders, "too-many-headers", "Too Many Headers", 400},
    {ParseErrorKind::kUnterminatedHeaders, "unterminated-headers", "Headers Not Terminated", 400},
    {ParseErrorKind::kMissingVia, "missing-via", "Missing Via", 400},
    {ParseErrorKind::kMissingFrom, "missing-from", "Missing From", 400},
    {ParseErrorKind::kMissingTo, "missing-to", "Missing To", 400},
    {ParseErrorKind::kMissingCallId, "missing-call-id", "Missing Call-ID", 400},
    {ParseErrorKind::kMissingCSeq, "missing-cseq", "Missing CSeq", 400},
    {ParseErrorKind::kRepeatedHeader, "repeated-header", "Repeated Header", 400},
    {ParseErrorKind::kVia, "via", "Bad Via", 400},
    {ParseErrorKind::kFrom, "from", "Bad From", 400},
    {ParseErrorKind::kTo, "to", "Bad To", 400},
    {ParseErrorKind::kCallId, "call-id", "Bad Call-ID", 400},
    {ParseErrorKind::kCSeq, "cseq", "Bad CSeq", 400},
    {ParseErrorKind::kCSeqMethod, "cseq-method", "CSeq Method Mismatch", 400},
    {ParseErrorKind::kMaxForwards, "max-forwards", "Bad Max-Forwards", 400},
    {ParseErrorKind::kContentLength, "content-length", "Bad Content-Length", 400},
    {ParseErrorKind::kMissingContentLength, "missing-content-length", "Missing Content-Length", 400},
    {ParseErrorKind::kBodyTooShort, "body-too-short", "Body Shorter Than Content-Length", 400},
};

constexpr bool RowsFollowTheEnum() {
  int expected = 0;
  for (const Row& row : kRows) {
    if (static_cast<int>(row.what) != expected) return false;
    ++expected;
  }
  return expected == kParseErrorKinds;
}
static_assert(RowsFollowTheEnum(), "rows are found by the enum");

const Row& RowOf(ParseErrorKind what) {
  return kRows[static_cast<size_t>(what)];
}

}  // namespace

absl::string_view ParseErrorName(ParseErrorKind what) {
  return RowOf(what).name;
}

absl::string_view ParseErrorText(ParseErrorKind what) {
  return RowOf(what).text;
}

int AnswerStatus(ParseErrorKind what) {
  return RowOf(what).answer_status;
}

}  // namespace understudy::sip
