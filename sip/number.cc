#include "sip/number.h"

#include <cstddef>
#include <limits>

#include "sip/grammar.h"

namespace understudy::sip {

bool TakeNumber(absl::string_view* text, uint32_t max, uint32_t* out) {
  uint64_t value = 0;
  size_t n = 0;
  while (n < text->size() && IsDigit((*text)[n])) {
    value = value * 10 + static_cast<uint64_t>((*text)[n] - '0');
    if (value > max) return false;
    ++n;
  }
  if (n == 0) return false;
  text->remove_prefix(n);
  *out = static_cast<uint32_t>(value);
  return true;
}

bool ParseNumber(absl::string_view text, uint32_t max, uint32_t* out) {
  uint32_t value = 0;
  if (!TakeNumber(&text, max, &value) || !text.empty()) return false;
  *out = value;
  return true;
}

bool ParseDeltaSeconds(absl::string_view text, uint32_t* out) {
  uint32_t value = 0;
  SkipSpace(&text);
  if (!TakeNumber(&text, std::numeric_limits<uint32_t>::max(), &value)) return false;
  SkipSpace(&text);
  if (!text.empty() && text[0] != ';' && text[0] != '(') return false;
  *out = value;
  return true;
}

}  // namespace understudy::sip
