#include "daemon/http/metrics.h"

#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace understudy::http {
namespace {

TEST(Metrics, TextIsWhatPrometheusReads) {
  MetricsRegistry registry;
  registry.AddCounter("b_total", "Second.\nLine.")->Add(3);
  registry.AddGauge("a", "First.")->Set(-4);
  registry.AddCollector([](MetricsWriter* out) { out->Gauge("z", "Last.", 1, {{"node", "say \"a\\b\"\n"}}); });
  EXPECT_EQ(registry.Render(),
            "# HELP a First.\n# TYPE a gauge\na -4\n"
            "# HELP b_total Second.\\nLine.\n# TYPE b_total counter\nb_total 3\n"
            "# HELP z Last.\n# TYPE z gauge\nz{node=\"say \\\"a\\\\b\\\"\\n\"} 1\n");
}

TEST(Metrics, RowsOfOneNameStandTogetherUnderOneType) {
  MetricsRegistry registry;
  registry.AddCounter("in_total", "In.", {{"by", "udp"}})->Add(1);
  registry.AddCounter("out_total", "Out.")->Add(2);
  registry.AddCounter("in_total", "In.", {{"by", "tcp"}})->Add(3);
  EXPECT_EQ(registry.Render(),
            "# HELP in_total In.\n# TYPE in_total counter\nin_total{by=\"udp\"} 1\nin_total{by=\"tcp\"} 3\n"
            "# HELP out_total Out.\n# TYPE out_total counter\nout_total 2\n");
}

TEST(Metrics, HistogramIsCumulativeAndInSeconds) {
  MetricsRegistry registry;
  Histogram* histogram = registry.AddHistogram(
      "commit_seconds", "Commit.", {Duration::Microseconds(50), Duration::Milliseconds(1), Duration::Seconds(2)});
  histogram->Observe(Duration::Microseconds(50));
  histogram->Observe(Duration::Microseconds(51));
  histogram->Observe(Duration::Seconds(3));
  EXPECT_EQ(registry.Render(),
            "# HELP commit_seconds Commit.\n# TYPE commit_seconds histogram\n"
            "commit_seconds_bucket{le=\"0.00005\"} 1\n"
            "commit_seconds_bucket{le=\"0.001\"} 2\n"
            "commit_seconds_bucket{le=\"2\"} 2\n"
            "commit_seconds_bucket{le=\"+Inf\"} 3\n"
            "commit_seconds_sum 3.000101\n"
            "commit_seconds_count 3\n");
  EXPECT_EQ(histogram->longest(), Duration::Seconds(3));
  EXPECT_EQ(histogram->total(), 3u);
}

TEST(Metrics, ReaderOfAnotherThreadSeesWholeNumbers) {
  MetricsRegistry registry;
  Counter* counter = registry.AddCounter("n_total", "N.");
  Histogram* histogram = registry.AddHistogram("h_seconds", "H.", CommitLatencyBuckets());
  std::thread writer([&] {
    for (int i = 0; i < 100000; ++i) {
      counter->Add();
      histogram->Observe(Duration::Microseconds(i % 3000));
    }
  });
  uint64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    registry.Render();
    EXPECT_GE(counter->value(), last);
    last = counter->value();
  }
  writer.join();
  EXPECT_EQ(counter->value(), 100000u);
  EXPECT_EQ(histogram->total(), 100000u);
}

TEST(MetricsDeathTest, NameThatPrometheusRefusesIsOurMistake) {
  MetricsRegistry registry;
  EXPECT_DEATH(registry.AddCounter("has-dash", "x"), "check failed");
  registry.AddCounter("twice_total", "x");
  EXPECT_DEATH(registry.AddGauge("twice_total", "x"), "check failed");
}

}  // namespace
}  // namespace understudy::http
