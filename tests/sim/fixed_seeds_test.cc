// A fixed small set of seeds, and the plan of every bug that was ever found. `simulate` runs the many.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "tests/sim/campaign/apart.h"
#include "tests/sim/coverage.h"
#include "tests/sim/run.h"
#include "tests/sim/swarm.h"

namespace understudy::sim {
namespace {

constexpr uint64_t kSeeds = 120;
constexpr char kDirectory[] = "tests/sim/";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// Each run in a process of its own: a failed CHECK names its seed.
class FixedSeeds : public testing::TestWithParam<int> {
 protected:
  static constexpr int kParts = 6;

  // Each shard runs a part of the seeds.
  static void TearDownTestSuite() {
    for (const Mark mark : Missing(coverage_, runs_)) {
      ADD_FAILURE() << "never reached in " << runs_ << " runs: " << TraitsOf(mark).name << ", "
                    << TraitsOf(mark).what;
    }
  }

  static Coverage coverage_;
  static uint64_t runs_;
};
Coverage FixedSeeds::coverage_;
uint64_t FixedSeeds::runs_ = 0;

TEST_P(FixedSeeds, KeepEveryPropertyAndChangeRolesTwice) {
  for (uint64_t seed = 1 + static_cast<uint64_t>(GetParam()); seed <= kSeeds; seed += kParts) {
    const SeedReport report = RunApart(DrawPlan(seed), RunSeed, ApartOptions());
    ASSERT_FALSE(report.violation.found())
        << "seed " << seed << ": " << CheckName(report.violation.check) << " at " << SecondsText(report.violation.at)
        << ": " << report.violation.text
        << "\n  again: bazel run //tests/sim:simulate -- --seed " << seed << " --shrink";
    EXPECT_GE(report.counts.role_changes, uint64_t{kRoleChanges}) << "seed " << seed;
    EXPECT_GE(report.counts.settled, kCalls) << "seed " << seed;
    coverage_.Add(report.marks);
    ++runs_;
  }
}

INSTANTIATE_TEST_SUITE_P(Parts, FixedSeeds, testing::Range(0, 6));

TEST(RegressionSeeds, WhatWasOnceFoundIsNotFoundAgain) {
  for (absl::string_view line : absl::StrSplit(ReadFile(absl::StrCat(kDirectory, "regression_seeds.txt")), '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    EXPECT_GE(absl::StripAsciiWhitespace(parts.second).size(), 20u) << line << ": say what it was";
    const absl::StatusOr<Plan> plan = ParsePlan(ReadFile(absl::StrCat(kDirectory, "regressions/", parts.first)));
    ASSERT_TRUE(plan.ok()) << line << ": " << plan.status();
    const SeedReport report = RunApart(*plan, RunSeed, ApartOptions());
    EXPECT_FALSE(report.violation.found()) << line << ": " << report.violation.text;
  }
}

// What differs between two processes - addresses, hash seeds - must not be seen in a run.
std::string OutputOf(const std::string& command) {
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::string output;
  std::array<char, 4096> buffer;
  while (const size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), n);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

TEST(Determinism, TwoProcessesPrintTheSameBytes) {
  const std::string many = absl::StrCat(kDirectory, "simulate --seeds 40 --digest --jobs ");
  const std::string digests = OutputOf(many + "1");
  EXPECT_FALSE(digests.empty());
  EXPECT_EQ(OutputOf(many + "3"), digests) << "a run depends on those before it in its process";
  const std::string one = absl::StrCat(kDirectory, "simulate --seed 7 2>/dev/null");
  EXPECT_EQ(OutputOf(one), OutputOf(one));
}

}  // namespace
}  // namespace understudy::sim
