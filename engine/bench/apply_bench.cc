// What an entry costs: the calls of sipp's built-in uac and uas, one every half millisecond, each held for a second. An
// item is an entry; a call has six.
//   bazel run //engine/bench:apply_bench
#include <cstdint>
#include <variant>

#include "base/check.h"
#include "benchmark/benchmark.h"
#include "engine/admission.h"
#include "engine/apply.h"
#include "engine/effect_hash.h"
#include "engine/input_codec.h"
#include "engine/bench/sipp_calls.h"
#include "engine/snapshot.h"

namespace understudy::engine {
namespace {

const SippCalls& TheRecording() {
  static const auto* recording = [] {
    auto* calls = new SippCalls();
    calls->Run(8000, 2000);
    return calls;
  }();
  return *recording;
}

void BM_Apply(benchmark::State& bench) {
  const SippCalls& recording = TheRecording();
  int64_t entries = 0;
  for (auto _ : bench) {
    State state;
    Effects effects;
    for (const Entry& entry : recording.entries()) Apply(&state, entry, &effects);
    entries += static_cast<int64_t>(recording.entries().size());
    bench.PauseTiming();
    US_CHECK(state.lsn == recording.state().lsn);
    state = State();
    bench.ResumeTiming();
  }
  bench.SetItemsProcessed(entries);
}
BENCHMARK(BM_Apply)->Unit(benchmark::kMillisecond);

void BM_Encode(benchmark::State& bench) {
  const SippCalls& recording = TheRecording();
  InputEncoder encoder;
  int64_t entries = 0;
  for (auto _ : bench) {
    for (const Entry& entry : recording.entries()) benchmark::DoNotOptimize(encoder.Encode(entry.input));
    entries += static_cast<int64_t>(recording.entries().size());
  }
  bench.SetItemsProcessed(entries);
}
BENCHMARK(BM_Encode)->Unit(benchmark::kMillisecond);

void BM_Decode(benchmark::State& bench) {
  const SippCalls& recording = TheRecording();
  Input input;
  int64_t entries = 0;
  for (auto _ : bench) {
    for (size_t i = 0; i < recording.entries().size(); ++i) US_CHECK(DecodeInput(recording.encoded(i), &input).ok());
    entries += static_cast<int64_t>(recording.entries().size());
  }
  bench.SetItemsProcessed(entries);
}
BENCHMARK(BM_Decode)->Unit(benchmark::kMillisecond);

// Decode, Apply and the hash of the effects: what the backup and the replay tool do.
void BM_Replay(benchmark::State& bench) {
  const SippCalls& recording = TheRecording();
  int64_t entries = 0;
  uint64_t sum = 0;
  for (auto _ : bench) {
    State state;
    Effects effects;
    Entry entry;
    for (size_t i = 0; i < recording.entries().size(); ++i) {
      const Entry& recorded = recording.entries()[i];
      entry.lsn = recorded.lsn;
      entry.epoch = recorded.epoch;
      entry.engine_time = recorded.engine_time;
      US_CHECK(DecodeInput(recording.encoded(i), &entry.input).ok());
      Apply(&state, entry, &effects);
      sum += HashEffects(effects);
    }
    entries += static_cast<int64_t>(recording.entries().size());
    bench.PauseTiming();
    state = State();
    bench.ResumeTiming();
  }
  benchmark::DoNotOptimize(sum);
  bench.SetItemsProcessed(entries);
}
BENCHMARK(BM_Replay)->Unit(benchmark::kMillisecond);

void BM_Admit(benchmark::State& bench) {
  const SippCalls& recording = TheRecording();
  int64_t entries = 0;
  for (auto _ : bench) {
    for (const Entry& entry : recording.entries()) {
      const auto* sip = std::get_if<SipReceived>(&entry.input);
      if (sip != nullptr) benchmark::DoNotOptimize(Admit(recording.state(), *sip, recording.state().lsn));
    }
    entries += static_cast<int64_t>(recording.entries().size());
  }
  bench.SetItemsProcessed(entries);
}
BENCHMARK(BM_Admit)->Unit(benchmark::kMillisecond);

void BM_Digest(benchmark::State& bench) {
  const State& state = TheRecording().state();
  for (auto _ : bench) benchmark::DoNotOptimize(DigestState(state));
  bench.SetItemsProcessed(static_cast<int64_t>(bench.iterations() * state.transactions.finished()));
}
BENCHMARK(BM_Digest)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace understudy::engine

BENCHMARK_MAIN();
