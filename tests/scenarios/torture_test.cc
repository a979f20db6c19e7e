// RFC 4475 and RFC 5118, message by message, through parser, admission and engine, against the `b2bua_or_uas`,
// `registrar` and `proxy` columns of the corpus' EXPECTED_torture.tsv. (The `parser` column: sip/torture_test.cc.)
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/admission.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sip/escape.h"
#include "sip/parse.h"
#include "tests/corpus.h"
#include "tests/scenarios/checked_engine.h"

namespace understudy::tests {
namespace {

// What becomes of each message. "process": an INVITE goes on to its DN, anything else is answered 200; "discard":
// nothing happens; otherwise the status of the refusal.
constexpr struct {
  absl::string_view file;
  absl::string_view outcome;
} kRows[] = {
    {"torture4475/wsinv.dat", "481"},
    {"torture4475/intmeth.dat", "501"},
    {"torture4475/esc01.dat", "process"},
    {"torture4475/escnull.dat", "process"},
    {"torture4475/lwsdisp.dat", "process"},
    {"torture4475/longreq.dat", "process"},
    {"torture4475/dblreq.dat", "process"},
    {"torture4475/semiuri.dat", "process"},
    {"torture4475/transports.dat", "process"},
    {"torture4475/noreason.dat", "discard"},
    {"torture4475/clerr.dat", "400"},
    {"torture4475/ncl.dat", "400"},
    {"torture4475/scalarlg.dat", "discard"},
    {"torture4475/quotbal.dat", "400"},
    {"torture4475/lwsruri.dat", "400"},
    {"torture4475/lwsstart.dat", "400"},
    {"torture4475/trws.dat", "400"},
    {"torture4475/baddate.dat", "process"},
    {"torture4475/regbadct.dat", "400"},
    {"torture4475/badvers.dat", "505"},
    {"torture4475/mismatch02.dat", "400"},
    {"torture4475/insuf.dat", "400"},
    {"torture4475/unkscm.dat", "416"},
    {"torture4475/bext01.dat", "420"},
    {"torture4475/regaut01.dat", "process"},
    {"torture4475/multi01.dat", "400"},
    {"torture4475/cparam01.dat", "process"},
    {"torture4475/sdp01.dat", "406"},
    {"torture4475/inv2543.dat", "400"},
    {"torture4475/test.dat", "discard"},
    {"torture5118/port-ambiguous.sip", "process"},
    {"torture5118/port-unambiguous.sip", "process"},
    {"torture5118/via-received-param-with-delim.sip", "481"},
    {"torture5118/ipv6-in-sdp.sip", "400"},
    {"torture5118/mult-ip-in-header.sip", "481"},
    {"torture5118/ipv4-mapped-ipv6.sip", "process"},
    {"torture5118/ipv6-bug-abnf-3-colons.sip", "process"},
    {"torture5118/ipv6-correct-abnf-2-colons.sip", "process"},
};

// Where that is not what the column says, and why.
constexpr struct {
  absl::string_view file;
  absl::string_view reason;
} kDisagreements[] = {
    {"torture4475/wsinv.dat",
     "its To has a tag, so it is for a dialog that is not here: 481 (12.2.2), once it has been understood"},
    {"torture4475/inv2543.dat",
     "no Contact: 8.1.1.8 wants one, and without it the caller could not be told that the call is over"},
    {"torture5118/ipv6-in-sdp.sip",
     "the RFC prints Content-Length 268 above a body of 251 octets: the fault of clerr.dat"},
};

// Where the message is not forwarded, though a proxy would: this server is a B2BUA and the registrar, not a proxy.
constexpr struct {
  absl::string_view file;
  absl::string_view reason;
} kNotForwarded[] = {
    {"torture4475/wsinv.dat", "it is for a dialog that is not here (12.2.2)"},
    {"torture4475/intmeth.dat", "a B2BUA carries no method that it does not know (8.2.1)"},
    {"torture4475/escnull.dat", "REGISTER ends at the registrar"},
    {"torture4475/lwsdisp.dat", "OPTIONS is answered for the DN (11.2)"},
    {"torture4475/dblreq.dat", "REGISTER ends at the registrar"},
    {"torture4475/semiuri.dat", "OPTIONS is answered for the DN (11.2)"},
    {"torture4475/transports.dat", "OPTIONS is answered for the DN (11.2)"},
    {"torture4475/lwsstart.dat", "the parser takes no second blank"},
    {"torture4475/trws.dat", "the parser takes no blank at the end"},
    {"torture4475/regaut01.dat", "REGISTER ends at the registrar"},
    {"torture4475/cparam01.dat", "REGISTER ends at the registrar"},
    {"torture4475/sdp01.dat", "the caller takes no session description, and we would have to give it one (8.2.3)"},
    {"torture4475/inv2543.dat", "no Contact (8.1.1.8)"},
    {"torture5118/port-ambiguous.sip", "REGISTER ends at the registrar"},
    {"torture5118/port-unambiguous.sip", "REGISTER ends at the registrar"},
    {"torture5118/via-received-param-with-delim.sip", "it is for a dialog that is not here (12.2.2)"},
    {"torture5118/ipv6-in-sdp.sip", "the printed Content-Length is wrong"},
    {"torture5118/mult-ip-in-header.sip", "it is for a dialog that is not here (12.2.2)"},
    {"torture5118/ipv6-bug-abnf-3-colons.sip", "OPTIONS is answered for the DN (11.2)"},
    {"torture5118/ipv6-correct-abnf-2-colons.sip", "OPTIONS is answered for the DN (11.2)"},
};

void AddDn(const std::string& number, engine::DnType type, const std::string& contact,
           engine::ConfigurationChange* change) {
  engine::Dn dn;
  dn.number = number;
  dn.type = type;
  dn.options["TServer"]["contact"] = contact;
  change->upserts.push_back(std::move(dn));
}

// Everything that the message needs so that it can be processed: its source is a Trunk, whom it names is a DN.
engine::ConfigurationChange ConfigurationFor(const sip::Message& message) {
  engine::ConfigurationChange change;
  change.options = engine::OptionSections{{"TServer", {{"sip-address", "192.0.2.10"}}}};
  AddDn("source", engine::DnType::kTrunk, "192.0.2.77:5060", &change);
  std::string number;
  sip::Uri uri = message.request_uri();
  const bool registers = message.method() == sip::Method::kRegister;
  if (registers) sip::ParseUri(message.to().uri, &uri);
  sip::Unescape(uri.user, &number);
  AddDn(number, engine::DnType::kExtension, registers ? "*" : "192.0.2.88", &change);
  return change;
}

class TortureTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!CorpusPath("torture4475")) GTEST_SKIP() << kNoCorpus;
  }

  static std::string Outcome(absl::string_view file) {
    const std::vector<std::string> sent = Sent(file);
    for (const std::string& text : sent) {
      if (!absl::StartsWith(text, "SIP/2.0 ")) return "process";
      if (!absl::StartsWith(text, "SIP/2.0 100")) return StatusOf(text);
    }
    return "discard";
  }

  // All that the server says to it.
  static std::vector<std::string> Sent(absl::string_view file) {
    const std::string bytes = ReadCorpusFile(file).value();
    engine::SipReceived input;
    input.remote = Endpoint::V4(192, 0, 2, 77, 5060);
    input.bytes = bytes;
    sip::ParseError error;
    const bool parsed = sip::ParseMessage(bytes, &input.message, &error);
    CheckedEngine engine;
    engine.NextEpoch();
    engine.Apply(engine::EpochStart{{1, 2}, false});
    engine.Apply(engine::ConfigurationChanged{ConfigurationFor(input.message)});
    if (!parsed && error.answer_status == 0) return {};
    if (!parsed) return {engine::StatelessResponse(engine.state(), input, error.answer_status, error.text)};
    const engine::Verdict verdict = engine::Admit(engine.state(), input, engine.state().lsn);
    if (!verdict.append && verdict.answer.empty()) return {};
    if (!verdict.append) return {std::string(verdict.answer.view())};
    const std::vector<std::string> sent = MessagesOf(engine.Apply(input));
    for (const std::string& fault : engine.faults()) ADD_FAILURE() << file << ": " << fault;
    return sent;
  }

  static std::string StatusOf(absl::string_view response) {
    const std::string status(response.substr(8, 3));
    return status == "200" ? "process" : status;
  }

  static std::vector<std::string> MessagesOf(const engine::Effects& effects) {
    std::vector<std::string> messages;
    for (const engine::Effect& effect : effects.list) {
      const auto* send = std::get_if<engine::SendSip>(&effect);
      if (send != nullptr) messages.emplace_back(send->bytes.view());
    }
    return messages;
  }

  // A request goes on to whom it is for.
  static bool Forwards(absl::string_view file) {
    for (const std::string& text : Sent(file)) {
      if (!absl::StartsWith(text, "SIP/2.0 ")) return true;
    }
    return false;
  }

  // "501 (or 405)", "process or 400", "200 (two bindings kept distinct)", "-" ...
  static bool Allows(absl::string_view column, absl::string_view outcome) {
    if (absl::StrContains(column, outcome)) return true;
    if (outcome != "process") return false;
    return absl::StartsWith(column, "200") || absl::StrContains(column, "ignore header");
  }

  static std::vector<std::vector<std::string>> Expected() {
    std::vector<std::vector<std::string>> rows;
    const std::string table = ReadCorpusFile("EXPECTED_torture.tsv").value();
    for (absl::string_view line : absl::StrSplit(table, '\n', absl::SkipEmpty())) {
      rows.push_back(absl::StrSplit(line, '\t'));
    }
    rows.erase(rows.begin());
    return rows;
  }

  template <class Rows>
  static bool Lists(const Rows& rows, absl::string_view file) {
    for (const auto& row : rows) {
      if (row.file == file) return true;
    }
    return false;
  }

  // The final response, which must be the only one.
  static std::string Answer(absl::string_view file) {
    const std::vector<std::string> sent = Sent(file);
    EXPECT_EQ(sent.size(), 1u) << file;
    return sent.empty() ? std::string() : sent.back();
  }
};

