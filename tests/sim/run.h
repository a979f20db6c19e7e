// One run of one world: a plan in, what came of it out. Same plan, same result, byte for byte.
//
//   RunResult result = RunSeed(DrawPlan(17), RunOptions());
//   if (result.violation.check != Check::kNone) -> result.violation.text
//
// One thread. A failed CHECK of the code under test ends the process: campaign/ runs worlds in processes of their own.
#ifndef UNDERSTUDY_TESTS_SIM_RUN_H_
#define UNDERSTUDY_TESTS_SIM_RUN_H_

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/siphash.h"
#include "base/time.h"
#include "tests/sim/coverage.h"
#include "tests/sim/fault.h"
#include "tests/sim/fault_plan.h"

namespace understudy::sim {

struct RunOptions {
  // Sees each line of both nodes' logs and of the world, as it comes: what was said before a crash is not lost with it.
  // Null: none is even made.
  std::function<void(absl::string_view line)> on_line;
  // Of the journals: RunResult::export_journals is there afterwards.
  bool keep_journals = false;
};

struct Violation {
  Check check = Check::kNone;
  std::string text;  // one line, with what was seen and what was expected
  Duration at;

  bool found() const { return check != Check::kNone; }
};

// A whole number each, so that results of many runs can be added.
struct RunCounts {
  uint64_t virtual_us = 0;
  uint64_t events = 0;
  uint64_t calls = 0;      // begun with an INVITE
  uint64_t answered = 0;   // of them
  uint64_t settled = 0;    // of them, answered or refused
  uint64_t messages = 0;   // SIP, that phones and gateways received
  uint64_t entries = 0;    // in the surviving history
  uint64_t released = 0;   // effects that left, each checked
  uint64_t role_changes = 0;
  uint64_t epochs = 0;
  uint64_t spared = 0;     // faults passed over: they might have taken the last copy
  uint64_t sessions = 0;   // of T-Library clients
  uint64_t requests = 0;   // of theirs
  uint64_t outcomes = 0;   // of those
  uint64_t heard = 0;      // events, by clients
  uint64_t acknowledgements = 0;  // entries that say what clients have heard

  void Add(const RunCounts& other);
};

struct RunResult {
  Violation violation;
  Hash128 digest;  // of every event's time, every message, line of a log, answer of the witness, fault and effect
  RunCounts counts;
  Marks marks;
  std::array<uint64_t, kFaultKinds> faults = {};  // that have begun
  // Writes the journals of both nodes, as a/ and b/, for the tools.
  std::function<absl::Status(const std::string& directory)> export_journals;
};

// Ends at the plan's length, or at the first violation.
RunResult RunSeed(const Plan& plan, const RunOptions& options);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_RUN_H_
