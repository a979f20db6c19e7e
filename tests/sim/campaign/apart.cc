#include "tests/sim/campaign/apart.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace understudy::sim {
namespace {

constexpr size_t kMostSaid = 600;

uint64_t CpuMicroseconds() {
  rusage used = {};
  US_CHECK_EQ(getrusage(RUSAGE_SELF, &used), 0);
  const int64_t seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec;
  return static_cast<uint64_t>(seconds * 1000000 + used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

// From now on; beyond it the process gets SIGPROF. (RLIMIT_CPU counts ticks from the process's beginning, which in time
// are minutes ahead of what getrusage says.)
void LimitCpu(Duration more) {
  itimerval limit = {};
  limit.it_value.tv_sec = std::max<int64_t>(more.seconds(), 1);
  US_CHECK_EQ(setitimer(ITIMER_PROF, &limit, nullptr), 0);
}

// A run takes some 50 MiB. AddressSanitizer takes terabytes of addresses for itself.
void LimitMemory() {
#ifndef __SANITIZE_ADDRESS__
  constexpr rlim_t kMost = rlim_t{2} << 30;
  const rlimit limit = {kMost, kMost};
  setrlimit(RLIMIT_AS, &limit);
#endif
}

void BeginChild(pid_t parent, int said) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  LimitMemory();
  const rlimit none = {};
  setrlimit(RLIMIT_CORE, &none);
  dup2(said, STDERR_FILENO);
}

int OpenSaid() {
  const int fd = memfd_create("said", MFD_CLOEXEC);
  US_CHECK_GE(fd, 0);
  return fd;
}

// The last line, as far as there is one, with what it may be about.
std::string LastSaid(int fd) {
  const off_t size = lseek(fd, 0, SEEK_END);
  const off_t from = std::max<off_t>(0, size - static_cast<off_t>(kMostSaid));
  std::string text(static_cast<size_t>(size - from), '\0');
  const ssize_t got = pread(fd, text.data(), text.size(), from);
  text.resize(got < 0 ? 0 : static_cast<size_t>(got));
  const absl::string_view stripped = absl::StripAsciiWhitespace(text);
  const size_t line = stripped.rfind('\n');
  return std::string(line == absl::string_view::npos ? stripped : stripped.substr(line + 1));
}

bool WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

SeedReport RunHere(const Plan& plan, const RunWorld& run, const ApartOptions& options) {
  LimitCpu(options.cpu_limit);
  const uint64_t before = CpuMicroseconds();
  const RunResult result = run(plan, options.run);
  const uint64_t used = CpuMicroseconds() - before;
  if (options.afterwards) options.afterwards(result);
  SeedReport report = ReportOf(plan.seed, result);
  report.cpu_us = used;
  return report;
}

SeedReport Died(uint64_t seed, int status, const std::string& said, Duration cpu_limit) {
  SeedReport report;
  report.seed = seed;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF) {
    report.violation.check = Check::kHang;
    report.violation.text = absl::StrCat("still running after ", cpu_limit.seconds(), " s on a processor");
    return report;
  }
  std::string how = WIFSIGNALED(status) ? absl::StrCat("signal ", WTERMSIG(status), ", ", strsignal(WTERMSIG(status)))
                                        : absl::StrCat("exit code ", WEXITSTATUS(status));
  report.violation = {Check::kCrash, said.empty() ? how : absl::StrCat(said, " (", how, ")"), {}};
  return report;
}

int WaitFor(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) US_CHECK_EQ(errno, EINTR);
  return status;
}

}  // namespace

