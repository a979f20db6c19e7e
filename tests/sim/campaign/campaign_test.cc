#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/sim/campaign/apart.h"
#include "tests/sim/campaign/fake_world.h"
#include "tests/sim/campaign/shrink.h"
#include "tests/sim/campaign/tally.h"
#include "tests/sim/swarm.h"

namespace understudy::sim {
namespace {

Plan WithFaults(const std::vector<FaultKind>& kinds) {
  Plan plan;
  plan.seed = 5;
  for (size_t i = 0; i < kinds.size(); ++i) {
    Fault fault;
    fault.kind = kinds[i];
    fault.target = Target::kPrimary;
    fault.at = Duration::Seconds(static_cast<int64_t>(i) + 1);
    fault.delay = Duration::Milliseconds(3);
    fault.duration = Duration::Seconds(4);
    plan.faults.push_back(fault);
  }
  return plan;
}

TEST(Tally, AReportSurvivesItsLine) {
  FakeRules rules;
  rules.violates = [](const Plan&) { return true; };
  const Plan plan = DrawPlan(3);
  SeedReport report = ReportOf(3, FakeRun(rules)(plan, RunOptions()));
  report.cpu_us = 77;
  const std::string line = ToLine(report);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  const absl::StatusOr<SeedReport> again = ParseReport(line);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ToLine(*again), line);
  EXPECT_EQ(again->violation.text, report.violation.text);
  EXPECT_EQ(again->violation.at, report.violation.at);
  EXPECT_EQ(again->digest, report.digest);
}

TEST(Tally, ALineThatWasCutIsRefused) {
  const std::string line = ToLine(SeedReport());
  for (size_t n = 0; n < line.size(); ++n) EXPECT_FALSE(ParseReport(line.substr(0, n)).ok()) << n;
}

TEST(Tally, RunsWithTooLittleInThemAreKept) {
  Tally tally;
  SeedReport report;
  report.seed = 4;
  report.counts.role_changes = 1;
  report.counts.settled = 100;
  tally.Add(report);
  report.seed = 5;
  report.counts.role_changes = 2;
  report.counts.settled = 99;
  tally.Add(report);
  report.seed = 6;
  report.counts.settled = 100;
  report.cpu_us = 1000;
  report.counts.virtual_us = 1500000;
  tally.Add(report);
  EXPECT_EQ(tally.poor_seeds, (std::vector<uint64_t>{4, 5}));
  EXPECT_EQ(tally.Speed(), 1500);
}

TEST(Apart, AFailedCheckIsAViolationWithItsWords) {
  FakeRules rules;
  rules.crashes = [](const Plan&) { return true; };
  const SeedReport report = RunApart(WithFaults({}), FakeRun(rules), ApartOptions());
  EXPECT_EQ(report.violation.check, Check::kCrash);
  EXPECT_NE(report.violation.text.find("fake_world.cc"), std::string::npos) << report.violation.text;
  EXPECT_NE(report.violation.text.find("check failed: !Holds"), std::string::npos) << report.violation.text;
  EXPECT_EQ(report.seed, 5u);
}

TEST(Apart, AnEndlessRunIsAViolation) {
  FakeRules rules;
  rules.loops = [](const Plan&) { return true; };
  ApartOptions options;
  options.cpu_limit = Duration::Seconds(1);
  EXPECT_EQ(RunApart(WithFaults({}), FakeRun(rules), options).violation.check, Check::kHang);
}

TEST(Apart, WhatARunSaysIsWhatItSaysInThisProcess) {
  const Plan plan = DrawPlan(9);
  const RunWorld run = FakeRun(FakeRules());
  SeedReport apart = RunApart(plan, run, ApartOptions());
  apart.cpu_us = 0;
  EXPECT_EQ(ToLine(apart), ToLine(ReportOf(9, run(plan, RunOptions()))));
}

std::vector<SeedReport> RunAll(const WorkerOptions& options, const FakeRules& rules) {
  Workers workers(options, DrawPlan, FakeRun(rules));
  std::vector<SeedReport> reports;
  while (workers.Wait(Duration::Seconds(1), &reports)) continue;
  std::sort(reports.begin(), reports.end(), [](const auto& a, const auto& b) { return a.seed < b.seed; });
  return reports;
}

TEST(Workers, EverySeedIsRunOnceHoweverManyWorkersThereAre) {
  for (int jobs : {1, 2, 3, 100}) {
    WorkerOptions options;
    options.first = 11;
    options.seeds = 40;
    options.jobs = jobs;
    const std::vector<SeedReport> reports = RunAll(options, FakeRules());
    ASSERT_EQ(reports.size(), 40u) << jobs;
    for (size_t i = 0; i < reports.size(); ++i) EXPECT_EQ(reports[i].seed, 11 + i);
  }
}

TEST(Workers, ACrashCostsItsSeedOnly) {
  WorkerOptions options;
  options.seeds = 30;
  options.jobs = 2;
  FakeRules rules;
  rules.crashes = [](const Plan& plan) { return plan.seed == 7 || plan.seed == 9 || plan.seed == 30; };
  const std::vector<SeedReport> reports = RunAll(options, rules);
  ASSERT_EQ(reports.size(), 30u);
  for (const SeedReport& report : reports) {
    const bool crashed = report.seed == 7 || report.seed == 9 || report.seed == 30;
    EXPECT_EQ(report.violation.check, crashed ? Check::kCrash : Check::kNone) << report.seed;
  }
}

TEST(Workers, AnotherDigestTheSecondTimeIsAViolation) {
  WorkerOptions options;
  options.seeds = 6;
  options.twice = true;
  FakeRules rules;
  rules.varies = [](const Plan& plan) { return plan.seed == 4; };
  for (const SeedReport& report : RunAll(options, rules)) {
    EXPECT_EQ(report.violation.check, report.seed == 4 ? Check::kNotDeterministic : Check::kNone);
  }
}

class Shrinking : public testing::Test {
 protected:
  Shrunk ShrinkBy(const Plan& plan, FakeRules rules, int most_runs = 1000) {
    const RunWorld run = FakeRun(rules);
    const Trial trial = [&run](const Plan& p) { return run(p, RunOptions()).violation; };
    const Violation seen = trial(plan);
    EXPECT_TRUE(seen.found());
    return Shrink(plan, seen, trial, most_runs);
  }
};

TEST_F(Shrinking, WhatDoesNotMatterGoes) {
  FakeRules rules;
  rules.violates = [](const Plan& plan) {
    return Count(plan, FaultKind::kKill) >= 2 && Count(plan, FaultKind::kBitFlip) >= 1 && plan.workload.calls >= 7;
  };
  const Plan plan =
      WithFaults({FaultKind::kStop, FaultKind::kKill, FaultKind::kPhoneLoss, FaultKind::kBitFlip, FaultKind::kKill,
                  FaultKind::kKill, FaultKind::kLinkSlow, FaultKind::kPhoneLoss, FaultKind::kStop, FaultKind::kBlank});
  const Shrunk shrunk = ShrinkBy(plan, rules);
  EXPECT_EQ(shrunk.plan.faults.size(), 3u) << ToText(shrunk.plan);
  EXPECT_EQ(shrunk.plan.workload.calls, 7u);
  EXPECT_TRUE(shrunk.violation.found());
  for (const Fault& fault : shrunk.plan.faults) {
    EXPECT_EQ(fault.delay, Duration());
    EXPECT_EQ(fault.duration, Duration::Milliseconds(250));
  }
  EXPECT_LT(shrunk.plan.length, plan.length);
  EXPECT_TRUE(CheckPlan(shrunk.plan).ok());
}

TEST_F(Shrinking, OptionsBecomeOrdinaryUnlessTheyMatter) {
  FakeRules rules;
  rules.violates = [](const Plan& plan) { return plan.pair.mode == replication::CommitMode::kReceived; };
  Plan plan = WithFaults({FaultKind::kKill});
  plan.pair.mode = replication::CommitMode::kReceived;
  plan.pair.suspect = Duration::Milliseconds(200);
  plan.workload.tcp_percent = 50;
  const Shrunk shrunk = ShrinkBy(plan, rules);
  EXPECT_EQ(shrunk.plan.pair.mode, replication::CommitMode::kReceived);
  EXPECT_EQ(shrunk.plan.pair.suspect, PairSettings().suspect);
  EXPECT_EQ(shrunk.plan.workload.tcp_percent, 0u);
  EXPECT_TRUE(shrunk.plan.faults.empty());
  EXPECT_EQ(shrunk.plan.workload.calls, 0u);
}

TEST_F(Shrinking, ItTakesNoMoreRunsThanItMayAndTheResultStillFails) {
  FakeRules rules;
  rules.violates = [](const Plan& plan) { return Count(plan, FaultKind::kKill) >= 2; };
  const Plan plan = DrawPlan(1);
  Plan failing = plan;
  failing.faults = WithFaults(std::vector<FaultKind>(12, FaultKind::kKill)).faults;
  for (int most : {0, 1, 5, 20}) {
    const Shrunk shrunk = ShrinkBy(failing, rules, most);
    EXPECT_LE(shrunk.runs, most);
    EXPECT_TRUE(rules.violates(shrunk.plan));
  }
  EXPECT_EQ(ShrinkBy(failing, rules, 0).plan, failing);
}

TEST_F(Shrinking, TheSamePlanShrinksToTheSame) {
  FakeRules rules;
  rules.violates = [](const Plan& plan) { return plan.faults.size() >= 2 && plan.workload.calls > 3; };
  EXPECT_EQ(ToText(ShrinkBy(DrawPlan(8), rules).plan), ToText(ShrinkBy(DrawPlan(8), rules).plan));
}

TEST(Shrink, AnotherCheckOrAnotherCrashDoesNotCount) {
  const Plan plan = WithFaults({FaultKind::kKill, FaultKind::kStop});
  const Violation seen{Check::kCrash, "a.cc:1: check failed", Duration()};
  const Trial other = [&seen](const Plan& p) {
    return p.faults.size() == 2 ? seen : Violation{Check::kCrash, "b.cc:2: check failed", Duration()};
  };
  EXPECT_EQ(Shrink(plan, seen, other, 100).plan.faults.size(), 2u);
}

}  // namespace
}  // namespace understudy::sim
