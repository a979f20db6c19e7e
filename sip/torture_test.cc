// RFC 4475 and RFC 5118, message by message, against the `parser` column of the corpus' EXPECTED_torture.tsv.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "sip/framing.h"
#include "sip/header_values.h"
#include "sip/parse.h"
#include "tests/corpus.h"

namespace understudy::sip {
namespace {

struct Row {
  absl::string_view file;
  ParseErrorKind what;
  int answer_status;
};

// What this parser says of every message.
constexpr Row kRows[] = {
    {"torture4475/wsinv.dat", ParseErrorKind::kNone, 0},
    {"torture4475/intmeth.dat", ParseErrorKind::kNone, 0},
    {"torture4475/esc01.dat", ParseErrorKind::kNone, 0},
    {"torture4475/escnull.dat", ParseErrorKind::kNone, 0},
    {"torture4475/lwsdisp.dat", ParseErrorKind::kNone, 0},
    {"torture4475/longreq.dat", ParseErrorKind::kNone, 0},
    {"torture4475/dblreq.dat", ParseErrorKind::kNone, 0},
    {"torture4475/semiuri.dat", ParseErrorKind::kNone, 0},
    {"torture4475/transports.dat", ParseErrorKind::kNone, 0},
    {"torture4475/noreason.dat", ParseErrorKind::kNone, 0},
    {"torture4475/clerr.dat", ParseErrorKind::kBodyTooShort, 400},
    {"torture4475/ncl.dat", ParseErrorKind::kContentLength, 400},
    {"torture4475/scalarlg.dat", ParseErrorKind::kCSeq, 0},
    {"torture4475/quotbal.dat", ParseErrorKind::kTo, 400},
    {"torture4475/lwsruri.dat", ParseErrorKind::kStartLine, 400},
    {"torture4475/lwsstart.dat", ParseErrorKind::kStartLine, 400},
    {"torture4475/trws.dat", ParseErrorKind::kStartLine, 400},
    {"torture4475/baddate.dat", ParseErrorKind::kNone, 0},
    {"torture4475/regbadct.dat", ParseErrorKind::kNone, 0},
    {"torture4475/badvers.dat", ParseErrorKind::kVersion, 505},
    {"torture4475/mismatch02.dat", ParseErrorKind::kCSeqMethod, 400},
    {"torture4475/insuf.dat", ParseErrorKind::kMissingFrom, 400},
    {"torture4475/unkscm.dat", ParseErrorKind::kNone, 0},
    {"torture4475/bext01.dat", ParseErrorKind::kNone, 0},
    {"torture4475/regaut01.dat", ParseErrorKind::kNone, 0},
    {"torture4475/multi01.dat", ParseErrorKind::kRepeatedHeader, 400},
    {"torture4475/cparam01.dat", ParseErrorKind::kNone, 0},
    {"torture4475/sdp01.dat", ParseErrorKind::kNone, 0},
    {"torture4475/inv2543.dat", ParseErrorKind::kNone, 0},
    {"torture4475/test.dat", ParseErrorKind::kStartLine, 0},
    {"torture5118/port-ambiguous.sip", ParseErrorKind::kNone, 0},
    {"torture5118/port-unambiguous.sip", ParseErrorKind::kNone, 0},
    {"torture5118/via-received-param-with-delim.sip", ParseErrorKind::kNone, 0},
    {"torture5118/ipv6-in-sdp.sip", ParseErrorKind::kBodyTooShort, 400},
    {"torture5118/mult-ip-in-header.sip", ParseErrorKind::kNone, 0},
    {"torture5118/ipv4-mapped-ipv6.sip", ParseErrorKind::kNone, 0},
    {"torture5118/ipv6-bug-abnf-3-colons.sip", ParseErrorKind::kNone, 0},
    {"torture5118/ipv6-correct-abnf-2-colons.sip", ParseErrorKind::kNone, 0},
};

// Where this parser does not follow the column, and why.
constexpr struct {
  absl::string_view file;
  absl::string_view reason;
} kDisagreements[] = {
    {"torture4475/regbadct.dat",
     "the fault is in Contact, which the core does not read: the message is accepted and ParseContact rejects the "
     "value"},
    {"torture4475/badvers.dat",
     "\"accept enough to answer\" is a rejection with status 505 and the core headers at hand"},
    {"torture5118/ipv6-in-sdp.sip",
     "the RFC prints Content-Length 268 above a body of 251 octets, which on a datagram is the fault of clerr.dat; "
     "with the "
     "right number it is accepted"},
};

enum class Verdict { kAccept, kReject, kEither };

Verdict FromColumn(absl::string_view text) {
  if (absl::StartsWith(text, "accept") || absl::StartsWith(text, "should accept")) return Verdict::kAccept;
  if (absl::StartsWith(text, "reject") || absl::StartsWith(text, "discard")) return Verdict::kReject;
  return Verdict::kEither;
}

bool IsDisagreement(absl::string_view file) {
  for (const auto& row : kDisagreements) {
    if (row.file == file) return true;
  }
  return false;
}

class TortureTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!tests::CorpusPath("torture4475").has_value()) GTEST_SKIP() << tests::kNoCorpus;
  }
  bool Accepts(absl::string_view file) {
    bytes_ = tests::ReadCorpusFile(file).value();
    return ParseMessage(bytes_, &message_, &error_);
  }
  Uri RequestUri(absl::string_view file) {
    EXPECT_TRUE(Accepts(file)) << file;
    return message_.request_uri();
  }
  std::vector<absl::string_view> Values(HeaderName name) {
    std::vector<absl::string_view> values;
    for (absl::string_view value : HeaderValues(message_, name)) values.push_back(value);
    return values;
  }

  std::string bytes_;
  Message message_;
  ParseError error_;
};

