#include "tests/sim/campaign/fake_world.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "tests/sim/swarm.h"

namespace understudy::sim {
namespace {

bool Holds(const FakeRules::Rule& rule, const Plan& plan) { return rule && rule(plan); }

RunResult Play(const FakeRules& rules, const Plan& plan, const RunOptions& options, uint64_t times) {
  RunResult result;
  SipHasher128 hasher(HashKey{plan.seed, Holds(rules.varies, plan) ? times : 0});
  for (const Fault& fault : plan.faults) {
    ++result.faults[static_cast<size_t>(fault.kind)];
    hasher.Update(ToText(fault));
    if (options.on_line) options.on_line(absl::StrCat(SecondsText(fault.at), " ", ToText(fault)));
    ++result.counts.events;
  }
  result.digest = hasher.Finish();
  result.counts.virtual_us = static_cast<uint64_t>(plan.length.nanoseconds() / 1000);
  result.counts.calls = plan.workload.calls;
  result.counts.settled = Holds(rules.is_poor, plan) ? kCalls - 1 : kCalls;
  result.counts.role_changes = 2;
  result.counts.released = 13 * uint64_t{plan.workload.calls};
  for (const MarkTraits& traits : AllMarks()) {
    if (rules.reaches_all_marks || traits.mark != Mark::kInSync) result.marks.Hit(traits.mark);
  }
  US_CHECK(!Holds(rules.crashes, plan));
  while (Holds(rules.loops, plan)) ++result.counts.events;
  if (!Holds(rules.violates, plan)) return result;
  if (options.on_line) options.on_line("what was released is gone");
  result.violation = {Check::kReleasedSurvives, "an effect is\nin no \"history\"", plan.length - Duration::Seconds(1)};
  return result;
}

}  // namespace

RunWorld FakeRun(const FakeRules& rules) {
  return [rules, times = uint64_t{0}](const Plan& plan, const RunOptions& options) mutable {
    RunResult result = Play(rules, plan, options, ++times);
    if (!options.keep_journals) return result;
    result.export_journals = [](const std::string& directory) {
      std::filesystem::create_directories(directory + "/a");
      std::ofstream(directory + "/a/log") << "entries";
      return absl::OkStatus();
    };
    return result;
  };
}

int Count(const Plan& plan, FaultKind kind) {
  return static_cast<int>(std::count_if(plan.faults.begin(), plan.faults.end(),
                                        [kind](const Fault& fault) { return fault.kind == kind; }));
}

}  // namespace understudy::sim
