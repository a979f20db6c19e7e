// Writes into each scenario what it does now. Read the diff before you commit it.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/scenarios/scenario.h"

int main(int argc, char** argv) {
  const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  const std::string root = workspace == nullptr ? "" : std::string(workspace) + "/";
  int bad = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string path = root + argv[i];
    std::ostringstream recorded;
    recorded << std::ifstream(path).rdbuf();
    const understudy::tests::ScenarioResult result = understudy::tests::RunScenario(recorded.str());
    for (const std::string& fault : result.faults) std::printf("%s: %s\n", argv[i], fault.c_str());
    bad += result.faults.empty() ? 0 : 1;
    if (result.text != recorded.str()) {
      std::ofstream(path) << result.text;
      std::printf("%s: rewritten\n", argv[i]);
    }
  }
  return bad == 0 ? 0 : 1;
}
