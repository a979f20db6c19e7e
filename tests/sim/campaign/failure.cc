#include "tests/sim/campaign/failure.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/siphash.h"
#include "boost/json.hpp"

namespace understudy::sim {
namespace {

namespace json = boost::json;

// Of this checkout: `bazel run` says where it is, otherwise it is where the program was started.
constexpr char kAskGit[] =
    "git -C \"${BUILD_WORKSPACE_DIRECTORY:-.}\" describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null";

std::string Commit() {
  FILE* const git = popen(kAskGit, "r");
  if (git == nullptr) return "unknown";
  std::array<char, 128> line = {};
  const bool read = fgets(line.data(), line.size(), git) != nullptr;
  const bool ended = pclose(git) == 0;
  return read && ended ? std::string(absl::StripAsciiWhitespace(line.data())) : "unknown";
}

std::string DigestOfProgram() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return bytes.empty() ? "unknown" : absl::StrCat(absl::Hex(SipHash64(HashKey(), bytes), absl::kZeroPad16));
}

std::vector<std::string> LinesOf(int fd) {
  std::string text(static_cast<size_t>(lseek(fd, 0, SEEK_END)), '\0');
  const ssize_t got = pread(fd, text.data(), text.size(), 0);
  US_CHECK(got == static_cast<ssize_t>(text.size()));
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

// Whole, and at once: the process may end at the next instruction.
void WriteLine(int fd, absl::string_view line) {
  const std::string whole = absl::StrCat(line, "\n");
  US_CHECK(write(fd, whole.data(), whole.size()) == static_cast<ssize_t>(whole.size()));
}

absl::Status WriteFile(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("cannot write ", path.string()));
}

absl::Status MakeDirectory(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  return error ? absl::UnavailableError(absl::StrCat("cannot make ", directory, ": ", error.message()))
               : absl::OkStatus();
}

// The shrunk plan once more, with every line and the journals kept.
void RunAgain(const RunWorld& run, const FailureOptions& options, Failure* failure, std::vector<std::string>* lines) {
  const int fd = memfd_create("lines", MFD_CLOEXEC);
  US_CHECK_GE(fd, 0);
  ApartOptions apart;
  apart.cpu_limit = options.cpu_limit;
  apart.run.keep_journals = !options.directory.empty();
  apart.run.on_line = [fd](absl::string_view line) { WriteLine(fd, line); };
  apart.afterwards = [&options, fd](const RunResult& result) {
    if (options.directory.empty() || !result.export_journals) return;
    for (const char* node : {"a", "b"}) std::filesystem::remove_all(absl::StrCat(options.directory, "/", node));
    const absl::Status exported = result.export_journals(options.directory);
    if (!exported.ok()) WriteLine(fd, absl::StrCat("the journals could not be written: ", exported.message()));
  };
  const SeedReport again = RunApart(failure->shrunk.plan, run, apart);
  *lines = LinesOf(fd);
  close(fd);
  if (again.violation.check != failure->shrunk.violation.check) {
    lines->push_back(absl::StrCat("this run ended otherwise: ", CheckName(again.violation.check), ": ",
                                  again.violation.text, "; the same plan does not do the same"));
  }
}

absl::Status WriteFiles(const Failure& failure, const std::vector<std::string>& lines) {
  const std::filesystem::path directory = failure.directory;
  absl::Status written = WriteFile(directory / "plan.txt", ToText(failure.plan));
  written.Update(WriteFile(directory / "shrunk.txt", ToText(failure.shrunk.plan)));
  written.Update(WriteFile(directory / "log.txt", absl::StrCat(absl::StrJoin(lines, "\n"), "\n")));
  written.Update(WriteFile(directory / "violation.txt", ToText(failure)));
  return written;
}

std::string Again(const Failure& failure) {
  if (failure.drawn) return absl::StrCat("simulate --seed ", failure.plan.seed);
  const std::string file = failure.directory.empty() ? "FILE" : absl::StrCat(failure.directory, "/plan.txt");
  return absl::StrCat("simulate --plan ", file);
}

}  // namespace

