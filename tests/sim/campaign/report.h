// What a campaign says while it runs and when it has ended: for people as text, for programs as JSON, a line each.
//
//   std::cerr << ProgressText(tally, seeds, elapsed);
//   std::cout << EndText(tally, elapsed);
//
// No state.
#ifndef UNDERSTUDY_TESTS_SIM_CAMPAIGN_REPORT_H_
#define UNDERSTUDY_TESTS_SIM_CAMPAIGN_REPORT_H_

#include <cstdint>
#include <string>

#include "base/time.h"
#include "tests/sim/campaign/tally.h"

namespace understudy::sim {

// One line without its end: seeds done of `seeds`, violations, speed, what was checked, how long it will take.
std::string ProgressText(const Tally& tally, uint64_t seeds, Duration elapsed);
// Totals, a histogram of the faults, the marks.
std::string EndText(const Tally& tally, Duration elapsed);
// Of one run. Says nothing that depends on the machine: the same plan, the same words.
std::string RunText(const SeedReport& report);

// {"type":"progress",...}, {"type":"run",...}, {"type":"end",...}; each with its line end.
std::string ProgressJson(const Tally& tally, uint64_t seeds, Duration elapsed);
std::string RunJson(const SeedReport& report);
std::string EndJson(const Tally& tally, Duration elapsed);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CAMPAIGN_REPORT_H_
