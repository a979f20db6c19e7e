// The command `simulate`: many seeds, one seed, or a plan from a file. `simulate --help` says it all.
//
//   return Simulate(Arguments(argc, argv), {RunSeed, std::cout, std::cerr, isatty(STDERR_FILENO) == 1});
//
// Forks: one thread.
#ifndef UNDERSTUDY_TESTS_SIM_CAMPAIGN_SIMULATE_H_
#define UNDERSTUDY_TESTS_SIM_CAMPAIGN_SIMULATE_H_

#include <ostream>
#include <string>
#include <vector>

#include "tests/sim/campaign/apart.h"

namespace understudy::sim {

enum SimulateExit : int {
  kClean = 0,
  kViolated = 1,
  kUsage = 2,      // or a file could not be read
  kUnreached = 3,  // no violation, and a mark that was never reached, or a run with too little in it
};

struct SimulateWorld {
  RunWorld run;
  std::ostream& out;
  std::ostream& err;
  bool terminal = false;  // err is one: progress every few seconds, on one line; otherwise a line a minute
};

int Simulate(const std::vector<std::string>& args, const SimulateWorld& world);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CAMPAIGN_SIMULATE_H_
