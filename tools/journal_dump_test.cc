#include "tools/journal_dump.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/golden_testing.h"
#include "tools/test_journal.h"

namespace understudy::tools {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Result {
  int code = 0;
  std::string out;
  std::string err;
};

Result Dump(
    const std::string& path, std::vector<std::string> options, std::function<bool()> wait = [] { return false; }) {
  std::ostringstream out;
  std::ostringstream err;
  options.insert(options.begin(), path);
  Result result;
  result.code = JournalDump(options, ToolIo{out, err, std::move(wait)});
  result.out = out.str();
  result.err = err.str();
  return result;
}

size_t Lines(absl::string_view text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

// A journal in which everything happened that the tools know of.
class JournalDumpTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    TestJournal journal(Path());
    journal.Configure();
    journal.Register("Authorization: Digest username=\"1003\", response=\"CANARY\"\r\n");
    journal.Commit();
    journal.Wait(Duration::Seconds(5));
    journal.Call();
    journal.Commit();
    journal.TakeSnapshot();
    journal.Append(engine::ServiceGap{Duration::Milliseconds(1500)});
    journal.InviteOnly();
    journal.Wait(Duration::Seconds(2));
    journal.Append(engine::IngressSummary{{2, 0, 5}});
    journal.Append(engine::FlowOpened{engine::FlowId(1), Transport::kTcp, Endpoint::V4(10, 0, 0, 9, 40000)});
    journal.Append(engine::FlowClosed{engine::FlowId(1)});
    journal.Close();
  }
  static std::string Path() {
    static const std::string path = TempDirectory("dump");
    return path;
  }
};

TEST_F(JournalDumpTest, ShowsALineAnEntry) {
  const Result result = Dump(Path(), {});
  EXPECT_EQ(result.code, kDone) << result.err;
  ExpectGolden("dump", result.out);
}

TEST_F(JournalDumpTest, ShowsWhatClientsSaidAndNeverAPassword) {
  const std::string path = TempDirectory("clients");
  TestJournal journal(path);
  journal.Configure();
  const engine::LinkId link(7);
  journal.Append(engine::ClientAttached{link, {}, "rou\nter", "10.0.0.50:40000"});
  tlib::Message request(tlib::MessageType::kRequestRegisterAddress);
  request.Set(tlib::Attribute::kThisDN, "1001").Set(tlib::Attribute::kPassword, "CANARY");
  journal.Append(engine::ClientRequested{link, {1, request}});
  journal.Append(engine::ClientsAcknowledged{{{link, 1}, {engine::LinkId(8), 3}}});
  journal.Append(engine::ClientLinkLost{link, true});
  journal.Close();
  const std::string text = Dump(path, {"--lsn", "3..", "--unmasked"}).out;
  EXPECT_THAT(text, HasSubstr("10.0.0.50:40000            -      rou\\x0ater at link 7 wants a session\n"));
  EXPECT_THAT(text, HasSubstr("link 7 request 1: {\"Request\":\"RequestRegisterAddress\",\"ThisDN\":\"1001\""));
  EXPECT_THAT(text, HasSubstr("link 7 up to event 1, link 8 up to event 3\n"));
  EXPECT_THAT(text, HasSubstr("link 7 ended by its client\n"));
  const std::string lines = Dump(path, {"--lsn", "3..", "--json"}).out;
  EXPECT_THAT(lines, HasSubstr("\"request\":{\"Request\":\"RequestRegisterAddress\",\"ThisDN\":\"1001\""));
  EXPECT_THAT(lines, HasSubstr("\"acknowledged\":[{\"link\":7,\"number\":1},{\"link\":8,\"number\":3}]"));
  EXPECT_THAT(absl::StrCat(text, lines), Not(HasSubstr("CANARY")));
  EXPECT_EQ(Lines(text), 4u + 1) << "each entry is one line, below the heading";
  EXPECT_EQ(Lines(lines), 4u);
}

// Call 1 by a phone of its own accord, call 2 by one that was told to.
class JournalDumpOfCalls : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    TestJournal journal(Path());
    journal.Configure();
    journal.AttachClient();
    journal.Call();
    journal.TellToCall();
    journal.TakeSnapshot();
    journal.CallAsTold();
    journal.Close();
  }
  static std::string Path() {
    static const std::string path = TempDirectory("calls");
    return path;
  }
  // Of the first event of call 1.
  static std::string Named(const std::string& attribute) {
    const std::string out = Dump(Path(), {"--call", "1"}).out;
    const size_t begin = out.find(absl::StrCat("\"", attribute, "\":\"")) + attribute.size() + 4;
    return out.substr(begin, out.find('"', begin) - begin);
  }
};

