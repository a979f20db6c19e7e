#include "sip/fold.h"

#include <cstddef>

#include "sip/grammar.h"

namespace understudy::sip {

void Unfold(absl::string_view value, std::string* out) {
  while (!value.empty()) {
    const size_t line_end = value.find_first_of("\r\n");
    absl::string_view line = value.substr(0, line_end);
    if (line_end == absl::string_view::npos) {
      out->append(line.data(), line.size());
      return;
    }
    while (!line.empty() && IsSpace(line.back())) line.remove_suffix(1);
    out->append(line.data(), line.size());
    value.remove_prefix(line_end);
    SkipSpace(&value);
    out->push_back(' ');
  }
}

}  // namespace understudy::sip
