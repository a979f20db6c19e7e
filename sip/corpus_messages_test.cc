// Messages of RFC call flows, of other stacks' test suites and of fuzzers' seeds. What is rejected is listed
// with its reason; where a clear majority of other parsers says otherwise, so is what is accepted.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "sip/parse.h"
#include "tests/corpus.h"

namespace understudy::sip {
namespace {

using Kind = ParseErrorKind;

struct Rejected {
  absl::string_view file;
  Kind what;
  absl::string_view reason;
};

constexpr absl::string_view kFragment = "printed without its Via and other mandatory headers (RFC 3261 8.1.1)";
constexpr absl::string_view kAbridged = "the RFC prints a Content-Length but not the body";
constexpr absl::string_view kErratum = "the RFC's CSeq names another method than the request line";
constexpr absl::string_view kShortened = "bare LF lines made the body shorter than Content-Length";
constexpr absl::string_view kTwoSpaces = "two spaces in the request line; RFC 4475 3.1.2.9 allows 400";

constexpr Rejected kRejected[] = {
    {"flows/rfc3261/0-01-m01.sip", Kind::kBodyTooShort, kAbridged},
    {"flows/rfc3261/0-02-m02.sip", Kind::kBodyTooShort, kAbridged},
    {"flows/rfc3261/11.2-01-m01.sip", Kind::kBodyTooShort, kAbridged},
    {"flows/rfc3261/16.12.1.1-01-m01.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3261/16.12.1.1-02-m02.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3261/16.12.1.2-01-m01.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3261/16.12.1.2-02-m02.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3261/16.12.1.2-03-m03.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3842/4.1-01-m01.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3842/4.1-02-m02.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3842/4.1-03-m03.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3842/4.1-04-m04.sip", Kind::kContentLength,
     "the RFC's indented prose follows as folds of Content-Length"},
    {"flows/rfc3842/4.1-05-m05.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3842/4.1-06-m06.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3842/4.1-07-m07.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3842/4.1-08-m08.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3842/4.1-09-m09.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3842/4.1-10-m10.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3842/4.1-11-m11.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3842/4.1-12-m12.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3842/4.1-13-m13.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3842/4.1-14-m14.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3891/1-01-m01.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc3891/1-02-m02.sip", Kind::kMissingVia, kFragment},
    {"flows/rfc4028/13-01-m01.sip", Kind::kBodyTooShort, kAbridged},
    {"flows/rfc4028/13-03-m03.sip", Kind::kBodyTooShort, kAbridged},
    {"flows/rfc4028/13-04-m04.sip", Kind::kBodyTooShort, kAbridged},
    {"flows/rfc4028/13-05-m05.sip", Kind::kBodyTooShort, kAbridged},
    {"flows/rfc5589/6.2-04-F4.sip", Kind::kCSeqMethod, kErratum},
    {"flows/rfc5589/6.2-05-F5.sip", Kind::kCSeqMethod, kErratum},
    {"flows/rfc5589/6.2-06-F6.sip", Kind::kCSeqMethod, kErratum},
    {"messages/kamailio/bad_uri.sip", Kind::kMissingVia, "has no Via"},
    {"messages/kamailio/bad_via1.sip", Kind::kMissingFrom, "has no header but Via"},
    {"messages/kamailio/bad_via3.sip", Kind::kStartLine, "the version is SIP/2.0/UDP"},
    {"messages/kamailio/dns.sip", Kind::kBodyTooShort, kShortened},
    {"messages/kamailio/inv_srv.sip", Kind::kMissingTo, "has no To"},
    {"messages/kamailio/invite00.sip", Kind::kBodyTooShort, kShortened},
    {"messages/kamailio/invite1.sip", Kind::kMissingTo, "has no To"},
    {"messages/kamailio/invite3-callid.sip", Kind::kTo, "the indented Call-ID is a fold of To"},
    {"messages/kamailio/invite4-cseq.sip", Kind::kCSeq, "CSeq has no method"},
    {"messages/kamailio/invite5-callid.sip", Kind::kHeaderLine, "a semicolon stands for the colon"},
    {"messages/kamailio/long.sip", Kind::kBodyTooShort, kShortened},
    {"messages/kamailio/message02.sip", Kind::kHeaderLine, "a line has no colon"},
    {"messages/kamailio/ms-invite-00-rpl.sip", Kind::kUnterminatedHeaders, "the empty line is missing"},
    {"messages/kamailio/ms-invite-00.sip", Kind::kBodyTooShort, kShortened},
    {"messages/kamailio/nmr.sip", Kind::kBodyTooShort, kShortened},
    {"messages/kamailio/req-test1.sip", Kind::kStartLine, kTwoSpaces},
    {"messages/kamailio/req-tm1.sip", Kind::kStartLine, kTwoSpaces},
    {"messages/kamailio/req1.sip", Kind::kMissingFrom, "has no header but Via"},
    {"messages/kamailio/req2.sip", Kind::kMissingFrom, "has no header but Via"},
    {"messages/kamailio/rport.sip", Kind::kHeaderLine, "a line has no colon"},
    {"messages/kamailio/short_reply.sip", Kind::kMissingFrom, "has no header but Via"},
    {"messages/sofia/test10c.txt", Kind::kUnterminatedHeaders, "the empty line is missing"},
    {"messages/sofia/test16.txt", Kind::kBodyTooShort, "Content-Length is 9999 (RFC 4475 3.1.2.2)"},
    {"messages/sofia/test17.txt", Kind::kContentLength, "Content-Length is -999 (RFC 4475 3.1.2.3)"},
    {"messages/sofia/test19.txt", Kind::kTo, "an open quote (RFC 4475 3.1.2.6)"},
    {"messages/sofia/test1a.txt", Kind::kHeaderLine, "an indented line behind the start line, which has no folds"},
    {"messages/sofia/test20.txt", Kind::kStartLine, "a space at the end of the request line"},
    {"messages/sofia/test21.txt", Kind::kRequestUri, "angle brackets around the Request-URI"},
    {"messages/sofia/test23.txt", Kind::kStartLine, kTwoSpaces},
    {"messages/sofia/test35.txt", Kind::kRepeatedHeader, "To, Call-ID and CSeq twice (RFC 4475 3.3.8)"},
    {"messages/sofia/test40.txt", Kind::kFrom, "a comma in an unquoted display name"},
    {"messages/sofia/test41.txt", Kind::kVersion, "SIP/7.0 is answered 505 (RFC 4475 3.1.2.16)"},
    {"messages/sofia/test42.txt", Kind::kVersion, "SIP/7.0 is answered 505 (RFC 4475 3.1.2.16)"},
};

// Accepted here, by at most two of eight other parsers.
constexpr struct {
  absl::string_view file;
  absl::string_view reason;
} kAccepted[] = {
    {"messages/sofia/own1.txt", "bare LF lines; every header is valid"},
    {"messages/sofia/test13.txt", "bare LF lines; the bad Expires is for whoever reads it"},
    {"messages/sofia/test15.txt", "empty parameters are harmless; the bad Contact is for whoever reads it"},
    {"messages/sofia/test18.txt", "bare LF lines; what is beyond Content-Length is ignored"},
    {"messages/sofia/test3.txt", "unknown schemes in From, To and Contact are valid"},
    {"messages/sofia/test7.txt", "bare LF lines; the method is unknown"},
};

const Rejected* FindRejected(absl::string_view file) {
  for (const Rejected& row : kRejected) {
    if (row.file == file) return &row;
  }
  return nullptr;
}

bool IsListedAsAccepted(absl::string_view file) {
  for (const auto& row : kAccepted) {
    if (row.file == file) return true;
  }
  return false;
}

// How many of the eight parsers accept each file.
std::map<std::string, int> AcceptVotes() {
  std::map<std::string, int> votes;
  const std::string table = tests::ReadCorpusFile("ORACLES_parsers.tsv").value();
  for (absl::string_view line : absl::StrSplit(table, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> cells = absl::StrSplit(line, '\t');
    int count = 0;
    if (cells.size() > 11 && absl::SimpleAtoi(cells[11], &count)) votes[std::string(cells[0])] = count;
  }
  return votes;
}

class CorpusMessagesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!tests::CorpusPath("flows").has_value()) GTEST_SKIP() << tests::kNoCorpus;
  }
  static ParseError ErrorOf(const std::string& file) {
    const std::string bytes = tests::ReadCorpusFile(file).value();
    Message message;
    ParseError error;
    ParseMessage(bytes, &message, &error);
    return error;
  }
  static std::vector<std::string> Messages() {
    std::vector<std::string> files = tests::CorpusFiles("flows");
    for (const char* directory : {"messages/kamailio", "messages/sofia"}) {
      for (const std::string& file : tests::CorpusFiles(directory)) files.push_back(file);
    }
    return files;
  }
};

