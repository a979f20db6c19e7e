#include "sip/header_values.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "sip/grammar.h"

namespace understudy::sip {
namespace {

constexpr size_t kEnd = absl::string_view::npos;

// Where the first `separator` outside quotes and brackets stands; the size when there is none. An open quote
// or bracket reaches to the end: the element is malformed and its own parser says so.
size_t FindOutside(absl::string_view text, char separator) {
  size_t i = std::min(Find(text, separator), text.size());
  if (Find(text.substr(0, i), '"') == kEnd && Find(text.substr(0, i), '<') == kEnd) return i;  // most have neither
  i = 0;
  while (i < text.size() && text[i] != separator) {
    if (text[i] == '"') {
      const size_t quoted = QuotedLength(text.substr(i));
      if (quoted == 0) return text.size();
      i += quoted;
    } else if (text[i] == '<') {
      const size_t close = Find(text, '>', i);
      if (close == kEnd) return text.size();
      i = close + 1;
    } else {
      ++i;
    }
  }
  return i;
}

}  // namespace

bool NextValue(absl::string_view* rest, absl::string_view* value) {
  while (!rest->empty() && (rest->front() == ',' || IsSpace(rest->front()))) rest->remove_prefix(1);
  if (rest->empty()) return false;
  const size_t end = FindOutside(*rest, ',');
  *value = Trim(rest->substr(0, end));
  rest->remove_prefix(end);
  return true;
}

HeaderValues::Iterator HeaderValues::begin() const {
  Iterator it(message_, name_);
  ++it;
  return it;
}

HeaderValues::Iterator HeaderValues::end() const {
  Iterator it(message_, name_);
  it.line_ = kEnd;
  return it;
}

HeaderValues::Iterator& HeaderValues::Iterator::operator++() {
  const Message::Headers& headers = message_->headers();
  while (!NextValue(&rest_, &value_)) {
    while (line_ < headers.size() && headers[line_].id != name_) ++line_;
    if (line_ >= headers.size()) {
      line_ = kEnd;
      rest_ = absl::string_view();
      return *this;
    }
    rest_ = headers[line_++].value;
  }
  return *this;
}

absl::string_view FirstValue(const Message& message, HeaderName name) {
  for (absl::string_view value : HeaderValues(message, name)) return value;
  return {};
}

bool HasToken(const Message& message, HeaderName name, absl::string_view token) {
  for (absl::string_view value : HeaderValues(message, name)) {
    if (absl::EqualsIgnoreCase(WithoutParams(value), token)) return true;
  }
  return false;
}

absl::string_view WithoutParams(absl::string_view value) {
  return Trim(value.substr(0, FindOutside(value, ';')));
}

absl::string_view ParamsOf(absl::string_view value) {
  return value.substr(FindOutside(value, ';'));
}

}  // namespace understudy::sip
