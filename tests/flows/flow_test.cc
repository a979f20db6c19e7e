// Each flow of the RFCs goes as its play says, and goes on just so when the reign changes after any of its messages.
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "sip/parse.h"
#include "tests/corpus.h"
#include "tests/flows/flow_script.h"
#include "tests/flows/play.h"
#include "tests/flows/rfc_flow.h"
#include "tests/scenarios/scenario.h"

namespace understudy::tests {
namespace {

std::vector<Play> plays;
std::vector<std::string> faults_of_plays;

// What went to one phone in one step, in order.
using Messages = std::map<std::string, std::vector<std::string>>;

std::string KindOf(const sip::Message& message) {
  if (message.is_request()) return std::string(message.method_text());
  return absl::StrCat(message.status(), " ", message.cseq().method_text);
}

// "200 INVITE", and the body where `with_body` says that it counts.
std::string Described(absl::string_view kind, absl::string_view body) {
  return body.empty() ? std::string(kind) : absl::StrCat(kind, "\n", body);
}

std::vector<std::string> Kinds(const std::vector<std::string>& messages) {
  std::vector<std::string> kinds;
  for (const std::string& message : messages) kinds.push_back(message.substr(0, message.find('\n')));
  return kinds;
}

class FlowTest : public testing::TestWithParam<size_t> {
 protected:
  FlowTest() : play_(plays.at(GetParam())), flow_(play_.rfc, play_.section) {}

  void SetUp() override {
    if (!CorpusPath("FLOWS.tsv")) GTEST_SKIP() << kNoCorpus;
    ASSERT_FALSE(flow_.messages().empty()) << "the corpus has no such section";
    script_ = MakeScript(play_, flow_, &faults_);
    ASSERT_EQ(faults_, std::vector<std::string>());
  }

  // What was sent in each step of the play; the stage's commands come first, and a step may have several.
  std::vector<Messages> Run(int new_reign_after) {
    const ScenarioResult result = RunScenario(script_.Text(new_reign_after));
    EXPECT_EQ(result.faults, std::vector<std::string>()) << result.text;
    text_ = result.text;
    std::vector<Messages> steps;
    size_t command = Commands(script_.stage);
    for (size_t i = 0; i < script_.steps.size(); ++i) {
      size_t end = command + Commands(script_.steps[i]);
      if (new_reign_after == static_cast<int>(i)) ++end;
      Messages messages;
      for (; command < end; ++command) {
        for (const SentMessage& sent : result.sent.at(command)) messages[sent.to].push_back(Describe(sent.bytes));
      }
      steps.push_back(std::move(messages));
    }
    return steps;
  }

  // All that was said, without the line that begins the new reign. What the server makes up has short names there, for
  // it is another in another reign.
  std::string Transcript(int new_reign_after) const {
    const ScenarioResult result = RunScenario(script_.Text(new_reign_after));
    EXPECT_EQ(result.faults, std::vector<std::string>()) << result.text;
    return absl::StrReplaceAll(result.text, {{"\nepoch\n", "\n"}});
  }

  static size_t Commands(absl::string_view text) {
    size_t count = 0;
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      count += !line.empty() && !absl::StartsWith(line, " ") ? 1 : 0;
    }
    return count;
  }

  static std::string Describe(const std::string& bytes) {
    sip::Message message;
    sip::ParseError error;
    EXPECT_TRUE(sip::ParseMessage(bytes, &message, &error)) << bytes;
    return Described(KindOf(message), message.body());
  }