TEST_F(JournalDumpOfCalls, ShowWhatClientsHeardAndWhichSession) {
  const Result result = Dump(Path(), {"--call", "1"});
  EXPECT_EQ(result.code, kDone) << result.err;
  for (const char* event : {"EventDialing", "EventRinging", "EventEstablished", "EventReleased"}) {
    EXPECT_THAT(result.out, HasSubstr("-> session 1 (desk) event "));
    EXPECT_THAT(result.out, HasSubstr(absl::StrCat(": {\"Event\":\"", event, "\"")));
  }
  EXPECT_THAT(Dump(Path(), {}).out, Not(HasSubstr("EventDialing"))) << "of no call, and so without a replay";
  const std::string lines = Dump(Path(), {"--call", "1", "--json"}).out;
  EXPECT_THAT(lines, HasSubstr("\"events\":[{\"session\":1,\"application\":\"desk\",\"number\":"));
  EXPECT_THAT(Dump(Path(), {"--call", "1", "--ladder"}).out, HasSubstr("EventDialing 1001 to session 1 (desk)"));
}

TEST_F(JournalDumpOfCalls, AreFoundByWhatClientsCallThem) {
  const std::string by_number = Dump(Path(), {"--call", "1"}).out;
  ASSERT_EQ(Named("ConnID").size(), 16u);
  ASSERT_EQ(Named("CallUUID").size(), 32u);
  EXPECT_EQ(Dump(Path(), {"--call", Named("ConnID")}).out, by_number);
  EXPECT_EQ(Dump(Path(), {"--call", Named("CallUUID")}).out, by_number);
  EXPECT_EQ(Dump(Path(), {"--call", Named("ConnID"), "--ladder"}).out, Dump(Path(), {"--call", "1", "--ladder"}).out);
}

TEST_F(JournalDumpOfCalls, WhatNamesNoneIsToldFromWhatIsNoName) {
  const Result unknown = Dump(Path(), {"--call", "00000000000000aa"});
  EXPECT_EQ(unknown.code, kNothingFound);
  EXPECT_THAT(unknown.err, HasSubstr("the call with ConnID 00000000000000aa is none of those from lsn 1 to "));
  EXPECT_EQ(Dump(Path(), {"--call", std::string(32, 'A')}).code, kNothingFound);
  for (const char* wrong : {"0", "x", "0000000000000000", "00a", "-1", "aa aa"}) {
    const Result result = Dump(Path(), {"--call", wrong});
    EXPECT_EQ(result.code, kWrongUsage) << wrong;
    EXPECT_THAT(result.err, HasSubstr("its ConnID as 16 hexadecimal digits, or its CallUUID"));
  }
}

TEST_F(JournalDumpOfCalls, BeginWithTheReferThatAPhoneWasToldBy) {
  const Result result = Dump(Path(), {"--call", "2", "--ladder"});
  EXPECT_EQ(result.code, kDone) << result.err;
  size_t at = 0;
  for (const char* step : {"RequestMakeCall", "REFER", "202 Accepted REFER", "INVITE", "EventDialing 1001"}) {
    at = result.out.find(step, at);
    ASSERT_NE(at, std::string::npos) << step << " in\n" << result.out;
  }
}

TEST_F(JournalDumpTest, ShowsJsonLines) {
  const Result result = Dump(Path(), {"--format", "json", "--lsn", "..4"});
  EXPECT_EQ(result.code, kDone) << result.err;
  // The hash changes with whatever the engine sends.
  ExpectGolden("dump_json",
               std::regex_replace(result.out, std::regex("effects_hash\":\"[0-9a-f]{16}"), "effects_hash\":\"<hash>"));
  EXPECT_EQ(Dump(Path(), {"--json", "--lsn=..4"}).out, result.out);
}

TEST_F(JournalDumpTest, ShowsWholeMessages) {
  const Result result = Dump(Path(), {"--message", "--lsn", "..4"});
  EXPECT_EQ(result.code, kDone) << result.err;
  ExpectGolden("dump_message", result.out);
}

