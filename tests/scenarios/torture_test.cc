// RFC 4475 and RFC 5118, message by message, through parser, admission and engine, against the `b2bua_or_uas` and
// `registrar` columns of the corpus' EXPECTED_torture.tsv.
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/admission.h"
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
    if (!parsed) return error.answer_status == 0 ? "discard" : Stateless(engine.state(), input, error);
    const engine::Verdict verdict = engine::Admit(engine.state(), input, engine.state().lsn);
    if (!verdict.append) return verdict.answer.empty() ? "discard" : StatusOf(verdict.answer.view());
    const engine::Effects effects = engine.Apply(input);
    for (const std::string& fault : engine.faults()) ADD_FAILURE() << file << ": " << fault;
    return Verdict(effects);
  }

  static std::string Stateless(const engine::State& state, const engine::SipReceived& input,
                               const sip::ParseError& error) {
    return StatusOf(engine::StatelessResponse(state, input, error.answer_status, error.text));
  }

  static std::string StatusOf(absl::string_view response) {
    const std::string status(response.substr(8, 3));
    return status == "200" ? "process" : status;
  }

  static std::string Verdict(const engine::Effects& effects) {
    for (const engine::Effect& effect : effects.list) {
      const auto* send = std::get_if<engine::SendSip>(&effect);
      if (send == nullptr) continue;
      const absl::string_view text = send->bytes.view();
      if (!absl::StartsWith(text, "SIP/2.0 ")) return "process";
      if (!absl::StartsWith(text, "SIP/2.0 100")) return StatusOf(text);
    }
    return "discard";
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

  static bool IsDisagreement(absl::string_view file) {
    for (const auto& row : kDisagreements) {
      if (row.file == file) return true;
    }
    return false;
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
    EXPECT_EQ(silent || Allows(column, outcome), !IsDisagreement(row[0]))
        << row[0] << ": " << outcome << ", not " << column;
  }
}

}  // namespace
}  // namespace understudy::tests
