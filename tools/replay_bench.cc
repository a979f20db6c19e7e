// How fast a journal of plain calls is read, decoded and applied again. Goal: 300,000 entries a second on one core.
//   bazel run //tools:replay_bench
#include <sstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "benchmark/benchmark.h"
#include "tools/journal_dump.h"
#include "tools/replay.h"
#include "tools/test_journal.h"

namespace understudy::tools {
namespace {

constexpr int kCalls = 20000;

// Batches of four calls.
const TestJournal& LongJournal() {
  static const TestJournal* const journal = [] {
    auto* made = new TestJournal(TempDirectory("replay_bench"));
    made->Configure();
    for (int i = 0; i < kCalls; ++i) {
      made->Call();
      if (i % 4 == 0) made->Commit();
    }
    made->Commit();
    return made;
  }();
  return *journal;
}

template <class Tool>
void RunTool(benchmark::State& state, Tool tool, const std::vector<std::string>& options) {
  std::vector<std::string> args = {LongJournal().directory()};
  args.insert(args.end(), options.begin(), options.end());
  for (auto _ : state) {
    std::ostringstream out;
    US_CHECK_EQ(tool(args, ToolIo{out, out, nullptr}), kDone);
    benchmark::DoNotOptimize(out.str());
  }
  const auto entries = static_cast<int64_t>(LongJournal().state().lsn.value());
  state.SetItemsProcessed(state.iterations() * entries);
}

void BM_Replay(benchmark::State& state) {
  RunTool(state, Replay, {"--quiet"});
}
void BM_ReplayVerify(benchmark::State& state) {
  RunTool(state, Replay, {"--quiet", "--verify"});
}
void BM_Verify(benchmark::State& state) {
  RunTool(state, JournalDump, {"--verify"});
}
void BM_DumpText(benchmark::State& state) {
  RunTool(state, JournalDump, {});
}
void BM_DumpJson(benchmark::State& state) {
  RunTool(state, JournalDump, {"--json"});
}

BENCHMARK(BM_Replay)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ReplayVerify)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Verify)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_DumpText)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_DumpJson)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace understudy::tools

BENCHMARK_MAIN();
