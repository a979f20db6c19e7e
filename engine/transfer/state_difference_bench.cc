// What a resync costs beside the network: 100,000 held calls, all of them missing or one in a hundred.
//   bazel run //engine/transfer:state_difference_bench
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "benchmark/benchmark.h"
#include "engine/bench/sipp_calls.h"
#include "engine/transfer/state_difference.h"

namespace understudy::engine {
namespace {

constexpr int kCalls = 100000;

struct Fixture {
  SippCalls calls;
  std::string before;  // saved when 99 of 100 calls were there
  std::string after;
  std::vector<Hash128> known;

  Fixture() {
    for (int i = 0; i < kCalls - kCalls / 100; ++i) calls.SetUp();
    calls.Pass(Duration::Seconds(40));
    SaveState(calls.state(), &before);
    for (int i = 0; i < kCalls / 100; ++i) calls.SetUp();
    SaveState(calls.state(), &after);
    known = Pool().Digests();
  }
  ObjectPool Pool() const {
    ObjectPool pool;
    US_CHECK(pool.AddSaved(before).ok());
    return pool;
  }
};

const Fixture& TheFixture() {
  static const auto* fixture = new Fixture();
  return *fixture;
}

std::string Difference(const std::vector<Hash128>& known) {
  std::string out;
  const auto totals = WriteDifference(TheFixture().calls.state(), known, [&out](const DifferenceChunk& chunk) {
    out.append(chunk.bytes.data(), chunk.bytes.size());
    return absl::OkStatus();
  });
  US_CHECK(totals.ok());
  return out;
}

std::vector<Hash128> Known(const benchmark::State& bench) {
  return bench.range(0) != 0 ? TheFixture().known : std::vector<Hash128>();
}

void BM_Save(benchmark::State& bench) {
  std::string out;
  for (auto _ : bench) {
    out.clear();
    SaveState(TheFixture().calls.state(), &out);
  }
  bench.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK(BM_Save)->Unit(benchmark::kMillisecond);

void BM_Load(benchmark::State& bench) {
  for (auto _ : bench) {
    State state;
    US_CHECK(LoadState(TheFixture().after, &state).ok());
    bench.PauseTiming();
    state = State();
    bench.ResumeTiming();
  }
}
BENCHMARK(BM_Load)->Unit(benchmark::kMillisecond);

void BM_ListDigests(benchmark::State& bench) {
  for (auto _ : bench) benchmark::DoNotOptimize(TheFixture().Pool().Digests());
}
BENCHMARK(BM_ListDigests)->Unit(benchmark::kMillisecond);

void BM_WriteDifference(benchmark::State& bench) {
  const std::vector<Hash128> known = Known(bench);
  size_t bytes = 0;
  for (auto _ : bench) bytes = Difference(known).size();
  bench.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(BM_WriteDifference)->ArgName("base")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void BM_ReadDifference(benchmark::State& bench) {
  const std::string difference = Difference(Known(bench));
  for (auto _ : bench) {
    bench.PauseTiming();
    ObjectPool pool;
    if (bench.range(0) != 0) pool = TheFixture().Pool();
    bench.ResumeTiming();
    DifferenceReader reader(std::move(pool));
    for (absl::string_view rest = difference; !rest.empty();) {
      US_CHECK(reader.Add(rest.substr(0, kMaxDifferenceChunk)).ok());
      rest.remove_prefix(std::min(rest.size(), kMaxDifferenceChunk));
    }
    US_CHECK(reader.TakeState().value() == TheFixture().after);
  }
}
BENCHMARK(BM_ReadDifference)->ArgName("base")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace understudy::engine

BENCHMARK_MAIN();