Failure Examine(const Plan& plan, const Violation& violation, const RunWorld& run, const FailureOptions& options) {
  Failure failure;
  failure.plan = plan;
  failure.violation = violation;
  failure.drawn = options.drawn;
  failure.directory = options.directory;
  failure.program = ProgramText();
  ApartOptions apart;
  apart.cpu_limit = options.cpu_limit;
  const bool reproducible = violation.check != Check::kNotDeterministic;
  failure.shrunk = Shrink(plan, violation, [&](const Plan& p) { return RunApart(p, run, apart).violation; },
                          reproducible ? options.shrink_runs : 0);
  if (!options.directory.empty()) failure.written = MakeDirectory(options.directory);
  std::vector<std::string> lines;
  RunAgain(run, options, &failure, &lines);
  const size_t skipped = lines.size() > options.last_lines ? lines.size() - options.last_lines : 0;
  failure.lines.assign(lines.begin() + static_cast<int64_t>(skipped), lines.end());
  if (!options.directory.empty() && failure.written.ok()) failure.written = WriteFiles(failure, lines);
  return failure;
}

std::string ToText(const Failure& failure) {
  const Shrunk& shrunk = failure.shrunk;
  const Violation& violation = failure.violation;
  std::string text = absl::StrCat("VIOLATION seed ", failure.plan.seed, ": ", CheckName(violation.check), " at ",
                                  SecondsText(violation.at), ": ", violation.text, "\n");
  absl::StrAppend(&text, "  with    ", failure.program, "\n  again   ", Again(failure), "\n");
  if (shrunk.runs > 0) {
    absl::StrAppend(&text, "  shrunk  ", failure.plan.faults.size(), " faults to ", shrunk.plan.faults.size(), ", ",
                    failure.plan.workload.calls, " calls to ", shrunk.plan.workload.calls, ", in ", shrunk.runs,
                    " runs; it then says at ", SecondsText(shrunk.violation.at), ": ", shrunk.violation.text, "\n");
  }
  if (!failure.directory.empty()) {
    absl::StrAppend(&text, "  files   ", failure.directory,
                    "/: plan.txt shrunk.txt log.txt violation.txt, journals a/ b/",
                    failure.written.ok() ? "" : absl::StrCat(" NOT WRITTEN: ", failure.written.message()), "\n");
  }
  absl::StrAppend(&text, "the plan (simulate --plan FILE):\n");
  for (absl::string_view line : absl::StrSplit(ToText(shrunk.plan), '\n', absl::SkipEmpty())) {
    absl::StrAppend(&text, "    ", line, "\n");
  }
  if (failure.lines.empty()) return text;
  absl::StrAppend(&text, "the last lines before it:\n");
  for (const std::string& line : failure.lines) absl::StrAppend(&text, "    ", line, "\n");
  return text;
}

std::string ToJson(const Failure& failure) {
  json::object object = {{"type", "violation"},
                         {"seed", failure.plan.seed},
                         {"check", std::string(CheckName(failure.violation.check))},
                         {"violation", failure.violation.text},
                         {"at_us", failure.violation.at.nanoseconds() / 1000},
                         {"program", failure.program},
                         {"again", Again(failure)},
                         {"plan", ToText(failure.plan)},
                         {"shrunk_plan", ToText(failure.shrunk.plan)},
                         {"shrunk_violation", failure.shrunk.violation.text},
                         {"shrink_runs", failure.shrunk.runs},
                         {"directory", failure.directory}};
  json::array lines;
  for (const std::string& line : failure.lines) lines.push_back(json::value(line));
  object["last_lines"] = std::move(lines);
  return json::serialize(object) + "\n";
}

std::string ProgramText() { return absl::StrCat("commit ", Commit(), ", program ", DigestOfProgram()); }

}  // namespace understudy::sim
