#include "daemon/config/nearest_name.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/strings/ascii.h"

namespace understudy::daemon {
namespace {

constexpr size_t kMaxLength = 64;
constexpr int kMostEdits = 3;
using Line = std::array<int, kMaxLength + 1>;

bool SameLetter(char a, char b) {
  return absl::ascii_tolower(static_cast<unsigned char>(a)) == absl::ascii_tolower(static_cast<unsigned char>(b));
}

int MostEdits(absl::string_view a, absl::string_view b) {
  const size_t longer = std::max(a.size(), b.size());
  return longer >= 3 * kMostEdits ? kMostEdits : static_cast<int>((longer + 2) / 3);
}

}  // namespace

int EditDistance(absl::string_view a, absl::string_view b) {
  a = a.substr(0, kMaxLength);
  b = b.substr(0, kMaxLength);
  Line before_last{};
  Line last{};
  Line line{};
  for (size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    line[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      int change = last[j - 1] + (SameLetter(a[i - 1], b[j - 1]) ? 0 : 1);
      line[j] = std::min({last[j] + 1, line[j - 1] + 1, change});
      bool swapped = i > 1 && j > 1 && SameLetter(a[i - 1], b[j - 2]) && SameLetter(a[i - 2], b[j - 1]);
      if (swapped) line[j] = std::min(line[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = line;
  }
  return last[b.size()];
}

absl::string_view NearestName(absl::string_view name, const std::vector<absl::string_view>& known) {
  absl::string_view nearest;
  int least = 0;
  for (absl::string_view candidate : known) {
    int distance = EditDistance(name, candidate);
    if (distance > MostEdits(name, candidate) || (!nearest.empty() && distance >= least)) continue;
    nearest = candidate;
    least = distance;
  }
  return nearest;
}

}  // namespace understudy::daemon
