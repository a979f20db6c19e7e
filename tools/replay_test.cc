#include "tools/replay.h"

#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/input.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/message.h"
#include "tools/golden_testing.h"
#include "tools/test_journal.h"

namespace understudy::tools {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

struct Result {
  int code = 0;
  std::string out;
  std::string err;
};

Result RunReplay(const std::string& path, std::vector<std::string> options) {
  std::ostringstream out;
  std::ostringstream err;
  options.insert(options.begin(), path);
  Result result;
  result.code = Replay(options, ToolIo{out, err, nullptr});
  result.out = out.str();
  result.err = err.str();
  return result;
}

// Without what differs from run to run, or with every change of the engine.
std::string Stable(const std::string& text) {
  const std::string numbers = std::regex_replace(text, std::regex("[0-9.]+ s, [0-9]+ entries/s"), "S s, N entries/s");
  return std::regex_replace(numbers, std::regex("[0-9a-f]{32}"), "<hash>");
}

std::string Field(const std::string& text, const std::string& name) {
  std::smatch match;
  return std::regex_search(text, match, std::regex(name + "\\s+([0-9a-f]{32})")) ? match[1].str() : "";
}

class ReplayTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    TestJournal journal(Path());
    journal.Configure();
    journal.Register();
    journal.Call();
    journal.NoteDigest();
    journal.Commit();
    journal.TakeSnapshot();
    journal.RingOnly();
    journal.Commit();
    journal.Register();
    journal.Close();
  }
  static std::string Path() {
    static const std::string path = TempDirectory("replay");
    return path;
  }
};

TEST_F(ReplayTest, SaysWhatBecameOfIt) {
  const Result result = RunReplay(Path(), {"--verify"});
  EXPECT_EQ(result.code, kDone) << result.err;
  ExpectGolden("replay", Stable(result.out));
}

TEST_F(ReplayTest, GivesTheSameInEveryRun) {
  const std::string once = RunReplay(Path(), {}).out;
  const std::string again = RunReplay(Path(), {"--from", "start"}).out;
  EXPECT_FALSE(Field(once, "digest").empty());
  EXPECT_FALSE(Field(once, "chain").empty());
  EXPECT_EQ(Field(once, "digest"), Field(again, "digest"));
  EXPECT_EQ(Field(once, "chain"), Field(again, "chain"));
}

TEST_F(ReplayTest, ASnapshotLeadsToTheSameState) {
  const Result whole = RunReplay(Path(), {});
  const Result from_snapshot = RunReplay(Path(), {"--from", "snapshot", "--verify"});
  EXPECT_EQ(from_snapshot.code, kDone) << from_snapshot.err;
  EXPECT_THAT(from_snapshot.out, HasSubstr("from the snapshot at lsn 15"));
  EXPECT_EQ(Field(whole.out, "digest"), Field(from_snapshot.out, "digest"));
  EXPECT_THAT(RunReplay(Path(), {"--from", "17"}).out, HasSubstr("from the snapshot at lsn 15"));
  EXPECT_THAT(RunReplay(Path(), {"--from", "5"}).out, HasSubstr("from the first entry"));
}

TEST_F(ReplayTest, StopsWhereItIsTold) {
  const Result result = RunReplay(Path(), {"--until", "5", "--json"});
  EXPECT_THAT(result.out, HasSubstr("\"lsn\":5,"));
  EXPECT_THAT(result.out, HasSubstr("\"entries\":5,"));
}

