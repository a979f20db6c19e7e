// Writes a message into a string that the caller owns and reuses.
//
//   std::string out;
//   MessageWriter writer(&out);
//   writer.RequestLine("INVITE", uri);
//   writer.Header(HeaderName::kVia, "SIP/2.0/UDP ", host, ":", port, ";branch=", branch);
//   writer.Header(HeaderName::kCSeq, 1, " INVITE");
//   writer.Body("application/sdp", sdp);
//
// Pieces are appended as they are, without temporary strings. A fold becomes one space and a CR or LF of any
// other kind too, so nothing that came from outside can start a line of its own. Body comes last, exactly once.
#ifndef UNDERSTUDY_SIP_WRITER_H_
#define UNDERSTUDY_SIP_WRITER_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "sip/header_name.h"

namespace understudy::sip {

class MessageWriter {
 public:
  // Appends to `*out`, which outlives the writer.
  explicit MessageWriter(std::string* out) : out_(out) {}

  void RequestLine(absl::string_view method, absl::string_view uri);
  // An empty reason stays empty: "SIP/2.0 183 ".
  void StatusLine(int status, absl::string_view reason);
  // With ReasonPhrase(status).
  void StatusLine(int status);

  // Pieces: whatever absl::StrCat takes, but floats.
  template <class... Pieces>
  void Header(HeaderName name, const Pieces&... pieces) {
    BeginHeader(name);
    (AppendPiece(absl::AlphaNum(pieces).Piece()), ...);
    EndHeader();
  }
  void Header(absl::string_view name, absl::string_view value);

  // For values made in a loop: BeginHeader, AppendPiece ..., EndHeader.
  void BeginHeader(HeaderName name);
  void BeginHeader(absl::string_view name);
  void AppendPiece(absl::string_view piece);
  void EndHeader() { out_->append("\r\n", 2); }

  // Content-Type (unless empty), Content-Length, the blank line and the body's octets as they are.
  void Body(absl::string_view content_type, absl::string_view body);
  // Content-Length: 0 and the blank line.
  void NoBody() { Body(absl::string_view(), absl::string_view()); }

 private:
  std::string* out_;
};

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_WRITER_H_
