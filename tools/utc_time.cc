#include "tools/utc_time.h"

#include <cstdint>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace understudy::tools {
namespace {

struct Form {
  const char* format;
  bool has_day;
  Duration unit;  // what a time of this form stands for when it stands alone
};

constexpr Duration kDay = Duration::Seconds(86400);
constexpr Form kForms[] = {
    {"%Y-%m-%dT%H:%M:%E*S", true, Duration::Seconds(1)},
    {"%Y-%m-%d %H:%M:%E*S", true, Duration::Seconds(1)},
    {"%Y-%m-%dT%H:%M", true, Duration::Seconds(60)},
    {"%Y-%m-%d %H:%M", true, Duration::Seconds(60)},
    {"%Y-%m-%d", true, kDay},
    {"%H:%M:%E*S", false, Duration::Seconds(1)},
    {"%H:%M", false, Duration::Seconds(60)},
};

struct Moment {
  WallTime time;
  bool has_day = true;
  Duration unit;
};

absl::Status NotATime(absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", text,
      "\" is no time (UTC): write 2026-11-22, 2026-11-22T23:02:38.5 or 23:02, or two of them with .. between"));
}

absl::StatusOr<Moment> ParseMoment(absl::string_view text) {
  const absl::string_view plain = absl::StripSuffix(text, "Z");
  for (const Form& form : kForms) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(form.format, plain, absl::UTCTimeZone(), &time, &error)) continue;
    return Moment{WallTime::FromNanoseconds(absl::ToUnixNanos(time)), form.has_day, form.unit};
  }
  return NotATime(text);
}

// Midnight of that day.
WallTime DayOf(WallTime time) {
  const int64_t day = kDay.nanoseconds();
  const int64_t into = ((time.nanoseconds() % day) + day) % day;
  return time + Duration::Nanoseconds(-into);
}

// ParseTime puts a time without a day on 1970-01-01.
WallTime LastNotAfter(const Moment& moment, WallTime newest) {
  if (moment.has_day) return moment.time;
  const WallTime today = DayOf(newest) + (moment.time - WallTime());
  return today <= newest ? today : today + Duration::Seconds(-86400);
}

WallTime FirstNotBefore(const Moment& moment, WallTime from) {
  if (moment.has_day) return moment.time;
  const WallTime today = DayOf(from) + (moment.time - WallTime());
  return today >= from ? today : today + kDay;
}

absl::Time ToAbsl(WallTime time) {
  return absl::FromUnixNanos(time.nanoseconds());
}

}  // namespace

std::string UtcText(WallTime time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", ToAbsl(time), absl::UTCTimeZone());
}

std::string PreciseUtcText(WallTime time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E9SZ", ToAbsl(time), absl::UTCTimeZone());
}

std::string SecondsText(Duration time) {
  const int64_t ms = time.milliseconds();
  const uint64_t size = ms < 0 ? uint64_t{0} - static_cast<uint64_t>(ms) : static_cast<uint64_t>(ms);
  return absl::StrFormat("%s%d.%03d", ms < 0 ? "-" : "", size / 1000, size % 1000);
}

absl::StatusOr<WallRange> ParseUtcRange(absl::string_view text, WallTime newest) {
  WallRange range{WallTime::FromNanoseconds(std::numeric_limits<int64_t>::min()),
                  WallTime::FromNanoseconds(std::numeric_limits<int64_t>::max())};
  const size_t dots = text.find("..");
  if (dots == absl::string_view::npos) {
    const absl::StatusOr<Moment> moment = ParseMoment(text);
    if (!moment.ok()) return moment.status();
    range.from = LastNotAfter(*moment, newest);
    range.to = range.from + moment->unit + Duration::Nanoseconds(-1);
    return range;
  }
  const absl::string_view from = text.substr(0, dots);
  const absl::string_view to = text.substr(dots + 2);
  if (from.empty() && to.empty()) return NotATime(text);
  if (!from.empty()) {
    const absl::StatusOr<Moment> moment = ParseMoment(from);
    if (!moment.ok()) return moment.status();
    range.from = LastNotAfter(*moment, newest);
  }
  if (to.empty()) return range;
  const absl::StatusOr<Moment> moment = ParseMoment(to);
  if (!moment.ok()) return moment.status();
  range.to = from.empty() ? LastNotAfter(*moment, newest) : FirstNotBefore(*moment, range.from);
  if (range.to < range.from) {
    return absl::InvalidArgumentError(absl::StrCat("the time range ", text, " ends before it begins"));
  }
  return range;
}

}  // namespace understudy::tools
