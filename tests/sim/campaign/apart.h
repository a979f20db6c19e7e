// Runs worlds in processes of their own: a failed CHECK, a signal or an endless loop of the code under test is then a
// violation like any other.
//
//   SeedReport report = RunApart(plan, run, ApartOptions());
//   report.violation.check == Check::kCrash    // text: "a.cc:12: check failed: x == y"
//
//   Workers workers(options, plan_of, run);
//   while (workers.Wait(Duration::Milliseconds(200), &reports)) ...   // reports as they come, in no order
//
// Forks, so the caller has one thread. Children end with their parent.
#ifndef UNDERSTUDY_TESTS_SIM_CAMPAIGN_APART_H_
#define UNDERSTUDY_TESTS_SIM_CAMPAIGN_APART_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "tests/sim/campaign/tally.h"
#include "tests/sim/fault_plan.h"
#include "tests/sim/run.h"

namespace understudy::sim {

using RunWorld = std::function<RunResult(const Plan&, const RunOptions&)>;

struct ApartOptions {
  RunOptions run;
  Duration cpu_limit = Duration::Seconds(60);  // of one run, on a processor; whole seconds
  // Called in the child when the run has ended.
  std::function<void(const RunResult&)> afterwards;
};
SeedReport RunApart(const Plan& plan, const RunWorld& run, const ApartOptions& options);

struct WorkerOptions {
  uint64_t first = 1;
  uint64_t seeds = 1;
  int jobs = 1;
  bool twice = false;  // each seed, and the digests are compared
  Duration cpu_limit = Duration::Seconds(60);
};

// Seeds are dealt in turn: which worker runs which does not depend on how quick they are.
class Workers {
 public:
  using PlanOf = std::function<Plan(uint64_t seed)>;

  Workers(const WorkerOptions& options, PlanOf plan_of, RunWorld run);
  ~Workers();  // kills those that still run
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Waits for reports, at most so long, and appends them. False: all seeds have been run.
  bool Wait(Duration at_most, std::vector<SeedReport>* reports);

 private:
  struct Worker {
    pid_t pid = -1;
    int pipe = -1;
    int said = -1;      // what it writes to standard error
    uint64_t next = 0;  // the seed at hand
    std::string unread;
  };

  void Begin(Worker* worker);
  [[noreturn]] void Work(uint64_t next, int pipe);
  void Read(Worker* worker, std::vector<SeedReport>* reports);
  void Ended(Worker* worker, std::vector<SeedReport>* reports);

  const WorkerOptions options_;
  const PlanOf plan_of_;
  const RunWorld run_;
  std::vector<Worker> workers_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CAMPAIGN_APART_H_
