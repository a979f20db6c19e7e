#include "sip/timer_values.h"

#include <vector>

#include "gtest/gtest.h"

namespace understudy::sip {
namespace {

constexpr Reliability kUdp = Reliability::kUnreliable;
constexpr Reliability kTcp = Reliability::kReliable;

TEST(TimerValues, AreThoseOfTable4) {
  EXPECT_EQ(kTimerB.seconds(), 32);
  EXPECT_EQ(kTimerF.seconds(), 32);
  EXPECT_EQ(kTimerH.seconds(), 32);
  EXPECT_EQ(kTimerL.seconds(), 32);
  EXPECT_EQ(kTimerM.seconds(), 32);
  EXPECT_EQ(TimerA(kUdp).milliseconds(), 500);
  EXPECT_EQ(TimerD(kUdp).seconds(), 32);
  EXPECT_EQ(TimerE(kUdp).milliseconds(), 500);
  EXPECT_EQ(TimerG(kUdp).milliseconds(), 500);
  EXPECT_EQ(TimerI(kUdp).seconds(), 5);
  EXPECT_EQ(TimerJ(kUdp).seconds(), 32);
  EXPECT_EQ(TimerK(kUdp).seconds(), 5);
}

TEST(TimerValues, ADEGIJKAreZeroOverReliableTransport) {
  for (Duration interval :
       {TimerA(kTcp), TimerD(kTcp), TimerE(kTcp), TimerG(kTcp), TimerI(kTcp), TimerJ(kTcp), TimerK(kTcp)}) {
    EXPECT_EQ(interval, Duration());
  }
}

// The times, in milliseconds after the first sending, at which a message is sent again before `end`.
template <class NextInterval>
std::vector<int64_t> SentAgainAt(Duration first, Duration end, NextInterval next) {
  std::vector<int64_t> times;
  Duration interval = first;
  for (Duration at = first; at < end; at = at + interval) {
    times.push_back(at.milliseconds());
    interval = next(interval);
  }
  return times;
}

TEST(TimerA, SendsAnUnansweredInviteSevenTimesInAll) {
  EXPECT_EQ(SentAgainAt(TimerA(kUdp), kTimerB, NextTimerA),
            (std::vector<int64_t>{500, 1500, 3500, 7500, 15500, 31500}));
}

TEST(TimerE, SendsAnUnansweredRequestElevenTimesInAll) {
  auto next = [](Duration last) { return NextTimerE(last, NonInviteClientTransaction::State::kTrying); };
  EXPECT_EQ(SentAgainAt(TimerE(kUdp), kTimerF, next),
            (std::vector<int64_t>{500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}));
}

TEST(TimerE, IsT2OnceAProvisionalResponseHasCome) {
  EXPECT_EQ(NextTimerE(kT1, NonInviteClientTransaction::State::kProceeding), kT2);
}

TEST(TimerG, DoublesUpToT2) {
  EXPECT_EQ(SentAgainAt(TimerG(kUdp), kTimerH, NextTimerG).size(), 10u);
  EXPECT_EQ(NextTimerG(kT2), kT2);
}

TEST(The2xx, GoesOutAgainUpToEveryT2) {
  EXPECT_EQ(SentAgainAt(kFirst2xxInterval, k2xxGiveUp, Next2xxInterval),
            (std::vector<int64_t>{500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}));
}

TEST(TheReliableProvisional, DoublesWithoutLimit) {
  EXPECT_EQ(SentAgainAt(kFirstReliableProvisionalInterval, kReliableProvisionalGiveUp, NextReliableProvisionalInterval),
            (std::vector<int64_t>{500, 1500, 3500, 7500, 15500, 31500}));
}

}  // namespace
}  // namespace understudy::sip
