#include "engine/cti/sent_refer_table.h"

#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

TEST(SentReferTableTest, ARowIsFoundByItsNumberItsDnAndItsTransaction) {
  SentReferTable table;
  SentRefer& row = table.Add("1001");
  table.SetTransaction(row, TransactionId(7));
  EXPECT_EQ(table.Find(ReferId(1)), &row);
  EXPECT_EQ(table.FindByDn("1001"), &row);
  EXPECT_EQ(table.FindByTransaction(TransactionId(7)), &row);
  EXPECT_EQ(table.Find(ReferId(2)), nullptr);
  EXPECT_EQ(table.FindByDn("1002"), nullptr);
  EXPECT_EQ(table.FindByTransaction(TransactionId()), nullptr);
}

TEST(SentReferTableTest, OfWhatIsAnsweredTheTransactionLeadsNowhere) {
  SentReferTable table;
  SentRefer& row = table.Add("1001");
  table.SetTransaction(row, TransactionId(7));
  table.SetTransaction(row, TransactionId());
  EXPECT_EQ(table.FindByTransaction(TransactionId(7)), nullptr);
  EXPECT_TRUE(row.refer.empty());
  EXPECT_EQ(table.FindByDn("1001"), &row);
}

TEST(SentReferTableTest, WhatIsRemovedIsNowhereAndItsNumberIsNotGivenAgain) {
  SentReferTable table;
  table.SetTransaction(table.Add("1001"), TransactionId(7));
  table.Remove(ReferId(1));
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.FindByDn("1001"), nullptr);
  EXPECT_EQ(table.FindByTransaction(TransactionId(7)), nullptr);
  EXPECT_EQ(table.Add("1001").id, ReferId(2));
}

TEST(SentReferTableTest, ALoadedTableIsTheOneThatWasSaved) {
  SentReferTable table;
  table.SetTransaction(table.Add("1001"), TransactionId(7));
  table.Add("1002");
  SentReferTable loaded;
  for (const auto& [id, row] : table.rows()) loaded.Load(row);
  loaded.set_last_id(table.last_id());
  EXPECT_EQ(loaded, table);
  EXPECT_EQ(loaded.FindByTransaction(TransactionId(7)), loaded.FindByDn("1001"));
}

}  // namespace
}  // namespace understudy::engine