  // What the play says of a step. A body counts where the RFC prints one, and where it has none.
  void Compare(const Step& step, const Messages& sent) {
    std::map<std::string, std::vector<std::string>> expected;
    for (const Heard& heard : step.heard) {
      const RfcMessage* message = heard.message.empty() ? nullptr : flow_.Find(heard.message);
      ASSERT_TRUE(heard.message.empty() || message != nullptr) << "the RFC has no " << heard.message;
      const size_t index = expected[heard.who].size();
      const std::string kind = message == nullptr ? heard.kind : message->kind();
      expected[heard.who].push_back(kind);
      auto found = sent.find(heard.who);
      if (message == nullptr || !message->body_printed || found == sent.end() || found->second.size() <= index)
        continue;
      EXPECT_EQ(found->second[index], Described(kind, message->body)) << heard.message << " to " << heard.who;
    }
    std::map<std::string, std::vector<std::string>> kinds;
    for (const auto& [who, messages] : sent) kinds[who] = Kinds(messages);
    EXPECT_EQ(kinds, expected) << "after " << step.who << " " << step.message << step.command;
  }

  const Play& play_;
  const RfcFlow flow_;
  FlowScript script_;
  std::string text_;
  std::vector<std::string> faults_;
};

TEST_P(FlowTest, GoesAsTheRfcPrintsIt) {
  EXPECT_EQ(play_.title, flow_.title());
  const std::vector<Messages> sent = Run(-1);
  for (size_t i = 0; i < play_.steps.size(); ++i) Compare(play_.steps[i], sent[i]);
  if (HasFailure()) std::printf("%s\n", text_.c_str());
}

TEST_P(FlowTest, EveryMessageOfTheRfcIsAccountedFor) {
  std::set<std::string> named;
  const auto name = [&](const std::string& message) {
    const RfcMessage* found = flow_.Find(message);
    EXPECT_NE(found, nullptr) << message;
    if (found != nullptr) named.insert(found->file);
  };
  for (const std::string& message : play_.left_out) name(message);
  for (const Step& step : play_.steps) {
    if (!step.message.empty()) name(step.message);
    for (const Heard& heard : step.heard) {
      if (!heard.message.empty()) name(heard.message);
    }
  }
  for (const RfcMessage& message : flow_.messages()) EXPECT_TRUE(named.contains(message.file)) << message.file;
}

TEST_P(FlowTest, GoesOnInANewReignAfterEveryMessage) {
  const std::string transcript = Transcript(-1);
  for (size_t after = 0; after < play_.steps.size(); ++after) {
    if (play_.steps[after].who.empty()) continue;
    EXPECT_EQ(Transcript(static_cast<int>(after)), transcript)
        << "a new reign after " << play_.steps[after].who << " " << play_.steps[after].message
        << play_.steps[after].command;
  }
}

std::string NameOf(const testing::TestParamInfo<size_t>& info) {
  const Play& play = plays.at(info.param);
  std::string name = absl::StrCat(play.rfc, " ", play.section, " ", play.title);
  for (char& c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Rfcs, FlowTest, testing::Range<size_t>(0, plays.size()), NameOf);

// The sections that the corpus has and no play is of.
TEST(FlowsTest, EveryFlowOfTheCorpusHasAPlay) {
  const absl::optional<std::string> table = ReadCorpusFile("FLOWS.tsv");
  if (!table) GTEST_SKIP() << kNoCorpus;
  std::set<std::string> played;
  for (const Play& play : plays) played.insert(absl::StrCat("flows/", play.rfc, " ", play.section));
  for (absl::string_view line : absl::StrSplit(*table, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> columns = absl::StrSplit(line, '\t');
    const std::string rfc = columns[0].substr(0, columns[0].rfind('/'));
    if (rfc != "flows/rfc3665" && rfc != "flows/rfc5359" && rfc != "flows/rfc5589") continue;
    EXPECT_TRUE(played.contains(absl::StrCat(rfc, " ", columns[1]))) << rfc << " " << columns[1];
  }
}

TEST(FlowsTest, PlaysAreWrittenAsTheyAreRead) {
  EXPECT_EQ(faults_of_plays, std::vector<std::string>());
}

}  // namespace
}  // namespace understudy::tests

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] == '-') continue;
    std::ostringstream text;
    text << std::ifstream(argv[i]).rdbuf();
    for (understudy::tests::Play& play :
         understudy::tests::ReadPlays(text.str(), &understudy::tests::faults_of_plays)) {
      understudy::tests::plays.push_back(std::move(play));
    }
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
