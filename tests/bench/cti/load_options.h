// What a load of clients is.
#ifndef UNDERSTUDY_TESTS_BENCH_CTI_LOAD_OPTIONS_H_
#define UNDERSTUDY_TESTS_BENCH_CTI_LOAD_OPTIONS_H_

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/command_line.h"

namespace understudy::bench {

struct LoadOptions {
  std::vector<std::string> servers;
  int64_t first_dn = 0;
  int64_t dns = 0;  // the first calls the second, the third the fourth, and so on
  size_t clients = 50;
  size_t registrations = 5;  // of each client; together they have every DN
  int64_t rate = 20;         // calls a second
  std::chrono::milliseconds talk{500};
  std::chrono::seconds idle{0};  // from the last registration to the first call
  std::chrono::seconds calls{30};
  std::chrono::seconds drain{20};  // at most, for what is under way at the end
};

const tools::ToolSpec& LoadSpec();
// InvalidArgument: what is wrong, and what is allowed.
absl::StatusOr<LoadOptions> LoadOptionsOf(const tools::CommandLine& line);

}  // namespace understudy::bench

#endif  // UNDERSTUDY_TESTS_BENCH_CTI_LOAD_OPTIONS_H_
