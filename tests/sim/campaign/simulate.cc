#include "tests/sim/campaign/simulate.h"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/sim/campaign/failure.h"
#include "tests/sim/campaign/report.h"
#include "tests/sim/swarm.h"
#include "tools/command_line.h"

namespace understudy::sim {
namespace {

constexpr tools::OptionSpec kOptions[] = {
    {"seeds", "N", "As many runs, each with the plan of its seed (default 1000)."},
    {"first", "S", "The first seed (default 1)."},
    {"minutes", "M", "Ends after so long, whatever has been run by then."},
    {"jobs", "J", "As many processes, one run each at a time (default: one a processor)."},
    {"quick", "", "A small set: 300 seeds."},
    {"seed", "S", "This one run, and what came of it."},
    {"plan", "FILE", "This one run, with a plan from a file."},
    {"print-plan", "", "With --seed: prints its plan and ends."},
    {"combinations", "", "Each strict plan has one of the rare courses of faults on top; not for --plan."},
    {"no-clients", "", "Nobody links to the pair over the T-Library; not for --plan."},
    {"shrink", "", "Makes the plan of each violation small: fewer faults, fewer calls."},
    {"shrink-runs", "N", "Runs that this may take (default 400)."},
    {"violations", "N", "Ends after so many (default 1; 0: never)."},
    {"out", "DIR", "Writes plan, log and both nodes' journals of a violation to DIR/seed-S/."},
    {"digest", "", "Prints a line for each seed: the hash of all events of its run."},
    {"twice", "", "Runs each seed twice; another digest is a violation."},
    {"cpu-limit", "S", "Seconds on a processor after which a run is taken for endless (default 60)."},
    {"json", "", "A JSON object a line instead of text."},
};

constexpr tools::ToolSpec kSpec = {
    "simulate",
    "[--seeds N | --seed S | --plan FILE] [OPTION...]",
    "Runs both nodes of the pair, the witness, phones and gateways on virtual time, with faults that a seed decides,\n"
    "and checks after every step that nothing which was released is lost or contradicted. docs/testing.md.\n",
    kOptions,
    "  simulate --seeds 100000 --out /tmp/found --shrink    a long run\n"
    "  simulate --seeds 1000000 --minutes 30 --json         as much as half an hour allows\n"
    "  simulate --seed 17 --shrink                          one seed again, made small if it fails\n"
    "  simulate --seed 17 --print-plan > p; simulate --plan p    the same run from a file\n"
    "  simulate --seeds 500 --digest                        two of these print the same bytes\n",
    "Exit codes:\n"
    "  0  no violation\n"
    "  1  a violation; it is printed, with the command that runs it again\n"
    "  2  the command line was not understood, or a file could not be read\n"
    "  3  no violation, but a mark that a search of this length must reach was not reached, or a strict run\n"
    "     had less than 100 calls or 2 role changes; it is named\n",
};

constexpr uint64_t kQuickSeeds = 300;
constexpr Duration kProgressEveryInAFile = Duration::Seconds(60);
constexpr Duration kProgressEvery = Duration::Seconds(3);

struct Wanted {
  WorkerOptions workers;
  FailureOptions failure;
  std::string out;
  Duration limit;  // 0: none
  uint64_t violations = 1;
  bool one = false;  // seed or plan
  Plan plan;         // of `one`
  std::function<Plan(uint64_t seed)> draw = DrawPlan;
  bool digest = false;
  bool json = false;
  bool print_plan = false;
};

absl::Status TakeNumber(const tools::CommandLine& line, absl::string_view name, uint64_t least, uint64_t* out) {
  if (!line.Has(name)) return absl::OkStatus();
  uint64_t number = 0;
  if (!absl::SimpleAtoi(line.Value(name), &number) || number < least || number > uint64_t{1} << 62) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", name, " wants a whole number from ", least, " on, not '", line.Value(name), "'"));
  }
  *out = number;
  return absl::OkStatus();
}

absl::StatusOr<Plan> ReadPlan(absl::string_view path) {
  std::ifstream file{std::string(path)};
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) return absl::InvalidArgumentError(absl::StrCat(path, " cannot be read"));
  absl::StatusOr<Plan> plan = ParsePlan(text);
  if (!plan.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", plan.status().message()));
  return plan;
}

uint64_t Processors() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? static_cast<uint64_t>(CPU_COUNT(&set)) : 1;
}

