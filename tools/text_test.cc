#include <string>
#include <vector>

#include "boost/json.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sip/parse.h"
#include "tools/calls/ladder.h"
#include "tools/command_line.h"
#include "tools/readable.h"
#include "tools/safe_text.h"
#include "tools/utc_time.h"

namespace understudy::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr OptionSpec kOptions[] = {
    {"lsn", "A..B", "Only these."},
    {"message", "", "Whole."},
    {"show", "call ID|calls", "A part.", "call dn"},
};
constexpr ToolSpec kSpec = {"probe", "PATH [OPTION...]", "Probes.\n", kOptions, "  probe x\n", "Exit codes: none\n"};

absl::StatusOr<CommandLine> Parse(std::vector<std::string> args) {
  return CommandLine::Parse(kSpec, args);
}

TEST(CommandLine, ValuesStandAfterASpaceOrAnEqualsSign) {
  const CommandLine line = Parse({"a", "--lsn", "1..2", "--message", "b"}).value();
  EXPECT_EQ(line.Value("lsn"), "1..2");
  EXPECT_TRUE(line.Has("message"));
  EXPECT_THAT(line.operands(), ElementsAre("a", "b"));
  EXPECT_EQ(Parse({"--lsn=3.."}).value().Value("lsn"), "3..");
}

TEST(CommandLine, SomeValuesTakeASecondOne) {
  const CommandLine line = Parse({"--show", "call", "7", "a"}).value();
  EXPECT_EQ(line.Second("show"), "7");
  EXPECT_THAT(line.operands(), ElementsAre("a"));
  EXPECT_EQ(Parse({"--show=dn", "1001"}).value().Second("show"), "1001");
  EXPECT_THAT(Parse({"--show", "calls", "a"}).value().operands(), ElementsAre("a"));
}

TEST(CommandLine, EverythingAfterTwoDashesIsAnOperand) {
  EXPECT_THAT(Parse({"--", "--lsn", "-x"}).value().operands(), ElementsAre("--lsn", "-x"));
}

TEST(CommandLine, ErrorsSayWhatToDo) {
  EXPECT_THAT(Parse({"--lsm", "1"}).status().message(), HasSubstr("is it --lsn?"));
  EXPECT_THAT(Parse({"--lsn"}).status().message(), HasSubstr("wants A..B after it"));
  EXPECT_THAT(Parse({"--lsn", "--message"}).status().message(), HasSubstr("wants A..B after it"));
  EXPECT_THAT(Parse({"--message=1"}).status().message(), HasSubstr("takes no value"));
  EXPECT_THAT(Parse({"--message", "--message"}).status().message(), HasSubstr("given twice"));
  EXPECT_THAT(Parse({"--show", "call"}).status().message(), HasSubstr("--help"));
}

TEST(CommandLine, HelpNamesEveryOption) {
  const std::string help = HelpText(kSpec);
  for (const char* part : {"Usage: probe PATH", "--lsn A..B", "--message", "--help", "  probe x", "Exit codes"}) {
    EXPECT_THAT(help, HasSubstr(part));
  }
}

