// Every scenario between phones over UDP, with clients or without, goes on just so when a new reign begins after any of
// its messages and requests: a failover between any two messages of whatever these files tell changes nothing that a
// phone or a client hears.
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "tests/scenarios/scenario.h"

namespace understudy::tests {
namespace {

// A script by commands, each with its edits, without what came out.
struct Script {
  std::string file;
  std::vector<std::string> commands;
  std::set<std::string> phones;
  std::set<std::string> clients;
};

std::vector<Script> scripts;

std::vector<std::string> Words(const std::string& command) {
  return absl::StrSplit(command, absl::ByAnyChar(" \n"), absl::SkipEmpty());
}

Script ReadScript(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  Script script;
  script.file = path;
  for (absl::string_view line : absl::StrSplit(text.str(), '\n', absl::SkipEmpty())) {
    if (absl::StartsWith(line, "|") || absl::StartsWith(line, "#")) continue;
    if (absl::StartsWith(line, " ") && !script.commands.empty()) {
      absl::StrAppend(&script.commands.back(), line, "\n");
      continue;
    }
    script.commands.push_back(absl::StrCat(line, "\n"));
    const std::vector<std::string> words = Words(script.commands.back());
    if (words.size() > 1 && words[0] == "phone") script.phones.insert(words[1]);
    if (words.size() > 1 && words[0] == "client") script.clients.insert(words[1]);
  }
  return script;
}

// Connections end with a reign, and so do clients' links: where those are the matter, a scenario of its own tells what
// is heard then. What is held back when the primary dies is told by one, too; and how long we wait after a 491 is
// drawn.
bool OutlivesItsReign(const Script& script) {
  static const std::set<std::string> kEnding = {"open", "hold"};
  static const std::set<std::string> kOfSessions = {"ack", "lose", "bye", "again"};
  for (const std::string& command : script.commands) {
    const std::vector<std::string> words = Words(command);
    if (kEnding.contains(words[0])) return false;
    if (words[0] == "phone" && words.back() != "udp" && !absl::StrContains(words.back(), ":")) return false;
    if (absl::StrContains(command, "\n  long ")) return false;  // so large that it goes over TCP
    if (words.size() < 2 || script.clients.empty()) continue;
    if (script.clients.contains(words[0]) && kOfSessions.contains(words[1])) return false;
    if (words[1] == "491") return false;
  }
  return true;
}

// A new reign after that command: the clients whose sessions have a link come back at once.
std::string NewReign(const Script& script, size_t after) {
  std::set<std::string> attached;
  for (size_t i = 0; i <= after; ++i) {
    const std::vector<std::string> words = Words(script.commands[i]);
    if (words[0] == "epoch") attached.clear();
    if (words.size() < 2 || !script.clients.contains(words[0])) continue;
    if (words[1] == "attach") attached.insert(words[0]);
    if (words[1] == "lose" || words[1] == "bye") attached.erase(words[0]);
  }
  std::string text = "# a new reign\nepoch\n";
  for (const std::string& client : attached) absl::StrAppend(&text, client, " attach\n");
  return text + "# goes on\n";
}

// All that was said but for the new reign itself, and for what is drawn: how long somebody is asked to wait, and the
// tag of ours that stands in a Refer-To.
std::string WithoutNewReign(std::string text) {
  const size_t begin = text.find("# a new reign\n");
  const size_t end = text.find("# goes on\n");
  if (begin != std::string::npos) text.erase(begin, end + 10 - begin);
  for (const std::string drawn : {"Retry-After ", "to-tag%3D"}) {
    for (size_t i = text.find(drawn); i != std::string::npos; i = text.find(drawn, i + 1)) {
      const size_t value = i + drawn.size();
      text.erase(value, text.find_first_not_of("0123456789abcdef.", value) - value);
    }
  }
  return text;
}

std::string Transcript(const Script& script, absl::optional<size_t> new_reign_after) {
  std::vector<std::string> commands = script.commands;
  if (new_reign_after) {
    commands.insert(commands.begin() + static_cast<ptrdiff_t>(*new_reign_after) + 1,
                    NewReign(script, *new_reign_after));
  }
  const ScenarioResult result = RunScenario(absl::StrJoin(commands, ""));
  EXPECT_EQ(result.faults, std::vector<std::string>()) << result.text;
  return WithoutNewReign(result.text);
}

class ReignTest : public testing::TestWithParam<size_t> {};

TEST_P(ReignTest, ChangesNothingAfterAnyMessage) {
  const Script& script = scripts.at(GetParam());
  const std::string transcript = Transcript(script, absl::nullopt);
  for (size_t i = 0; i < script.commands.size(); ++i) {
    const std::string word = Words(script.commands[i])[0];
    const std::string who = word.substr(0, word.find('.'));  // alice.b: her second dialog
    if (!script.phones.contains(who) && !script.clients.contains(who)) continue;
    EXPECT_EQ(Transcript(script, i), transcript) << "a new reign after command " << i << ": " << script.commands[i];
    if (HasFailure()) return;
  }
}

std::string NameOf(const testing::TestParamInfo<size_t>& info) {
  const std::string& path = scripts.at(info.param).file;
  std::string name = path.substr(path.rfind('/') + 1);
  name.resize(name.rfind('.'));
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, ReignTest, testing::Range<size_t>(0, scripts.size()), NameOf);

}  // namespace
}  // namespace understudy::tests

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] == '-') continue;
    understudy::tests::Script script = understudy::tests::ReadScript(argv[i]);
    if (understudy::tests::OutlivesItsReign(script)) {
      understudy::tests::scripts.push_back(std::move(script));
    } else {
      std::cout << "left out: " << argv[i] << "\n";
    }
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
