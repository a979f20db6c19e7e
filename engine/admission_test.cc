// What the front end does by itself is what the tables of the transaction layer say, and what Apply would say.
#include "engine/admission.h"

#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "sip/invite_client_transaction.h"
#include "sip/invite_server_transaction.h"
#include "sip/non_invite_client_transaction.h"
#include "sip/non_invite_server_transaction.h"
#include "sip/parse.h"
#include "sip/timer_values.h"
#include "tests/scenarios/checked_engine.h"
#include "tests/scenarios/phone.h"

namespace understudy::engine {
namespace {

using sip::Action;
using sip::Reliability;
using InviteServer = sip::InviteServerTransaction;
using NonInviteServer = sip::NonInviteServerTransaction;
using InviteClient = sip::InviteClientTransaction;
using NonInviteClient = sip::NonInviteClientTransaction;

constexpr char kService[] = "10.0.0.10:5060";

// 1001 at alice's, 1002 at bob's, and eve, whom nobody knows.
class AdmissionTest : public testing::Test {
 protected:
  AdmissionTest() {
    engine_.NextEpoch();
    engine_.Apply(EpochStart{{1, 2}, false});
    ConfigurationChange change;
    change.options = OptionSections{{"TServer", {{"sip-address", "10.0.0.10"}}}};
    for (const char* number : {"1001", "1002", "1003"}) {
      Dn dn;
      dn.number = number;
      const bool registers = dn.number == "1003";
      dn.options["TServer"]["contact"] = registers ? "*" : absl::StrCat("10.0.0.", dn.number.substr(3));
      change.upserts.push_back(std::move(dn));
    }
    engine_.Apply(ConfigurationChanged{std::move(change)});
  }
  ~AdmissionTest() override {
    for (const std::string& fault : engine_.faults()) ADD_FAILURE() << fault;
  }

  // The verdict on these bytes; what it lets through is applied, and the phones hear what comes of it.
  Verdict Say(tests::Phone& from, const std::string& text) {
    said_ = text;
    SipReceived input;
    input.remote = from.endpoint();
    input.bytes = said_;
    sip::ParseError error;
    EXPECT_TRUE(sip::ParseMessage(input.bytes, &input.message, &error)) << error.text << "\n" << said_;
    const Verdict verdict = Admit(engine_.state(), input, engine_.state().lsn);
    if (verdict.append) Hear(engine_.Apply(std::move(input)));
    return verdict;
  }

  Verdict Say(tests::Phone& from, absl::string_view kind, const tests::Draft& draft) {
    const std::string text = draft.Text();
    from.Call("").Sent(kind, text);
    return Say(from, text);
  }

  Verdict Request(tests::Phone& from, absl::string_view method, absl::string_view number) {
    return Say(from, method, from.Call("").Request(method, number));
  }
  Verdict Answer(tests::Phone& from, int status, absl::string_view method) {
    return Say(from, absl::StrCat(status), from.Call("").Response(status, method, ""));
  }
  Verdict Again(tests::Phone& from, absl::string_view kind) { return Say(from, from.Call("").LastSent(kind)); }

  void Hear(const Effects& effects) {
    for (const Effect& effect : effects.list) {
      const auto* send = std::get_if<SendSip>(&effect);
      if (send == nullptr) continue;
      sip::Message message;
      sip::ParseError error;
      ASSERT_TRUE(sip::ParseMessage(send->bytes.view(), &message, &error));
      for (tests::Phone* phone : {&alice_, &bob_}) {
        if (phone->endpoint() != send->remote) continue;
        phone->Call("").Receive(message);
        last_to_[phone->name()] = std::string(send->bytes.view());
      }
    }
  }

  void Pass(Duration span) {
    engine_.Pass(span, [this](ClockAdvanced due) { Hear(engine_.Apply(due)); });
  }

  void Ring() {
    EXPECT_TRUE(Request(alice_, "INVITE", "1002").append);
    EXPECT_TRUE(Answer(bob_, 180, "INVITE").append);
  }

  // A repetition does what the table says on one: nothing, or the last message again; the core hears of none.
  template <class State>
  void ExpectAsTheTable(const Verdict& verdict, const sip::Step<State>& step, const tests::Phone& to) {
    const bool repeats = step.actions.Has(Action::kRetransmitResponse) || step.actions.Has(Action::kSendAck);
    EXPECT_FALSE(verdict.append);
    EXPECT_EQ(!verdict.answer.empty(), repeats);
    if (!repeats) return;
    EXPECT_EQ(verdict.answer.view(), last_to_[to.name()]);
    EXPECT_EQ(verdict.hop.remote, to.endpoint());
  }