SeedReport RunApart(const Plan& plan, const RunWorld& run, const ApartOptions& options) {
  int ends[2];
  US_CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
  const int said = OpenSaid();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  US_CHECK_GE(pid, 0);
  if (pid == 0) {
    BeginChild(parent, said);
    const bool written = WriteAll(ends[1], ToLine(RunHere(plan, run, options)));
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  std::string line;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t n = read(ends[0], buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    line.append(buffer.data(), static_cast<size_t>(n));
  }
  close(ends[0]);
  const int status = WaitFor(pid);
  const absl::StatusOr<SeedReport> report = ParseReport(line);
  SeedReport result = report.ok() ? *report : Died(plan.seed, status, LastSaid(said), options.cpu_limit);
  close(said);
  return result;
}

Workers::Workers(const WorkerOptions& options, PlanOf plan_of, RunWorld run)
    : options_(options), plan_of_(std::move(plan_of)), run_(std::move(run)) {
  const uint64_t jobs = std::min<uint64_t>(static_cast<uint64_t>(std::max(options.jobs, 1)), options.seeds);
  workers_.resize(jobs);
  for (uint64_t i = 0; i < jobs; ++i) {
    workers_[i].next = options.first + i;
    Begin(&workers_[i]);
  }
}

Workers::~Workers() {
  for (Worker& worker : workers_) {
    if (worker.pid <= 0) continue;
    kill(worker.pid, SIGKILL);
    WaitFor(worker.pid);
    close(worker.pipe);
    close(worker.said);
  }
}

void Workers::Begin(Worker* worker) {
  if (worker->next >= options_.first + options_.seeds) return;
  int ends[2];
  US_CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
  worker->said = OpenSaid();
  const pid_t parent = getpid();
  worker->pid = fork();
  US_CHECK_GE(worker->pid, 0);
  if (worker->pid == 0) {
    BeginChild(parent, worker->said);
    Work(worker->next, ends[1]);
  }
  close(ends[1]);
  worker->pipe = ends[0];
  worker->unread.clear();
}

void Workers::Work(uint64_t next, int pipe) {
  ApartOptions apart;
  apart.cpu_limit = options_.cpu_limit;
  for (uint64_t seed = next; seed < options_.first + options_.seeds; seed += workers_.size()) {
    const Plan plan = plan_of_(seed);
    SeedReport report = RunHere(plan, run_, apart);
    if (options_.twice) {
      const SeedReport again = RunHere(plan, run_, apart);
      if (again.digest != report.digest && !report.violation.found()) {
        report.violation = {Check::kNotDeterministic,
                            absl::StrCat("digest ", report.digest.ToHex(), ", then ", again.digest.ToHex()),
                            {}};
      }
    }
    if (!WriteAll(pipe, ToLine(report))) _exit(1);
  }
  _exit(0);
}

void Workers::Read(Worker* worker, std::vector<SeedReport>* reports) {
  std::array<char, 1 << 16> buffer;
  const ssize_t n = read(worker->pipe, buffer.data(), buffer.size());
  if (n < 0) return;
  if (n == 0) return Ended(worker, reports);
  worker->unread.append(buffer.data(), static_cast<size_t>(n));
  for (size_t end; (end = worker->unread.find('\n')) != std::string::npos;) {
    absl::StatusOr<SeedReport> report = ParseReport(worker->unread.substr(0, end + 1));
    US_CHECK(report.ok());
    reports->push_back(*std::move(report));
    worker->unread.erase(0, end + 1);
    worker->next += workers_.size();
  }
}

void Workers::Ended(Worker* worker, std::vector<SeedReport>* reports) {
  const int status = WaitFor(worker->pid);
  worker->pid = -1;
  close(worker->pipe);
  const std::string said = LastSaid(worker->said);
  close(worker->said);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  reports->push_back(Died(worker->next, status, said, options_.cpu_limit));
  worker->next += workers_.size();
  Begin(worker);
}

bool Workers::Wait(Duration at_most, std::vector<SeedReport>* reports) {
  std::vector<pollfd> watched;
  std::vector<Worker*> whose;
  for (Worker& worker : workers_) {
    if (worker.pid <= 0) continue;
    watched.push_back({worker.pipe, POLLIN, 0});
    whose.push_back(&worker);
  }
  if (watched.empty()) return false;
  const int ready = poll(watched.data(), watched.size(), static_cast<int>(at_most.milliseconds()));
  for (size_t i = 0; ready > 0 && i < watched.size(); ++i) {
    if (watched[i].revents != 0) Read(whose[i], reports);
  }
  return true;
}

}  // namespace understudy::sim