TEST_F(ReplayTest, ShowsACall) {
  const Result result = RunReplay(Path(), {"--until", "6", "--show", "call", "1"});
  EXPECT_EQ(result.code, kDone) << result.err;
  const std::string text = std::regex_replace(result.out, std::regex(" +"), " ");
  for (const char* part : {"caller\n number 1001\n phase confirmed\n", "remote_target sip:1001@10.0.0.1:5060\n",
                           "callee\n number 1002\n", "awaits_ack_of_cseq 1\n", " no ACK to 2xx 1 32.000 s\n"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST_F(ReplayTest, ShowsTablesOfTheState) {
  ExpectGolden("show_calls", RunReplay(Path(), {"--show", "calls"}).out);
  ExpectGolden("show_registrations", RunReplay(Path(), {"--show", "registrations"}).out);
  ExpectGolden("show_transactions", RunReplay(Path(), {"--show", "transactions"}).out);
  ExpectGolden("show_dn", RunReplay(Path(), {"--show", "dn", "1003"}).out);
  EXPECT_THAT(RunReplay(Path(), {"--show", "calls", "--json"}).out, HasSubstr("\"callee\":\"1002\""));
}

TEST_F(ReplayTest, WhatIsNotThereIsNamed) {
  const Result over = RunReplay(Path(), {"--show", "call", "1"});
  EXPECT_EQ(over.code, kNothingFound);
  EXPECT_THAT(over.err, HasSubstr("call 1 is over at lsn"));
  EXPECT_THAT(RunReplay(Path(), {"--show", "call", "9"}).err,
              ContainsRegex("call 9 has not begun at lsn [0-9]+: the last call until then is [0-9]\n"));
  EXPECT_THAT(RunReplay(Path(), {"--show", "call", "1", "--until", "1"}).err,
              HasSubstr("call 1 has not begun at lsn 1: no call has"));
  EXPECT_EQ(RunReplay(Path(), {"--show", "dn", "9999"}).code, kNothingFound);
}

TEST_F(ReplayTest, AMomentBehindTheEndIsSaidToBe) {
  const Result beyond = RunReplay(Path(), {"--until", "99999"});
  EXPECT_EQ(beyond.code, kDone);
  EXPECT_THAT(beyond.err, ContainsRegex("the journal ends at lsn [0-9]+, before --until 99999\n"));
}

TEST_F(ReplayTest, WrongUsageSaysWhatToDo) {
  const std::vector<std::vector<std::string>> wrong = {{"--from", "x"},         {"--until", "0"},    {"--show", "all"},
                                                       {"--show", "call", "x"}, {"--format", "xml"}, {"extra"}};
  for (const auto& options : wrong)
    EXPECT_EQ(RunReplay(Path(), options).code, kWrongUsage) << testing::PrintToString(options);
  for (const std::vector<std::string>& typo :
       {std::vector<std::string>{"--show", "sesion"}, {"--show", "sesion", "1"}}) {
    const Result result = RunReplay(Path(), typo);
    EXPECT_EQ(result.code, kWrongUsage);
    EXPECT_THAT(result.err, HasSubstr("--show knows no \"sesion\" (is it session?); allowed: call CALL, dn NUMBER"));
  }
  EXPECT_EQ(RunReplay(Path() + "/nothing", {}).code, kUnreadable);
}

TEST(ReplayVerify, NamesTheFirstDifferenceWithBothSides) {
  const std::string path = TempDirectory("effects_lie");
  TestJournal journal(path);
  journal.Configure();
  journal.LieAboutEffects();
  journal.RingOnly();
  journal.Close();
  EXPECT_EQ(RunReplay(path, {}).code, kDone);
  const Result result = RunReplay(path, {"--verify"});
  EXPECT_EQ(result.code, kDifferent);
  EXPECT_THAT(result.err, HasSubstr("first difference at lsn 3"));
  EXPECT_THAT(result.err, HasSubstr("sip-received: INVITE sip:1002@10.0.0.10 SIP/2.0"));
  EXPECT_THAT(result.err, HasSubstr("recorded  effects hash "));
  EXPECT_THAT(result.err, HasSubstr("replayed  effects hash "));
  EXPECT_THAT(result.err, HasSubstr("send to UDP 10.0.0.2:5060: INVITE sip:1002@10.0.0.2:5060 SIP/2.0"));
}

// What an older program has done cannot be judged by what this one does.
TEST(ReplayVerify, AJournalOfAnOlderSchemaIsNotReplayed) {
  const std::string path = TempDirectory("older_schema");
  TestJournal journal(path);
  journal.WriteWithSchema(1);
  journal.Configure();
  journal.LieAboutEffects();
  journal.RingOnly();
  journal.Close();
  const Result result = RunReplay(path, {"--verify"});
  EXPECT_EQ(result.code, kUnreadable);
  EXPECT_THAT(result.err, HasSubstr("lsn 1 was written with schema version 1"));
  EXPECT_THAT(result.err, Not(HasSubstr("difference")));
}

class ReplayOfClients : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    TestJournal journal(Path());
    journal.Configure();
    journal.Append(engine::FeatureLevelRaised{1});
    journal.Append(engine::ClientAttached{engine::LinkId(9), {}, "desk", "10.0.0.9:50000"});
    tlib::Message ask(tlib::MessageType::kRequestRegisterAddress);
    ask.Set(tlib::Attribute::kThisDN, "1001").Set(tlib::Attribute::kReferenceID, 5);
    journal.Append(engine::ClientRequested{engine::LinkId(9), {1, ask}});
    tlib::Message own(tlib::MessageType::kRequestDistributeUserEvent);
    own.Set(tlib::Attribute::kThisDN, "1001").Set(tlib::Attribute::kPassword, "sesame");
    journal.Append(engine::ClientRequested{engine::LinkId(9), {2, own}});
    journal.Close();
  }
  static std::string Path() {
    static const std::string path = TempDirectory("replay_clients");
    return path;
  }
};

TEST(ReplayOfCalls, AreNamedAsClientsNameThem) {
  const std::string path = TempDirectory("replay_calls");
  TestJournal journal(path);
  journal.Configure();
  journal.AttachClient();
  journal.RingOnly();
  journal.Close();
  const engine::Call& call = *journal.state().calls.rows().begin()->second;
  const std::string by_number = RunReplay(path, {"--show", "call", "1"}).out;
  EXPECT_THAT(by_number, HasSubstr("1001"));
  const std::string conn_id = absl::StrCat(absl::Hex(call.facts.conn_id, absl::kZeroPad16));
  EXPECT_EQ(RunReplay(path, {"--show", "call", conn_id}).out, by_number);
  EXPECT_EQ(RunReplay(path, {"--show", "call", call.facts.call_uuid}).out, by_number);
  const Result unknown = RunReplay(path, {"--show", "call", "00000000000000aa"});
  EXPECT_EQ(unknown.code, kNothingFound);
  EXPECT_THAT(unknown.err, HasSubstr("the call with ConnID 00000000000000aa is not there at lsn"));
}

TEST(ReplayOfSubscriptions, ShowsWhoHearsOfWhom) {
  const std::string path = TempDirectory("replay_subscriptions");
  TestJournal journal(path);
  journal.Configure();
  journal.Append(engine::FeatureLevelRaised{1});
  journal.Register();
  journal.Subscribe();
  journal.InviteOnly();
  journal.Close();
  ExpectGolden("show_subscriptions", RunReplay(path, {"--show", "subscriptions"}).out);
  for (const char* dn : {"1001", "1003"}) {
    EXPECT_THAT(RunReplay(path, {"--show", "dn", dn, "--json"}).out, HasSubstr("\"package\":\"dialog\"")) << dn;
  }
  EXPECT_THAT(RunReplay(path, {"--show", "dn", "1002", "--json"}).out, HasSubstr("\"subscriptions\":[]"));
}

TEST_F(ReplayOfClients, ShowsSessionsAndTheEventsThatWait) {
  const Result all = RunReplay(Path(), {"--show", "sessions"});
  EXPECT_EQ(all.code, kDone) << all.err;
  EXPECT_THAT(all.out, HasSubstr("desk"));
  const Result one = RunReplay(Path(), {"--show", "session", "1", "--json"});
  EXPECT_EQ(one.code, kDone) << one.err;
  EXPECT_THAT(one.out, HasSubstr("\"dns\":[\"1001\"]"));
  EXPECT_THAT(one.out, HasSubstr("{\"number\":1,\"message\":{\"Event\":\"EventRegistered\",\"ReferenceID\":5,"));
  EXPECT_THAT(one.out, Not(HasSubstr("token")));
  EXPECT_EQ(RunReplay(Path(), {"--show", "session", "7"}).code, kNothingFound);
}

TEST_F(ReplayOfClients, ShowsWhatTheLastEntryMadeWithoutPasswords) {
  for (const char* format : {"text", "json"}) {
    const Result result = RunReplay(Path(), {"--show", "effects", "--format", format});
    EXPECT_EQ(result.code, kDone) << result.err;
    EXPECT_THAT(result.out, HasSubstr("send-client"));
    EXPECT_THAT(result.out, HasSubstr("\"Event\":\"EventUserEvent\""));
    EXPECT_THAT(result.out, Not(HasSubstr("sesame")));
  }
}

TEST(ReplayVerify, ComparesStateDigestsThatCameInALaterBatch) {
  const std::string path = TempDirectory("digest_lie");
  TestJournal journal(path);
  journal.Configure();
  journal.LieAboutDigest();
  journal.NoteDigest();
  journal.RingOnly();
  journal.Close();
  const Result result = RunReplay(path, {"--verify"});
  EXPECT_EQ(result.code, kDifferent);
  EXPECT_THAT(result.err, HasSubstr("first difference at lsn 2"));
  EXPECT_THAT(result.err, HasSubstr("in the batch with lsn 1"));
}

}  // namespace
}  // namespace understudy::tools
