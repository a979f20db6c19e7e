#include "daemon/log/log.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daemon/log/escape.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr LogEvent kListening = {"00-04501", Level::kInfo, "listening"};
constexpr LogEvent kRubbish = {"00-04601", Level::kWarning, "message refused"};
constexpr LogEvent kDetail = {"00-04999", Level::kDebug, "detail"};

class LogTest : public testing::Test {
 protected:
  LogTest() {
    const char* base = std::getenv("TEST_TMPDIR");
    std::string pattern = absl::StrCat(base != nullptr ? base : "/tmp", "/log.XXXXXX");
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    options_.file = directory_ + "/log";
    options_.wall_now = [] { return WallTime::FromNanoseconds(1700000000123000000); };
    options_.monotonic_now = [this] { return now_; };
  }
  ~LogTest() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<Log> Open() { return Log::Open(options_).value(); }

  std::vector<std::string> Lines(const std::string& name = "log") {
    std::ifstream in(directory_ + "/" + name, std::ios::binary);
    const std::string all(std::istreambuf_iterator<char>(in), {});
    std::vector<std::string> lines = absl::StrSplit(all, '\n');
    EXPECT_EQ(lines.back(), "");
    lines.pop_back();
    return lines;
  }

  std::string directory_;
  LogOptions options_;
  Duration now_;
};

TEST_F(LogTest, EventIsOneLine) {
  Open()->Write(kListening, {{"transport", "UDP"}, {"address", "192.0.2.1:5060"}, {"backlog", 7}});
  EXPECT_THAT(Lines(), ElementsAre("2023-11-14T22:13:20.123Z INFO    00-04501 listening transport=UDP "
                                   "address=192.0.2.1:5060 backlog=7"));
}

TEST_F(LogTest, JsonHasTheSameInNamedFields) {
  options_.format = Format::kJson;
  Open()->Write(kListening, {{"transport", "UDP"}, {"note", "say \"hi\""}});
  EXPECT_THAT(Lines(), ElementsAre("{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"info\",\"event\":\"00-04501\","
                                   "\"text\":\"listening\",\"transport\":\"UDP\",\"note\":\"say \\\"hi\\\"\"}"));
}

TEST_F(LogTest, ValueCannotBeginALineOrForgeAField) {
  const auto log = Open();
  log->Write(kRubbish, {{"from", "x\r\n2023-11-14T22:13:20.123Z INFO 00-04501 listening"}});
  log->Write(kRubbish, {{"from", "a level=alarm"}, {"empty", ""}, {"binary", absl::string_view("\0\x1b[2J\xff", 6)}});
  EXPECT_THAT(Lines(), ElementsAre(HasSubstr("from=\"x\\r\\n2023-11-14T22:13:20.123Z INFO 00-04501 listening\""),
                                   HasSubstr("from=\"a level=alarm\" empty=\"\" binary=\"\\x00\\x1b[2J\\xff\"")));
}

TEST_F(LogTest, LevelsBelowTheLowestAreNotWritten) {
  const auto log = Open();
  log->Write(kDetail);
  EXPECT_FALSE(log->IsOn(Level::kDebug));
  EXPECT_THAT(Lines(), testing::IsEmpty());
}

TEST_F(LogTest, FloodIsThinnedAndCounted) {
  options_.burst = 3;
  options_.lines_a_second = 2;
  const auto log = Open();
  for (int i = 0; i < 100; ++i) log->Write(kRubbish);
  log->Write(kListening);
  EXPECT_EQ(Lines().size(), 4u) << "another event has a bucket of its own";
  EXPECT_EQ(log->suppressed(), 97u);
  now_ = Duration::Milliseconds(499);
  log->Write(kRubbish);
  EXPECT_EQ(Lines().size(), 4u);
  now_ = Duration::Milliseconds(500);
  log->Write(kRubbish);
  ASSERT_EQ(Lines().size(), 6u);
  EXPECT_THAT(Lines()[4], HasSubstr("00-04001 lines left out event=00-04601 lines=98"));
}

TEST_F(LogTest, EndOfAFloodIsToldWithoutAnotherLine) {
  options_.burst = 1;
  const auto log = Open();
  for (int i = 0; i < 10; ++i) log->Write(kRubbish);
  log->Tick();
  EXPECT_EQ(Lines().size(), 1u);
  now_ = Duration::Seconds(1);
  log->Tick();
  log->Tick();
  ASSERT_EQ(Lines().size(), 2u);
  EXPECT_THAT(Lines()[1], HasSubstr("lines=9"));
}

