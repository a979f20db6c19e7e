#include "tests/sim/campaign/tally.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/sim/swarm.h"

namespace understudy::sim {
namespace {

// The numbers of a report, in the order of its line.
template <class Report, class Each>
bool ForEachNumber(Report* report, Each each) {
  auto& c = report->counts;
  bool good = each(&report->seed) && each(&report->cpu_us) && each(&report->digest.lo) && each(&report->digest.hi);
  for (auto* number :
       {&c.virtual_us, &c.events, &c.calls, &c.answered, &c.settled, &c.messages, &c.entries, &c.released,
        &c.role_changes, &c.epochs, &c.spared, &c.sessions, &c.requests, &c.outcomes, &c.heard, &c.acknowledgements}) {
    good = good && each(number);
  }
  for (auto& number : report->faults) good = good && each(&number);
  return good;
}

}  // namespace

SeedReport ReportOf(uint64_t seed, const RunResult& result) {
  SeedReport report;
  report.seed = seed;
  report.violation = result.violation;
  report.digest = result.digest;
  report.counts = result.counts;
  report.marks = result.marks;
  report.faults = result.faults;
  return report;
}

std::string ToLine(const SeedReport& report) {
  std::string line;
  ForEachNumber(&report, [&line](const uint64_t* number) {
    absl::StrAppend(&line, *number, " ");
    return true;
  });
  for (const MarkTraits& traits : AllMarks()) absl::StrAppend(&line, report.marks.hits(traits.mark), " ");
  absl::StrAppend(&line, static_cast<int>(report.violation.check), " ", report.violation.at.nanoseconds(), " \"",
                  absl::CEscape(report.violation.text), "\"\n");
  return line;
}

absl::StatusOr<SeedReport> ParseReport(absl::string_view line) {
  const absl::Status bad = absl::InvalidArgumentError("not a report of a seed");
  const size_t quote = line.find('"');
  if (quote == absl::string_view::npos) return bad;
  absl::string_view text = line.substr(quote + 1);
  if (!absl::ConsumeSuffix(&text, "\n")) return bad;
  if (!absl::ConsumeSuffix(&text, "\"")) return bad;
  const std::vector<absl::string_view> words = absl::StrSplit(line.substr(0, quote), ' ', absl::SkipEmpty());
  size_t next = 0;
  SeedReport report;
  const auto take = [&](auto* number) { return next < words.size() && absl::SimpleAtoi(words[next++], number); };
  if (!ForEachNumber(&report, take)) return bad;
  for (const MarkTraits& traits : AllMarks()) {
    uint64_t hits = 0;
    if (!take(&hits)) return bad;
    report.marks.Add(traits.mark, hits);
  }
  int check = 0;
  int64_t at = 0;
  if (!take(&check) || !take(&at) || next != words.size() || check < 0 || check >= kChecks) return bad;
  report.violation.check = static_cast<Check>(check);
  report.violation.at = Duration::Nanoseconds(at);
  if (!absl::CUnescape(text, &report.violation.text)) return bad;
  return report;
}

void Tally::Add(const SeedReport& report) {
  ++seeds;
  violations += report.violation.found() ? 1 : 0;
  cpu_us += report.cpu_us;
  counts.Add(report.counts);
  coverage.Add(report.marks);
  for (size_t k = 0; k < faults.size(); ++k) {
    faults[k].begun += report.faults[k];
    faults[k].runs += report.faults[k] > 0 ? 1 : 0;
  }
  const bool poor = report.counts.role_changes < kRoleChanges || report.counts.settled < kCalls;
  if (!report.violation.found() && poor) poor_seeds.push_back(report.seed);
  if (report.cpu_us > slowest_us) {
    slowest_us = report.cpu_us;
    slowest_seed = report.seed;
  }
}

double Tally::Speed() const {
  return cpu_us == 0 ? 0 : static_cast<double>(counts.virtual_us) / static_cast<double>(cpu_us);
}

}  // namespace understudy::sim
