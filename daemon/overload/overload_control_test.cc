#include "daemon/overload/overload_control.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <queue>
#include <vector>

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using net::MonotonicTime;

constexpr MonotonicTime kStart = MonotonicTime::FromNanoseconds(1'000'000'000'000);
constexpr Duration kTick = Duration::Milliseconds(100);
constexpr Duration kTarget = Duration::Milliseconds(100);

// A server that does one thing after the other: an INVITE, what follows at once, and what ends the call. All of it is
// `kCall` of work, a refusal an eighth of that. What comes waits in one queue.
class Server {
 public:
  static constexpr Duration kCall = Duration::Microseconds(1000);  // at most 1,000 calls a second
  static constexpr Duration kRefusal = Duration::Microseconds(125);

  explicit Server(OverloadControl* control) : control_(control) {}

  // Calls come evenly for `span`.
  void Offer(int64_t calls_a_second, Duration span) {
    const MonotonicTime end = now_ + span;
    const Duration apart = Duration::Nanoseconds(1'000'000'000 / calls_a_second);
    for (MonotonicTime at = now_; at < end; at = at + apart) Come(at, Part::kInvite);
    RunUntil(end);
  }
  void RunUntil(MonotonicTime end) {
    while (!coming_.empty() && std::max(coming_.top().at, free_) < end) {
      const Job job = coming_.top();
      coming_.pop();
      Do(job);
    }
    for (now_ = std::max(now_, looked_); now_ < end; now_ = std::min(end, now_ + Duration::Milliseconds(250))) {
      if (now_ > looked_) control_->Look(now_);
    }
  }
  void Rest(Duration span) { RunUntil(now_ + span); }
  // Nobody runs.
  void Stop(Duration span) { free_ = std::max(free_, now_) + span; }

  int64_t TakeCompleted() { return std::exchange(completed_, 0); }
  Duration TakeLongestWait() { return std::exchange(longest_, Duration()); }
  MonotonicTime now() const { return now_; }

 private:
  enum class Part { kInvite, kAnswers, kEnd };
  struct Job {
    MonotonicTime at;
    Part part;
    bool operator<(const Job& other) const { return at > other.at; }
  };

  void Come(MonotonicTime at, Part part) { coming_.push({at, part}); }

  void Do(const Job& job) {
    const MonotonicTime begins = std::max(job.at, free_);
    control_->Look(begins);
    looked_ = begins;
    control_->NoteDatagrams(begins - job.at);
    longest_ = std::max(longest_, begins - job.at);
    switch (job.part) {
      case Part::kInvite:
        free_ = begins + kRefusal;
        if (!control_->Takes(Work::kInvite)) return;
        free_ = begins + Duration::Nanoseconds(kCall.nanoseconds() * 3 / 10);
        return Come(free_ + Duration::Milliseconds(20), Part::kAnswers);
      case Part::kAnswers:
        free_ = begins + Duration::Nanoseconds(kCall.nanoseconds() * 4 / 10);
        return Come(free_ + Duration::Milliseconds(500), Part::kEnd);
      case Part::kEnd:
        free_ = begins + Duration::Nanoseconds(kCall.nanoseconds() * 3 / 10);
        ++completed_;
    }
  }

  OverloadControl* const control_;
  std::priority_queue<Job> coming_;
  MonotonicTime now_ = kStart;
  MonotonicTime looked_ = kStart;
  MonotonicTime free_ = kStart;
  int64_t completed_ = 0;
  Duration longest_;
};

class OverloadControlTest : public testing::Test {
 protected:
  // `ticks` of them, each looked at twice.
  void Ticks(int ticks, const std::function<void()>& note) {
    for (int i = 0; i < ticks * 2; ++i) {
      now_ = now_ + Duration::Milliseconds(50);
      control_.Look(now_);
      note();
    }
  }
  void Late(int ticks) {
    Ticks(ticks, [this] { control_.NoteDatagrams(kTarget + Duration::Milliseconds(1)); });
  }
  void InTime(int ticks) {
    Ticks(ticks, [this] { control_.NoteDatagrams(Duration::Milliseconds(10)); });
  }
  int TakenOf(int requests, Work work = Work::kInvite) {
    int taken = 0;
    for (int i = 0; i < requests; ++i) taken += control_.Takes(work) ? 1 : 0;
    return taken;
  }

