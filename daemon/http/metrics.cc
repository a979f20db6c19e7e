#include "daemon/http/metrics.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "base/check.h"

namespace understudy::http {
namespace {

bool IsName(absl::string_view name) {
  if (name.empty() || absl::ascii_isdigit(static_cast<unsigned char>(name[0]))) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ':'; });
}

// Seconds without a float: "0.00005", "2", "1.5".
std::string SecondsText(Duration span) {
  const int64_t ns = span.nanoseconds();
  std::string text = absl::StrFormat("%d.%09d", ns / 1000000000, ns % 1000000000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string LabelText(absl::string_view value) {
  return absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}});
}

}  // namespace

Histogram::Histogram(std::vector<Duration> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {
  US_CHECK(std::is_sorted(bounds_.begin(), bounds_.end()));
}

void Histogram::Observe(Duration span) {
  const auto it = std::lower_bound(bounds_.begin(), bounds_.end(), span);
  counts_[static_cast<size_t>(it - bounds_.begin())].Add();
  sum_.Add(span.nanoseconds());
  if (span.nanoseconds() > longest_.value()) longest_.Set(span.nanoseconds());
}

uint64_t Histogram::total() const {
  uint64_t total = 0;
  for (const Counter& count : counts_) total += count.value();
  return total;
}

std::vector<Duration> CommitLatencyBuckets() {
  std::vector<Duration> bounds;
  for (int64_t us :
       {50,   100,  150,   200,   300,   400,    500,    600,    700,     800,    1000,  1200,
        1500, 2000, 3000,  5000,  7000,  10000,  20000,  50000,  100000,  200000, 500000, 1000000, 2000000}) {
    bounds.push_back(Duration::Microseconds(us));
  }
  return bounds;
}

void MetricsWriter::Begin(absl::string_view name, absl::string_view help, absl::string_view type) {
  if (name == last_name_) return;
  last_name_ = std::string(name);
  const std::string escaped = absl::StrReplaceAll(help, {{"\\", "\\\\"}, {"\n", "\\n"}});
  absl::StrAppend(&text_, "# HELP ", name, " ", escaped, "\n# TYPE ", name, " ", type, "\n");
}

void MetricsWriter::Sample(absl::string_view name, absl::string_view suffix, const Labels& labels,
                           absl::string_view value) {
  absl::StrAppend(&text_, name, suffix);
  const char* before = "{";
  for (const auto& [label, text] : labels) {
    absl::StrAppend(&text_, before, label, "=\"", LabelText(text), "\"");
    before = ",";
  }
  absl::StrAppend(&text_, labels.empty() ? " " : "} ", value, "\n");
}

void MetricsWriter::Counter(absl::string_view name, absl::string_view help, uint64_t value, const Labels& labels) {
  Begin(name, help, "counter");
  Sample(name, "", labels, absl::StrCat(value));
}

void MetricsWriter::Gauge(absl::string_view name, absl::string_view help, int64_t value, const Labels& labels) {
  Begin(name, help, "gauge");
  Sample(name, "", labels, absl::StrCat(value));
}

void MetricsWriter::Histogram(absl::string_view name, absl::string_view help, const http::Histogram& histogram,
                              const Labels& labels) {
  Begin(name, help, "histogram");
  uint64_t below = 0;
  Labels with_bound = labels;
  with_bound.emplace_back("le", "");
  for (size_t i = 0; i <= histogram.bounds().size(); ++i) {
    below += histogram.count(i);
    with_bound.back().second = i < histogram.bounds().size() ? SecondsText(histogram.bounds()[i]) : "+Inf";
    Sample(name, "_bucket", with_bound, absl::StrCat(below));
  }
  Sample(name, "_sum", labels, SecondsText(histogram.sum()));
  Sample(name, "_count", labels, absl::StrCat(below));
}

Counter* MetricsRegistry::AddCounter(absl::string_view name, absl::string_view help, const Labels& labels) {
  Counter* counter = &counters_.emplace_back();
  AddRow({std::string(name), std::string(help), labels, counter, nullptr, nullptr});
  return counter;
}

Gauge* MetricsRegistry::AddGauge(absl::string_view name, absl::string_view help, const Labels& labels) {
  Gauge* gauge = &gauges_.emplace_back();
  AddRow({std::string(name), std::string(help), labels, nullptr, gauge, nullptr});
  return gauge;
}

Histogram* MetricsRegistry::AddHistogram(absl::string_view name, absl::string_view help, std::vector<Duration> bounds,
                                         const Labels& labels) {
  Histogram* histogram = &histograms_.emplace_back(std::move(bounds));
  AddRow({std::string(name), std::string(help), labels, nullptr, nullptr, histogram});
  return histogram;
}

void MetricsRegistry::AddRow(Row row) {
  US_CHECK(IsName(row.name));
  for (const Row& other : rows_) US_CHECK(other.name != row.name || other.labels != row.labels);
  const auto after =
      std::upper_bound(rows_.begin(), rows_.end(), row, [](const Row& a, const Row& b) { return a.name < b.name; });
  rows_.insert(after, std::move(row));
}

void MetricsRegistry::AddCollector(std::function<void(MetricsWriter*)> collector) {
  collectors_.push_back(std::move(collector));
}

std::string MetricsRegistry::Render() const {
  MetricsWriter writer;
  for (const Row& row : rows_) {
    if (row.counter != nullptr) writer.Counter(row.name, row.help, row.counter->value(), row.labels);
    if (row.gauge != nullptr) writer.Gauge(row.name, row.help, row.gauge->value(), row.labels);
    if (row.histogram != nullptr) writer.Histogram(row.name, row.help, *row.histogram, row.labels);
  }
  for (const auto& collector : collectors_) collector(&writer);
  return writer.text();
}

}  // namespace understudy::http
