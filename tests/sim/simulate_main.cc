#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "tests/sim/campaign/simulate.h"
#include "tests/sim/run.h"

// `bazel run` starts programs elsewhere, and says where the caller was.
int main(int argc, char** argv) {
  namespace sim = understudy::sim;
  const char* const directory = std::getenv("BUILD_WORKING_DIRECTORY");
  if (directory != nullptr && chdir(directory) != 0) return sim::kUsage;
  const std::vector<std::string> args(argv + 1, argv + argc);
  return sim::Simulate(args, {sim::RunSeed, std::cout, std::cerr, isatty(STDERR_FILENO) == 1});
}
