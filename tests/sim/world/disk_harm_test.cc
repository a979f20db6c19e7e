#include "tests/sim/world/disk_harm.h"

#include "gtest/gtest.h"

namespace understudy::sim {
namespace {

TEST(DiskHarmTest, OnlyTheMachineThatWasHarmedIsExcused) {
  DiskHarm harm;
  harm.OnJournal(0, 1, 77);
  harm.NoteHarm(0);
  EXPECT_TRUE(harm.Excuses(0, 1));
  EXPECT_FALSE(harm.Excuses(1, 1));
}

TEST(DiskHarmTest, TheOneThatSetsAHarmedJournalAsideMaySaySoInThatTurn) {
  DiskHarm harm;
  harm.OnJournal(0, 1, 77);
  harm.NoteHarm(0);
  harm.OnJournal(0, 2, 78);
  EXPECT_FALSE(harm.harmed(0));
  EXPECT_TRUE(harm.Excuses(0, 2));
  harm.OnTurn(0);
  EXPECT_FALSE(harm.Excuses(0, 2));
}

TEST(DiskHarmTest, AJournalThatIsOpenedAgainStaysHarmed) {
  DiskHarm harm;
  harm.OnJournal(0, 1, 77);
  harm.NoteHarm(0);
  harm.OnJournal(0, 2, 77);
  harm.OnTurn(0);
  EXPECT_TRUE(harm.Excuses(0, 2));
}

TEST(DiskHarmTest, WhoDiesWhileItsJournalIsBegunAnewLeavesItHalfMade) {
  DiskHarm harm;
  harm.OnJournal(0, 1, 77);
  harm.NoteRefill(0, 1);
  EXPECT_FALSE(harm.Excuses(0, 1));
  EXPECT_TRUE(harm.Excuses(0, 2));
}

TEST(DiskHarmTest, AJournalThatWasBegunAnewIsWhole) {
  DiskHarm harm;
  harm.OnJournal(0, 1, 77);
  harm.NoteRefill(0, 1);
  harm.OnJournal(0, 1, 78);
  EXPECT_FALSE(harm.Excuses(0, 1));
  EXPECT_FALSE(harm.Excuses(0, 2));
}

}  // namespace
}  // namespace understudy::sim