TEST_F(TortureTest, EveryMessageHasTheVerdictOfTheTable) {
  for (const Row& row : kRows) {
    EXPECT_EQ(Accepts(row.file), row.what == ParseErrorKind::kNone) << row.file;
    EXPECT_EQ(std::string(ParseErrorName(error_.what)), std::string(ParseErrorName(row.what))) << row.file;
    EXPECT_EQ(error_.answer_status, row.answer_status) << row.file;
  }
}

TEST_F(TortureTest, TheTableFollowsTheExpectedColumnButWhereItSaysWhy) {
  std::map<std::string, Verdict> column;
  const std::string table = tests::ReadCorpusFile("EXPECTED_torture.tsv").value();
  for (absl::string_view line : absl::StrSplit(table, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> cells = absl::StrSplit(line, '\t');
    ASSERT_GE(cells.size(), 5u);
    if (cells[0] != "file") column[std::string(cells[0])] = FromColumn(cells[4]);
  }
  EXPECT_EQ(column.size(), sizeof(kRows) / sizeof(kRows[0]));
  for (const Row& row : kRows) {
    ASSERT_EQ(column.count(std::string(row.file)), 1u) << row.file;
    const Verdict expected = column[std::string(row.file)];
    const Verdict ours = row.what == ParseErrorKind::kNone ? Verdict::kAccept : Verdict::kReject;
    const bool follows = expected == Verdict::kEither || expected == ours;
    EXPECT_EQ(follows, !IsDisagreement(row.file)) << row.file;
  }
}

TEST_F(TortureTest, FoldsAndCompactFormsOfWsinvAreRead) {
  ASSERT_TRUE(Accepts("torture4475/wsinv.dat"));
  EXPECT_EQ(message_.to_tag(), "1918181833n");
  EXPECT_EQ(message_.from_tag(), "98asjd8");
  EXPECT_EQ(message_.max_forwards(), 68);
  EXPECT_EQ(message_.cseq().number, 9u);
  EXPECT_EQ(message_.top_via().host, "192.0.2.2");
  EXPECT_EQ(message_.top_via().branch, "390skdjuw");
  EXPECT_EQ(message_.body().size(), 150u);
  EXPECT_EQ(message_.Find(HeaderName::kSubject)->value, "");
  const std::vector<absl::string_view> vias = Values(HeaderName::kVia);
  ASSERT_EQ(vias.size(), 3u);
  Via via;
  ASSERT_TRUE(ParseVia(vias[2], &via));
  EXPECT_EQ(via.host, "192.168.255.111");
  EXPECT_EQ(via.branch, "z9hG4bK30239");
  NameAddr contact;
  ASSERT_TRUE(ParseContact(FirstValue(message_, HeaderName::kContact), &contact));
  EXPECT_EQ(contact.Param("q"), "0.33");
  EXPECT_EQ(contact.Param("newparam"), "newvalue");
}

TEST_F(TortureTest, UnusualTokensOfIntmethAreKept) {
  const Uri uri = RequestUri("torture4475/intmeth.dat");
  EXPECT_EQ(message_.method_text(), "!interesting-Method0123456789_*+`.%indeed'~");
  EXPECT_EQ(uri.host, "example.com");
  EXPECT_EQ(uri.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
  EXPECT_EQ(uri.password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
  EXPECT_EQ(message_.from().display, "token1~` token2'+_ token3*%!.-");
  EXPECT_EQ(message_.from_tag(), "_token~1'+`*%!-.");
  std::string display;
  DisplayText(message_.to(), &display);
  EXPECT_EQ(display, std::string("BEL:\x07 NUL:\0 DEL:\x7f", 17));
}

TEST_F(TortureTest, EscapesOfEsc01AreEqualAndUntouched) {
  const Uri uri = RequestUri("torture4475/esc01.dat");
  EXPECT_EQ(uri.user, "sips%3Auser%40example.com");
  EXPECT_EQ(uri.host, "example.net");
  Uri plain;
  Uri escaped;
  ASSERT_TRUE(ParseUri(message_.to().uri, &escaped));
  ASSERT_TRUE(ParseUri("sip:user@example.com", &plain));
  EXPECT_TRUE(Equivalent(plain, escaped));
  NameAddr contact;
  ASSERT_TRUE(ParseContact(FirstValue(message_, HeaderName::kContact), &contact));
  ASSERT_TRUE(ParseUri(contact.uri, &escaped));
  EXPECT_EQ(escaped.Param("lr"), "");
  EXPECT_EQ(escaped.Param("name"), "v%61lue%25%34%31");
}

TEST_F(TortureTest, NulBindingsOfEscnullDiffer) {
  ASSERT_TRUE(Accepts("torture4475/escnull.dat"));
  Uri bindings[2];
  const std::vector<absl::string_view> values = Values(HeaderName::kContact);
  ASSERT_EQ(values.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    NameAddr contact;
    ASSERT_TRUE(ParseContact(values[i], &contact));
    ASSERT_TRUE(ParseUri(contact.uri, &bindings[i]));
  }
  EXPECT_FALSE(Equivalent(bindings[0], bindings[1]));
}

TEST_F(TortureTest, LongreqHas34Vias) {
  ASSERT_TRUE(Accepts("torture4475/longreq.dat"));
  EXPECT_EQ(Values(HeaderName::kVia).size(), 34u);
}

TEST_F(TortureTest, SecondRequestOfDblreqIsIgnoredOnADatagramAndReadFromAStream) {
  ASSERT_TRUE(Accepts("torture4475/dblreq.dat"));
  EXPECT_EQ(message_.method(), Method::kRegister);
  EXPECT_EQ(message_.body(), "");
  StreamFramer framer;
  StreamFramer::Frame frame;
  ASSERT_TRUE(framer.Feed(bytes_));
  ASSERT_EQ(framer.Next(&frame), StreamFramer::Event::kMessage);
  EXPECT_EQ(frame.message, message_.raw());
  ASSERT_EQ(framer.Next(&frame), StreamFramer::Event::kMessage);
  EXPECT_TRUE(ParseMessage(frame.message, &message_, &error_));
  EXPECT_EQ(message_.method(), Method::kInvite);
}

TEST_F(TortureTest, SemicolonInTheUserBelongsToTheUser) {
  const Uri uri = RequestUri("torture4475/semiuri.dat");
  EXPECT_EQ(uri.user, "user;par=u%40example.net");
  EXPECT_EQ(uri.params, "");
  EXPECT_EQ(Values(HeaderName::kAccept).size(), 6u);
}

TEST_F(TortureTest, UnknownTransportsAreKept) {
  ASSERT_TRUE(Accepts("torture4475/transports.dat"));
  std::string transports;
  for (absl::string_view value : Values(HeaderName::kVia)) {
    Via via;
    ASSERT_TRUE(ParseVia(value, &via));
    absl::StrAppend(&transports, via.transport, " ");
  }
  EXPECT_EQ(transports, "UDP SCTP TLS UNKNOWN TCP ");
}

TEST_F(TortureTest, BadContactOfRegbadctIsRejectedByItsParser) {
  ASSERT_TRUE(Accepts("torture4475/regbadct.dat"));
  NameAddr contact;
  EXPECT_FALSE(ParseContact(FirstValue(message_, HeaderName::kContact), &contact));
}

TEST_F(TortureTest, ContactParameterOfCparamIsTheHeaders) {
  ASSERT_TRUE(Accepts("torture4475/cparam01.dat"));
  NameAddr contact;
  ASSERT_TRUE(ParseContact(FirstValue(message_, HeaderName::kContact), &contact));
  EXPECT_EQ(contact.uri, "sip:+19725552222@gw1.example.net");
  EXPECT_EQ(contact.Param("unknownparam"), "");
}

TEST_F(TortureTest, BadLengthsOnAStreamWaitOrBreakIt) {
  StreamFramer::Frame frame;
  StreamFramer waits;
  ASSERT_TRUE(waits.Feed(tests::ReadCorpusFile("torture4475/clerr.dat").value()));
  EXPECT_EQ(waits.Next(&frame), StreamFramer::Event::kNeedMore);
  StreamFramer breaks;
  ASSERT_TRUE(breaks.Feed(tests::ReadCorpusFile("torture4475/ncl.dat").value()));
  EXPECT_EQ(breaks.Next(&frame), StreamFramer::Event::kError);
  EXPECT_EQ(frame.error, ParseErrorKind::kContentLength);
}

TEST_F(TortureTest, PortsOfIpv6ReferencesAreOutsideTheBrackets) {
  const Uri ambiguous = RequestUri("torture5118/port-ambiguous.sip");
  EXPECT_EQ(ambiguous.host, "[2001:db8::10:5070]");
  EXPECT_EQ(ambiguous.port, 0);
  const Uri unambiguous = RequestUri("torture5118/port-unambiguous.sip");
  EXPECT_EQ(unambiguous.host, "[2001:db8::10]");
  EXPECT_EQ(unambiguous.port, 5070);
}

TEST_F(TortureTest, ReceivedLosesItsBrackets) {
  ASSERT_TRUE(Accepts("torture5118/via-received-param-with-delim.sip"));
  EXPECT_EQ(message_.top_via().received, "2001:db8::9:255");
}

TEST_F(TortureTest, ThreeColonsAreTheSameAddressAsTwo) {
  const std::string three(RequestUri("torture5118/ipv6-bug-abnf-3-colons.sip").text);
  const std::string two(RequestUri("torture5118/ipv6-correct-abnf-2-colons.sip").text);
  Uri uri_three;
  Uri uri_two;
  ASSERT_TRUE(ParseUri(three, &uri_three));
  ASSERT_TRUE(ParseUri(two, &uri_two));
  EXPECT_TRUE(Equivalent(uri_three, uri_two));
}

TEST_F(TortureTest, Ipv6InSdpIsAcceptedWithTheRightLength) {
  const std::string bytes = tests::ReadCorpusFile("torture5118/ipv6-in-sdp.sip").value();
  bytes_ = absl::StrReplaceAll(bytes, {{"Content-Length: 268", "Content-Length: 251"}});
  EXPECT_TRUE(ParseMessage(bytes_, &message_, &error_)) << error_.text;
}

}  // namespace
}  // namespace understudy::sip
