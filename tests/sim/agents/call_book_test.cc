// What the book allows for. Each a claim.
#include "tests/sim/agents/call_book.h"

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {
namespace {

constexpr Duration At(int64_t milliseconds) {
  return Duration::Milliseconds(milliseconds);
}

TEST(CallBook, WhatIsAskedWhileAConnectionIsBeingTriedMayFailWithItAndNothingThatIsAskedLater) {
  EventQueue events;
  CallBook book([](absl::string_view) {}, Tolerance(), &events);
  const uint32_t stream = book.AddAgent("stream", true);
  const uint32_t datagrams = book.AddAgent("datagrams", false);
  for (const uint32_t agent : {stream, datagrams}) book.NoteOff(agent, At(1000), At(2000));
  events.RunUntil(At(10000));
  for (const uint32_t agent : {stream, datagrams}) EXPECT_TRUE(book.MayBeUnreachable(agent, At(1999)));
  EXPECT_TRUE(book.MayBeUnreachable(stream, At(2900)));
  EXPECT_FALSE(book.MayBeUnreachable(datagrams, At(2001)));
  EXPECT_FALSE(book.MayBeUnreachable(stream, At(3300)));
}

// A call between two phones, of which one speaks over a connection, in which nothing has been said since its beginning.
class BrokenConnection : public testing::Test {
 protected:
  BrokenConnection() {
    CallPlan plan;
    plan.caller = book_.AddAgent("stream", true);
    plan.callee = book_.AddAgent("datagrams", false);
    call_ = book_.AddCall(plan);
    for (CallSide& side : book_.Find(call_)->side) {
      side.begun = side.accepted = true;
      side.accepted_at = At(1000);
    }
    Say(0, At(500));
  }

  void Say(size_t side, Duration when) {
    CallRecord& record = *book_.Find(call_);
    record.side[side].said.push_back(when);
    record.side[1 - side].heard.push_back(when);
  }
  void Break(Duration from, Duration to) {
    events_.RunUntil(from);
    book_.ConnectionLost(0);
    events_.RunUntil(to);
    book_.ConnectionBack(0);
  }
  bool MayEnd() {
    EXPECT_EQ(book_.MayEnd(call_, 0), book_.MayEnd(call_, 1));
    return book_.MayEnd(call_, 0);
  }

  EventQueue events_;
  CallBook book_{[](absl::string_view) {}, Tolerance(), &events_};
  uint32_t call_ = 0;
};

TEST_F(BrokenConnection, MayNotEndACallInWhichNothingIsSaid) {
  Break(At(10000), At(12000));
  EXPECT_FALSE(MayEnd());
}

TEST_F(BrokenConnection, MayEndACallThatIsJustBeingAnswered) {
  Break(At(1500), At(3500));
  EXPECT_TRUE(MayEnd());
}

TEST_F(BrokenConnection, MayEndACallInWhichTheOtherPartySpeaksMeanwhile) {
  Say(1, At(11000));
  Break(At(10000), At(12000));
  EXPECT_TRUE(MayEnd());
}

TEST_F(BrokenConnection, MayEndACallOfWhichSomethingWasNotHeardBefore) {
  book_.Find(call_)->side[1].said.push_back(At(5000));
  Break(At(10000), At(12000));
  EXPECT_TRUE(MayEnd());
}

TEST_F(BrokenConnection, TakesLongerToEndWhatIsSaidWhereNobodyServes) {
  events_.RunUntil(At(10000));
  book_.ServiceDown();
  events_.RunUntil(At(10500));
  Break(At(10500), At(12000));
  events_.RunUntil(At(14000));
  book_.ServiceUp();
  EXPECT_FALSE(MayEnd());
  Say(0, At(16000));
  EXPECT_TRUE(MayEnd());
}

TEST(CallBook, TimesWithoutServiceThatFollowEachOtherAtOnceAreOne) {
  for (const int64_t pause : {500, 5000}) {
    EventQueue events;
    CallBook book([](absl::string_view) {}, Tolerance(), &events);
    const uint32_t agent = book.AddAgent("datagrams", false);
    for (int64_t i = 0; i < 4; ++i) {
      events.RunUntil(At(1000 + i * (pause + 100)));
      book.ServiceDown();
      events.RunUntil(At(1100 + i * (pause + 100)));
      book.ServiceUp();
    }
    EXPECT_EQ(book.IsFatal(book.Trouble(agent, At(0))), pause == 5000) << pause;
  }
}

// A call whose session was refreshed for the last time at 1 s, should be refreshed again at 46 s, and end at 61 s.
class RefreshedSession : public testing::Test {
 protected:
  RefreshedSession() {
    CallPlan plan;
    plan.caller = book_.AddAgent("caller", false);
    plan.callee = book_.AddAgent("callee", false);
    call_ = book_.AddCall(plan);
  }

  void BeDown(Duration from, Duration to) {
    events_.RunUntil(from);
    book_.ServiceDown();
    events_.RunUntil(to);
    book_.ServiceUp();
  }
  Duration MayGoOnUntil() { return book_.MayGoOnUntil(call_, At(1000), At(61000)); }
  bool MayRefreshLate() { return book_.MayRefreshLate(call_, At(1000), At(46000)); }

  EventQueue events_;
  CallBook book_{[](absl::string_view) {}, Tolerance(), &events_};
  uint32_t call_ = 0;
};

TEST_F(RefreshedSession, EndsAndIsRefreshedInTimeWhereNothingHappens) {
  events_.RunUntil(At(61000));
  EXPECT_EQ(MayGoOnUntil(), At(61000));
  EXPECT_FALSE(MayRefreshLate());
}

TEST_F(RefreshedSession, EndsLaterByWhatNobodyHasServed) {
  BeDown(At(10000), At(14000));
  BeDown(At(20000), At(20100));
  events_.RunUntil(At(61000));
  EXPECT_EQ(MayGoOnUntil(), At(65100));
  EXPECT_FALSE(MayRefreshLate());
}

TEST_F(RefreshedSession, EndsLaterWhereNobodyServedShortlyBefore) {
  BeDown(At(40000), At(42000));
  events_.RunUntil(At(61000));
  EXPECT_EQ(MayGoOnUntil(), At(74000));
  EXPECT_TRUE(MayRefreshLate());
}

TEST_F(RefreshedSession, EndsLaterWhereAnotherNodeServesThoughNobodyHasMissedOne) {
  events_.RunUntil(At(50000));
  book_.NoteServing();
  EXPECT_EQ(MayGoOnUntil(), At(82000));
  EXPECT_TRUE(MayRefreshLate());
}

TEST_F(RefreshedSession, MayGoOnWhileNobodyServes) {
  events_.RunUntil(At(60000));
  book_.ServiceDown();
  events_.RunUntil(At(70000));
  EXPECT_EQ(MayGoOnUntil(), At(102000));
}

TEST_F(RefreshedSession, IsRefreshedLaterWhereAPartyWasOffShortlyBefore) {
  book_.NoteOff(1, At(20000), At(24000));
  events_.RunUntil(At(61000));
  EXPECT_TRUE(MayRefreshLate());
  EXPECT_EQ(MayGoOnUntil(), At(65000));
}

TEST_F(RefreshedSession, EndsLaterByLossesAndWithManyAtAnyTime) {
  events_.RunUntil(At(61000));
  book_.Find(call_)->side[0].losses = 2;
  EXPECT_EQ(MayGoOnUntil(), At(67000));
  book_.Find(call_)->side[1].losses = 2;
  EXPECT_EQ(MayGoOnUntil(), CallBook::FarFuture());
}

TEST(CallBook, WhatTheServersHaveLostTimeOfMayEndAndWhatIsNewerMayNot) {
  EventQueue events;
  CallBook book([](absl::string_view) {}, Tolerance(), &events);
  const uint32_t agent = book.AddAgent("datagrams", false);
  events.RunUntil(At(1000));
  book.NoteLostTime();
  events.RunUntil(At(2000));
  EXPECT_TRUE(book.IsFatal(book.Trouble(agent, At(1000))));
  EXPECT_EQ(book.Trouble(agent, At(1001)), Duration());
}

}  // namespace
}  // namespace understudy::sim
