// The requests of a load and their outcomes: each has one.
#ifndef UNDERSTUDY_TESTS_BENCH_CTI_REQUEST_BOOK_H_
#define UNDERSTUDY_TESTS_BENCH_CTI_REQUEST_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "tlib/attribute.h"

namespace understudy::bench {

class RequestBook {
 public:
  // Numbers a new request.
  size_t Asked();
  // kNone: the event that was asked for. Anything else: EventError.
  void Answered(size_t request, tlib::ErrorCode code);

  uint64_t asked() const { return outcomes_.size(); }
  uint64_t answered() const { return answered_; }
  uint64_t missing() const { return asked() - answered_; }
  // Outcomes beyond the first.
  uint64_t again() const { return again_; }
  const absl::btree_map<tlib::ErrorCode, uint64_t>& errors() const { return errors_; }

 private:
  std::vector<bool> outcomes_;
  uint64_t answered_ = 0;
  uint64_t again_ = 0;
  absl::btree_map<tlib::ErrorCode, uint64_t> errors_;
};

}  // namespace understudy::bench

#endif  // UNDERSTUDY_TESTS_BENCH_CTI_REQUEST_BOOK_H_
