// What came of one seed, as a line that a worker sends; and what came of many.
//
//   write(pipe, ToLine(report));             // one line, with its end
//   absl::StatusOr<SeedReport> report = ParseReport(line);
//   Tally tally;
//   tally.Add(*report);
//
// Values.
#ifndef UNDERSTUDY_TESTS_SIM_CAMPAIGN_TALLY_H_
#define UNDERSTUDY_TESTS_SIM_CAMPAIGN_TALLY_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/siphash.h"
#include "tests/sim/coverage.h"
#include "tests/sim/fault.h"
#include "tests/sim/run.h"

namespace understudy::sim {

// Without what only the process that ran it has.
struct SeedReport {
  uint64_t seed = 0;
  uint64_t cpu_us = 0;
  Violation violation;
  Hash128 digest;
  RunCounts counts;
  Marks marks;
  std::array<uint64_t, kFaultKinds> faults = {};
};
SeedReport ReportOf(uint64_t seed, const RunResult& result);

std::string ToLine(const SeedReport& report);
// InvalidArgument: such a line is none of ToLine's.
absl::StatusOr<SeedReport> ParseReport(absl::string_view line);

struct Tally {
  struct Kind {
    uint64_t begun = 0;
    uint64_t runs = 0;
  };
  uint64_t seeds = 0;
  uint64_t violations = 0;
  uint64_t cpu_us = 0;
  RunCounts counts;
  Coverage coverage;
  std::array<Kind, kFaultKinds> faults = {};
  std::vector<uint64_t> poor_seeds;  // clean runs with less than kRoleChanges, or with less than kCalls settled
  uint64_t slowest_seed = 0;
  uint64_t slowest_us = 0;

  void Add(const SeedReport& report);
  // Virtual time to processor time; 0 as long as there is none.
  double Speed() const;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CAMPAIGN_TALLY_H_
