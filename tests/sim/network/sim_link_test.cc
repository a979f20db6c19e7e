#include "tests/sim/network/sim_link.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "daemon/net/open_socket.h"
#include "gtest/gtest.h"
#include "tests/sim/sim_loop.h"

namespace understudy::sim {
namespace {

constexpr Duration kMoment = Duration::Milliseconds(20);

// A process with a port, and the links that it has had.
struct Process {
  struct Had {
    std::shared_ptr<link::PeerLink> link;
    std::vector<std::string> frames;
    absl::optional<absl::Status> closed;
    Duration closed_at;
  };

  Process(EventQueue* its_events, LinkNetwork* network, size_t machine, const link::LinkOptions& options)
      : events(its_events), loop(its_events), port(network->NewPort(machine, &loop, options)) {}

  void Listen() {
    EXPECT_TRUE(port->Listen({.accepted = [this](std::shared_ptr<link::PeerLink> link) { Take(std::move(link)); },
                             .failed = [this](const absl::Status& why) { failed.push_back(why); }})
                    .ok());
  }
  void Dial() {
    port->Dial([this](absl::StatusOr<std::shared_ptr<link::PeerLink>> dialled) {
      if (dialled.ok()) return Take(*std::move(dialled));
      refused.push_back(dialled.status());
    });
  }
  void Take(std::shared_ptr<link::PeerLink> link) {
    had.push_back(std::make_unique<Had>());
    Had* const mine = had.back().get();
    mine->link = std::move(link);
    mine->link->SetEvents({.frame = [mine](uint16_t, absl::string_view p) { mine->frames.emplace_back(p); },
                           .closed =
                               [this, mine](const absl::Status& why) {
                                 EXPECT_FALSE(mine->closed.has_value());
                                 mine->closed = why;
                                 mine->closed_at = events->now();
                               }});
  }
  Had& last() { return *had.back(); }
  void Say(const std::string& text) { last().link->Send(1, text); }

  EventQueue* const events;
  SimLoop loop;
  std::unique_ptr<link::PeerPort> port;
  std::vector<std::unique_ptr<Had>> had;
  std::vector<absl::Status> refused;
  std::vector<absl::Status> failed;
};

class SimLinkTest : public ::testing::Test {
 protected:
  SimLinkTest() {
    for (size_t m = 0; m < 2; ++m) Start(m);
  }

  void Start(size_t machine) {
    processes_[machine] = std::make_unique<Process>(&events_, &network_, machine, options_);
    processes_[machine]->Listen();
  }
  void Kill(size_t machine) {
    network_.ProcessDied(machine);
    processes_[machine].reset();
  }
  void LosePower(size_t machine) {
    network_.PowerLost(machine);
    processes_[machine].reset();
  }
  void Run(Duration d) { events_.RunUntil(events_.now() + d); }
  void Connect() {
    a().Dial();
    Run(kMoment);
    ASSERT_FALSE(a().had.empty());
    ASSERT_FALSE(b().had.empty());
  }
  Process& a() { return *processes_[0]; }
  Process& b() { return *processes_[1]; }