TEST_F(CorpusMessagesTest, EveryMessageIsAcceptedButThoseListed) {
  size_t rejected = 0;
  for (const std::string& file : Messages()) {
    const Rejected* row = FindRejected(file);
    const ParseError error = ErrorOf(file);
    const Kind expected = row == nullptr ? Kind::kNone : row->what;
    EXPECT_EQ(std::string(ParseErrorName(error.what)), std::string(ParseErrorName(expected))) << file;
    rejected += row != nullptr;
  }
  EXPECT_EQ(rejected, sizeof(kRejected) / sizeof(kRejected[0])) << "a listed file is not in the corpus";
}

TEST_F(CorpusMessagesTest, WhatMostOthersRejectIsAcceptedForAReason) {
  const std::map<std::string, int> votes = AcceptVotes();
  for (const std::string& file : Messages()) {
    const auto found = votes.find(file);
    if (found == votes.end()) continue;
    const bool alone = found->second <= 2 && FindRejected(file) == nullptr;
    EXPECT_EQ(alone, IsListedAsAccepted(file)) << file << " has " << found->second;
  }
}

TEST_F(CorpusMessagesTest, CrashersOfOtherParsersAreRejected) {
  const std::vector<std::string> files = tests::CorpusFiles("fuzz/sipgo-crashers");
  EXPECT_FALSE(files.empty());
  for (const std::string& file : files) EXPECT_EQ(ErrorOf(file).what, Kind::kStartLine) << file;
}

}  // namespace
}  // namespace understudy::sip