TEST_F(TortureTest, EveryMessageHasTheOutcomeOfTheTable) {
  EXPECT_EQ(std::size(kRows), Expected().size());
  for (const auto& row : kRows) EXPECT_EQ(Outcome(row.file), row.outcome) << row.file;
}

TEST_F(TortureTest, OutcomesAreThoseOfTheCorpusButForTheListedOnes) {
  for (const std::vector<std::string>& row : Expected()) {
    const std::string& column = row[5] == "-" || absl::StrContains(row[2], "REGISTER") ? row[6] : row[5];
    const std::string outcome = Outcome(row[0]);
    const bool silent = column == "-" && outcome == "discard";
    EXPECT_EQ(silent || Allows(column, outcome), !Lists(kDisagreements, row[0]))
        << row[0] << ": " << outcome << ", not " << column;
  }
}

// The registrar is the same server: where both columns have a request, it says what one of them allows. (mismatch02 is
// refused for its CSeq, before anybody looks at the method.)
TEST_F(TortureTest, TheRegistrarSaysWhatItsColumnSays) {
  for (const std::vector<std::string>& row : Expected()) {
    if (row[6] == "-") continue;
    const std::string outcome = Outcome(row[0]);
    EXPECT_TRUE(Allows(row[6], outcome) || Allows(row[5], outcome)) << row[0] << ": " << outcome << ", not " << row[6];
  }
}

