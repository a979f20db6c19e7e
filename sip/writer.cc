#include "sip/writer.h"

#include <cstdint>
#include <cstring>

#include "sip/fold.h"
#include "sip/status.h"

namespace understudy::sip {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101;

// Whether an octet of the word is zero.
bool HasZero(uint64_t word) {
  return ((word - kOnes) & ~word & (kOnes << 7)) != 0;
}

// Eight octets at a time: most pieces are short.
bool HasLineEnd(absl::string_view text) {
  while (text.size() >= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, text.data(), sizeof word);
    if (HasZero(word ^ kOnes * '\r') || HasZero(word ^ kOnes * '\n')) return true;
    text.remove_prefix(sizeof word);
  }
  for (char c : text) {
    if (c == '\r' || c == '\n') return true;
  }
  return false;
}

}  // namespace

void MessageWriter::AppendPiece(absl::string_view piece) {
  if (HasLineEnd(piece)) return Unfold(piece, out_);
  out_->append(piece.data(), piece.size());
}

void MessageWriter::RequestLine(absl::string_view method, absl::string_view uri) {
  AppendPiece(method);
  out_->push_back(' ');
  AppendPiece(uri);
  out_->append(" SIP/2.0\r\n", 10);
}

void MessageWriter::StatusLine(int status, absl::string_view reason) {
  out_->append("SIP/2.0 ", 8);
  AppendPiece(absl::AlphaNum(status).Piece());
  out_->push_back(' ');
  AppendPiece(reason);
  EndHeader();
}

void MessageWriter::StatusLine(int status) {
  StatusLine(status, ReasonPhrase(status));
}

void MessageWriter::BeginHeader(HeaderName name) {
  const absl::string_view text = CanonicalName(name);
  out_->append(text.data(), text.size());
  out_->append(": ", 2);
}

void MessageWriter::BeginHeader(absl::string_view name) {
  AppendPiece(name);
  out_->append(": ", 2);
}

void MessageWriter::Header(absl::string_view name, absl::string_view value) {
  BeginHeader(name);
  AppendPiece(value);
  EndHeader();
}

void MessageWriter::Body(absl::string_view content_type, absl::string_view body) {
  if (!content_type.empty()) Header(HeaderName::kContentType, content_type);
  Header(HeaderName::kContentLength, body.size());
  EndHeader();
  out_->append(body.data(), body.size());
}

}  // namespace understudy::sip
