// Time as values. Nothing here reads a clock.
//
// Engine time advances at monotonic rate from the first entry of a journal and drives every timer.
// Wall time is UTC since 1970 and serves display only. Both count nanoseconds in 64 bits.
#ifndef UNDERSTUDY_BASE_TIME_H_
#define UNDERSTUDY_BASE_TIME_H_

#include <compare>
#include <cstdint>

namespace understudy {

// A signed span of time in nanoseconds.
class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration Nanoseconds(int64_t n) { return Duration(n); }
  static constexpr Duration Microseconds(int64_t n) { return Duration(n * 1000); }
  static constexpr Duration Milliseconds(int64_t n) { return Duration(n * 1000000); }
  static constexpr Duration Seconds(int64_t n) { return Duration(n * 1000000000); }

  constexpr int64_t nanoseconds() const { return ns_; }
  constexpr int64_t milliseconds() const { return ns_ / 1000000; }
  constexpr int64_t seconds() const { return ns_ / 1000000000; }

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return Duration(a.ns_ + b.ns_); }
  friend constexpr Duration operator-(Duration a, Duration b) { return Duration(a.ns_ - b.ns_); }
  friend constexpr Duration operator*(Duration a, int64_t n) { return Duration(a.ns_ * n); }

 private:
  constexpr explicit Duration(int64_t ns) : ns_(ns) {}
  int64_t ns_ = 0;
};

// A point in time of one of the two kinds; points of different kinds do not mix.
template <class Tag>
class TimePoint {
 public:
  constexpr TimePoint() = default;
  static constexpr TimePoint FromNanoseconds(int64_t ns) { return TimePoint(ns); }
  constexpr int64_t nanoseconds() const { return ns_; }

  friend constexpr auto operator<=>(TimePoint, TimePoint) = default;
  friend constexpr TimePoint operator+(TimePoint t, Duration d) { return TimePoint(t.ns_ + d.nanoseconds()); }
  friend constexpr Duration operator-(TimePoint a, TimePoint b) { return Duration::Nanoseconds(a.ns_ - b.ns_); }

 private:
  constexpr explicit TimePoint(int64_t ns) : ns_(ns) {}
  int64_t ns_ = 0;
};

struct EngineTimeTag {};
struct WallTimeTag {};
using EngineTime = TimePoint<EngineTimeTag>;
using WallTime = TimePoint<WallTimeTag>;

}  // namespace understudy

#endif  // UNDERSTUDY_BASE_TIME_H_