TEST_F(TortureTest, WhatAProxyForwardsGoesOnButForTheListedOnes) {
  for (const std::vector<std::string>& row : Expected()) {
    const bool forwards = Forwards(row[0]);
    if (!absl::StrContains(row[7], "forward")) {
      EXPECT_FALSE(forwards) << row[0];
      continue;
    }
    EXPECT_EQ(forwards, !Lists(kNotForwarded, row[0])) << row[0];
  }
}

TEST_F(TortureTest, RefusalsSayWhatTheirColumnsAdd) {
  EXPECT_THAT(Answer("torture4475/bext01.dat"),
              testing::HasSubstr("\r\nUnsupported: nothingSupportsThis, nothingSupportsThisEither, "
                                 "noProxiesSupportThis, norDoAnyProxiesSupportThis\r\n"));
  EXPECT_THAT(Answer("torture4475/sdp01.dat"), testing::HasSubstr("\r\nWarning: 399 "));
  EXPECT_THAT(Answer("torture4475/intmeth.dat"), testing::HasSubstr("\r\nAllow: INVITE, "));
}

TEST_F(TortureTest, BindingsOfTheRegistrarsRowsAreAsTheySay) {
  const std::string two = Answer("torture4475/escnull.dat");
  EXPECT_THAT(two, testing::HasSubstr("<sip:%00@host5.example.com>"));
  EXPECT_THAT(two, testing::HasSubstr("<sip:%00%00@host5.example.com>"));
  EXPECT_THAT(Answer("torture4475/cparam01.dat"), testing::HasSubstr("<sip:+19725552222@gw1.example.net>;expires="));
  EXPECT_THAT(Answer("torture4475/dblreq.dat"), testing::HasSubstr("SIP/2.0 200 OK\r\n"));
  EXPECT_THAT(Answer("torture5118/port-ambiguous.sip"), testing::HasSubstr("SIP/2.0 200 OK\r\n"));
}

}  // namespace
}  // namespace understudy::tests