  EventQueue events_;
  LinkNetwork network_{&events_, Chance(11)};
  link::LinkOptions options_;
  std::unique_ptr<Process> processes_[2];
};

TEST_F(SimLinkTest, ADialledLinkOpensOnBothSidesAndCarriesFramesInOrder) {
  Connect();
  for (int i = 0; i < 50; ++i) {
    a().Say(absl::StrCat(i));
    auto owner = std::make_shared<std::string>(absl::StrCat("b", i));
    b().last().link->SendShared(2, owner, *owner);
    if (i % 7 == 0) Run(Duration::Microseconds(50));
  }
  Run(kMoment);
  ASSERT_EQ(b().last().frames.size(), 50u);
  ASSERT_EQ(a().last().frames.size(), 50u);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(b().last().frames[i], absl::StrCat(i));
    EXPECT_EQ(a().last().frames[i], absl::StrCat("b", i));
  }
  EXPECT_EQ(a().last().link->queued_bytes(), 0u);
  EXPECT_EQ(b().last().link->Counters().frames_in, 51u);  // the greeting too
}

TEST_F(SimLinkTest, WhereNobodyListensADialIsRefusedAtOnce) {
  Kill(1);
  a().Dial();
  Run(kMoment);
  ASSERT_EQ(a().refused.size(), 1u);
  EXPECT_TRUE(net::IsRefused(a().refused[0]));
  EXPECT_EQ(network_.counts().refused, 1u);
}

TEST_F(SimLinkTest, ADialToAMachineWithoutPowerOrBehindACutEndsWithTheOpeningTime) {
  LosePower(1);
  a().Dial();
  Run(options_.opening - kMoment);
  EXPECT_TRUE(a().refused.empty());
  Run(kMoment);
  Start(1);
  network_.SetCut(1, true);
  a().Dial();
  Run(options_.opening);
  ASSERT_EQ(a().refused.size(), 2u);
  for (const absl::Status& why : a().refused) {
    EXPECT_TRUE(absl::IsDeadlineExceeded(why));
    EXPECT_FALSE(net::IsRefused(why));
  }
}

TEST_F(SimLinkTest, ACallThatWasLostIsRepeated) {
  network_.SetCut(0, true);
  a().Dial();
  Run(Duration::Milliseconds(500));
  network_.SetCut(0, false);
  EXPECT_TRUE(a().had.empty());
  Run(Duration::Seconds(1));
  EXPECT_EQ(a().had.size(), 1u);
  EXPECT_EQ(b().had.size(), 1u);
  EXPECT_EQ(network_.counts().lost_calls, 1u);
}

TEST_F(SimLinkTest, AStoppedProcessDoesNotGreet) {
  b().loop.Stop();
  a().Dial();
  Run(options_.opening);
  ASSERT_EQ(a().refused.size(), 1u);
  EXPECT_TRUE(absl::IsDeadlineExceeded(a().refused[0]));
  b().loop.Continue();
  Run(kMoment);
  EXPECT_TRUE(b().had.empty() || b().last().closed.has_value());
}

TEST_F(SimLinkTest, AShortCutHoldsFramesBackAndLosesNone) {
  Connect();
  network_.SetCut(0, true);
  for (int i = 0; i < 5; ++i) a().Say(absl::StrCat(i));
  Run(Duration::Seconds(2));
  EXPECT_TRUE(b().last().frames.empty());
  network_.SetCut(0, false);
  a().Say("5");
  Run(Duration::Seconds(2));
  ASSERT_EQ(b().last().frames.size(), 6u);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(b().last().frames[i], absl::StrCat(i));
  EXPECT_GT(network_.counts().held, 0u);
  Run(Duration::Seconds(20));
  EXPECT_FALSE(a().last().closed.has_value());
  EXPECT_FALSE(b().last().closed.has_value());
}

TEST_F(SimLinkTest, ALongCutEndsTheLinkOfWhoeverWaitsForAnAcknowledgement) {
  Connect();
  network_.SetCut(0, true);
  network_.SetCut(1, true);
  const Duration said = events_.now();
  a().Say("nobody hears this");
  Run(options_.user_timeout + Duration::Seconds(1));
  ASSERT_TRUE(a().last().closed.has_value());
  EXPECT_TRUE(absl::IsDeadlineExceeded(*a().last().closed));
  EXPECT_GE(a().last().closed_at, said + options_.user_timeout);
  EXPECT_FALSE(b().last().closed.has_value());  // it sends nothing: half a connection
  network_.SetCut(0, false);
  network_.SetCut(1, false);
  b().Say("who is there?");
  Run(kMoment);
  ASSERT_TRUE(b().last().closed.has_value());
  EXPECT_TRUE(absl::IsUnavailable(*b().last().closed));
  EXPECT_GT(network_.counts().found_out, 0u);
}

TEST_F(SimLinkTest, ACutOneWayDeliversWhatIsNeverAcknowledged) {
  Connect();
  network_.SetCut(1, true);
  a().Say("heard");
  b().Say("not heard");
  Run(kMoment);
  EXPECT_EQ(b().last().frames, std::vector<std::string>{"heard"});
  EXPECT_TRUE(a().last().frames.empty());
  Run(options_.user_timeout);
  ASSERT_TRUE(a().last().closed.has_value());
  EXPECT_TRUE(absl::IsDeadlineExceeded(*a().last().closed));
}

TEST_F(SimLinkTest, AcknowledgementsThatComeAfterTheCutKeepTheLink) {
  Connect();
  network_.SetCut(1, true);
  a().Say("heard");
  Run(Duration::Seconds(3));
  network_.SetCut(1, false);
  Run(Duration::Seconds(30));
  EXPECT_FALSE(a().last().closed.has_value());
  EXPECT_EQ(b().last().frames.size(), 1u);
}

TEST_F(SimLinkTest, TwoCutsAreMendedTwice) {
  Connect();
  network_.SetCut(0, true);
  network_.SetCut(0, true);
  network_.SetCut(0, false);
  a().Say("late");
  Run(Duration::Seconds(1));
  EXPECT_TRUE(b().last().frames.empty());
  network_.SetCut(0, false);
  Run(Duration::Seconds(2));
  EXPECT_EQ(b().last().frames.size(), 1u);
}

TEST_F(SimLinkTest, ABreakLosesWhatIsInFlightAndEachEndSeesItAtATimeOfItsOwn) {
  Connect();
  a().Say("in flight");
  a().last().link->Flush();
  network_.Break();
  Run(Duration::Milliseconds(300));
  ASSERT_TRUE(a().last().closed.has_value());
  ASSERT_TRUE(b().last().closed.has_value());
  EXPECT_TRUE(absl::IsUnavailable(*a().last().closed));
  EXPECT_NE(a().last().closed_at, b().last().closed_at);
  EXPECT_TRUE(b().last().frames.empty());
  EXPECT_EQ(network_.counts().resets, 2u);
}

TEST_F(SimLinkTest, AnEndThatComesAfterTheNextLinkHasOpenedIsCounted) {
  for (int i = 0; i < 10 && network_.counts().swizzled == 0; ++i) {
    Connect();
    network_.Swizzle();
    a().Dial();
    Run(Duration::Seconds(4));
  }
  EXPECT_GT(network_.counts().swizzled, 0u);
  EXPECT_FALSE(a().last().closed.has_value());
  EXPECT_FALSE(b().last().closed.has_value());
}

TEST_F(SimLinkTest, AKilledProcessIsSeenToEndBehindWhatItSent) {
  Connect();
  a().Say("sent");
  Run(Duration());
  a().Say("only queued");
  Kill(0);
  Run(kMoment);
  EXPECT_EQ(b().last().frames, std::vector<std::string>{"sent"});
  ASSERT_TRUE(b().last().closed.has_value());
  EXPECT_TRUE(absl::IsUnavailable(*b().last().closed));
  EXPECT_EQ(network_.counts().half_open, 0u);
  Start(0);
  Connect();
  EXPECT_FALSE(a().last().closed.has_value());
}

TEST_F(SimLinkTest, AMachineWithoutPowerIsMissedWhenTheUserTimeoutIsOver) {
  Connect();
  LosePower(0);
  Run(Duration::Seconds(60));
  EXPECT_FALSE(b().last().closed.has_value());
  b().Say("are you there?");
  Run(options_.user_timeout + kMoment);
  ASSERT_TRUE(b().last().closed.has_value());
  EXPECT_TRUE(absl::IsDeadlineExceeded(*b().last().closed));
  EXPECT_EQ(network_.counts().half_open, 1u);
  EXPECT_EQ(network_.counts().found_out, 1u);
}

TEST_F(SimLinkTest, AMachineThatHasBootedResetsWhatItDoesNotKnow) {
  Connect();
  LosePower(0);
  b().Say("are you there?");
  Run(Duration::Seconds(2));
  EXPECT_FALSE(b().last().closed.has_value());
  Start(0);
  Run(Duration::Seconds(4));
  ASSERT_TRUE(b().last().closed.has_value());
  EXPECT_TRUE(absl::IsUnavailable(*b().last().closed));
}

TEST_F(SimLinkTest, AStoppedProcessReadsNothingAndTheOtherSideQueuesWhatTheWindowDoesNotTake) {
  Connect();
  b().loop.Stop();
  const std::string big(64 << 10, 'x');
  for (int i = 0; i < 20; ++i) a().Say(big);
  Run(Duration::Seconds(1));
  EXPECT_TRUE(b().last().frames.empty());
  EXPECT_GT(a().last().link->queued_bytes(), size_t{256} << 10);
  EXPECT_EQ(network_.counts().blocked, 1u);
  b().loop.Continue();
  Run(Duration::Seconds(1));
  EXPECT_EQ(b().last().frames.size(), 20u);
  EXPECT_EQ(a().last().link->queued_bytes(), 0u);
  Run(Duration::Seconds(20));
  EXPECT_FALSE(a().last().closed.has_value());
}

TEST_F(SimLinkTest, AWindowThatStaysFullEndsTheLink) {
  Connect();
  b().loop.Stop();
  const std::string big(1 << 20, 'x');
  a().Say(big);
  a().Say(big);
  Run(options_.user_timeout + kMoment);
  ASSERT_TRUE(a().last().closed.has_value());
  EXPECT_TRUE(absl::IsDeadlineExceeded(*a().last().closed));
}

TEST_F(SimLinkTest, APausedLinkGivesNothingUntilItIsResumed) {
  Connect();
  b().last().link->PauseReading();
  a().Say("one");
  Run(kMoment);
  EXPECT_TRUE(b().last().frames.empty());
  b().last().link->ResumeReading();
  Run(kMoment);
  EXPECT_EQ(b().last().frames.size(), 1u);
}

TEST_F(SimLinkTest, AClosedLinkTellsThePeerWhy) {
  Connect();
  a().Say("last words");
  a().last().link->Close(absl::CancelledError("this node ends"));
  Run(kMoment);
  EXPECT_EQ(b().last().frames.size(), 1u);
  ASSERT_TRUE(b().last().closed.has_value());
  EXPECT_TRUE(absl::IsAborted(*b().last().closed));
  EXPECT_NE(b().last().closed->message().find("this node ends"), absl::string_view::npos);
  ASSERT_TRUE(a().last().closed.has_value());
  EXPECT_TRUE(absl::IsCancelled(*a().last().closed));
}

TEST_F(SimLinkTest, ASlowPathDelaysFramesByItsLatencyAndItsBandwidth) {
  Connect();
  PathTraits distant;
  distant.latency = Duration::Milliseconds(300);
  network_.SetPath(0, distant);
  a().Say("slow");
  Run(Duration::Milliseconds(290));
  EXPECT_TRUE(b().last().frames.empty());
  Run(kMoment);
  EXPECT_EQ(b().last().frames.size(), 1u);
  PathTraits narrow;
  narrow.bytes_a_second = 100 << 10;
  network_.SetPath(0, narrow);
  a().Say(std::string(100 << 10, 'x'));
  Run(Duration::Milliseconds(900));
  EXPECT_EQ(b().last().frames.size(), 1u);
  Run(Duration::Milliseconds(200));
  EXPECT_EQ(b().last().frames.size(), 2u);
}

TEST_F(SimLinkTest, AClosedPortIsCalledBackNoMore) {
  a().Dial();
  a().port->Close();
  b().Dial();
  Run(Duration::Seconds(10));
  EXPECT_TRUE(a().had.empty());
  EXPECT_TRUE(a().refused.empty());
  EXPECT_TRUE(b().had.empty());
  EXPECT_EQ(b().refused.size(), 1u);
}

// Whatever happens, a link's frames are the beginning of what was sent on it, and the end is told once; the same seed
// gives the same history.
std::string RandomHistory(uint64_t seed, PeerCounts* total) {
  EventQueue events;
  const Chance root(seed);
  Chance chance = root.Fork("test");
  LinkNetwork network(&events, root.Fork("peer"));
  std::unique_ptr<Process> processes[2];
  std::string history;
  link::LinkOptions options;
  options.user_timeout = Duration::Seconds(2);  // as often as other ends
  for (size_t m = 0; m < 2; ++m) processes[m] = std::make_unique<Process>(&events, &network, m, options);
  for (auto& process : processes) process->Listen();
  int said = 0;
  for (int step = 0; step < 400; ++step) {
    events.RunUntil(events.now() + chance.Skewed(Duration(), Duration::Milliseconds(400)));
    const size_t m = chance.Below(2);
    Process& process = *processes[m];
    switch (chance.Below(12)) {
      case 0: process.Dial(); break;
      case 1: network.SetCut(m, !network.cut(m)); break;
      case 2: chance.OneIn(2) ? network.Swizzle() : network.Break(); break;
      case 3: process.loop.stopped() ? process.loop.Continue() : process.loop.Stop(); break;
      case 4:
        if (!chance.OneIn(4)) break;
        chance.OneIn(2) ? network.PowerLost(m) : network.ProcessDied(m);
        for (const auto& had : process.had) absl::StrAppend(&history, had->frames.size(), ",");
        processes[m].reset();
        processes[m] = std::make_unique<Process>(&events, &network, m, options);
        processes[m]->Listen();
        break;
      default:
        for (const auto& had : process.had) {
          if (had->link->is_open()) had->link->Send(1, absl::StrCat(said++));
        }
        break;
    }
  }
  for (size_t m = 0; m < 2; ++m) {
    if (network.cut(m)) network.SetCut(m, false);
    processes[m]->loop.Continue();
  }
  events.RunUntil(events.now() + Duration::Seconds(60));
  for (const auto& process : processes) {
    for (const auto& had : process->had) {
      int before = -1;
      for (const std::string& frame : had->frames) {
        EXPECT_LT(before, std::stoi(frame)) << "seed " << seed;
        before = std::stoi(frame);
      }
      absl::StrAppend(&history, had->frames.size(), " ", had->closed ? had->closed->ToString() : "open", " ",
                      had->closed_at.nanoseconds(), "\n");
    }
  }
  for (auto& process : processes) process.reset();
  events.RunUntil(events.now() + Duration::Seconds(60));
  EXPECT_EQ(network.connections(), 0u) << "seed " << seed;
  EXPECT_EQ(events.pending(), 0u) << "seed " << seed;
  const PeerCounts& c = network.counts();
  total->lost_calls += c.lost_calls;
  total->resets += c.resets;
  total->timeouts += c.timeouts;
  total->half_open += c.half_open;
  total->found_out += c.found_out;
  total->swizzled += c.swizzled;
  total->held += c.held;
  return absl::StrCat(history, c.frames, " ", c.resets, " ", c.timeouts, " ", c.half_open, " ", c.held, " ", c.swizzled);
}

TEST(SimLinkHistoryTest, UnderRandomTroubleFramesKeepTheirOrderAndASeedItsHistory) {
  PeerCounts total;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const std::string once = RandomHistory(seed, &total);
    ASSERT_EQ(once, RandomHistory(seed, &total)) << "seed " << seed;
  }
  for (const uint64_t count : {total.lost_calls, total.resets, total.timeouts, total.half_open, total.found_out,
                               total.swizzled, total.held}) {
    EXPECT_GT(count, 100u);
  }
}

}  // namespace
}  // namespace understudy::sim
