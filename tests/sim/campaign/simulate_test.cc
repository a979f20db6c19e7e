#include "tests/sim/campaign/simulate.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "boost/json.hpp"
#include "gtest/gtest.h"
#include "tests/sim/campaign/fake_world.h"
#include "tests/sim/swarm.h"

namespace understudy::sim {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class SimulateCommand : public testing::Test {
 protected:
  int Do(const std::vector<std::string>& args) {
    out_.str("");
    err_.str("");
    return Simulate(args, {FakeRun(rules_), out_, err_, false});
  }
  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }
  static std::string Directory(const std::string& name) { return testing::TempDir() + "/" + name; }

  FakeRules rules_;

 private:
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(SimulateCommand, ACleanRunSaysWhatItDid) {
  EXPECT_EQ(Do({"--seeds", "30", "--jobs", "2"}), kClean) << err();
  int64_t seconds = 0;
  for (uint64_t seed = 1; seed <= 30; ++seed) seconds += DrawPlan(seed).length.seconds();
  for (const std::string& part :
       {std::string("seeds                              30"), std::string("violations                         0"),
        std::string("released effects, each checked     39000"),
        "virtual time                       " + std::to_string(seconds) + " s", std::string("kill"),
        std::string("tail-cut")}) {
    EXPECT_TRUE(Has(out(), part)) << part << "\n" << out();
  }
}

TEST_F(SimulateCommand, AMarkThatALongRunNeverReachedFailsItAndIsNamed) {
  rules_.reaches_all_marks = false;
  EXPECT_EQ(Do({"--seeds", "59", "--jobs", "1"}), kClean);
  EXPECT_EQ(Do({"--quick", "--jobs", "1"}), kUnreached);
  EXPECT_TRUE(Has(err(), "never reached: in-sync")) << err();
  EXPECT_TRUE(Has(out(), "NEVER REACHED: the register names both")) << out();
}

TEST_F(SimulateCommand, ARunWithTooLittleInItFailsTheSearchAndIsNamed) {
  rules_.is_poor = [](const Plan& plan) { return plan.seed == 4; };
  EXPECT_EQ(Do({"--seeds", "3", "--jobs", "1"}), kClean) << err();
  EXPECT_EQ(Do({"--seeds", "5", "--jobs", "1"}), kUnreached);
  EXPECT_TRUE(Has(err(), "seed 4, strict: less than 2 role changes, or than 100 calls")) << err();
}

TEST_F(SimulateCommand, AViolationIsToldWithTheCommandThatRunsItAgain) {
  rules_.violates = [](const Plan& plan) { return plan.seed == 17; };
  EXPECT_EQ(Do({"--seeds", "20", "--jobs", "1"}), kViolated);
  for (const char* part : {"VIOLATION seed 17: released-survives at 139.000000", "simulate --seed 17", "commit ",
                           "program ", "fault ", "what was released is gone"}) {
    EXPECT_TRUE(Has(out(), part)) << part << "\n" << out();
  }
  EXPECT_TRUE(Has(err(), "seed 17: released-survives: ")) << err();
  EXPECT_EQ(Do({"--seed", "17"}), kViolated);
  EXPECT_EQ(Do({"--seed", "16"}), kClean);
}

TEST_F(SimulateCommand, CombinationsAreDrawnWhenAskedForAndRunAgainFromTheirPlan) {
  EXPECT_EQ(Do({"--seed", "3", "--combinations", "--print-plan"}), kClean);
  EXPECT_EQ(out(), ToText(DrawCombinedPlan(3)));
  EXPECT_NE(out(), ToText(DrawPlan(3)));
  rules_.violates = [](const Plan& plan) { return plan == DrawCombinedPlan(3); };
  const std::string directory = Directory("combined");
  EXPECT_EQ(Do({"--seeds", "5", "--combinations", "--out", directory, "--jobs", "1"}), kViolated);
  EXPECT_TRUE(Has(out(), "simulate --plan " + directory + "/seed-3/plan.txt")) << out();
  EXPECT_EQ(Do({"--plan", directory + "/seed-3/plan.txt"}), kViolated);
  EXPECT_EQ(Do({"--plan", directory + "/seed-3/plan.txt", "--combinations"}), kUsage);
}

TEST_F(SimulateCommand, TheFilesOfAViolationRunItAgain) {
  rules_.violates = [](const Plan& plan) { return plan.workload.calls >= 7 && plan.seed == 3; };
  const std::string directory = Directory("found");
  EXPECT_EQ(Do({"--seeds", "5", "--out", directory, "--shrink", "--jobs", "1"}), kViolated);
  EXPECT_TRUE(Has(out(), "100 calls to 7")) << out();
  const std::string files = directory + "/seed-3/";
  const absl::StatusOr<Plan> plan = ParsePlan(ReadFile(files + "plan.txt"));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(*plan, DrawPlan(3));
  EXPECT_EQ(ReadFile(files + "a/log"), "entries");
  EXPECT_TRUE(Has(ReadFile(files + "log.txt"), "what was released is gone"));
  EXPECT_TRUE(Has(ReadFile(files + "violation.txt"), "VIOLATION seed 3"));
  EXPECT_EQ(Do({"--plan", files + "shrunk.txt"}), kViolated);
  EXPECT_TRUE(Has(out(), "simulate --plan ")) << out();
}

TEST_F(SimulateCommand, ACrashIsAViolationWithTheLinesBeforeIt) {
  rules_.crashes = [](const Plan& plan) { return plan.seed == 2; };
  EXPECT_EQ(Do({"--seeds", "3", "--jobs", "1"}), kViolated);
  EXPECT_TRUE(Has(out(), "VIOLATION seed 2: crash")) << out();
  EXPECT_TRUE(Has(out(), "check failed")) << out();
  EXPECT_TRUE(Has(out(), "the last lines before it")) << out();
}

TEST_F(SimulateCommand, TheSameSeedPrintsTheSameBytes) {
  rules_.violates = [](const Plan& plan) { return plan.seed == 6; };
  for (const std::vector<std::string>& args : {std::vector<std::string>{"--seed", "5"},
                                               {"--seed", "6", "--shrink"},
                                               {"--seed", "5", "--json"},
                                               {"--seeds", "40", "--digest", "--violations", "0", "--jobs", "3"}}) {
    Do(args);
    const std::string first = out();
    Do(args);
    EXPECT_EQ(out(), first);
    EXPECT_FALSE(first.empty());
  }
}

TEST_F(SimulateCommand, APrintedPlanRunsAsItsSeed) {
  EXPECT_EQ(Do({"--seed", "12", "--print-plan"}), kClean);
  const std::string path = Directory("plan-of-12");
  std::ofstream(path) << out();
  EXPECT_EQ(Do({"--plan", path}), kClean);
  const std::string from_file = out();
  EXPECT_EQ(Do({"--seed", "12"}), kClean);
  EXPECT_EQ(out(), from_file);
}

TEST_F(SimulateCommand, ItEndsAfterAsManyViolationsAsAsked) {
  rules_.violates = [](const Plan&) { return true; };
  const auto told = [this] {
    size_t n = 0;
    for (size_t at = 0; (at = out().find("VIOLATION seed", at)) != std::string::npos; ++at) ++n;
    return n;
  };
  EXPECT_EQ(Do({"--seeds", "4", "--jobs", "1", "--violations", "0"}), kViolated);
  EXPECT_EQ(told(), 4u);
}

TEST_F(SimulateCommand, JsonIsAnObjectALine) {
  rules_.violates = [](const Plan& plan) { return plan.seed == 2; };
  EXPECT_EQ(Do({"--seeds", "8", "--json", "--violations", "0", "--jobs", "1"}), kViolated);
  std::istringstream lines(out());
  std::vector<std::string> types;
  for (std::string line; std::getline(lines, line);) {
    const boost::json::value value = boost::json::parse(line);
    types.push_back(std::string(value.at("type").as_string()));
    if (types.back() != "end") continue;
    EXPECT_EQ(value.at("seeds").as_int64(), 8);
    EXPECT_EQ(value.at("violations").as_int64(), 1);
    EXPECT_EQ(value.at("faults").as_object().size(), size_t{kFaultKinds});
    EXPECT_EQ(value.at("marks").as_object().size(), size_t{kMarks});
  }
  ASSERT_GE(types.size(), 3u);
  EXPECT_EQ(types[types.size() - 2], "violation");
  EXPECT_EQ(types.back(), "end");
}

TEST_F(SimulateCommand, WhatItDoesNotUnderstandIsUsage) {
  for (const std::vector<std::string>& args : {std::vector<std::string>{"--sedes", "5"},
                                               {"--seeds", "0"},
                                               {"--seeds", "many"},
                                               {"--seed", "1", "--plan", "x"},
                                               {"--seed", "1", "--jobs", "2"},
                                               {"--plan", "/nowhere/at/all"},
                                               {"--print-plan"},
                                               {"17"}}) {
    EXPECT_EQ(Do(args), kUsage) << args.front();
    EXPECT_TRUE(Has(err(), "simulate: ")) << err();
  }
  EXPECT_EQ(Do({"--help"}), kClean);
  EXPECT_TRUE(Has(out(), "Examples:")) << out();
}

}  // namespace
}  // namespace understudy::sim
