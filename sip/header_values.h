// Comma-separated header values, over all the lines of one name. RFC 3261 7.3.1.
//
//   for (absl::string_view route : HeaderValues(message, HeaderName::kRoute)) { NameAddr hop; ... }
//
// Commas inside quoted strings and angle brackets do not separate. Empty elements are skipped. Not for
// headers whose grammar has commas of its own (Date, and the authentication headers: take those by line).
#ifndef UNDERSTUDY_SIP_HEADER_VALUES_H_
#define UNDERSTUDY_SIP_HEADER_VALUES_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "sip/message.h"
#include "sip/number.h"

namespace understudy::sip {

// Takes the first element off `*rest`, trimmed. False when nothing is left.
bool NextValue(absl::string_view* rest, absl::string_view* value);

class HeaderValues {
 public:
  class Iterator {
   public:
    absl::string_view operator*() const { return value_; }
    Iterator& operator++();
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.line_ == b.line_ && a.rest_.size() == b.rest_.size();
    }
    friend bool operator!=(const Iterator& a, const Iterator& b) { return !(a == b); }

   private:
    friend class HeaderValues;
    Iterator(const Message* message, HeaderName name) : message_(message), name_(name) {}

    const Message* message_;
    HeaderName name_;
    size_t line_ = 0;  // one past the line being read; npos at the end
    absl::string_view rest_;
    absl::string_view value_;
  };

  // `message` outlives the range.
  HeaderValues(const Message& message, HeaderName name) : message_(&message), name_(name) {}

  Iterator begin() const;
  Iterator end() const;

 private:
  const Message* message_;
  HeaderName name_;
};

// The first element of the first line of `name`; empty without one.
absl::string_view FirstValue(const Message& message, HeaderName name);

// Whether an element of a token list (Supported, Require, Allow, Privacy ...) is `token`, case-insensitive.
// Parameters after the token are ignored. Methods in Allow compare case-insensitively here too.
bool HasToken(const Message& message, HeaderName name, absl::string_view token);

// The element without its parameters: "refresher" of "refresher;x=1", "1800" of "1800;refresher=uac".
absl::string_view WithoutParams(absl::string_view value);

// The parameters of an element, from the first ';' outside quotes and brackets; empty without any.
absl::string_view ParamsOf(absl::string_view value);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_HEADER_VALUES_H_
