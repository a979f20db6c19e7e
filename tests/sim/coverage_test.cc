#include "tests/sim/coverage.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemon/events.h"
#include "daemon/pair/pair_events.h"
#include "gtest/gtest.h"

namespace understudy::sim {
namespace {

TEST(Coverage, NamesAndLogEventsAreUnique) {
  std::set<std::string> names;
  std::set<std::string> events;
  for (const MarkTraits& traits : AllMarks()) {
    EXPECT_TRUE(names.insert(std::string(traits.name)).second) << traits.name;
    EXPECT_TRUE(traits.event.empty() || events.insert(std::string(traits.event)).second) << traits.name;
    EXPECT_FALSE(traits.what.empty()) << traits.name;
  }
}

TEST(Coverage, ALogEventIsTheMarkOfTheSameThing) {
  EXPECT_EQ(MarkOfLogEvent(daemon::kTailCut.id), Mark::kTailCut);
  EXPECT_EQ(MarkOfLogEvent(daemon::kResyncBegun.id), Mark::kResyncBegun);
  EXPECT_EQ(MarkOfLogEvent(daemon::kStateTaken.id), Mark::kStateTaken);
  EXPECT_EQ(MarkOfLogEvent(daemon::kResyncProven.id), Mark::kResyncProven);
  EXPECT_EQ(MarkOfLogEvent(daemon::kLogUnreadable.id), Mark::kLogUnreadable);
  EXPECT_EQ(MarkOfLogEvent(daemon::kPeerRefused.id), Mark::kPeerRefused);
  EXPECT_EQ(MarkOfLogEvent(daemon::kJournalFailed.id), Mark::kJournalFailed);
  EXPECT_EQ(MarkOfLogEvent(daemon::kJournalSetAside.id), Mark::kJournalSetAside);
  EXPECT_EQ(MarkOfLogEvent(daemon::kSlowCommit.id), Mark::kSlowCommit);
  EXPECT_EQ(MarkOfLogEvent(daemon::kDiskLow.id), Mark::kDiskLow);
  EXPECT_EQ(MarkOfLogEvent(daemon::kServiceGap.id), Mark::kServiceGap);
  EXPECT_EQ(MarkOfLogEvent(daemon::kSnapshotSkipped.id), Mark::kSnapshotSkipped);
  EXPECT_EQ(MarkOfLogEvent(daemon::kStarting.id), absl::nullopt);
  EXPECT_EQ(MarkOfLogEvent(""), absl::nullopt);
}

TEST(Coverage, ProtocolEventsAreTheirMarks) {
  using replication::PairEvent;
  const std::pair<PairEvent, Mark> cases[] = {
      {PairEvent::kBackupActivated, Mark::kBackupActivated}, {PairEvent::kInSync, Mark::kInSync},
      {PairEvent::kUnprotected, Mark::kUnprotected},         {PairEvent::kPeerSuspected, Mark::kPeerSuspected},
      {PairEvent::kGateGivenUp, Mark::kGateGivenUp},         {PairEvent::kBackupSlow, Mark::kBackupSlow},
      {PairEvent::kSuperseded, Mark::kSuperseded},           {PairEvent::kWitnessLost, Mark::kWitnessLost},
      {PairEvent::kWitnessBack, Mark::kWitnessBack},         {PairEvent::kNotPromotable, Mark::kNotPromotable},
      {PairEvent::kHandoverDone, Mark::kHandoverDone},       {PairEvent::kHandoverGivenUp, Mark::kHandoverGivenUp},
      {PairEvent::kUnguarded, Mark::kUnguarded}};
  for (const auto& [event, mark] : cases) {
    EXPECT_EQ(MarkOfLogEvent(daemon::LogEventOf(event).id), mark) << TraitsOf(mark).name;
  }
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// A mark that nobody can reach says nothing but that it is missing.
TEST(Coverage, EachMarkHasALogEventOrAPlaceInTheWorldThatHitsIt) {
  std::string sources;
  for (const auto& entry : std::filesystem::directory_iterator("tests/sim/world")) sources += ReadFile(entry.path());
  const std::string table = ReadFile("tests/sim/coverage.cc");
  for (const MarkTraits& traits : AllMarks()) {
    if (!traits.event.empty()) continue;
    const size_t name = table.find(absl::StrCat("\"", traits.name, "\""));
    ASSERT_NE(name, std::string::npos) << traits.name;
    const size_t begin = table.rfind("Mark::k", name);
    const std::string mark = table.substr(begin, table.find(',', begin) - begin);
    bool hit = false;
    for (const char* end : {")", "}", ","}) hit = hit || absl::StrContains(sources, absl::StrCat(mark, end));
    EXPECT_TRUE(hit) << traits.name << ": nothing hits " << mark;
  }
}

TEST(Coverage, AMarkIsMissingOnlyAfterItsNumberOfSeeds) {
  Coverage coverage;
  for (const MarkTraits& traits : AllMarks()) {
    coverage = Coverage();
    for (const MarkTraits& other : AllMarks()) {
      Marks run;
      if (other.mark != traits.mark) run.Hit(other.mark);
      coverage.Add(run);
    }
    if (traits.within == 0) {
      EXPECT_TRUE(Missing(coverage, 1000000).empty());
      continue;
    }
    EXPECT_TRUE(Missing(coverage, traits.within - 1).empty());
    EXPECT_EQ(Missing(coverage, traits.within), std::vector<Mark>{traits.mark});
  }
}

TEST(Coverage, HitsAndRunsAreCountedApart) {
  Marks run;
  run.Hit(Mark::kTailCut);
  run.Hit(Mark::kTailCut);
  Coverage coverage;
  coverage.Add(run);
  coverage.Add(Marks());
  Coverage total;
  total.Add(coverage);
  total.Add(coverage);
  EXPECT_EQ(total.at(Mark::kTailCut), (Coverage::Count{4, 2}));
}

}  // namespace
}  // namespace understudy::sim