  tests::CheckedEngine engine_;
  tests::Phone alice_{"alice", "1001", Endpoint::V4(10, 0, 0, 1, 5060), Transport::kUdp, kService};
  tests::Phone bob_{"bob", "1002", Endpoint::V4(10, 0, 0, 2, 5060), Transport::kUdp, kService};
  tests::Phone eve_{"eve", "6666", Endpoint::V4(10, 0, 0, 66, 5060), Transport::kUdp, kService};
  std::map<std::string, std::string> last_to_;
  std::string said_;
};

TEST_F(AdmissionTest, ARepeatedInviteIsAnsweredAsTheTableSaysInEveryState) {
  using State = InviteServer::State;
  const auto expect = [this](State state) {
    SCOPED_TRACE(static_cast<int>(state));
    ExpectAsTheTable(Again(alice_, "INVITE"),
                     InviteServer::Next(state, InviteServer::Event::kRequestRetransmitted, Reliability::kUnreliable),
                     alice_);
  };
  Ring();
  expect(State::kProceeding);
  Answer(bob_, 486, "INVITE");
  expect(State::kCompleted);
  EXPECT_TRUE(Say(alice_, "ACK", alice_.Call("").Ack()).append);
  expect(State::kConfirmed);
  Pass(sip::kT4);
  EXPECT_EQ(engine_.state().transactions.live(), 0u);
  Ring();
  Answer(bob_, 200, "INVITE");
  expect(State::kAccepted);
}

TEST_F(AdmissionTest, AnAckIsLetThroughWhereTheTableWaitsForOne) {
  using State = InviteServer::State;
  const auto waits = [](State state) {
    const auto step = InviteServer::Next(state, InviteServer::Event::kAck, Reliability::kUnreliable);
    return !step.actions.empty() && !step.actions.Has(Action::kAbsorb);
  };
  const auto ack = [this] { return Say(alice_, "ACK", alice_.Call("").Ack()).append; };
  Ring();
  Answer(bob_, 486, "INVITE");
  EXPECT_EQ(ack(), waits(State::kCompleted));
  EXPECT_EQ(Again(alice_, "ACK").append, waits(State::kConfirmed));
  Ring();
  Answer(bob_, 200, "INVITE");
  EXPECT_EQ(ack(), waits(State::kAccepted));
  EXPECT_FALSE(Again(alice_, "ACK").append) << "the core has had it";
}

TEST_F(AdmissionTest, ARepeatedRequestIsAnsweredAsTheTableSaysInEveryState) {
  using State = NonInviteServer::State;
  const auto expect = [this](State state) {
    SCOPED_TRACE(static_cast<int>(state));
    ExpectAsTheTable(
        Again(alice_, "INFO"),
        NonInviteServer::Next(state, NonInviteServer::Event::kRequestRetransmitted, Reliability::kUnreliable), alice_);
  };
  Ring();
  Answer(bob_, 200, "INVITE");
  Say(alice_, "ACK", alice_.Call("").Ack());
  EXPECT_TRUE(Request(alice_, "INFO", "").append);
  expect(State::kTrying);
  Answer(bob_, 200, "INFO");
  expect(State::kCompleted);
}

TEST_F(AdmissionTest, ARepeatedAnswerToAnInviteIsTreatedAsTheTableSays) {
  using State = InviteClient::State;
  using Event = InviteClient::Event;
  const auto expect = [this](State state, Event event, const std::string& kind) {
    SCOPED_TRACE(kind);
    ExpectAsTheTable(Again(bob_, kind), InviteClient::Next(state, event, Reliability::kUnreliable), bob_);
  };
  Ring();
  EXPECT_TRUE(Again(bob_, "180").append) << "the core hears every provisional response";
  Answer(bob_, 486, "INVITE");
  expect(State::kCompleted, Event::k300To699, "486");
  expect(State::kCompleted, Event::kProvisional, "180");
  Ring();
  Answer(bob_, 200, "INVITE");
  Say(alice_, "ACK", alice_.Call("").Ack());
  expect(State::kAccepted, Event::kProvisional, "180");
  const Verdict again = Again(bob_, "200");
  EXPECT_FALSE(again.append) << "what the core does on a repeated 2xx (13.2.2.4) is known:";
  EXPECT_EQ(again.answer.view(), last_to_["bob"]) << "its ACK again";
  const std::string late = absl::StrReplaceAll(bob_.Call("").LastSent("200"), {{"SIP/2.0 200 OK", "SIP/2.0 486 No"}});
  ExpectAsTheTable(Say(bob_, late), InviteClient::Next(State::kAccepted, Event::k300To699, Reliability::kUnreliable),
                   bob_);
}

TEST_F(AdmissionTest, ARepeatedAnswerToAnotherRequestIsAbsorbedAsTheTableSays) {
  using State = NonInviteClient::State;
  using Event = NonInviteClient::Event;
  Request(alice_, "MESSAGE", "1002");
  Answer(bob_, 200, "MESSAGE");
  ExpectAsTheTable(Again(bob_, "200"),
                   NonInviteClient::Next(State::kCompleted, Event::k200To699, Reliability::kUnreliable), bob_);
  const std::string late =
      absl::StrReplaceAll(bob_.Call("").LastSent("200"), {{"SIP/2.0 200 OK", "SIP/2.0 100 Trying"}});
  ExpectAsTheTable(Say(bob_, late),
                   NonInviteClient::Next(State::kCompleted, Event::kProvisional, Reliability::kUnreliable), bob_);
}

// Timers D, I, J, K, L and M end what is left of a transaction, and nothing else.
TEST_F(AdmissionTest, WhatIsLeftOfATransactionEndsWithTheTimerOfTheTable) {
  const auto ends = [](const auto& step) { return step.actions.Has(Action::kTerminate); };
  constexpr auto kUdp = Reliability::kUnreliable;
  EXPECT_TRUE(ends(InviteClient::Next(InviteClient::State::kCompleted, InviteClient::Event::kTimerD, kUdp)));
  EXPECT_TRUE(ends(InviteClient::Next(InviteClient::State::kAccepted, InviteClient::Event::kTimerM, kUdp)));
  EXPECT_TRUE(ends(InviteServer::Next(InviteServer::State::kConfirmed, InviteServer::Event::kTimerI, kUdp)));
  EXPECT_TRUE(ends(InviteServer::Next(InviteServer::State::kAccepted, InviteServer::Event::kTimerL, kUdp)));
  EXPECT_TRUE(ends(NonInviteClient::Next(NonInviteClient::State::kCompleted, NonInviteClient::Event::kTimerK, kUdp)));
  EXPECT_TRUE(ends(NonInviteServer::Next(NonInviteServer::State::kCompleted, NonInviteServer::Event::kTimerJ, kUdp)));

  const TransactionTable& table = engine_.state().transactions;
  const auto after = [this, &table](Duration span) {
    Pass(span);
    engine_.Apply(ClockAdvanced{});  // they go with the next entry
    return table.finished();
  };
  Ring();
  Answer(bob_, 486, "INVITE");  // D; its row at alice's end waits for the ACK
  EXPECT_EQ(table.finished(), 1u);
  Say(alice_, "ACK", alice_.Call("").Ack());  // I
  EXPECT_EQ(table.finished(), 2u);
  EXPECT_EQ(after(sip::kT4), 1u) << "I";
  EXPECT_EQ(after(sip::kGiveUp), 0u) << "D";
  Request(alice_, "MESSAGE", "1002");
  Answer(bob_, 200, "MESSAGE");  // K and J
  EXPECT_EQ(table.finished(), 2u);
  EXPECT_EQ(after(sip::kT4), 1u) << "K";
  EXPECT_EQ(after(sip::kGiveUp), 0u) << "J";
  Ring();
  Answer(bob_, 200, "INVITE");  // M and L
  Say(alice_, "ACK", alice_.Call("").Ack());
  EXPECT_EQ(after(sip::kGiveUp + Duration::Milliseconds(-1)), 2u);
  EXPECT_EQ(after(Duration::Milliseconds(1)), 0u) << "L and M";
}

TEST_F(AdmissionTest, WhatStrangersAndTheLostAskIsRefusedWithoutATrace) {
  const State before = engine_.state();
  struct Case {
    const char* method;
    const char* number;
    int status;
  };
  for (const Case& c : {Case{"INVITE", "1001", 403},
                        {"MESSAGE", "1001", 403},
                        {"REGISTER", "6666", 404},
                        {"BYE", "1001", 481},
                        {"PRACK", "1001", 481},
                        {"UPDATE", "1001", 481},
                        {"INFO", "1001", 481},
                        {"NOTIFY", "1001", 481},
                        {"SUBSCRIBE", "1001", 403},
                        {"REFER", "1001", 403},
                        {"PUBLISH", "1001", 405},
                        {"DANCE", "1001", 501}}) {
    const Verdict verdict = Request(eve_, c.method, c.number);
    EXPECT_FALSE(verdict.append) << c.method;
    EXPECT_EQ(verdict.kept, Kept::kRefused) << c.method;
    EXPECT_EQ(verdict.answer.view().substr(0, 12), absl::StrCat("SIP/2.0 ", c.status, " ")) << c.method;
    EXPECT_EQ(verdict.hop.remote, eve_.endpoint());
    EXPECT_EQ(Again(eve_, c.method).answer.view(), verdict.answer.view()) << "the same To tag (8.2.7)";
  }
  EXPECT_EQ(Say(eve_, "CANCEL", eve_.Call("").Cancel()).kept, Kept::kRefused);
  EXPECT_EQ(Say(eve_, "ACK", eve_.Call("").Ack()).kept, Kept::kStray);
  EXPECT_TRUE(engine_.state() == before);
}

TEST_F(AdmissionTest, WhatNobodyMaySayIsRefusedWithoutATraceWhoeverSaysIt) {
  const State before = engine_.state();
  struct FormCase {
    const char* method;
    const char* start;
    const char* field;
    const char* value;
    const char* status_line;
    const char* owed;
  };
  const char* sips = "sips:1001@10.0.0.10";
  for (const FormCase& c : {FormCase{"OPTIONS", sips, "", "", "416 Unsupported URI Scheme", ""},
                            {"OPTIONS", "tel:+49301234", "", "", "416 Unsupported URI Scheme", ""},
                            {"OPTIONS", "", "Require", "tdialog", "420 Bad Extension", "Unsupported: tdialog\r\n"},
                            {"OPTIONS", "", "Proxy-Require", "sec", "420 Bad Extension", "Unsupported: sec\r\n"},
                            {"REGISTER", sips, "", "", "416 Unsupported URI Scheme", ""},
                            {"REGISTER", "", "Require", "sec-agree", "420 Bad Extension", "Unsupported: sec-agree\r\n"},
                            {"REGISTER", "", "To", "<tel:1003>", "400 Bad Request", ""},
                            {"REGISTER", "", "To", "<sips:6666@10.0.0.10>", "404 Not Found", ""}}) {
    tests::Draft draft = eve_.Call("").Request(c.method, "1003");
    if (*c.start != '\0') draft.start = absl::StrCat(c.method, " ", c.start, " SIP/2.0");
    if (*c.field != '\0') draft.Set(c.field, c.value);
    const Verdict verdict = Say(eve_, c.method, draft);
    SCOPED_TRACE(absl::StrCat(c.method, " ", c.start, c.field, " ", c.value));
    EXPECT_FALSE(verdict.append);
    EXPECT_EQ(verdict.answer.view().substr(8, std::strlen(c.status_line)), c.status_line);
    EXPECT_NE(verdict.answer.view().find(c.owed), absl::string_view::npos);
    EXPECT_EQ(verdict.hop.remote, eve_.endpoint());
  }
  EXPECT_TRUE(engine_.state() == before);
}

TEST_F(AdmissionTest, ApplyRefusesWhatAdmitDoes) {
  for (const char* method : {"INVITE", "MESSAGE", "REGISTER", "BYE", "SUBSCRIBE", "DANCE", "CANCEL"}) {
    const std::string text = eve_.Call("").Request(method, "6666").Text();
    SipReceived input;
    input.remote = eve_.endpoint();
    input.bytes = text;
    sip::ParseError error;
    ASSERT_TRUE(sip::ParseMessage(input.bytes, &input.message, &error));
    const Verdict verdict = Admit(engine_.state(), input, engine_.state().lsn);
    const Effects& effects = engine_.Apply(std::move(input));
    ASSERT_FALSE(effects.list.empty()) << method;
    const auto* send = std::get_if<SendSip>(&effects.list[0]);
    ASSERT_NE(send, nullptr);
    EXPECT_EQ(send->bytes.view().substr(0, 12), verdict.answer.view().substr(0, 12)) << method;
  }
}

TEST_F(AdmissionTest, AStrangerCannotPointARefusalAtAnybody) {
  tests::Draft draft = eve_.Call("").Request("INVITE", "1001");
  draft.Set("Via", "SIP/2.0/UDP 10.0.0.66:5061;maddr=10.0.0.1;branch=z9hG4bKm");
  EXPECT_EQ(Say(eve_, "INVITE", draft).hop.remote, eve_.endpoint());
  draft.Set("Via", "SIP/2.0/UDP 10.0.0.1:5061;branch=z9hG4bKm");
  EXPECT_EQ(Say(eve_, "INVITE", draft).hop.remote, eve_.endpoint().WithPort(5061)) << "18.2.2";
}

TEST_F(AdmissionTest, WhatCannotBeParsedIsAnsweredWhereItCameFrom) {
  SipReceived input;
  input.remote = eve_.endpoint();
  input.bytes =
      "INVITE sip:1001@10.0.0.10 SIP/2.0\r\n"
      "Via: SIP/2.0/UDP 10.0.0.66:5061;maddr=10.0.0.1;branch=z9hG4bKm\r\n"
      "Content-Length: -1\r\n\r\n";
  sip::ParseError error;
  ASSERT_FALSE(sip::ParseMessage(input.bytes, &input.message, &error));
  ASSERT_EQ(input.message.top_via().maddr, "10.0.0.1");
  EXPECT_EQ(ResponseHop(input).remote, Endpoint::V4(10, 0, 0, 1, 5061));
  EXPECT_EQ(StatelessHop(input).remote, eve_.endpoint());
}

}  // namespace
}  // namespace understudy::engine
