#include "tests/sim/campaign/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "boost/json.hpp"
#include "tests/sim/swarm.h"

namespace understudy::sim {
namespace {

namespace json = boost::json;

double Seconds(uint64_t us) { return static_cast<double>(us) / 1e6; }
double Seconds(Duration d) { return static_cast<double>(d.nanoseconds()) / 1e9; }

std::string SpanText(double seconds) {
  if (seconds < 120) return absl::StrFormat("%.0f s", seconds);
  if (seconds < 7200) return absl::StrFormat("%.0f min", seconds / 60);
  return absl::StrFormat("%.1f h", seconds / 3600);
}

std::string Row(absl::string_view name, const std::string& value) {
  return absl::StrFormat("  %-34s %s\n", name, value);
}

json::string Text(absl::string_view text) { return json::string(text.data(), text.size()); }

json::object CountsJson(const RunCounts& counts) {
  return {{"virtual_s", Seconds(counts.virtual_us)}, {"events", counts.events},
          {"calls", counts.calls},                   {"answered", counts.answered},
          {"settled", counts.settled},
          {"messages", counts.messages},             {"entries", counts.entries},
          {"released", counts.released},             {"role_changes", counts.role_changes},
          {"epochs", counts.epochs},                 {"spared", counts.spared},
          {"sessions", counts.sessions},             {"requests", counts.requests},
          {"outcomes", counts.outcomes},             {"heard", counts.heard},
          {"acknowledgements", counts.acknowledgements}};
}

json::object TotalsJson(absl::string_view type, const Tally& tally, Duration elapsed) {
  json::object object = {{"type", Text(type)},           {"seeds", tally.seeds},
                         {"violations", tally.violations}, {"elapsed_s", Seconds(elapsed)},
                         {"cpu_s", Seconds(tally.cpu_us)}, {"virtual_to_cpu", tally.Speed()}};
  object["counts"] = CountsJson(tally.counts);
  return object;
}

std::string FaultTable(const Tally& tally) {
  const uint64_t most = std::max_element(tally.faults.begin(), tally.faults.end(), [](const auto& a, const auto& b) {
                          return a.begun < b.begun;
                        })->begun;
  std::string text = absl::StrFormat("%-24s %10s %10s\n", "fault", "begun", "in runs");
  for (const FaultTraits& traits : AllFaults()) {
    const Tally::Kind& kind = tally.faults[static_cast<size_t>(traits.kind)];
    const size_t bar = most == 0 ? 0 : static_cast<size_t>((kind.begun * 40 + most - 1) / most);
    absl::StrAppend(&text, absl::StrFormat("%-24s %10d %10d%s%s\n", traits.name, kind.begun, kind.runs,
                                           bar > 0 ? "  " : "", std::string(bar, '#')));
  }
  return text;
}

}  // namespace

std::string ProgressText(const Tally& tally, uint64_t seeds, Duration elapsed) {
  const double left = tally.seeds == 0 ? 0
                                       : Seconds(elapsed) / static_cast<double>(tally.seeds) *
                                             static_cast<double>(seeds - std::min(tally.seeds, seeds));
  return absl::StrFormat("%d of %d seeds, %d violations, %.0f times real time on a processor, %d effects checked, %s",
                         tally.seeds, seeds, tally.violations, tally.Speed(), tally.counts.released,
                         tally.seeds == 0 ? std::string("beginning") : SpanText(left) + " to go");
}

std::string EndText(const Tally& tally, Duration elapsed) {
  const RunCounts& c = tally.counts;
  std::string text = "totals\n";
  const auto count = [&text](absl::string_view name, uint64_t value) {
    absl::StrAppend(&text, Row(name, absl::StrCat(value)));
  };
  count("seeds", tally.seeds);
  count("violations", tally.violations);
  absl::StrAppend(&text, Row("virtual time", absl::StrFormat("%.0f s", Seconds(c.virtual_us))));
  count("calls begun", c.calls);
  count("calls answered", c.answered);
  count("calls answered or refused", c.settled);
  count("SIP messages received by models", c.messages);
  count("entries in surviving histories", c.entries);
  count("released effects, each checked", c.released);
  count("role changes", c.role_changes);
  count("clean runs that are too poor to count", tally.poor_seeds.size());
  count("epochs", c.epochs);
  count("faults spared for the last copy", c.spared);
  count("clients' sessions", c.sessions);
  count("their requests", c.requests);
  count("outcomes, each checked", c.outcomes);
  count("events heard, each checked", c.heard);
  count("entries with acknowledgements", c.acknowledgements);
  count("events", c.events);
  absl::StrAppend(&text, Row("on processors", absl::StrFormat("%.1f s", Seconds(tally.cpu_us))),
                  Row("virtual to processor time", absl::StrFormat("%.0f", tally.Speed())),
                  Row("slowest seed", absl::StrFormat("%d, %.3f s", tally.slowest_seed, Seconds(tally.slowest_us))),
                  Row("took", absl::StrFormat("%.1f s", Seconds(elapsed))));
  absl::StrAppend(&text, "\n", FaultTable(tally), "\n", ToText(tally.coverage, tally.seeds));
  return text;
}

std::string RunText(const SeedReport& report) {
  const RunCounts& c = report.counts;
  std::string text = absl::StrFormat("seed %d digest %s\n", report.seed, report.digest.ToHex());
  if (report.violation.found()) {
    absl::StrAppend(&text, "VIOLATION ", CheckName(report.violation.check), " at ", SecondsText(report.violation.at),
                    ": ", report.violation.text, "\n");
  }
  absl::StrAppendFormat(&text, "%.6f s, %d events, %d calls (%d answered), %d messages, %d entries, ",
                        Seconds(c.virtual_us), c.events, c.calls, c.answered, c.messages, c.entries);
  absl::StrAppendFormat(&text, "%d effects released, %d role changes, %d epochs\n", c.released, c.role_changes,
                        c.epochs);
  absl::StrAppendFormat(&text, "%d sessions, %d requests, %d outcomes, %d events heard, %d acknowledgements\n",
                        c.sessions, c.requests, c.outcomes, c.heard, c.acknowledgements);
  absl::StrAppend(&text, "faults:");
  for (const FaultTraits& traits : AllFaults()) {
    const uint64_t begun = report.faults[static_cast<size_t>(traits.kind)];
    if (begun > 0) absl::StrAppend(&text, " ", traits.name, begun > 1 ? absl::StrCat("*", begun) : "");
  }
  absl::StrAppend(&text, "\nmarks:");
  for (const MarkTraits& traits : AllMarks()) {
    const uint64_t hits = report.marks.hits(traits.mark);
    if (hits > 0) absl::StrAppend(&text, " ", traits.name, hits > 1 ? absl::StrCat("*", hits) : "");
  }
  return absl::StrCat(text, "\n");
}

std::string ProgressJson(const Tally& tally, uint64_t seeds, Duration elapsed) {
  json::object object = TotalsJson("progress", tally, elapsed);
  object["of_seeds"] = seeds;
  return json::serialize(object) + "\n";
}

std::string RunJson(const SeedReport& report) {
  json::object object = {{"type", "run"}, {"seed", report.seed}, {"digest", report.digest.ToHex()}};
  if (report.violation.found()) {
    object["check"] = Text(CheckName(report.violation.check));
    object["violation"] = report.violation.text;
    object["at_s"] = Seconds(report.violation.at);
  }
  object["counts"] = CountsJson(report.counts);
  return json::serialize(object) + "\n";
}

std::string EndJson(const Tally& tally, Duration elapsed) {
  json::object object = TotalsJson("end", tally, elapsed);
  object["poor_runs"] = tally.poor_seeds.size();
  object["slowest_seed"] = tally.slowest_seed;
  object["slowest_s"] = Seconds(tally.slowest_us);
  json::object faults;
  for (const FaultTraits& traits : AllFaults()) {
    const Tally::Kind& kind = tally.faults[static_cast<size_t>(traits.kind)];
    faults[Text(traits.name)] = json::object{{"begun", kind.begun}, {"runs", kind.runs}};
  }
  object["faults"] = std::move(faults);
  json::object marks;
  for (const MarkTraits& traits : AllMarks()) {
    const Coverage::Count& mark = tally.coverage.at(traits.mark);
    marks[Text(traits.name)] = json::object{{"hits", mark.hits}, {"runs", mark.runs}};
  }
  object["marks"] = std::move(marks);
  json::array missing;
  for (Mark mark : Missing(tally.coverage, tally.seeds)) missing.push_back(json::value(Text(TraitsOf(mark).name)));
  object["missing_marks"] = std::move(missing);
  return json::serialize(object) + "\n";
}

}  // namespace understudy::sim
