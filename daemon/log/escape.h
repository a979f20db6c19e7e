// Values from outside, made fit for one line of a log.
#ifndef UNDERSTUDY_DAEMON_LOG_ESCAPE_H_
#define UNDERSTUDY_DAEMON_LOG_ESCAPE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace understudy::log {

// As a word of a text line: as it is when it is made of printable ASCII without space, quote, '=' and backslash;
// otherwise in double quotes with \" \\ \n \r \t and \xNN. Octets that are not ASCII become \xNN as well: what a
// terminal makes of them is nobody's to say. Longer than `limit`: cut, with "..." after the quote.
void AppendTextValue(absl::string_view value, size_t limit, std::string* out);

// As a JSON string with its quotes. What is not UTF-8, and controls, become \u00NN octet by octet.
void AppendJsonString(absl::string_view value, size_t limit, std::string* out);

}  // namespace understudy::log

#endif  // UNDERSTUDY_DAEMON_LOG_ESCAPE_H_