TEST_F(JournalDumpTest, DrawsACall) {
  const Result result = Dump(Path(), {"--ladder", "--call", "1"});
  EXPECT_EQ(result.code, kDone) << result.err;
  ExpectGolden("ladder", result.out);
}

TEST_F(JournalDumpTest, DrawsACallThatBeganAfterASnapshotAndShowsItsTimers) {
  const Result result = Dump(Path(), {"--ladder", "--call", "2"});
  EXPECT_EQ(result.code, kDone) << result.err;
  ExpectGolden("ladder_ringing", result.out);
}

TEST_F(JournalDumpTest, DrawsAllCallsWithoutAFilter) {
  const Result result = Dump(Path(), {"--ladder"});
  EXPECT_EQ(result.code, kDone) << result.err;
  EXPECT_EQ(result.out,
            Dump(Path(), {"--ladder", "--call", "1"}).out + "\n" + Dump(Path(), {"--ladder", "--call", "2"}).out);
}

TEST_F(JournalDumpTest, MasksSecretsUnlessTold) {
  for (const std::vector<std::string>& options : std::vector<std::vector<std::string>>{
           {}, {"--message"}, {"--json", "--message"}, {"--ladder"}, {"--stat"}, {"--verify"}}) {
    const Result result = Dump(Path(), options);
    EXPECT_THAT(result.out, Not(HasSubstr("CANARY"))) << testing::PrintToString(options);
  }
  EXPECT_THAT(Dump(Path(), {"--message", "--unmasked"}).out, HasSubstr("response=\"CANARY\""));
}

TEST_F(JournalDumpTest, FiltersByLsnAndKind) {
  EXPECT_EQ(Lines(Dump(Path(), {"--lsn", "2..3"}).out), 3u);
  const Result result = Dump(Path(), {"--kind", "service-gap,flow-closed"});
  EXPECT_EQ(Lines(result.out), 3u);
  EXPECT_THAT(result.out, HasSubstr("nobody served for 1.500 s"));
}

TEST_F(JournalDumpTest, FiltersByTime) {
  const Result result = Dump(Path(), {"--time", "2026-11-22T23:00:05..23:00:05.25"});
  EXPECT_EQ(Lines(result.out), 3u) << result.out;
  EXPECT_THAT(result.out, HasSubstr("INVITE sip:1002@10.0.0.10"));
  EXPECT_EQ(Dump(Path(), {"--time", "23:00"}).out, Dump(Path(), {}).out);
}

TEST_F(JournalDumpTest, FiltersByCall) {
  const Result result = Dump(Path(), {"--call", "1"});
  EXPECT_EQ(result.code, kDone);
  EXPECT_EQ(Lines(result.out), 1 + 12u) << result.out;
  EXPECT_THAT(result.out, HasSubstr("UDP 10.0.0.2:5060"));
}

TEST_F(JournalDumpTest, FiltersBySipCallIdWithBothLegs) {
  EXPECT_EQ(Dump(Path(), {"--call-id", "alice-1"}).out, Dump(Path(), {"--call", "1"}).out);
}

TEST_F(JournalDumpTest, FiltersByDn) {
  EXPECT_EQ(Dump(Path(), {"--dn", "1003"}).out, Dump(Path(), {"--lsn", "2..3"}).out);
  const Result result = Dump(Path(), {"--dn", "1001"});
  EXPECT_THAT(result.out, HasSubstr("UDP 10.0.0.2:5060"));
  EXPECT_THAT(result.out, Not(HasSubstr("REGISTER")));
}

TEST(JournalDump, FiltersByATrunkThatNoMessageNames) {
  const std::string path = TempDirectory("trunk");
  TestJournal journal(path);
  journal.Configure();
  journal.AddTrunk();
  journal.InviteFromTrunk();
  journal.InviteTrunk();
  journal.InviteOnly();
  journal.Commit();
  const auto entries_of_gw = [&] {
    const Result result = Dump(path, {"--dn", "gw", "--kind", "sip-received"});
    EXPECT_THAT(result.out, HasSubstr("10.0.0.9:5080"));
    EXPECT_THAT(result.out, HasSubstr("INVITE sip:9555@"));
    return Lines(result.out) - 1;
  };
  EXPECT_EQ(entries_of_gw(), 2u);
  // The entry that configured it may be gone: the snapshot knows it too.
  journal.TakeSnapshot();
  journal.InviteFromTrunk();
  journal.InviteTrunk();
  journal.Commit();
  journal.DropBefore(Lsn(7));
  EXPECT_EQ(entries_of_gw(), 2u);
}