TEST_F(LogTest, ReopenGoesOnInANewFile) {
  const auto log = Open();
  log->Write(kListening);
  std::filesystem::rename(directory_ + "/log", directory_ + "/log.1");
  log->Write(kListening);
  ASSERT_TRUE(log->Reopen().ok());
  log->Write(kListening);
  EXPECT_EQ(Lines("log.1").size(), 2u);
  EXPECT_EQ(Lines().size(), 1u);
}

TEST_F(LogTest, RestartAppends) {
  Open()->Write(kListening);
  Open()->Write(kListening);
  EXPECT_EQ(Lines().size(), 2u);
}

TEST_F(LogTest, UnusableFileIsAnErrorThatNamesIt) {
  options_.file = "/proc/nowhere/log";
  EXPECT_THAT(std::string(Log::Open(options_).status().message()), HasSubstr("/proc/nowhere/log"));
}

TEST_F(LogTest, FullDiskIsCountedAndHarmless) {
  options_.file = "/dev/full";
  const auto opened = Log::Open(options_);
  ASSERT_TRUE(opened.ok());
  for (int i = 0; i < 5; ++i) (*opened)->Write(kListening);
  EXPECT_GE((*opened)->write_errors(), 1u);
}

TEST_F(LogTest, ThreadsDoNotMixTheirLines) {
  options_.burst = 1000;
  const auto log = Open();
  const auto write = [&log](const char* who) {
    for (int i = 0; i < 100; ++i) log->Write(kListening, {{"who", who}, {"i", i}});
  };
  std::thread other(write, "other");
  write("main");
  other.join();
  const std::vector<std::string> lines = Lines();
  EXPECT_EQ(lines.size(), 200u);
  for (const std::string& line : lines) EXPECT_THAT(line, testing::StartsWith("2023-11-14T22:13:20.123Z INFO"));
}

std::string Text(absl::string_view value, size_t limit = 100) {
  std::string out;
  AppendTextValue(value, limit, &out);
  return out;
}

std::string Json(absl::string_view value, size_t limit = 100) {
  std::string out;
  AppendJsonString(value, limit, &out);
  return out;
}

TEST_F(LogTest, LinesGoToWhoeverAskedForThemInsteadOfAFile) {
  std::vector<std::string> lines;
  options_.to = [&](const LogEvent& event, absl::string_view line) { lines.push_back(absl::StrCat(event.id, "|", line)); };
  const std::unique_ptr<Log> log = Open();
  log->Write(kListening, {{"transport", "UDP"}});
  EXPECT_TRUE(log->Reopen().ok());
  EXPECT_THAT(lines, ElementsAre("00-04501|2023-11-14T22:13:20.123Z INFO    00-04501 listening transport=UDP"));
  EXPECT_FALSE(std::filesystem::exists(options_.file));
}

TEST(Escape, PlainWordsStayAsTheyAre) {
  EXPECT_EQ(Text("sip:alice@example.com;transport:tcp"), "sip:alice@example.com;transport:tcp");
  EXPECT_EQ(Json("Gr\xc3\xbc\xc3\x9f"), "\"Gr\xc3\xbc\xc3\x9f\"");
}

TEST(Escape, LongValuesAreCutVisibly) {
  EXPECT_EQ(Text("abcdef", 3), "\"abc\"...");
  EXPECT_EQ(Json("abcdef", 3), "\"abc...\"");
}

TEST(Escape, JsonOfWhatIsNotUtf8IsStillJson) {
  EXPECT_EQ(Json("\xff"), "\"\\u00ff\"");
  EXPECT_EQ(Json("\xc0\xaf"), "\"\\u00c0\\u00af\"") << "overlong";
  EXPECT_EQ(Json("\xed\xa0\x80"), "\"\\u00ed\\u00a0\\u0080\"") << "surrogate";
  EXPECT_EQ(Json("\xe2\x80\xa8"), "\"\\u00e2\\u0080\\u00a8\"") << "line separator";
  EXPECT_EQ(Json("\xc3"), "\"\\u00c3\"") << "cut short";
  EXPECT_EQ(Json(absl::string_view("\0\x7f\x1f", 3)), "\"\\u0000\\u007f\\u001f\"");
}

}  // namespace
}  // namespace understudy::log
