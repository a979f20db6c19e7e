// The header section of a message, one field at a time, folds joined to their line. RFC 3261 7.3.1.
#ifndef UNDERSTUDY_SIP_HEADER_LINES_H_
#define UNDERSTUDY_SIP_HEADER_LINES_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "sip/grammar.h"
#include "sip/message.h"

namespace understudy::sip {

// Where the line that starts at `begin` ends: the index of its LF, or npos.
inline size_t LineFeed(absl::string_view text, size_t begin) {
  return Find(text, '\n', begin);
}

class HeaderLineReader {
 public:
  enum class Result {
    kField,
    kEnd,           // the empty line; offset() is at the body
    kMalformed,     // a line that is no field; Next goes on behind it
    kTooLong,       // likewise
    kUnterminated,  // the text ends before the empty line
  };

  // `text` starts at the first header line. `max_octets` bounds a field with its name and folds.
  HeaderLineReader(absl::string_view text, size_t max_octets) : text_(text), max_octets_(max_octets) {}

  Result Next(HeaderField* field);

  // Octets of the text read so far.
  size_t offset() const { return offset_; }
  // Where the last field started.
  size_t field_offset() const { return field_offset_; }

 private:
  bool AtEmptyLine();
  size_t FieldEnd() const;

  absl::string_view text_;
  size_t max_octets_;
  size_t offset_ = 0;
  size_t field_offset_ = 0;
};

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_HEADER_LINES_H_
