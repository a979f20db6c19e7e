#include "engine/events/subscription_table.h"

#include <vector>

#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

using Ids = std::vector<SubscriptionId>;

TEST(SubscriptionTableTest, RowsAreFoundByDnAndCounted) {
  SubscriptionTable table;
  const SubscriptionId a = table.Add("1001", "1002").id;
  const SubscriptionId b = table.Add("1001", "1003").id;
  const SubscriptionId c = table.Add("1002", "1003").id;
  EXPECT_EQ(table.AboutDn("1001"), (Ids{a, b}));
  EXPECT_EQ(table.AboutDn("1002"), Ids{c});
  EXPECT_EQ(table.CountAboutDn("1001"), 2u);
  EXPECT_EQ(table.CountOfSubscriber("1003"), 2u);
  EXPECT_EQ(table.CountOf("1003", "1001"), 1u);
  EXPECT_EQ(table.CountOf("1001", "1003"), 0u);
  EXPECT_EQ(table.OfSubscriber("1003"), (Ids{b, c}));
  table.Remove(b);
  EXPECT_EQ(table.AboutDn("1001"), Ids{a});
  EXPECT_EQ(table.CountOfSubscriber("1003"), 1u);
  EXPECT_EQ(table.CountAboutDn("1009"), 0u);
  EXPECT_EQ(table.OfSubscriber("1001"), Ids{});
}

TEST(SubscriptionTableTest, ItIsFoundByTheCallsThatItWasToldOf) {
  SubscriptionTable table;
  Subscription& row = table.Add("1001", "1002");
  table.SetTold(row, {{LegId(1), CallId(7), 1}, {LegId(3), CallId(7), 2}, {LegId(5), CallId(8), 2}});
  EXPECT_EQ(table.ToldOfCall(CallId(7)), Ids{row.id});
  table.SetTold(row, {{LegId(5), CallId(8), 3}});
  EXPECT_EQ(table.ToldOfCall(CallId(7)), Ids{});
  EXPECT_EQ(table.ToldOfCall(CallId(8)), Ids{row.id});
}

TEST(SubscriptionTableTest, ItIsFoundByItsNotifyUntilThatIsAnswered) {
  SubscriptionTable table;
  Subscription& row = table.Add("1001", "1002");
  table.SetNotify(row, TransactionId(4));
  EXPECT_EQ(table.FindByTransaction(TransactionId(4)), &row);
  table.SetNotify(row, TransactionId());
  EXPECT_EQ(table.FindByTransaction(TransactionId(4)), nullptr);
  EXPECT_EQ(table.FindByTransaction(TransactionId()), nullptr);
}

TEST(SubscriptionTableTest, LoadedRowsAreFoundAsTheOthersAre) {
  SubscriptionTable table;
  Subscription& row = table.Add("1001", "1002");
  table.SetTold(row, {{LegId(1), CallId(7), 1}});
  table.SetNotify(row, TransactionId(4));
  SubscriptionTable loaded;
  loaded.Load(row);
  loaded.set_last_id(table.last_id());
  EXPECT_EQ(loaded, table);
  loaded.Remove(row.id);
  EXPECT_EQ(loaded.size(), 0u);
  EXPECT_EQ(loaded.ToldOfCall(CallId(7)), Ids{});
}

}  // namespace
}  // namespace understudy::engine
