#include "tests/flows/play.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace understudy::tests {
namespace {

class Reader {
 public:
  explicit Reader(std::vector<std::string>* faults) : faults_(faults) {}

  void Read(absl::string_view line) {
    ++number_;
    if (line.empty() || line[0] == '#') return;
    if (absl::ConsumePrefix(&line, "flow ")) return Flow(line);
    if (plays_.empty()) return Fault("a play begins with flow");
    if (absl::ConsumePrefix(&line, "read ")) return Reading(line);
    if (absl::ConsumePrefix(&line, "not ")) return LeftOut(line);
    if (absl::ConsumePrefix(&line, "also ")) return Also(WithReason(line));
    if (absl::ConsumePrefix(&line, "! ")) return Command(line);
    if (absl::ConsumePrefix(&line, "    ")) return Edit(line);
    if (absl::ConsumePrefix(&line, "  > ")) return Hears(line);
    Says(line);
  }

  std::vector<Play> plays_;

 private:
  void Fault(absl::string_view what) { faults_->push_back(absl::StrCat("line ", number_, ": ", what)); }

  void Flow(absl::string_view line) {
    const std::vector<std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 2));
    if (words.size() != 3) return Fault("flow RFC SECTION TITLE");
    Play play;
    play.rfc = words[0];
    play.section = words[1];
    play.title = words[2];
    plays_.push_back(std::move(play));
  }

  void Reading(absl::string_view line) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(" as ", 1));
    if (parts.size() != 2) return Fault("read A as B");
    plays_.back().readings.emplace_back(parts[0], parts[1]);
  }

  void LeftOut(absl::string_view line) {
    for (absl::string_view name : absl::StrSplit(WithReason(line), ' ')) plays_.back().left_out.emplace_back(name);
  }

  // Without its reason, which must be there.
  absl::string_view WithReason(absl::string_view line) {
    const size_t colon = line.find(": ");
    if (colon == absl::string_view::npos) Fault("says no reason: \"...: why\"");
    return line.substr(0, colon);
  }

  void Command(absl::string_view command) {
    Step step;
    step.command = std::string(command);
    plays_.back().steps.push_back(std::move(step));
  }

  void Also(absl::string_view command) {
    Command(command);
    plays_.back().steps.back().who = std::string(command.substr(0, command.find_first_of(". ")));
  }

  void Says(absl::string_view line) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() != 2) return Fault("WHO MESSAGE");
    Step step;
    step.who = words[0];
    step.message = words[1];
    plays_.back().steps.push_back(std::move(step));
  }

  void Edit(absl::string_view line) {
    if (plays_.back().steps.empty()) return Fault("an edit of nothing");
    plays_.back().steps.back().edits.emplace_back(absl::StripAsciiWhitespace(line));
  }

  void Hears(absl::string_view line) {
    if (plays_.back().steps.empty()) return Fault("nobody has said anything yet");
    Heard heard;
    const size_t space = line.find(' ');
    heard.who = std::string(line.substr(0, space));
    const absl::string_view what = line.substr(space == absl::string_view::npos ? line.size() : space + 1);
    const bool is_of_rfc = !absl::StrContains(what, ' ');
    (is_of_rfc ? heard.message : heard.kind) = std::string(is_of_rfc ? what : WithReason(what));
    plays_.back().steps.back().heard.push_back(std::move(heard));
  }

  std::vector<std::string>* faults_;
  int number_ = 0;
};

}  // namespace

std::vector<Play> ReadPlays(absl::string_view text, std::vector<std::string>* faults) {
  Reader reader(faults);
  for (absl::string_view line : absl::StrSplit(text, '\n')) reader.Read(line);
  return std::move(reader.plays_);
}

}  // namespace understudy::tests
