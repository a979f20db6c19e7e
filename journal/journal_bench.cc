// What the journal costs. The directory for the real disk is $TEST_TMPDIR or the present one:
//   bazel run -c opt //journal:journal_bench -- --benchmark_filter=Append
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "benchmark/benchmark.h"
#include "journal/batch_builder.h"
#include "journal/batch_view.h"
#include "journal/commit/journal_writer.h"
#include "journal/durable_mark.h"
#include "journal/layout.h"
#include "journal/recovery.h"

namespace understudy::journal {
namespace {

constexpr uint64_t kCluster = 7;

std::string ScratchDirectory() {
  const char* base = std::getenv("TEST_TMPDIR");
  return absl::StrCat(base != nullptr ? base : ".", "/journal-bench");
}

// Entries as the SIP load makes them: about 300 bytes of payload, one call each.
class Source {
 public:
  EncodedBatch Make(size_t entries) {
    const uint64_t calls[] = {next_ / 6};
    for (size_t i = 0; i < entries; ++i) {
      EntryRecord record;
      record.lsn = Lsn(next_++);
      record.engine_time = EngineTime::FromNanoseconds(static_cast<int64_t>(next_));
      record.wall_time = WallTime::FromNanoseconds(static_cast<int64_t>(next_));
      record.effects_hash = next_ * 77;
      record.payload = payload_;
      record.calls = calls;
      builder_.Add(record);
    }
    BatchHeader header;
    header.cluster_id = kCluster;
    header.epoch = Epoch(1);
    EncodedBatch batch = builder_.Finish(header, chain_);
    chain_ = batch.chain();
    return batch;
  }

 private:
  const std::string payload_ = std::string(300, 'x');
  uint64_t next_ = 1;
  Hash128 chain_ = GenesisChain(kCluster);
  BatchBuilder builder_;
};

OpenedJournal OpenScratch() {
  std::filesystem::remove_all(ScratchDirectory());
  OpenJournalOptions options;
  options.directory = ScratchDirectory();
  options.cluster_id = kCluster;
  options.new_store_id = 1;
  absl::StatusOr<OpenedJournal> journal = OpenJournal(options);
  US_CHECK(journal.ok());
  return *std::move(journal);
}

double ProcessCpuMicros() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return 1e6 * static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

void BM_BuildBatch(benchmark::State& state) {
  Source source;
  const size_t entries = static_cast<size_t>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(source.Make(entries));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_BuildBatch)->Arg(1)->Arg(12)->Arg(64)->Arg(512);

void BM_ParseBatch(benchmark::State& state) {
  Source source;
  const EncodedBatch batch = source.Make(static_cast<size_t>(state.range(0)));
  BatchView view;
  for (auto _ : state) {
    US_CHECK(view.Parse(batch.bytes()).ok());
    uint64_t sum = 0;
    for (size_t i = 0; i < view.size(); ++i) sum += view[i].effects_hash;
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_ParseBatch)->Arg(1)->Arg(12)->Arg(64)->Arg(512);

// One group as the journal thread commits it. Arguments: entries in the group; 1 = sync the log; 1 = sync the mark.
void BM_AppendGroup(benchmark::State& state) {
  OpenedJournal journal = OpenScratch();
  Source source;
  const AppendMode mode = state.range(1) != 0 ? AppendMode::kSynced : AppendMode::kUnsynced;
  MarkValue value = journal.mark->value();
  for (auto _ : state) {
    state.PauseTiming();
    const EncodedBatch batch = source.Make(static_cast<size_t>(state.range(0)));
    state.ResumeTiming();
    US_CHECK(journal.store->Append({batch}, mode).ok());
    value.lsn = batch.last_lsn();
    value.chain = batch.chain();
    US_CHECK(journal.mark->Put(value).ok());
    if (state.range(2) != 0) US_CHECK(journal.mark->Sync().ok());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_AppendGroup)
    ->Args({8, 0, 0})->Args({8, 1, 0})->Args({8, 1, 1})->Args({64, 1, 1})->Args({512, 1, 1})
    ->UseRealTime()->MinTime(1.0);

void BM_Scan(benchmark::State& state) {
  OpenedJournal journal = OpenScratch();
  Source source;
  constexpr size_t kEntries = 256 * 1024;
  for (size_t i = 0; i < kEntries / 64; ++i) {
    US_CHECK(journal.store->Append({source.Make(64)}, AppendMode::kUnsynced).ok());
  }
  BatchView view;
  for (auto _ : state) {
    size_t seen = 0;
    auto it = journal.store->NewIterator();
    for (it->Seek(Lsn(1)); it->Valid(); it->Next()) {
      US_CHECK(view.Parse(it->bytes()).ok());
      seen += view.size();
    }
    US_CHECK_EQ(seen, kEntries);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kEntries));
}
BENCHMARK(BM_Scan)->Unit(benchmark::kMillisecond);

// 12,000 entries a second through the writer for two seconds, as 2,000 calls a second make them, in batches of
// four. Arguments: group_interval in us, mark_interval in us. Counters: processor time of the whole process.
void BM_Load(benchmark::State& state) {
  for (auto _ : state) {
    OpenedJournal journal = OpenScratch();
    JournalWriter::Options options;
    options.group_interval = Duration::Microseconds(state.range(0));
    options.mark_interval = Duration::Microseconds(state.range(1));
    std::atomic<int> groups{0};
    std::atomic<int64_t> waited{0};
    JournalWriter writer(journal.store.get(), journal.mark.get(), options, [&](const DurableGroup& group) {
      US_CHECK(group.status.ok());
      ++groups;
      waited += group.waited.nanoseconds();
    });
    Source source;
    constexpr int kBatches = 6000;
    const double cpu = ProcessCpuMicros();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kBatches; ++i) {
      std::this_thread::sleep_until(start + i * std::chrono::microseconds(333));
      US_CHECK(writer.Submit(source.Make(4)).ok());
    }
    US_CHECK(writer.Stop().ok());
    const double used = ProcessCpuMicros() - cpu;
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    state.counters["groups/s"] = groups / seconds;
    state.counters["cpu_us/group"] = used / groups;
    state.counters["cpu_us/call"] = used / (kBatches * 4 / 6.0);
    state.counters["wait_us"] = static_cast<double>(waited) / 1000 / groups;
  }
}
BENCHMARK(BM_Load)
    ->Args({0, 0})->Args({0, 5000})->Args({1000, 0})->Args({2000, 0})->Args({2000, 5000})->Args({4000, 5000})
    ->Iterations(1)->UseRealTime();

}  // namespace
}  // namespace understudy::journal

BENCHMARK_MAIN();
