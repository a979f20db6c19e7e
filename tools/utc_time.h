// Wall times as people write them, always UTC: "2026-11-22T23:02:38.123Z".
#ifndef UNDERSTUDY_TOOLS_UTC_TIME_H_
#define UNDERSTUDY_TOOLS_UTC_TIME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/time.h"

namespace understudy::tools {

// With milliseconds, cut and not rounded; ParseUtcRange reads it.
std::string UtcText(WallTime time);
// With nanoseconds.
std::string PreciseUtcText(WallTime time);

// Seconds with milliseconds: "12.345", "-0.001".
std::string SecondsText(Duration time);

// Both ends are inside.
struct WallRange {
  WallTime from;
  WallTime to;
};

// "FROM..TO", where either end may be missing, or one time, which stands for the whole day, minute or second that it
// names. A time: 2026-11-22, 2026-11-22T23:02, 2026-11-22T23:02:38.5Z (a space for the T will do), 23:02, 23:02:38.5. A
// time without a day is the last such one that is not after `newest`, as TO the first such one after FROM.
// InvalidArgument, with what is allowed.
absl::StatusOr<WallRange> ParseUtcRange(absl::string_view text, WallTime newest);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_UTC_TIME_H_
