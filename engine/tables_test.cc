// The tables of the state: timers, bindings, transactions.
#include <string>
#include <vector>

#include "engine/registrar.h"
#include "engine/timer_table.h"
#include "engine/transaction_table.h"
#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

using Lane = TransactionTable::Lane;

EngineTime At(int64_t seconds) {
  return EngineTime() + Duration::Seconds(seconds);
}

Timer For(TimerKind kind, uint64_t row) {
  Timer timer;
  timer.kind = kind;
  timer.row = row;
  return timer;
}

std::vector<uint64_t> PopAll(TimerTable* timers, EngineTime now) {
  std::vector<uint64_t> rows;
  while (absl::optional<Timer> timer = timers->PopDue(now)) rows.push_back(timer->row);
  return rows;
}

TEST(TimerTableTest, TimersFireInOrderOfDeadlineThenOfStart) {
  TimerTable timers;
  timers.Start(At(0), Duration::Seconds(3), For(TimerKind::kNoAnswer, 3));
  timers.Start(At(0), Duration::Seconds(1), For(TimerKind::kNoAnswer, 1));
  timers.Start(At(0), Duration::Seconds(1), For(TimerKind::kBindingExpiry, 2));
  timers.Start(At(0), Duration::Seconds(9), For(TimerKind::kNoAnswer, 9));
  EXPECT_EQ(timers.NextDeadline(), At(1));
  EXPECT_EQ(PopAll(&timers, At(0)), std::vector<uint64_t>());
  EXPECT_EQ(PopAll(&timers, At(3)), (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_EQ(timers.NextDeadline(), At(9));
}

TEST(TimerTableTest, ACancelledTimerDoesNotFireAndItsHandleIsEmpty) {
  TimerTable timers;
  TimerHandle handle = timers.Start(At(0), Duration::Seconds(1), For(TimerKind::kBindingExpiry, 1));
  timers.Cancel(&handle);
  EXPECT_EQ(handle, TimerHandle());
  timers.Cancel(&handle);
  EXPECT_EQ(PopAll(&timers, At(5)), std::vector<uint64_t>());
  EXPECT_EQ(timers.NextDeadline(), absl::nullopt);
}

TEST(TimerTableTest, WhileTheTransactionClockStandsStillOnlyTheEngineClockRuns) {
  TimerTable timers;
  timers.Start(At(0), Duration::Seconds(2), For(TimerKind::kServerTimeout, 1));
  timers.Start(At(0), Duration::Seconds(2), For(TimerKind::kBindingExpiry, 2));
  timers.StandStill(Duration::Seconds(10));
  EXPECT_EQ(timers.NextDeadline(), At(2));
  EXPECT_EQ(PopAll(&timers, At(11)), std::vector<uint64_t>{2});
  EXPECT_EQ(timers.NextDeadline(), At(12));
  EXPECT_EQ(PopAll(&timers, At(12)), std::vector<uint64_t>{1});
}

TEST(RegistrarTest, ContactsCompareAsUris) {
  Registrar registrar;
  Binding& binding = registrar.Add("1001");
  binding.contact = "sip:1001@Example.COM:5060;transport=udp";
  EXPECT_EQ(registrar.FindContact("1001", "sip:1001@example.com:5060;transport=UDP"), &binding);
  EXPECT_EQ(registrar.FindContact("1001", "sip:1001@example.com"), nullptr);
  EXPECT_EQ(registrar.FindContact("1002", "sip:1001@Example.COM:5060;transport=udp"), nullptr);
  EXPECT_EQ(registrar.FindContact("1001", "no uri"), nullptr);
}

TEST(RegistrarTest, TheLatestIsTheOneRefreshedLast) {
  Registrar registrar;
  const BindingId one = registrar.Add("1001").id;
  const BindingId two = registrar.Add("1001").id;
  registrar.Find(one)->refreshed = Lsn(5);
  registrar.Find(two)->refreshed = Lsn(4);
  EXPECT_EQ(registrar.Latest("1001")->id, one);
  registrar.Remove(one);
  EXPECT_EQ(registrar.Latest("1001")->id, two);
  registrar.Remove(two);
  EXPECT_EQ(registrar.Latest("1001"), nullptr);
  EXPECT_EQ(registrar, [] {
    Registrar empty;
    empty.set_last_id(BindingId(2));
    return empty;
  }());
}

ServerTransaction& AddServer(TransactionTable* table, uint64_t key, uint64_t merge) {
  ServerTransaction& row = table->AddServer();
  row.key = {key, key};
  if (!table->HasMerged({merge, merge})) row.merge_key = {merge, merge};
  table->IndexServer(row);
  return row;
}

TEST(TransactionTableTest, AFinishedTransactionIsFoundUntilItsDeadline) {
  TransactionTable table;
  const TransactionId id = AddServer(&table, 1, 11).id;
  table.FindServer(id)->response = SharedBytes("response");
  table.FinishServer(id, Lane::kLong, At(32));
  EXPECT_EQ(table.FindServer(id), nullptr);
  ASSERT_NE(table.FindFinished({1, 1}), nullptr);
  EXPECT_EQ(table.FindFinished({1, 1})->answer.view(), "response");
  EXPECT_TRUE(table.HasMerged({11, 11}));
  EXPECT_TRUE(table.IndexesAgree());
  table.Expire(At(31));
  EXPECT_NE(table.FindFinished({1, 1}), nullptr);
  EXPECT_EQ(table.NextExpiry(), At(32));
  table.Expire(At(32));
  EXPECT_EQ(table.FindFinished({1, 1}), nullptr);
  EXPECT_FALSE(table.HasMerged({11, 11}));
  EXPECT_TRUE(table.IndexesAgree());
}

TEST(TransactionTableTest, TheMergeKeyBelongsToItsFirstRow) {
  TransactionTable table;
  const TransactionId first = AddServer(&table, 1, 11).id;
  const TransactionId second = AddServer(&table, 2, 11).id;
  table.RemoveServer(second);
  EXPECT_TRUE(table.HasMerged({11, 11}));
  EXPECT_TRUE(table.IndexesAgree());
  table.RemoveServer(first);
  EXPECT_FALSE(table.HasMerged({11, 11}));
  EXPECT_TRUE(table.IndexesAgree());
}

TEST(TransactionTableTest, ACancelIsFoundByItsInviteUntilItIsRemoved) {
  TransactionTable table;
  const TransactionId invite = table.AddClient(Hop()).id;
  const TransactionId cancel = table.AddCancel(*table.FindClient(invite)).id;
  ASSERT_NE(table.FindCancelOf(invite), nullptr);
  EXPECT_EQ(table.FindCancelOf(invite)->id, cancel);
  table.FinishClient(invite, Lane::kLong, At(32), SharedBytes("ack"), Lsn(1));
  EXPECT_NE(table.FindFinishedClient(invite), nullptr);
  EXPECT_NE(table.FindCancelOf(invite), nullptr);
  table.RemoveClient(cancel);
  EXPECT_EQ(table.FindCancelOf(invite), nullptr);
  EXPECT_TRUE(table.IndexesAgree());
}

TEST(TransactionTableTest, RequestsAreFoundByTheirFlowWhileTheyGoByIt) {
  TransactionTable table;
  Hop one;
  one.flow = FlowId(1);
  Hop two;
  two.flow = FlowId(2);
  const TransactionId invite = table.AddClient(one).id;
  const TransactionId other = table.AddClient(two).id;
  table.AddClient(Hop());
  const TransactionId cancel = table.AddCancel(*table.FindClient(invite)).id;
  EXPECT_EQ(table.ClientsOf(FlowId(1)), (std::vector<TransactionId>{invite, cancel}));
  EXPECT_EQ(table.ClientsOf(FlowId(3)), std::vector<TransactionId>());
  table.LeaveFlow(*table.FindClient(invite));
  EXPECT_EQ(table.ClientsOf(FlowId(1)), std::vector<TransactionId>{cancel});
  EXPECT_TRUE(table.IndexesAgree());
  table.RemoveClient(cancel);
  table.FinishClient(other, Lane::kLong, At(32), SharedBytes("ack"), Lsn(1));
  EXPECT_EQ(table.ClientsOf(FlowId(1)), std::vector<TransactionId>());
  EXPECT_EQ(table.ClientsOf(FlowId(2)), std::vector<TransactionId>());
  EXPECT_TRUE(table.IndexesAgree());
}

TEST(TransactionTableTest, LanesExpireOnTheirOwn) {
  TransactionTable table;
  for (uint64_t key = 1; key <= 100; ++key) {
    const TransactionId id = AddServer(&table, key, key + 1000).id;
    const bool is_long = key % 2 == 0;
    const int64_t now = static_cast<int64_t>(key);
    table.FinishServer(id, is_long ? Lane::kLong : Lane::kShort, At(now + (is_long ? 32 : 5)));
  }
  table.Expire(At(60));
  EXPECT_TRUE(table.IndexesAgree());
  for (uint64_t key = 1; key <= 100; ++key) {
    const bool over = key % 2 == 0 ? key + 32 <= 60 : key + 5 <= 60;
    EXPECT_EQ(table.FindFinished({key, key}) == nullptr, over) << key;
  }
}

}  // namespace
}  // namespace understudy::engine
