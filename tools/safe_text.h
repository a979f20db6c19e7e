// Octets from the network as text that neither a terminal nor a JSON reader minds.
#ifndef UNDERSTUDY_TOOLS_SAFE_TEXT_H_
#define UNDERSTUDY_TOOLS_SAFE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace understudy::tools {

// Printable characters as they are, in UTF-8; control characters and octets that are not UTF-8 as \x1b. For one line:
// line ends are control characters too.
std::string PrintableLine(absl::string_view bytes);

// The lines of a text, each printable and with `indent` before it.
std::string PrintableLines(absl::string_view bytes, absl::string_view indent);

// Valid UTF-8: every octet that is not becomes U+FFFD.
std::string ToUtf8(absl::string_view bytes);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_SAFE_TEXT_H_
