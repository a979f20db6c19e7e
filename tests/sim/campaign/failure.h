// All that is wanted of a run that failed: the words, the plan made small, the last lines, the command that runs it
// again, and, if a directory is named, files with it all and the journals of both nodes.
//
//   Failure failure = Examine(plan, report.violation, run, options);
//   std::cout << ToText(failure);
//
// Runs worlds in processes of their own (apart.h).
#ifndef UNDERSTUDY_TESTS_SIM_CAMPAIGN_FAILURE_H_
#define UNDERSTUDY_TESTS_SIM_CAMPAIGN_FAILURE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/time.h"
#include "tests/sim/campaign/apart.h"
#include "tests/sim/campaign/shrink.h"

namespace understudy::sim {

struct FailureOptions {
  int shrink_runs = 0;    // at most; 0: the plan stays as it is
  std::string directory;  // for its files, made when it is missing; empty: none are written
  size_t last_lines = 60;
  Duration cpu_limit = Duration::Seconds(60);
  bool drawn = true;      // from its seed: --seed runs it again. False: from a file
};

struct Failure {
  Plan plan;
  Violation violation;
  Shrunk shrunk;                   // `plan` itself, if it was not made smaller
  std::vector<std::string> lines;  // the last ones, of the shrunk run
  std::string program;             // commit and digest of the program
  bool drawn = true;
  std::string directory;           // where its files are
  absl::Status written;            // not OK: they are not
};

Failure Examine(const Plan& plan, const Violation& violation, const RunWorld& run, const FailureOptions& options);

std::string ToText(const Failure& failure);
std::string ToJson(const Failure& failure);  // {"type":"violation",...}, with its line end

// "commit 0123456789ab-dirty, program 89abcdef01234567": of the sources as git has them now (unknown without git), and
// of the running program's own bytes.
std::string ProgramText();

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CAMPAIGN_FAILURE_H_
