// How long things took, as a distribution.
#ifndef UNDERSTUDY_TESTS_BENCH_CTI_DELAYS_H_
#define UNDERSTUDY_TESTS_BENCH_CTI_DELAYS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace understudy::bench {

class Delays {
 public:
  void Add(int64_t microseconds) { all_.push_back(microseconds); }
  size_t count() const { return all_.size(); }

  // Milliseconds; 0 when there is none. `per_mille`: 500 for the median, 1000 for the longest.
  double At(size_t per_mille) const {
    if (all_.empty()) return 0;
    std::vector<int64_t> sorted = all_;
    const size_t place = std::min(sorted.size() - 1, sorted.size() * per_mille / 1000);
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<ptrdiff_t>(place), sorted.end());
    return static_cast<double>(sorted[place]) / 1000;
  }

 private:
  std::vector<int64_t> all_;
};

}  // namespace understudy::bench

#endif  // UNDERSTUDY_TESTS_BENCH_CTI_DELAYS_H_