TEST_F(JournalDumpTest, JsonNamesTheTypeOfADn) {
  EXPECT_THAT(Dump(Path(), {"--json", "--message", "--lsn", "2"}).out, HasSubstr("\"type\":\"Extension\""));
}

TEST_F(JournalDumpTest, CountsWhatIsThere) {
  const Result result = Dump(Path(), {"--stat"});
  EXPECT_EQ(result.code, kDone) << result.err;
  for (const char* part :
       {"sip-received", "batches     3;", "1 from lsn 1", "1 times unserved", "up to call 2", "snapshots   lsn "}) {
    EXPECT_THAT(result.out, HasSubstr(part));
  }
  EXPECT_THAT(Dump(Path(), {"--stat", "--json"}).out, HasSubstr("\"service_gaps\":1"));
}

TEST_F(JournalDumpTest, SoundJournalsVerify) {
  const Result result = Dump(Path(), {"--verify"});
  EXPECT_EQ(result.code, kDone) << result.out;
  EXPECT_THAT(result.out, HasSubstr("all checksums and the chain hold"));
  EXPECT_THAT(Dump(Path(), {"--verify", "--json"}).out, HasSubstr("\"ok\":true"));
}

TEST_F(JournalDumpTest, NothingFoundIsAnExitCodeOfItsOwn) {
  const Result result = Dump(Path(), {"--call", "99"});
  EXPECT_EQ(result.code, kNothingFound);
  EXPECT_THAT(result.err, HasSubstr("the journal holds lsn 1 to "));
  EXPECT_EQ(Dump(Path(), {"--ladder", "--call", "99"}).code, kNothingFound);
}

TEST_F(JournalDumpTest, WrongUsageSaysWhatToDo) {
  const std::vector<std::vector<std::string>> wrong = {{"--lsn", "x"},
                                                       {"--call", "0"},
                                                       {"--kind", "x"},
                                                       {"--time", "x"},
                                                       {"--format", "xml"},
                                                       {"extra"},
                                                       {"--ladder", "--stat"},
                                                       {"--lsnn", "1"},
                                                       {"--stat", "--call", "1"},
                                                       {"--verify", "--dn", "1001"},
                                                       {"--stat", "--message"},
                                                       {"--ladder", "--json"}};
  for (const auto& options : wrong) {
    const Result result = Dump(Path(), options);
    EXPECT_EQ(result.code, kWrongUsage) << testing::PrintToString(options);
    EXPECT_THAT(result.err, HasSubstr("journal-dump: "));
    EXPECT_EQ(result.out, "");
  }
}

TEST_F(JournalDumpTest, NoJournalSaysWhereOneMightBe) {
  const Result missing = Dump(Path() + "/nothing", {});
  EXPECT_EQ(missing.code, kUnreadable);
  EXPECT_THAT(missing.err, HasSubstr("no such directory"));
  const Result inside = Dump(Path() + "/log", {});
  EXPECT_EQ(inside.code, kUnreadable);
  EXPECT_THAT(inside.err, HasSubstr("give the directory above it"));
}

TEST_F(JournalDumpTest, HelpHasExamplesAndExitCodes) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(JournalDump({"--help"}, ToolIo{out, err, nullptr}), kDone);
  EXPECT_THAT(out.str(), HasSubstr("Examples:"));
  EXPECT_THAT(out.str(), HasSubstr("Exit codes:"));
}

// Flips a bit of the first place in the log's files where `text` stands. False: nowhere.
bool FlipBitIn(const std::string& directory, absl::string_view text) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    std::string content = bytes.str();
    const size_t at = content.find(std::string(text));
    if (at == std::string::npos) continue;
    content[at] = static_cast<char>(content[at] ^ 1);
    std::ofstream(file.path(), std::ios::binary) << content;
    return true;
  }
  return false;
}

// Lsns: 1 to 2, 3 to 14 (a call), 15 with "find-me", 16 to 17.
std::string FlippedJournal(absl::string_view name, bool in_table_file) {
  const std::string path = TempDirectory(name);
  {
    TestJournal journal(path);
    journal.Configure();
    journal.Commit();
    journal.Call();
    journal.Commit();
    journal.Register("Subject: find-me\r\n");
    journal.Commit();
    journal.RingOnly();
    journal.Commit();
    if (in_table_file) journal.FlushToTables();
    journal.Close();
  }
  EXPECT_EQ(Dump(path, {"--verify"}).code, kDone);
  EXPECT_TRUE(FlipBitIn(path, "find-me"));
  return path;
}

