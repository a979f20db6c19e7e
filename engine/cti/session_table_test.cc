#include "engine/cti/session_table.h"

#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

using Ids = std::vector<SessionId>;

TEST(SessionTableTest, ASessionIsFoundByItsIdAndByItsLinkOnly) {
  SessionTable table;
  const SessionId id = table.Add().id;
  EXPECT_EQ(table.Find(SessionId(99)), nullptr);
  EXPECT_EQ(table.FindByLink(LinkId()), nullptr);
  table.SetLink(*table.Find(id), LinkId(7));
  EXPECT_EQ(table.FindByLink(LinkId(7)), table.Find(id));
  table.SetLink(*table.Find(id), LinkId(8));
  EXPECT_EQ(table.FindByLink(LinkId(7)), nullptr);
  table.SetLink(*table.Find(id), LinkId());
  EXPECT_EQ(table.FindByLink(LinkId(8)), nullptr);
  EXPECT_TRUE(table.IndexesAgree());
}

TEST(SessionTableTest, ListenersAreThoseOfTheDnAndThoseOfAllOnceAndInOrder) {
  SessionTable table;
  for (int i = 0; i < 4; ++i) table.Add();
  EXPECT_FALSE(table.HasListener("1001"));
  EXPECT_TRUE(table.Register(*table.Find(SessionId(4)), "1001"));
  EXPECT_TRUE(table.Register(*table.Find(SessionId(2)), "1001"));
  EXPECT_FALSE(table.Register(*table.Find(SessionId(2)), "1001"));
  EXPECT_TRUE(table.Register(*table.Find(SessionId(2)), "1000"));
  EXPECT_EQ(table.ListenersOf("1001"), (Ids{SessionId(2), SessionId(4)}));
  EXPECT_EQ(table.ListenersOf("1000"), (Ids{SessionId(2)}));
  table.SetAllDns(*table.Find(SessionId(2)), true);
  table.SetAllDns(*table.Find(SessionId(3)), true);
  EXPECT_EQ(table.ListenersOf("1001"), (Ids{SessionId(2), SessionId(3), SessionId(4)}));
  EXPECT_EQ(table.ListenersOf("4711"), (Ids{SessionId(2), SessionId(3)}));
  EXPECT_TRUE(table.HasListener("4711"));
  EXPECT_TRUE(table.Unregister(*table.Find(SessionId(4)), "1001"));
  EXPECT_FALSE(table.Unregister(*table.Find(SessionId(4)), "1001"));
  EXPECT_EQ(table.ListenersOf("1001"), (Ids{SessionId(2), SessionId(3)}));
  EXPECT_TRUE(table.IndexesAgree());
}

TEST(SessionTableTest, NothingOfARemovedSessionStays) {
  SessionTable table;
  Session& session = table.Add();
  table.SetLink(session, LinkId(1));
  table.Register(session, "1001");
  table.SetAllDns(session, true);
  table.SetMonitorsCalls(session, true);
  EXPECT_EQ(table.monitors().size(), 1u);
  table.Remove(session.id);
  EXPECT_TRUE(table.IndexesAgree());
  EXPECT_FALSE(table.HasListener("1001"));
  EXPECT_TRUE(table.monitors().empty());
  EXPECT_EQ(table.FindByLink(LinkId(1)), nullptr);
  EXPECT_EQ(table.Add().id, SessionId(2)) << "an id is given once";
}

TEST(SessionTableTest, ALoadedTableIsTheSame) {
  SessionTable table;
  for (uint64_t i = 1; i <= 3; ++i) {
    Session& session = table.Add();
    table.SetLink(session, LinkId(i));
    table.Register(session, i == 1 ? "1001" : "1002");
    table.SetAllDns(session, i == 2);
    table.SetMonitorsCalls(session, i == 3);
  }
  SessionTable loaded;
  loaded.set_last_id(table.last_id());
  for (const auto& [id, row] : table.rows()) loaded.Load(row);
  EXPECT_EQ(loaded, table);
}

}  // namespace
}  // namespace understudy::engine
