// Which final responses send a call on to another Trunk: option sip-error-codes-overflow.
#ifndef UNDERSTUDY_ENGINE_TRUNKS_STATUS_PATTERNS_H_
#define UNDERSTUDY_ENGINE_TRUNKS_STATUS_PATTERNS_H_

#include <vector>

#include "absl/strings/string_view.h"

namespace understudy::engine {

class StatusPatterns {
 public:
  // None: nothing matches.
  StatusPatterns() = default;
  // "487,50X": three digits each, an X stands for any. What is no such pattern is left out.
  explicit StatusPatterns(absl::string_view list);

  bool Matches(int status) const;
  bool empty() const { return ranges_.empty(); }

  friend bool operator==(const StatusPatterns&, const StatusPatterns&) = default;

 private:
  struct Range {
    int first = 0;
    int last = 0;

    friend bool operator==(const Range&, const Range&) = default;
  };

  std::vector<Range> ranges_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_TRUNKS_STATUS_PATTERNS_H_