TEST(JournalDamage, AFlippedBitIsNamedByLsnAndTheRestIsShown) {
  const std::string path = FlippedJournal("flipped", true);
  const Result verify = Dump(path, {"--verify"});
  EXPECT_EQ(verify.code, kDifferent);
  EXPECT_THAT(verify.out, HasSubstr("DAMAGED  log: damage from lsn 15 to 15: "));
  const Result dump = Dump(path, {});
  EXPECT_EQ(dump.code, kDifferent);
  EXPECT_THAT(dump.err, HasSubstr("damage from lsn 15 to 15: "));
  EXPECT_THAT(dump.out, HasSubstr("BYE"));
  EXPECT_THAT(dump.out, Not(HasSubstr("REGISTER")));
  EXPECT_THAT(dump.out, HasSubstr("180 Ringing"));
  EXPECT_EQ(Dump(path, {"--stat"}).code, kDifferent);
}

TEST(JournalDamage, AFlippedBitInWhatWasWrittenLastIsNamedByLsnToo) {
  const std::string path = FlippedJournal("flipped_log", false);
  const Result verify = Dump(path, {"--verify"});
  EXPECT_EQ(verify.code, kDifferent);
  EXPECT_THAT(verify.out, HasSubstr("DAMAGED  log: damage from lsn 15 to "));
  EXPECT_THAT(Dump(path, {}).err, HasSubstr("damage from lsn 15 to "));
  EXPECT_THAT(Dump(path, {}).out, HasSubstr("BYE"));
}

TEST(JournalDamage, OfOneCallIsNotHidden) {
  const std::string path = FlippedJournal("flipped_call", false);
  const Result dump = Dump(path, {"--call", "1"});
  EXPECT_EQ(dump.code, kDifferent);
  EXPECT_THAT(dump.err, HasSubstr("damage from lsn 15 to "));
  EXPECT_EQ(Lines(dump.out), 1 + 12u);
}

TEST(JournalDamage, EndsTheLadders) {
  const std::string path = FlippedJournal("flipped_ladder", true);
  const Result result = Dump(path, {"--ladder"});
  EXPECT_EQ(result.code, kDifferent);
  EXPECT_THAT(result.err, HasSubstr("damage from lsn 15 to 15: "));
  EXPECT_THAT(result.out, HasSubstr("BYE"));
}

TEST(JournalDamage, OneLostSlotOfTheMarkIsARemark) {
  const std::string path = TempDirectory("slot");
  {
    TestJournal journal(path);
    journal.Configure();
    journal.Commit();
    journal.Register();
    journal.Close();
  }
  std::fstream mark(path + "/durable-mark", std::ios::in | std::ios::out | std::ios::binary);
  mark.seekp(20);
  mark.write("\xff\xff\xff\xff", 4);
  mark.close();
  const Result result = Dump(path, {"--verify"});
  EXPECT_THAT(result.out, HasSubstr("remark   durable mark: "));
  EXPECT_THAT(Dump(path, {"--verify", "--json"}).out, HasSubstr("\"remarks\":[\""));
}

TEST(JournalDamage, ALostMarkIsReported) {
  const std::string path = TempDirectory("markless");
  TestJournal journal(path);
  journal.Configure();
  journal.Close();
  std::filesystem::remove(path + "/durable-mark");
  const Result result = Dump(path, {"--verify"});
  EXPECT_EQ(result.code, kDifferent);
  EXPECT_THAT(result.out, HasSubstr("durable mark"));
}

TEST(LiveJournal, IsDumpedWhileAWriterAppends) {
  const std::string path = TempDirectory("live");
  TestJournal journal(path);
  journal.Configure();
  journal.Commit();
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> committed = 0;
  std::thread writer([&] {
    while (!stop) {
      journal.Call();
      journal.Commit();
      committed = journal.state().lsn.value();
    }
  });
  while (committed == 0) std::this_thread::yield();
  for (int i = 0; i < 10; ++i) {
    const uint64_t before = committed;
    const Result result = Dump(path, {});
    EXPECT_EQ(result.code, kDone) << result.err;
    EXPECT_GE(Lines(result.out), 1 + before);
    EXPECT_EQ(Dump(path, {"--verify"}).code, kDone);
  }
  stop = true;
  writer.join();
}

