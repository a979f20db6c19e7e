// Numbers for Prometheus: counters, gauges and histograms by name, rendered as its text format 0.0.4.
//
//   MetricsRegistry registry;
//   Counter* calls = registry.AddCounter("understudy_calls_total", "Calls begun.");
//   Histogram* commit = registry.AddHistogram("understudy_commit_seconds", "Append to durable.",
//   CommitLatencyBuckets()); registry.AddCollector([&](MetricsWriter* out) { out->Counter("understudy_udp_in_total",
//   "...", n); }); std::string text = registry.Render();
//
// Each number is written by one thread and may be read by any: an update is a plain load and store, no locked
// instruction. Adding and rendering belong to one thread; what was added lives as long as the registry.
#ifndef UNDERSTUDY_DAEMON_HTTP_METRICS_H_
#define UNDERSTUDY_DAEMON_HTTP_METRICS_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/time.h"

namespace understudy::http {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  void Add(uint64_t n = 1) { value_.store(value() + n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Gauge {
 public:
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void Add(int64_t n) { Set(value() + n); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

// Spans of time in buckets with fixed upper bounds.
class Histogram {
 public:
  // `bounds`: ascending. A span equal to a bound lies in that bound's bucket.
  explicit Histogram(std::vector<Duration> bounds);

  void Observe(Duration span);

  const std::vector<Duration>& bounds() const { return bounds_; }
  // Of bucket `i` alone; bounds().size() is the bucket of what is longer than every bound.
  uint64_t count(size_t i) const { return counts_[i].value(); }
  uint64_t total() const;
  Duration sum() const { return Duration::Nanoseconds(sum_.value()); }
  Duration longest() const { return Duration::Nanoseconds(longest_.value()); }

 private:
  std::vector<Duration> bounds_;
  std::deque<Counter> counts_;
  Gauge sum_;      // nanoseconds
  Gauge longest_;  // nanoseconds
};

// 50 us to 2 s: an NVMe's fsync lies at the lower end, a stalled disk at the upper.
std::vector<Duration> CommitLatencyBuckets();

// Writes the text. Samples of one name must come one after another; the name's help and type are written once.
class MetricsWriter {
 public:
  void Counter(absl::string_view name, absl::string_view help, uint64_t value, const Labels& labels = {});
  void Gauge(absl::string_view name, absl::string_view help, int64_t value, const Labels& labels = {});
  void Histogram(absl::string_view name, absl::string_view help, const http::Histogram& histogram,
                 const Labels& labels = {});
  const std::string& text() const { return text_; }

 private:
  void Begin(absl::string_view name, absl::string_view help, absl::string_view type);
  void Sample(absl::string_view name, absl::string_view suffix, const Labels& labels, absl::string_view value);

  std::string text_;
  std::string last_name_;
};

class MetricsRegistry {
 public:
  // Names as Prometheus wants them: [a-zA-Z_:][a-zA-Z0-9_:]*; anything else fails a CHECK, as does a name added twice
  // with the same labels.
  Counter* AddCounter(absl::string_view name, absl::string_view help, const Labels& labels = {});
  Gauge* AddGauge(absl::string_view name, absl::string_view help, const Labels& labels = {});
  Histogram* AddHistogram(absl::string_view name, absl::string_view help, std::vector<Duration> bounds,
                          const Labels& labels = {});

  // Called at every rendering, after the numbers above.
  void AddCollector(std::function<void(MetricsWriter*)> collector);

  std::string Render() const;

 private:
  struct Row {
    std::string name;
    std::string help;
    Labels labels;
    const Counter* counter = nullptr;
    const Gauge* gauge = nullptr;
    const Histogram* histogram = nullptr;
  };

  void AddRow(Row row);

  std::deque<Counter> counters_;
  std::deque<Gauge> gauges_;
  std::deque<Histogram> histograms_;
  std::vector<Row> rows_;  // in order of name, then of adding
  std::vector<std::function<void(MetricsWriter*)>> collectors_;
};

}  // namespace understudy::http

#endif  // UNDERSTUDY_DAEMON_HTTP_METRICS_H_
