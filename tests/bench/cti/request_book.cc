#include "tests/bench/cti/request_book.h"

namespace understudy::bench {

size_t RequestBook::Asked() {
  outcomes_.push_back(false);
  return outcomes_.size() - 1;
}

void RequestBook::Answered(size_t request, tlib::ErrorCode code) {
  if (code != tlib::ErrorCode::kNone) ++errors_[code];
  ++(outcomes_[request] ? again_ : answered_);
  outcomes_[request] = true;
}

}  // namespace understudy::bench