  OverloadControl control_{OverloadOptions()};
  MonotonicTime now_ = kStart;
};

TEST_F(OverloadControlTest, EverythingIsTakenWhileNothingIsLate) {
  Server server(&control_);
  server.Offer(900, Duration::Seconds(20));
  EXPECT_EQ(control_.episodes(), 0u);
  EXPECT_EQ(control_.refused(), 0u);
}

TEST_F(OverloadControlTest, AtTwiceWhatItCanDoItCompletesFourFifths) {
  Server server(&control_);
  server.Offer(2000, Duration::Seconds(10));
  server.TakeCompleted();
  server.TakeLongestWait();
  server.Offer(2000, Duration::Seconds(30));
  EXPECT_GE(server.TakeCompleted(), 30 * 800) << "at most 857 a second are left by what the refusals cost";
  EXPECT_LT(server.TakeLongestWait(), Duration::Milliseconds(500)) << "T1: phones repeat what is not answered";
  EXPECT_EQ(control_.episodes(), 1u);
}

TEST_F(OverloadControlTest, AtFourTimesThatItStillCompletesMostOfWhatIsPossible) {
  Server server(&control_);
  server.Offer(4000, Duration::Seconds(10));
  server.TakeCompleted();
  server.Offer(4000, Duration::Seconds(30));
  EXPECT_GE(server.TakeCompleted(), 30 * 500) << "of 571";
}

TEST_F(OverloadControlTest, ItRecoversByItselfWhenTheLoadIsGone) {
  Server server(&control_);
  server.Offer(2000, Duration::Seconds(10));
  EXPECT_TRUE(control_.overloaded());
  EXPECT_LT(control_.share_percent(), 90);
  server.Offer(500, Duration::Seconds(20));
  EXPECT_FALSE(control_.overloaded());
  const uint64_t refused = control_.refused();
  server.Offer(900, Duration::Seconds(10));
  EXPECT_EQ(control_.refused(), refused);
  EXPECT_EQ(control_.episodes(), 1u);
}

TEST_F(OverloadControlTest, ItRecoversWhenNothingComesAnyMore) {
  Server server(&control_);
  server.Offer(2000, Duration::Seconds(10));
  server.Rest(Duration::Seconds(20));
  EXPECT_FALSE(control_.overloaded());
  EXPECT_EQ(control_.share_percent(), 100);
}

TEST_F(OverloadControlTest, AStoppedProcessIsNoOverload) {
  Server server(&control_);
  server.Offer(500, Duration::Seconds(5));
  server.Stop(Duration::Seconds(3));
  server.Offer(100, Duration::Seconds(5));
  EXPECT_EQ(control_.episodes(), 0u);
}

TEST_F(OverloadControlTest, OneQuickRoundOfATickShowsThatNoQueueStands) {
  for (int i = 0; i < 20; ++i) {
    Ticks(1, [this] { control_.NoteDatagrams(kTarget * 3); });
    control_.NoteDatagrams(Duration::Milliseconds(1));
  }
  EXPECT_FALSE(control_.overloaded());
}

TEST_F(OverloadControlTest, OneLateTickIsNoOverloadAndTwoAre) {
  InTime(3);
  Late(1);
  InTime(3);
  EXPECT_FALSE(control_.overloaded());
  Late(3);
  EXPECT_TRUE(control_.overloaded());
}

TEST_F(OverloadControlTest, ShareIsSpreadEvenlyOverTheRequestsOfAKind) {
  InTime(3);
  Late(3);
  control_.NoteDatagrams(kTarget);
  const int percent = control_.share_percent();
  ASSERT_LT(percent, 60);
  EXPECT_NEAR(TakenOf(1000), percent * 10, 10);
  EXPECT_NEAR(TakenOf(1000, Work::kRegister), percent * 10, 10);
  int longest = 0;
  for (int i = 0, refused = 0; i < 1000; ++i) {
    refused = control_.Takes(Work::kMessage) ? 0 : refused + 1;
    longest = std::max(longest, refused);
  }
  EXPECT_LE(longest, 100 / percent + 1);
  EXPECT_EQ(control_.refused(Work::kInvite) + control_.refused(Work::kRegister) + control_.refused(Work::kMessage),
            control_.refused());
}

TEST_F(OverloadControlTest, SomeOfThemAreTakenHoweverLateItIs) {
  InTime(3);
  Late(500);
  EXPECT_GE(TakenOf(1000), 10);
}

TEST_F(OverloadControlTest, OfTheShareARoundGetsTheLessTheLongerItHasWaited) {
  InTime(3);
  Late(3);
  control_.NoteDatagrams(kTarget);
  const int all = TakenOf(1000);
  control_.NoteDatagrams(kTarget + Duration::Milliseconds(25));
  EXPECT_NEAR(TakenOf(1000), all / 2, 10);
  control_.NoteDatagrams(kTarget * 2);
  EXPECT_LT(TakenOf(1000), 20);
  control_.NoteDatagrams(Duration());
  EXPECT_NEAR(TakenOf(1000), all, 10);
}

TEST_F(OverloadControlTest, WhatComesBetweenRoundsIsNotJudgedByAnOldOne) {
  InTime(3);
  Late(3);
  control_.NoteDatagrams(kTarget * 2);
  EXPECT_LT(TakenOf(1000, Work::kMakeCall), 20);
  Ticks(1, [] {});
  EXPECT_GT(TakenOf(1000, Work::kMakeCall), 300);
}

TEST_F(OverloadControlTest, BetweenHalfTheTargetAndTheTargetTheShareStays) {
  InTime(3);
  Late(5);
  const int percent = control_.share_percent();
  Ticks(100, [this] { control_.NoteDatagrams(Duration::Milliseconds(75)); });
  EXPECT_NEAR(control_.share_percent(), percent, 6);
  EXPECT_TRUE(control_.overloaded());
}

TEST_F(OverloadControlTest, AnEpisodeIsToldOnceWhenItBeginsAndOnceWhenItEnds) {
  InTime(3);
  Late(20);
  const auto begun = control_.TakeNews();
  ASSERT_TRUE(begun.has_value());
  EXPECT_TRUE(begun->begins);
  EXPECT_GT(begun->late_by, kTarget);
  TakenOf(100);
  Late(20);
  InTime(20);
  Late(20);
  EXPECT_EQ(control_.TakeNews(), absl::nullopt);
  InTime(200);
  const auto ended = control_.TakeNews();
  ASSERT_TRUE(ended.has_value());
  EXPECT_FALSE(ended->begins);
  EXPECT_GT(ended->refused, 50u);
  EXPECT_LT(ended->least_percent, 50);
  EXPECT_GT(ended->lasted, Duration::Seconds(5));
  EXPECT_EQ(control_.TakeNews(), absl::nullopt);
  EXPECT_EQ(control_.episodes(), 1u);
}

TEST_F(OverloadControlTest, ItEndsOnlyAfterAllHasBeenTakenForAWhile) {
  InTime(3);
  Late(3);
  while (control_.share_percent() < 100) InTime(1);
  InTime(40);
  EXPECT_TRUE(control_.overloaded());
  InTime(15);
  EXPECT_FALSE(control_.overloaded());
}

TEST_F(OverloadControlTest, WhatTheKernelDropsIsLate) {
  InTime(3);
  Ticks(4, [this] {
    control_.NoteDatagrams(Duration::Milliseconds(30));
    control_.NoteDropped();
  });
  EXPECT_TRUE(control_.overloaded());
}

TEST_F(OverloadControlTest, AConnectionThatIsNeverReadEmptyIsLate) {
  InTime(3);
  Ticks(4, [this] {
    control_.NoteDatagrams(Duration());
    control_.NoteStream(kTarget * 2);
    control_.NoteStream(Duration());
  });
  EXPECT_TRUE(control_.overloaded());
}

TEST_F(OverloadControlTest, EntriesThatAreCommittedLateAreLate) {
  InTime(3);
  Ticks(20, [this] { control_.NoteCommit(Duration::Milliseconds(900)); });
  EXPECT_FALSE(control_.overloaded());
  Ticks(4, [this] { control_.NoteCommit(Duration::Milliseconds(1100)); });
  EXPECT_TRUE(control_.overloaded());
}

TEST_F(OverloadControlTest, CommitsThatHaveStoppedAreNoOverload) {
  InTime(40);
  Ticks(1, [this] {
    for (int64_t seconds = 3; seconds >= 0; --seconds) control_.NoteCommit(Duration::Seconds(seconds));
  });
  InTime(3);
  EXPECT_FALSE(control_.overloaded());
}

TEST_F(OverloadControlTest, WithoutATargetNothingIsRefused) {
  OverloadOptions options;
  options.target = Duration();
  OverloadControl control(options);
  for (int i = 1; i < 100; ++i) {
    control.Look(kStart + kTick * i);
    control.NoteCommit(Duration::Seconds(10));
    control.NoteDatagrams(Duration::Seconds(3));
  }
  EXPECT_TRUE(control.Takes(Work::kInvite));
  EXPECT_FALSE(control.overloaded());
}

}  // namespace
}  // namespace understudy::daemon
