// "Did you mean": the known name nearest to an unknown one.
#ifndef UNDERSTUDY_DAEMON_CONFIG_NEAREST_NAME_H_
#define UNDERSTUDY_DAEMON_CONFIG_NEAREST_NAME_H_

#include <vector>

#include "absl/strings/string_view.h"

namespace understudy::daemon {

// The fewest insertions, deletions, substitutions and swaps of neighbours that make `a` into `b`, letters
// compared without case. Both are cut to 64 bytes first, so the cost is bounded.
int EditDistance(absl::string_view a, absl::string_view b);

// The first of the nearest in `known`; an empty view when none is near: within a third of the longer one's length,
// rounded up, and at most 3.
absl::string_view NearestName(absl::string_view name, const std::vector<absl::string_view>& known);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_NEAREST_NAME_H_
