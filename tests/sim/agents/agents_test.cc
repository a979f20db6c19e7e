// Phones and gateways against a real engine: whatever the path does to their messages, the specification holds, and
// every kind of call is reached.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sim/agents/town.h"

namespace understudy::sim {
namespace {

using testing::IsEmpty;

constexpr uint64_t kSeeds = 200;

void Add(const CallCounts& from, CallCounts* to) {
  to->begun += from.begun;
  to->answered += from.answered;
  to->released += from.released;
  to->cancelled += from.cancelled;
  to->refused += from.refused;
  to->no_answer += from.no_answer;
  to->nowhere += from.nowhere;
  to->given_up += from.given_up;
  to->lost_by_restart += from.lost_by_restart;
  to->transfers += from.transfers;
  to->holds += from.holds;
  to->glares += from.glares;
  to->inside += from.inside;
  to->messages += from.messages;
  to->options += from.options;
  to->pracks += from.pracks;
  to->reliable_twice += from.reliable_twice;
  to->reliable_missed += from.reliable_missed;
  to->forks_rung += from.forks_rung;
  to->forks_ended += from.forks_ended;
  to->refreshes += from.refreshes;
  to->server_refreshes += from.server_refreshes;
  to->lapsed += from.lapsed;
  to->too_brief += from.too_brief;
  to->registrations += from.registrations;
  to->cancel_races += from.cancel_races;
  to->sent += from.sent;
  to->received += from.received;
  to->repeated += from.repeated;
  to->resent += from.resent;
}

std::string Told(const CallCounts& c) {
  return absl::StrCat("begun ", c.begun, " answered ", c.answered, " released ", c.released, " cancelled ", c.cancelled,
                      " refused ", c.refused, " no answer ", c.no_answer, " nowhere ", c.nowhere, " given up ",
                      c.given_up, " restart ", c.lost_by_restart, " transfers ", c.transfers, " holds ", c.holds,
                      " glares ", c.glares, " inside ", c.inside, " messages ", c.messages, " options ", c.options,
                      " pracks ", c.pracks, " registrations ", c.registrations, " cancel races ", c.cancel_races,
                      " rung twice ", c.reliable_twice, " missed ", c.reliable_missed, " forks ", c.forks_rung,
                      " forks ended ", c.forks_ended, " refreshes ", c.refreshes, " by the server ", c.server_refreshes,
                      " lapsed ", c.lapsed, " too brief ", c.too_brief, " sent ", c.sent, " received ", c.received,
                      " repeated ", c.repeated, " resent ", c.resent);
}

CallCounts RunSeeds(const TownOptions& options) {
  CallCounts sums;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Town town(seed, options);
    town.Run();
    EXPECT_THAT(town.violations(), IsEmpty()) << "seed " << seed;
    EXPECT_THAT(town.workload().Unfinished(), IsEmpty()) << "seed " << seed;
    for (const std::string& number : town.workload().LitLamps()) {
      const auto& legs = town.state().legs.rows();
      EXPECT_TRUE(std::any_of(legs.begin(), legs.end(), [&](const auto& row) { return row.second->number == number; }))
          << "seed " << seed << ": the lamp of " << number << " is lit for nothing";
    }
    const CallBook& book = town.workload().book();
    for (const auto& [id, call] : town.state().calls.rows()) {
      const uint32_t number = book.CallOf(town.state().LegAt(*call, 0)->dialog.call_id);
      EXPECT_TRUE(number != 0 && book.IsAbandoned(number)) << "seed " << seed << " call " << id.value();
    }
    Add(town.workload().book().counts(), &sums);
    if (testing::Test::HasFailure()) break;
  }
  return sums;
}

void ExpectEveryKind(const CallCounts& sums) {
  EXPECT_GT(sums.answered, kSeeds * 40) << Told(sums);
  for (uint64_t count :
       {sums.released, sums.cancelled, sums.refused, sums.no_answer, sums.nowhere, sums.transfers, sums.holds,
        sums.glares, sums.inside, sums.messages, sums.options, sums.pracks, sums.registrations, sums.cancel_races}) {
    EXPECT_GT(count, kSeeds / 4) << Told(sums);
  }
}

TEST(AgentsTest, OverAPerfectPathNothingIsRepeatedAndEveryKindOfCallIsReached) {
  TownOptions options;
  options.workload.restart_percent = options.workload.mute_percent = 0;
  const CallCounts sums = RunSeeds(options);
  ExpectEveryKind(sums);
  EXPECT_EQ(sums.given_up, 0u);
}

TEST(AgentsTest, PartiesThatDieAndComeBackBreakNoRuleForTheOthers) {
  TownOptions options;
  options.workload.restart_percent = 5;
  options.workload.mute_percent = 5;
  const CallCounts sums = RunSeeds(options);
  ExpectEveryKind(sums);
  EXPECT_GT(sums.lost_by_restart, 0u);
}

TEST(AgentsTest, LossDoublingAndDisorderBreakNoRule) {
  TownOptions options;
  options.loss = 50000;
  options.doubling = 50000;
  options.longest = Duration::Milliseconds(300);
  ExpectEveryKind(RunSeeds(options));
}

TEST(AgentsTest, HeavyLossBreaksNoRule) {
  TownOptions options;
  options.loss = 300000;
  options.doubling = 200000;
  options.longest = Duration::Milliseconds(1500);
  RunSeeds(options);
}

TEST(AgentsTest, TimesWithoutServiceAndBrokenConnectionsBreakNoRule) {
  TownOptions options;
  options.loss = 10000;
  options.doubling = 10000;
  options.longest = Duration::Milliseconds(100);
  options.outages = 3;
  options.breaks = 10;
  options.workload.tcp_percent = 50;
  ExpectEveryKind(RunSeeds(options));
}

TransferCounts RunOffices(const TownOptions& options) {
  TransferCounts sums;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Town town(seed, options);
    town.Run();
    EXPECT_THAT(town.violations(), IsEmpty()) << "seed " << seed;
    EXPECT_THAT(town.workload().Unfinished(), IsEmpty()) << "seed " << seed;
    for (const auto& office : town.workload().offices()) {
      sums.blind += office->counts().blind;
      sums.attended += office->counts().attended;
      sums.failed += office->counts().failed;
      sums.given_up += office->counts().given_up;
    }
    if (testing::Test::HasFailure()) break;
  }
  return sums;
}

