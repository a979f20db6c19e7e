#include "daemon/config/host_name.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace understudy::daemon {

bool IsHostName(absl::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  bool has_letter = false;
  for (absl::string_view label : absl::StrSplit(text, '.')) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    for (char c : label) {
      if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-') return false;
      has_letter = has_letter || absl::ascii_isalpha(static_cast<unsigned char>(c));
    }
  }
  return has_letter;
}

}  // namespace understudy::daemon