absl::Status TakeOne(const tools::CommandLine& line, Wanted* wanted) {
  if (line.Has("combinations")) {
    if (line.Has("plan")) return absl::InvalidArgumentError("--combinations is of plans that are drawn");
    wanted->draw = DrawCombinedPlan;
    wanted->failure.drawn = false;
  }
  if (line.Has("no-clients")) {
    if (line.Has("plan")) return absl::InvalidArgumentError("--no-clients is of plans that are drawn");
    wanted->draw = [draw = wanted->draw](uint64_t seed) {
      Plan plan = draw(seed);
      LeaveClientsOut(&plan);
      return plan;
    };
    wanted->failure.drawn = false;
  }
  wanted->one = line.Has("seed") || line.Has("plan");
  if (line.Has("seed") && line.Has("plan")) return absl::InvalidArgumentError("--seed or --plan, not both");
  for (absl::string_view many : {"seeds", "first", "minutes", "jobs", "quick", "violations"}) {
    if (wanted->one && line.Has(many)) return absl::InvalidArgumentError(absl::StrCat("--", many, " is of many runs"));
  }
  if (line.Has("seed")) {
    uint64_t seed = 0;
    if (absl::Status s = TakeNumber(line, "seed", 0, &seed); !s.ok()) return s;
    wanted->plan = wanted->draw(seed);
  }
  if (line.Has("plan")) {
    absl::StatusOr<Plan> plan = ReadPlan(line.Value("plan"));
    if (!plan.ok()) return plan.status();
    wanted->plan = *std::move(plan);
    wanted->failure.drawn = false;
  }
  wanted->print_plan = line.Has("print-plan");
  if (wanted->print_plan && !wanted->one) return absl::InvalidArgumentError("--print-plan goes with --seed");
  return absl::OkStatus();
}

absl::StatusOr<Wanted> Understand(const tools::CommandLine& line) {
  if (!line.operands().empty()) {
    const std::string& operand = line.operands().front();
    return absl::InvalidArgumentError(absl::StrCat("'", operand, "' is no option; see simulate --help"));
  }
  Wanted wanted;
  uint64_t jobs = Processors();
  uint64_t minutes = 0;
  uint64_t shrink_runs = 400;
  uint64_t cpu_limit = 60;
  wanted.workers.seeds = line.Has("quick") ? kQuickSeeds : 1000;
  absl::Status taken = TakeNumber(line, "seeds", 1, &wanted.workers.seeds);
  taken.Update(TakeNumber(line, "first", 0, &wanted.workers.first));
  taken.Update(TakeNumber(line, "minutes", 1, &minutes));
  taken.Update(TakeNumber(line, "jobs", 1, &jobs));
  taken.Update(TakeNumber(line, "shrink-runs", 1, &shrink_runs));
  taken.Update(TakeNumber(line, "violations", 0, &wanted.violations));
  taken.Update(TakeNumber(line, "cpu-limit", 1, &cpu_limit));
  taken.Update(TakeOne(line, &wanted));
  if (!taken.ok()) return taken;
  wanted.limit = Duration::Seconds(static_cast<int64_t>(std::min<uint64_t>(minutes, 1000000)) * 60);
  wanted.workers.jobs = static_cast<int>(std::min<uint64_t>(jobs, 1024));
  wanted.workers.twice = line.Has("twice");
  wanted.workers.cpu_limit = Duration::Seconds(static_cast<int64_t>(std::min<uint64_t>(cpu_limit, 1000000)));
  wanted.failure.cpu_limit = wanted.workers.cpu_limit;
  wanted.failure.shrink_runs = line.Has("shrink") ? static_cast<int>(std::min<uint64_t>(shrink_runs, 1000000)) : 0;
  wanted.out = std::string(line.Value("out"));
  wanted.digest = line.Has("digest");
  wanted.json = line.Has("json");
  return wanted;
}

class Command {
 public:
  Command(Wanted wanted, const SimulateWorld& world)
      : wanted_(std::move(wanted)), world_(world), began_(std::chrono::steady_clock::now()) {}

  int One() {
    if (wanted_.print_plan) {
      world_.out << ToText(wanted_.plan);
      return kClean;
    }
    ApartOptions apart;
    apart.cpu_limit = wanted_.workers.cpu_limit;
    SeedReport report = RunApart(wanted_.plan, world_.run, apart);
    if (wanted_.workers.twice) Compare(report, RunApart(wanted_.plan, world_.run, apart), &report);
    if (wanted_.digest) {
      SayDigest(report.seed, report.digest);
    } else {
      world_.out << (wanted_.json ? RunJson(report) : RunText(report));
    }
    world_.err << absl::StrCat("took ", report.cpu_us / 1000, " ms on a processor\n");
    if (!report.violation.found()) return kClean;
    Tell(wanted_.plan, report.violation);
    return kViolated;
  }

  int Many() {
    const bool ended = RunAll();
    if (world_.terminal) world_.err << "\r\033[K";
    if (wanted_.digest) {
      for (const auto& [seed, digest] : digests_) SayDigest(seed, digest);
    }
    for (const auto& [seed, violation] : found_) Tell(wanted_.draw(seed), violation);
    if (!wanted_.digest) world_.out << (wanted_.json ? EndJson(tally_, Elapsed()) : EndText(tally_, Elapsed()));
    const bool poor = SayPoor();
    if (!found_.empty()) return kViolated;
    const std::vector<Mark> missing = Missing(tally_.coverage, tally_.seeds);
    for (Mark mark : missing) {
      world_.err << absl::StrCat("never reached: ", TraitsOf(mark).name, " (", TraitsOf(mark).what, ")\n");
    }
    if (!ended) world_.err << absl::StrCat("time is up after ", tally_.seeds, " seeds\n");
    return missing.empty() && !poor ? kClean : kUnreached;
  }

