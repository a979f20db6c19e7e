// What the state's rows cost in memory, all in: the row, its texts, the indexes and timers that name it.
#include <malloc.h>

#include <cstdio>
#include <memory>
#include <string>

#include "engine/bench/sipp_calls.h"
#include "engine/snapshot.h"
#include "engine/transaction.h"
#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

constexpr int kCalls = 4000;
constexpr size_t kMaxBytesOfHeldCall = 5 * 1024;
constexpr size_t kMaxBytesOfFinishedTransaction = 500;

// Bytes of heap that the state takes when it is loaded anew, and so shares nothing; 0 under a sanitizer, whose heap is
// its own.
size_t HeapOf(const State& state) {
  std::string saved;
  SaveState(state, &saved);
  const size_t before = mallinfo2().uordblks;
  const auto loaded = std::make_unique<State>();
  EXPECT_TRUE(LoadState(saved, loaded.get()).ok());
  return mallinfo2().uordblks - before;
}

TEST(MemoryTest, AHeldCallAndAFinishedTransactionStayWithinTheirGoals) {
  SippCalls calls;
  const size_t empty = HeapOf(calls.state());
  if (empty == 0) GTEST_SKIP() << "no account of the heap here";
  for (int i = 0; i < kCalls; ++i) calls.SetUp();
  const size_t with_finished = HeapOf(calls.state());
  const size_t finished = calls.state().transactions.finished();
  calls.Pass(Duration::Seconds(40));
  ASSERT_EQ(calls.state().transactions.finished(), 0u);
  ASSERT_EQ(calls.state().calls.size(), static_cast<size_t>(kCalls));
  const size_t held = HeapOf(calls.state());
  const size_t bytes_of_call = (held - empty) / kCalls;
  const size_t bytes_of_finished = (with_finished - held) / finished;
  std::printf(
      "held call %zu bytes, finished transaction %zu bytes; sizeof Call %zu, Leg %zu, ServerTransaction %zu, "
      "ClientTransaction %zu, FinishedTransaction %zu\n",
      bytes_of_call, bytes_of_finished, sizeof(Call), sizeof(Leg), sizeof(ServerTransaction), sizeof(ClientTransaction),
      sizeof(FinishedTransaction));
  EXPECT_LT(bytes_of_call, kMaxBytesOfHeldCall);
  EXPECT_LT(bytes_of_finished, kMaxBytesOfFinishedTransaction);
}

}  // namespace
}  // namespace understudy::engine
