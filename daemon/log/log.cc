// spdlog writes the lines and locks; what they look like and how many there may be is decided here.
#include "daemon/log/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <time.h>

#include <algorithm>
#include <mutex>

#include "absl/container/btree_map.h"
#include "absl/time/time.h"
#include "daemon/log/escape.h"

namespace understudy::log {
namespace {

constexpr LogEvent kSuppressed = {"00-04001", Level::kWarning, "lines left out"};

// More kinds of events than the program has; a bound all the same.
constexpr size_t kMostEvents = 4096;

int64_t ReadClock(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

std::string TimeText(WallTime time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixNanos(time.nanoseconds()), absl::UTCTimeZone());
}

// spdlog throws where the file cannot be opened.
absl::StatusOr<spdlog::sink_ptr> MakeSink(const std::string& file) {
  if (file.empty()) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  try {
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  } catch (const spdlog::spdlog_ex& error) {
    return absl::FailedPreconditionError(absl::StrCat("cannot open the log file: ", error.what()));
  }
}

absl::string_view UpperName(Level level) {
  switch (level) {
    case Level::kDebug:
      return "DEBUG  ";
    case Level::kInfo:
      return "INFO   ";
    case Level::kWarning:
      return "WARNING";
    case Level::kError:
      return "ERROR  ";
    case Level::kAlarm:
      return "ALARM  ";
  }
  return "?";
}

// Tokens in thousandths, so that a rate below one a tick adds up.
struct Bucket {
  int64_t tokens = 0;
  Duration refilled;
  uint64_t left_out = 0;
};

}  // namespace

absl::string_view LevelName(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
    case Level::kAlarm:
      return "alarm";
  }
  return "?";
}

struct Log::Rep {
  absl::Status OpenSink();
  bool Take(absl::string_view id, uint64_t* left_out);
  void Refill(Bucket* bucket, Duration now) const;
  void Print(const LogEvent& event, absl::Span<const Field> fields);
  void AppendText(const LogEvent& event, absl::Span<const Field> fields);
  void AppendJson(const LogEvent& event, absl::Span<const Field> fields);
  void TellLeftOut(absl::string_view id, uint64_t n);

  LogOptions options;
  std::mutex mutex;
  spdlog::sink_ptr sink;
  absl::btree_map<std::string, Bucket> buckets;  // in order: what is told of them always comes in the same one
  std::string line;
  uint64_t suppressed = 0;
  uint64_t write_errors = 0;
};

absl::Status Log::Rep::OpenSink() {
  if (options.to != nullptr) return absl::OkStatus();
  absl::StatusOr<spdlog::sink_ptr> made = MakeSink(options.file);
  if (!made.ok()) return made.status();
  (*made)->set_pattern("%v");
  sink = *std::move(made);
  return absl::OkStatus();
}

void Log::Rep::Refill(Bucket* bucket, Duration now) const {
  const int64_t milliseconds = std::min<int64_t>((now - bucket->refilled).milliseconds(), 1000000);
  if (milliseconds <= 0) return;
  bucket->refilled = now;
  bucket->tokens = std::min<int64_t>(bucket->tokens + milliseconds * options.lines_a_second, options.burst * 1000LL);
}

bool Log::Rep::Take(absl::string_view id, uint64_t* left_out) {
  auto it = buckets.find(id);
  if (it == buckets.end()) {
    if (buckets.size() >= kMostEvents) return false;
    it = buckets.emplace(std::string(id), Bucket{options.burst * 1000LL, options.monotonic_now(), 0}).first;
  }
  Bucket& bucket = it->second;
  Refill(&bucket, options.monotonic_now());
  if (bucket.tokens < 1000) {
    ++bucket.left_out;
    ++suppressed;
    return false;
  }
  bucket.tokens -= 1000;
  *left_out = std::exchange(bucket.left_out, 0);
  return true;
}

void Log::Rep::AppendText(const LogEvent& event, absl::Span<const Field> fields) {
  absl::StrAppend(&line, TimeText(options.wall_now()), " ", UpperName(event.level), " ", event.id, " ", event.text);
  for (const Field& field : fields) {
    absl::StrAppend(&line, " ", field.name(), "=");
    AppendTextValue(field.value(), options.value_bytes, &line);
  }
}

void Log::Rep::AppendJson(const LogEvent& event, absl::Span<const Field> fields) {
  absl::StrAppend(&line, "{\"time\":\"", TimeText(options.wall_now()), "\",\"level\":\"", LevelName(event.level),
                  "\",\"event\":\"", event.id, "\",\"text\":\"", event.text, "\"");
  for (const Field& field : fields) {
    line.push_back(',');
    AppendJsonString(field.name(), options.value_bytes, &line);
    line.push_back(':');
    AppendJsonString(field.value(), options.value_bytes, &line);
  }
  line.push_back('}');
}

void Log::Rep::Print(const LogEvent& event, absl::Span<const Field> fields) {
  line.clear();
  if (options.format == Format::kText) {
    AppendText(event, fields);
  } else {
    AppendJson(event, fields);
  }
  if (options.to != nullptr) return options.to(event, line);
  try {
    sink->log(spdlog::details::log_msg("", spdlog::level::info, spdlog::string_view_t(line.data(), line.size())));
    sink->flush();
  } catch (const spdlog::spdlog_ex&) {
    ++write_errors;
  }
}

void Log::Rep::TellLeftOut(absl::string_view id, uint64_t n) {
  if (n > 0) Print(kSuppressed, {Field("event", id), Field("lines", n)});
}

Log::Log(std::unique_ptr<Rep> rep) : lowest_(rep->options.lowest), rep_(std::move(rep)) {}
Log::~Log() = default;

absl::StatusOr<std::unique_ptr<Log>> Log::Open(const LogOptions& options) {
  auto rep = std::make_unique<Rep>();
  rep->options = options;
  if (absl::Status s = rep->OpenSink(); !s.ok()) return s;
  if (!options.wall_now) {
    rep->options.wall_now = [] { return WallTime::FromNanoseconds(ReadClock(CLOCK_REALTIME)); };
  }
  if (!options.monotonic_now) {
    rep->options.monotonic_now = [] { return Duration::Nanoseconds(ReadClock(CLOCK_MONOTONIC)); };
  }
  return std::unique_ptr<Log>(new Log(std::move(rep)));
}

void Log::Write(const LogEvent& event, absl::Span<const Field> fields) {
  if (!IsOn(event.level)) return;
  std::lock_guard<std::mutex> lock(rep_->mutex);
  uint64_t left_out = 0;
  if (!rep_->Take(event.id, &left_out)) return;
  rep_->TellLeftOut(event.id, left_out);
  rep_->Print(event, fields);
}

void Log::Tick() {
  std::lock_guard<std::mutex> lock(rep_->mutex);
  const Duration now = rep_->options.monotonic_now();
  for (auto& [id, bucket] : rep_->buckets) {
    if (bucket.left_out == 0) continue;
    rep_->Refill(&bucket, now);
    if (bucket.tokens < 1000) continue;
    bucket.tokens -= 1000;
    rep_->TellLeftOut(id, std::exchange(bucket.left_out, 0));
  }
}

absl::Status Log::Reopen() {
  std::lock_guard<std::mutex> lock(rep_->mutex);
  return rep_->OpenSink();
}

uint64_t Log::suppressed() const {
  std::lock_guard<std::mutex> lock(rep_->mutex);
  return rep_->suppressed;
}

uint64_t Log::write_errors() const {
  std::lock_guard<std::mutex> lock(rep_->mutex);
  return rep_->write_errors;
}

}  // namespace understudy::log
