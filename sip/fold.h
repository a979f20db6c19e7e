// Folded header values. RFC 3261 7.3.1.
#ifndef UNDERSTUDY_SIP_FOLD_H_
#define UNDERSTUDY_SIP_FOLD_H_

#include <string>

#include "absl/strings/string_view.h"

namespace understudy::sip {

// Appends `value` to `out` with every fold (line end and the white space around it) as one space and no CR or LF
// left, however the value was made.
void Unfold(absl::string_view value, std::string* out);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_FOLD_H_