TEST(LiveJournal, FollowSeesNewEntries) {
  const std::string path = TempDirectory("follow");
  TestJournal journal(path);
  journal.Configure();
  journal.Commit();
  int round = 0;
  const Result result = Dump(path, {"--follow", "--kind", "sip-received"}, [&] {
    if (round == 0) journal.Register();
    if (round == 1) journal.RingOnly();
    journal.Commit();
    return ++round < 4;
  });
  EXPECT_EQ(result.code, kDone) << result.err;
  EXPECT_EQ(Lines(result.out), 4u) << result.out;
  EXPECT_THAT(result.out, HasSubstr("REGISTER"));
  EXPECT_THAT(result.out, HasSubstr("180 Ringing (INVITE)"));
}

TEST(LiveJournal, FollowBeginsShortlyBeforeTheEnd) {
  const std::string path = TempDirectory("follow_end");
  TestJournal journal(path);
  journal.Configure();
  journal.Call();
  journal.Commit();
  EXPECT_EQ(Lines(Dump(path, {"--follow"}).out), 11u);
}

TEST(LiveJournal, FollowGoesOnWhenRetentionDropsWhatItReads) {
  const std::string path = TempDirectory("follow_dropped");
  TestJournal journal(path);
  journal.Configure();
  journal.Commit();
  int round = 0;
  const Result result = Dump(path, {"--follow", "--json"}, [&] {
    if (round == 3) return false;
    journal.Call();
    journal.Commit();
    journal.TakeSnapshot();
    // Both what was read long ago, and what comes too late to be read.
    if (round == 1) journal.DropBefore(journal.state().lsn.Previous());
    journal.RingOnly();
    journal.Commit();
    ++round;
    return true;
  });
  EXPECT_EQ(result.code, kDone) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, HasSubstr(absl::StrCat("\"lsn\":", journal.state().lsn.value(), ",")));
}

TEST(UnreadableJournal, SaysAsWhomToRun) {
  const std::string path = TempDirectory("unreadable");
  TestJournal journal(path);
  journal.Configure();
  journal.Close();
  std::filesystem::permissions(path + "/log", std::filesystem::perms::none);
  if (access((path + "/log").c_str(), R_OK) == 0) GTEST_SKIP() << "this user may read everything";
  const Result result = Dump(path, {});
  EXPECT_EQ(result.code, kUnreadable);
  EXPECT_THAT(result.err, HasSubstr("/log is not readable: run as the server's user"));
  std::filesystem::permissions(path + "/log", std::filesystem::perms::owner_all);
}

TEST(UnreadableJournal, WhatNoReaderNeedsMayBeUnreadable) {
  const std::string path = TempDirectory("unreadable_lock");
  TestJournal journal(path);
  journal.Configure();
  journal.Close();
  for (const std::string& file : {path + "/lock", path + "/reserve"}) {
    std::ofstream(file, std::ios::app).flush();
    std::filesystem::permissions(file, std::filesystem::perms::none);
  }
  if (access((path + "/lock").c_str(), R_OK) == 0) GTEST_SKIP() << "this user may read everything";
  EXPECT_EQ(Dump(path, {}).code, kDone);
  EXPECT_EQ(Dump(path + "/", {}).code, kDone);
  std::filesystem::permissions(path + "/durable-mark", std::filesystem::perms::none);
  EXPECT_THAT(Dump(path, {}).err, HasSubstr("/durable-mark is not readable: run as the server's user"));
}

TEST(HostileText, CannotActOnTheTerminal) {
  const std::string path = TempDirectory("hostile");
  TestJournal journal(path);
  journal.Configure();
  journal.Register("Subject: \x1b[2J\xff\r\n");
  journal.Close();
  const Result text = Dump(path, {"--message"});
  EXPECT_THAT(text.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text.out, HasSubstr("\\x1b[2J\\xff"));
  const Result json = Dump(path, {"--message", "--json"});
  EXPECT_THAT(json.out, Not(HasSubstr("\xff")));
  EXPECT_THAT(json.out, HasSubstr("\\u001b[2J"));
}

}  // namespace
}  // namespace understudy::tools