TownOptions WithOffices() {
  TownOptions options;
  options.workload.calls = 5;
  options.workload.transfer_offices = 2;
  return options;
}

TEST(AgentsTest, OverAPerfectPathEveryCallIsHandedOverOrGoesOn) {
  const TransferCounts sums = RunOffices(WithOffices());
  for (uint64_t count : {sums.blind, sums.attended, sums.failed}) EXPECT_GT(count, kSeeds * 3);
  EXPECT_EQ(sums.given_up, 0u);
}

TEST(AgentsTest, LossAndTimesWithoutServiceLoseNoCallThatIsHandedOver) {
  TownOptions options = WithOffices();
  options.loss = options.doubling = 20000;
  options.longest = Duration::Milliseconds(300);
  options.outages = 3;
  const TransferCounts sums = RunOffices(options);
  for (uint64_t count : {sums.blind, sums.attended, sums.failed}) EXPECT_GT(count, kSeeds);
}

// All that calls have beyond, over a path that is as bad as it can be.
TEST(AgentsTest, HabitsBreakNoRule) {
  TownOptions options;
  options.loss = options.doubling = 20000;
  options.longest = Duration::Milliseconds(300);
  options.outages = 2;
  options.breaks = 4;
  options.workload.prack_percent = 30;
  options.workload.fork_percent = 60;
  options.workload.twins = 4;
  options.workload.lamp_phones = 1;
  options.workload.timer_percent = options.workload.timed_percent = 30;
  options.end = Duration::Seconds(76);  // for who is refreshed by the server, and who should have been
  const CallCounts sums = RunSeeds(options);
  ExpectEveryKind(sums);
  for (uint64_t count : {sums.reliable_twice, sums.reliable_missed, sums.forks_rung, sums.forks_ended, sums.refreshes,
                         sums.server_refreshes, sums.lapsed, sums.too_brief}) {
    EXPECT_GT(count, kSeeds / 4) << Told(sums);
  }
}

TEST(AgentsTest, TheSameSeedSaysTheSame) {
  TownOptions options;
  options.loss = options.doubling = 50000;
  options.outages = 2;
  uint64_t digests[2];
  for (uint64_t& digest : digests) {
    Town town(42, options);
    town.Run();
    digest = town.digest();
  }
  EXPECT_EQ(digests[0], digests[1]);
}

}  // namespace
}  // namespace understudy::sim
