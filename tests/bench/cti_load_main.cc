#include <iostream>

#include "tests/bench/cti/load_run.h"
#include "tools/tool_io.h"

int main(int argc, char** argv) {
  return understudy::bench::RunLoad(understudy::tools::Arguments(argc, argv), std::cout, std::cerr);
}