TEST(PrintableText, NothingActsOnATerminal) {
  EXPECT_EQ(PrintableLine("plain \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), "plain \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(PrintableLine("\x1b[2J\r\n\x7f\t"), "\\x1b[2J\\x0d\\x0a\\x7f\\x09");
  EXPECT_EQ(PrintableLine("\xc2\x9b"
                          "2J"),
            "\\xc2\\x9b"
            "2J");
  EXPECT_EQ(PrintableLine("\xff\xc0\x80\xed\xa0\x80\xe2\x82"), "\\xff\\xc0\\x80\\xed\\xa0\\x80\\xe2\\x82");
  EXPECT_EQ(PrintableLines("a\r\nb\n", "> "), "> a\n> b\n");
}

TEST(PrintableText, JsonGetsValidUtf8) {
  EXPECT_EQ(ToUtf8("\xc3\xa4"), "\xc3\xa4");
  EXPECT_EQ(ToUtf8("a\xff"
                   "b\xe2\x82"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd");
}

WallTime At(absl::string_view text) {
  return ParseUtcRange(text, WallTime()).value().from;
}

TEST(UtcTime, PrintsAndReadsTheSameText) {
  const WallTime time = At("2026-11-22T23:02:38.123456789Z");
  EXPECT_EQ(UtcText(time), "2026-11-22T23:02:38.123Z");
  EXPECT_EQ(PreciseUtcText(time), "2026-11-22T23:02:38.123456789Z");
  EXPECT_EQ(At("2026-11-22 23:02"), At("2026-11-22T23:02:00Z"));
  EXPECT_EQ(SecondsText(Duration::Milliseconds(12345)), "12.345");
  EXPECT_EQ(SecondsText(Duration::Milliseconds(-1)), "-0.001");
}

TEST(UtcTime, OneTimeStandsForTheUnitItNames) {
  const WallRange day = ParseUtcRange("2026-11-22", WallTime()).value();
  EXPECT_EQ(PreciseUtcText(day.from), "2026-11-22T00:00:00.000000000Z");
  EXPECT_EQ(PreciseUtcText(day.to), "2026-11-22T23:59:59.999999999Z");
  EXPECT_EQ(PreciseUtcText(ParseUtcRange("2026-11-22T10:30", WallTime())->to), "2026-11-22T10:30:59.999999999Z");
}

TEST(UtcTime, ATimeWithoutADayIsTheLastOneInTheJournal) {
  const WallTime newest = At("2026-11-22T00:30:00");
  EXPECT_EQ(UtcText(ParseUtcRange("00:10..", newest)->from), "2026-11-22T00:10:00.000Z");
  const WallRange over_midnight = ParseUtcRange("23:50..00:05", newest).value();
  EXPECT_EQ(UtcText(over_midnight.from), "2026-11-21T23:50:00.000Z");
  EXPECT_EQ(UtcText(over_midnight.to), "2026-11-22T00:05:00.000Z");
  EXPECT_EQ(UtcText(ParseUtcRange("..23:59", newest)->to), "2026-11-21T23:59:00.000Z");
}

TEST(UtcTime, RubbishIsRefusedWithExamples) {
  for (const char* text : {"", "..", "yesterday", "25:00", "2026-11-22T23:02..2026-11-21", "1..2"}) {
    EXPECT_FALSE(ParseUtcRange(text, WallTime()).ok()) << text;
  }
  EXPECT_THAT(ParseUtcRange("noon", WallTime()).status().message(), HasSubstr("23:02"));
}

TEST(Readable, ObjectsAreLinesAndArraysAreTables) {
  const auto value =
      boost::json::parse(R"({"id":7,"name":"x","rows":[{"a":1,"bb":"two"},{"a":100,"bb":null}],"none":[]})");
  EXPECT_EQ(ReadableText(value),
            "id    7\n"
            "name  x\n"
            "rows\n"
            "  a    bb\n"
            "  1    two\n"
            "  100  -\n"
            "none\n"
            "  none\n");
}

std::string Arrow(std::string first_line, std::string body) {
  const std::string text =
      first_line + "\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n" +
      "Call-ID: x\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\n\r\n" + body;
  sip::Message message;
  sip::ParseError error;
  EXPECT_TRUE(sip::ParseMessage(text, &message, &error));
  return ArrowText(message);
}

TEST(Ladder, ArrowsSayTheDirectionOfTheMedia) {
  const std::string head = "v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\ns=-\r\nc=IN IP4 1.1.1.1\r\nt=0 0\r\n";
  const std::string audio = "m=audio 4000 RTP/AVP 8\r\n";
  EXPECT_EQ(Arrow("INVITE sip:a@b SIP/2.0", ""), "INVITE");
  EXPECT_EQ(Arrow("INVITE sip:a@b SIP/2.0", head + audio), "INVITE (sendrecv)");
  EXPECT_EQ(Arrow("SIP/2.0 200 OK", head + audio + "a=inactive\r\n"), "200 OK INVITE (inactive)");
  EXPECT_EQ(Arrow("INVITE sip:a@b SIP/2.0", head + audio + "a=sendonly\r\nm=video 0 RTP/AVP 9\r\n"),
            "INVITE (audio sendonly, video off)");
  EXPECT_EQ(
      Arrow("INVITE sip:a@b SIP/2.0", "v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n" + audio),
      "INVITE (sendrecv, to 0.0.0.0)");
  EXPECT_EQ(Arrow("INVITE sip:a@b SIP/2.0", "rubbish"), "INVITE (malformed SDP)");
  EXPECT_EQ(Arrow("SIP/2.0 200 O\x1bK", ""), "200 O\\x1bK INVITE");
}

TEST(Ladder, ADiversionIsSaidByItsUserAndReason) {
  const auto said = [](absl::string_view header) {
    const std::string bytes = absl::StrCat(
        "INVITE sip:1004@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=x\r\n",
        "To: <sip:1004@b>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n", header, "\r\n");
    sip::Message message;
    sip::ParseError error;
    EXPECT_TRUE(sip::ParseMessage(bytes, &message, &error));
    return DiversionText(message);
  };
  EXPECT_EQ(said(""), "");
  EXPECT_EQ(said("Diversion: <sip:1003@b>;reason=unconditional, <sip:1001@b>\r\n"),
            "diverted by 1003 (unconditional), 1001");
  EXPECT_EQ(said("Diversion: <tel:+4930>;reason=user-busy\r\n"), "diverted by tel:+4930 (user-busy)");
  EXPECT_EQ(said("Diversion: <<;\r\n"), "diverted by ?");
}

TEST(Ladder, LinesUpWhateverTheTextIs) {
  Ladder ladder;
  ladder.call = 1;
  ladder.parties = {{"1001", "UDP 10.0.0.1:5060"}, {"1002", "UDP 10.0.0.2:5060"}};
  ladder.steps = {{Lsn(3), Duration(), LadderStep::Way::kFrom, 0, "INVITE (sendrecv)"},
                  {Lsn(3), Duration(), LadderStep::Way::kTo, 1, std::string(80, 'x')},
                  {Lsn(4), Duration::Seconds(1), LadderStep::Way::kFrom, 1, "200 \xc3\x84"},
                  {Lsn(4), Duration::Seconds(1), LadderStep::Way::kTo, 0, "y"},
                  {Lsn(4), Duration::Seconds(1), LadderStep::Way::kNote, 0, "answered"}};
  EXPECT_THAT(DrawLadder(ladder), HasSubstr("         3  |-- INVITE (sendrecv) --"));
  EXPECT_THAT(DrawLadder(ladder), HasSubstr(" * answered "));
}

}  // namespace
}  // namespace understudy::tools
