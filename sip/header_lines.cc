#include "sip/header_lines.h"

#include "sip/grammar.h"

namespace understudy::sip {
namespace {

// A CR within a value could be taken for a line end by somebody behind us. (At its ends it is white space.)
bool HasBareCarriageReturn(absl::string_view field) {
  for (size_t at = Find(field, '\r'); at != absl::string_view::npos; at = Find(field, '\r', at + 1)) {
    if (at + 1 == field.size() || field[at + 1] != '\n') return true;
  }
  return false;
}

// "name HCOLON value": white space before the colon is allowed, folds there too.
bool SplitField(absl::string_view text, HeaderField* field) {
  absl::string_view rest = text;
  field->name = TakeToken(&rest);
  SkipSpace(&rest);
  if (field->name.empty() || rest.empty() || rest.front() != ':') return false;
  field->value = Trim(rest.substr(1));
  field->id = HeaderNameFromText(field->name);
  return !HasBareCarriageReturn(field->value);
}

}  // namespace

bool HeaderLineReader::AtEmptyLine() {
  const absl::string_view rest = text_.substr(offset_);
  const size_t length = rest[0] == '\n' ? 1 : rest[0] == '\r' && rest.size() > 1 && rest[1] == '\n' ? 2 : 0;
  offset_ += length;
  return length != 0;
}

// Past the LF of the last line of the field that starts at offset_; npos when the text ends before.
size_t HeaderLineReader::FieldEnd() const {
  size_t end = offset_;
  do {
    const size_t feed = LineFeed(text_, end);
    if (feed == absl::string_view::npos) return feed;
    end = feed + 1;
  } while (end < text_.size() && (text_[end] == ' ' || text_[end] == '\t'));
  return end;
}

HeaderLineReader::Result HeaderLineReader::Next(HeaderField* field) {
  field_offset_ = offset_;
  if (offset_ == text_.size()) return Result::kUnterminated;
  if (AtEmptyLine()) return Result::kEnd;
  const size_t end = FieldEnd();
  if (end == absl::string_view::npos) return Result::kUnterminated;
  const absl::string_view line = text_.substr(offset_, end - offset_);
  offset_ = end;
  if (line.size() > max_octets_) return Result::kTooLong;
  return SplitField(line, field) ? Result::kField : Result::kMalformed;
}

}  // namespace understudy::sip