 private:
  Duration Elapsed() const {
    const auto passed = std::chrono::steady_clock::now() - began_;
    return Duration::Nanoseconds(std::chrono::duration_cast<std::chrono::nanoseconds>(passed).count());
  }

  static void Compare(const SeedReport& first, const SeedReport& second, SeedReport* report) {
    if (first.digest == second.digest || first.violation.found()) return;
    report->violation.check = Check::kNotDeterministic;
    report->violation.text = absl::StrCat("digest ", first.digest.ToHex(), ", then ", second.digest.ToHex());
  }

  // Where something is relaxed the pair may be lost for good, and the calls with it: such a run does not count.
  bool SayPoor() const {
    bool strict = false;
    for (const uint64_t seed : tally_.poor_seeds) {
      const RunClass run_class = wanted_.draw(seed).run_class;
      strict = strict || run_class == RunClass::kStrict;
      world_.err << absl::StrCat("seed ", seed, ", ", RunClassName(run_class), ": less than ", kRoleChanges,
                                 " role changes, or than ", kCalls, " calls answered or refused\n");
    }
    return strict;
  }

  // False: the time was up, or there were violations enough.
  bool RunAll() {
    Workers workers(wanted_.workers, wanted_.draw, world_.run);
    std::vector<SeedReport> reports;
    while (workers.Wait(Duration::Milliseconds(200), &reports)) {
      for (const SeedReport& report : reports) Take(report);
      reports.clear();
      SayProgress();
      if (wanted_.violations > 0 && found_.size() >= wanted_.violations) return false;
      if (wanted_.limit > Duration() && Elapsed() >= wanted_.limit) return false;
    }
    return true;
  }

  void Take(const SeedReport& report) {
    tally_.Add(report);
    if (report.violation.found()) {
      found_.emplace(report.seed, report.violation);
      SayFound(report);
    }
    if (wanted_.digest) digests_.emplace(report.seed, report.digest);
  }

  // At once; all of it comes at the end.
  void SayFound(const SeedReport& report) {
    const absl::string_view fresh_line = world_.terminal ? "\r\033[K" : "";
    world_.err << absl::StrCat(fresh_line, "seed ", report.seed, ": ", CheckName(report.violation.check), ": ",
                               report.violation.text, "\n")
               << std::flush;
  }

  void SayProgress() {
    if (Elapsed() < next_progress_) return;
    next_progress_ = Elapsed() + (wanted_.json || world_.terminal ? kProgressEvery : kProgressEveryInAFile);
    const uint64_t seeds = wanted_.workers.seeds;
    if (wanted_.json) world_.out << ProgressJson(tally_, seeds, Elapsed()) << std::flush;
    const absl::string_view begin = world_.terminal ? "\r\033[K" : "";
    const absl::string_view end = world_.terminal ? "" : "\n";
    if (wanted_.json && !world_.terminal) return;
    world_.err << begin << ProgressText(tally_, seeds, Elapsed()) << end << std::flush;
  }

  void SayDigest(uint64_t seed, const Hash128& digest) {
    world_.out << absl::StrCat(seed, " ", digest.ToHex(), "\n");
  }

  void Tell(const Plan& plan, const Violation& violation) {
    FailureOptions options = wanted_.failure;
    if (!wanted_.out.empty()) options.directory = absl::StrCat(wanted_.out, "/seed-", plan.seed);
    const Failure failure = Examine(plan, violation, world_.run, options);
    world_.out << (wanted_.json ? ToJson(failure) : ToText(failure)) << std::flush;
  }

  const Wanted wanted_;
  const SimulateWorld& world_;
  const std::chrono::steady_clock::time_point began_;
  Duration next_progress_;
  Tally tally_;
  absl::btree_map<uint64_t, Violation> found_;
  absl::btree_map<uint64_t, Hash128> digests_;
};

int Refuse(const absl::Status& status, const SimulateWorld& world) {
  world.err << "simulate: " << status.message() << "\n";
  return kUsage;
}

}  // namespace

int Simulate(const std::vector<std::string>& args, const SimulateWorld& world) {
  const absl::StatusOr<tools::CommandLine> line = tools::CommandLine::Parse(kSpec, args);
  if (!line.ok()) return Refuse(line.status(), world);
  if (line->Has("help")) {
    world.out << tools::HelpText(kSpec);
    return kClean;
  }
  absl::StatusOr<Wanted> wanted = Understand(*line);
  if (!wanted.ok()) return Refuse(wanted.status(), world);
  const bool one = wanted->one;
  Command command(*std::move(wanted), world);
  const int code = one ? command.One() : command.Many();
  world.out.flush();
  return code;
}

}  // namespace understudy::sim
