// One run of cti_load: clients come, idle, make calls, and go; then its report.
#ifndef UNDERSTUDY_TESTS_BENCH_CTI_LOAD_RUN_H_
#define UNDERSTUDY_TESTS_BENCH_CTI_LOAD_RUN_H_

#include <ostream>
#include <string>
#include <vector>

namespace understudy::bench {

// Part of the program's documentation.
enum LoadExit : int { kLoadDone = 0, kLoadWrong = 1, kLoadMisuse = 2, kLoadNoServer = 3 };

int RunLoad(const std::vector<std::string>& args, std::ostream& out, std::ostream& err);

}  // namespace understudy::bench

#endif  // UNDERSTUDY_TESTS_BENCH_CTI_LOAD_RUN_H_
