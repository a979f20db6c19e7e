// Decimal numbers with a limit.
#ifndef UNDERSTUDY_SIP_NUMBER_H_
#define UNDERSTUDY_SIP_NUMBER_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace understudy::sip {

// Decimal digits only, leading zeros allowed, 0 to `max`. False otherwise, also when it does not fit; then
// `out` is untouched.
bool ParseNumber(absl::string_view text, uint32_t max, uint32_t* out);

// Takes the digits at the front of `*text`. False, and nothing is taken: none there, or more than `max`.
bool TakeNumber(absl::string_view* text, uint32_t max, uint32_t* out);

// delta-seconds (RFC 3261 25.1), 0 to 2^32 - 1. Parameters and a comment after it are ignored ("18000;duration=3").
bool ParseDeltaSeconds(absl::string_view text, uint32_t* out);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_NUMBER_H_
