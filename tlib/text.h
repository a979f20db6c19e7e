// Text on a client's link is UTF-8 without NUL: whoever reads it, in whatever language, takes it as it is. What comes
// from SIP need not be.
#ifndef UNDERSTUDY_TLIB_TEXT_H_
#define UNDERSTUDY_TLIB_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace understudy::tlib {

// RFC 3629: no overlong form, no surrogate, nothing past U+10FFFF. And no NUL.
bool IsText(absl::string_view octets);

// Each octet that IsText does not allow becomes '?', and what is beyond `most_octets` goes, whole characters only.
std::string AsText(absl::string_view octets, size_t most_octets);

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_TEXT_H_
