#include "daemon/config/option_table.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "tests/corpus.h"

namespace understudy::daemon {
namespace {

constexpr char kGuideFile[] = "../reference/sip-server-ha-guide.txt";

TEST(OptionTable, IsOrderedAndHasEachOptionOnce) {
  absl::Span<const OptionRow> table = OptionTable();
  for (size_t i = 1; i < table.size(); ++i) {
    EXPECT_LT(std::tie(table[i - 1].section, table[i - 1].name), std::tie(table[i].section, table[i].name));
  }
}

TEST(OptionTable, EveryRowCanBeFound) {
  for (const OptionRow& row : OptionTable()) EXPECT_EQ(FindOption(row.section, row.name), &row) << row.FullName();
  EXPECT_EQ(FindOption("TServer", "sip-porc"), nullptr);
  EXPECT_EQ(FindOption("", ""), nullptr);
  EXPECT_EQ(FindOption("zzz", "zzz"), nullptr);
}

TEST(OptionTable, EveryRowHasAPlaceAndAMeaning) {
  for (const OptionRow& row : OptionTable()) {
    EXPECT_NE(row.levels, 0u) << row.FullName();
    EXPECT_FALSE(row.summary.empty()) << row.FullName();
    EXPECT_LE(row.rule.min, row.rule.max) << row.FullName();
    bool of_node = absl::StartsWith(row.section, "node");
    EXPECT_EQ(of_node, row.levels == kNodeLevel) << row.FullName();
  }
}

TEST(OptionTable, DnTypesHaveDistinctNames) {
  EXPECT_EQ(DnTypeNames().size(), 11u);
  for (absl::string_view name : DnTypeNames()) EXPECT_EQ(DnTypeName(*DnTypeFromName(name)), name);
  EXPECT_EQ(DnTypeFromName("extension"), absl::nullopt);
}

TEST(OptionTable, LevelsReadAsASentence) {
  EXPECT_EQ(LevelsText(kNodeLevel), "node");
  EXPECT_EQ(LevelsText(LevelOf(DnType::kTrunk)), "Trunk DNs");
  EXPECT_EQ(LevelsText(kApplicationLevel | LevelOf(DnType::kTrunk) | LevelOf(DnType::kExtension)),
            "pair, Extension and Trunk DNs");
}

// One "option / Setting / Default Value / Valid Values" block of the guide.
struct GuideOption {
  std::string name;
  std::string default_value;
  std::string valid_values;
};

std::string ValueOf(const std::vector<std::string>& lines, size_t from, absl::string_view label) {
  for (size_t i = from; i < std::min(lines.size(), from + 12); ++i) {
    absl::string_view line = lines[i];
    if (absl::ConsumePrefix(&line, label)) {
      std::string value = absl::StrReplaceAll(absl::StripAsciiWhitespace(line), {{"`", ""}, {"–", "-"}, {" - ", "-"}});
      return value;
    }
  }
  return "";
}

bool IsOptionName(absl::string_view line) {
  if (line.empty() || !absl::StrContains(line, '-')) return false;
  for (char c : line) {
    if (!absl::ascii_islower(static_cast<unsigned char>(c)) && c != '-') return false;
  }
  return true;
}

std::vector<GuideOption> GuideOptions(const std::string& guide) {
  std::vector<std::string> lines = absl::StrSplit(guide, '\n');
  std::vector<GuideOption> options;
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string name(absl::StripAsciiWhitespace(lines[i]));
    if (absl::StartsWith(name, "**") && absl::EndsWith(name, "**")) name = name.substr(2, name.size() - 4);
    std::string default_value = ValueOf(lines, i + 1, "Default Value:");
    bool is_block = IsOptionName(name) && !default_value.empty() && ValueOf(lines, i + 1, "Changes Take Effect:") != "";
    if (is_block) options.push_back({name, default_value, ValueOf(lines, i + 1, "Valid Values:")});
  }
  return options;
}

class GuideTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::optional<std::string> guide = tests::ReadCorpusFile(kGuideFile);
    if (!guide) GTEST_SKIP() << tests::kNoCorpus;
    guide_ = *guide;
  }
  std::string guide_;
};

TEST_F(GuideTest, EveryOptionThatTheGuideDescribesIsInTheTable) {
  std::vector<GuideOption> options = GuideOptions(guide_);
  EXPECT_GE(options.size(), 30u);
  for (const GuideOption& option : options) EXPECT_NE(FindOption("TServer", option.name), nullptr) << option.name;
}

TEST_F(GuideTest, EveryNameInBoldIsInTheTable) {
  // What the guide prints bold and is no option of this server: another program's, a value, or stress.
  const std::vector<absl::string_view> others = {"limitations", "redundancy", "multimedia", "voice"};
  for (absl::string_view piece : absl::StrSplit(guide_, "**")) {
    bool is_name = !piece.empty() && piece.size() < 40 && std::all_of(piece.begin(), piece.end(), [](char c) {
      return absl::ascii_islower(static_cast<unsigned char>(c)) || c == '-';
    });
    if (!is_name || std::find(others.begin(), others.end(), piece) != others.end()) continue;
    bool known = std::any_of(OptionTable().begin(), OptionTable().end(),
                             [&](const OptionRow& row) { return row.name == piece; });
    EXPECT_TRUE(known) << piece;
  }
}

TEST_F(GuideTest, EveryRowThatNamesTheGuideIsThere) {
  for (const OptionRow& row : OptionTable()) {
    if (row.source != Source::kGuide) continue;
    EXPECT_TRUE(absl::StrContains(guide_, row.name)) << row.FullName();
  }
}

// 500 calls and then a second of pause are there to spare a server that copies slowly; this one need not pause.
constexpr absl::string_view kOwnDefault = "ha-max-calls-sync-at-once";

TEST_F(GuideTest, DefaultsAreTheGuides) {
  for (const GuideOption& option : GuideOptions(guide_)) {
    const OptionRow* row = FindOption("TServer", option.name);
    if (row == nullptr || row->name == kOwnDefault) continue;
    bool none = option.default_value == "NULL" || absl::StartsWith(option.default_value, "An empty string") ||
                option.default_value == "No default value";
    EXPECT_EQ(row->rule.default_value, none ? "" : option.default_value) << option.name;
  }
}

TEST_F(GuideTest, RangesAreTheGuides) {
  int compared = 0;
  for (const GuideOption& option : GuideOptions(guide_)) {
    const OptionRow* row = FindOption("TServer", option.name);
    if (row == nullptr) continue;
    if (option.valid_values == "true, false") {
      EXPECT_EQ(row->rule.kind, ValueKind::kBoolean) << option.name;
    }
    std::vector<std::string> ends = absl::StrSplit(option.valid_values, '-');
    int64_t min = 0;
    int64_t max = 0;
    if (ends.size() != 2 || !absl::SimpleAtoi(ends[0], &min) || !absl::SimpleAtoi(ends[1], &max)) continue;
    ++compared;
    EXPECT_EQ(row->rule.kind, ValueKind::kWhole) << option.name;
    EXPECT_EQ(row->rule.min, min) << option.name;
    EXPECT_EQ(row->rule.max, max) << option.name;
  }
  EXPECT_GE(compared, 6);
}

}  // namespace
}  // namespace understudy::daemon
