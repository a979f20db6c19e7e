// The log for people and their tools: one line an event, with a number that stays the same from release to release.
//
//   constexpr LogEvent kListening = {"00-04501", Level::kInfo, "listening"};
//   log.Write(kListening, {{"transport", "UDP"}, {"address", endpoint.ToText()}});
//
//   2026-11-22T22:12:41.123Z INFO    00-04501 listening transport=UDP address=192.0.2.1:5060
//   {"time":"2026-11-22T22:12:41.123Z","level":"info","event":"00-04501","text":"listening","transport":"UDP", ...}
//
// Whatever a value holds, it cannot begin a line, forge a field or move a terminal's cursor. An event that comes in
// floods is thinned: a number of lines at once, then a few a second, and a count of those left out. Any thread may
// write.
#ifndef UNDERSTUDY_DAEMON_LOG_LOG_H_
#define UNDERSTUDY_DAEMON_LOG_LOG_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/time.h"

namespace understudy::log {

enum class Level : uint8_t { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3, kAlarm = 4 };
absl::string_view LevelName(Level level);  // "debug", "info", "warning", "error", "alarm"

// A kind of line. `id` never changes its meaning; `text` is a few words without values.
struct LogEvent {
  const char* id;
  Level level;
  const char* text;
};

// A name and a value: text or an integer. Holds views, for the length of a statement.
class Field {
 public:
  Field(absl::string_view name, const absl::AlphaNum& value) : name_(name), value_(value.Piece()) {}

  absl::string_view name() const { return name_; }
  absl::string_view value() const { return value_; }

 private:
  absl::string_view name_;
  absl::string_view value_;
};

enum class Format { kText, kJson };

struct LogOptions {
  std::string file;  // empty: standard error
  Format format = Format::kText;
  Level lowest = Level::kInfo;
  int burst = 50;             // lines of one event at once
  int lines_a_second = 2;     // of one event, after a burst
  size_t value_bytes = 1024;  // longer values are cut
  // Where lines go instead of a file, one call a line, without its end; on the thread that writes.
  std::function<void(const LogEvent& event, absl::string_view line)> to;
  // Clocks, for tests.
  std::function<WallTime()> wall_now;
  std::function<Duration()> monotonic_now;
};

class Log {
 public:
  // An error: the file cannot be opened for appending.
  static absl::StatusOr<std::unique_ptr<Log>> Open(const LogOptions& options);
  ~Log();

  bool IsOn(Level level) const { return level >= lowest_; }
  void Write(const LogEvent& event, absl::Span<const Field> fields = {});
  void Write(const LogEvent& event, std::initializer_list<Field> fields) {
    Write(event, absl::MakeConstSpan(fields.begin(), fields.size()));
  }

  // Writes what is known of lines left out, where that can be said now. Call it every second or so.
  void Tick();

  // Goes on in a new file of the same name, after somebody has moved the old one away (SIGHUP). An error: the old one
  // stays in use.
  absl::Status Reopen();

  uint64_t suppressed() const;    // lines left out, since the start
  uint64_t write_errors() const;  // lines that the disk did not take

 private:
  struct Rep;
  explicit Log(std::unique_ptr<Rep> rep);

  Level lowest_;
  std::unique_ptr<Rep> rep_;
};

}  // namespace understudy::log

#endif  // UNDERSTUDY_DAEMON_LOG_LOG_H_
