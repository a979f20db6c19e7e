#include "daemon/net/reading_pace.h"

#include <cstddef>
#include <utility>

namespace understudy::net {
namespace {

// Of a round: long enough for the turn to end in between.
constexpr Duration kBetweenParts = Duration::Milliseconds(1);

}  // namespace

void ReadingPace::Begin() {
  if (limits_->gather == Duration() || std::exchange(waits_, true)) return;
  over_.SetAfter(limits_->gather);
}

bool ReadingPace::Holds(uint64_t id) {
  if (waits_) held_.push_back(id);
  return waits_;
}

void ReadingPace::Clear() {
  over_.Clear();
  waits_ = false;
  held_.clear();
}

void ReadingPace::Over() {
  waits_ = false;
  const std::vector<uint64_t> due = std::exchange(held_, {});
  const MonotonicTime begun = MonotonicNow();
  for (size_t i = 0; i < due.size(); ++i) {
    if (i > 0 && IsLong(MonotonicNow() - begun)) return GoOnLater({due.begin() + i, due.end()});
    read_(due[i]);
  }
}

bool ReadingPace::IsLong(Duration turn) const {
  return limits_->longest_turn > Duration() && turn > limits_->longest_turn;
}

void ReadingPace::GoOnLater(std::vector<uint64_t> rest) {
  held_ = std::move(rest);
  waits_ = true;
  over_.SetAfter(kBetweenParts);
}

}  // namespace understudy::net
