#include "engine/trunks/status_patterns.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace understudy::engine {

StatusPatterns::StatusPatterns(absl::string_view list) {
  for (absl::string_view pattern : absl::StrSplit(list, ',')) {
    pattern = absl::StripAsciiWhitespace(pattern);
    Range range;
    const bool whole = pattern.size() == 3 && absl::ascii_isdigit(static_cast<unsigned char>(pattern[0]));
    if (!whole || !absl::SimpleAtoi(absl::StrReplaceAll(pattern, {{"X", "0"}}), &range.first)) continue;
    if (!absl::SimpleAtoi(absl::StrReplaceAll(pattern, {{"X", "9"}}), &range.last)) continue;
    ranges_.push_back(range);
  }
}

bool StatusPatterns::Matches(int status) const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [status](const Range& range) { return range.first <= status && status <= range.last; });
}

}  // namespace understudy::engine
